//! `config.json`, and which tensors a model of these sizes has.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use prox_wasm::gguf::{GgufWriter, Value};
use serde::Deserialize;
use serde_json::Value as Json;

/// What a llama model's `config.json` says, as far as it matters here.
#[derive(Debug, Deserialize)]
pub struct Config {
    model_type: String,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    vocab_size: usize,
    max_position_embeddings: usize,
    rms_norm_eps: f64,
    #[serde(default)]
    rope_theta: Option<f64>,
    #[serde(default)]
    rope_scaling: Option<Rope>,
    /// Where newer versions of `transformers` keep both.
    #[serde(default)]
    rope_parameters: Option<Rope>,
    #[serde(default)]
    tie_word_embeddings: bool,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    hidden_act: Option<String>,
    #[serde(default)]
    pub bos_token_id: Option<u64>,
    /// A number or a list.
    #[serde(default)]
    pub eos_token_id: Json,
}

#[derive(Debug, Deserialize)]
struct Rope {
    rope_theta: Option<f64>,
    #[serde(alias = "type")]
    rope_type: Option<String>,
    factor: Option<f64>,
}

/// A tensor to carry over.
pub struct Tensor {
    /// Its name in the safetensors file.
    pub from: String,
    /// Its name in the GGUF file.
    pub to: String,
    /// `[rows, cols]` or `[n]`.
    pub shape: Vec<usize>,
    /// Heads whose columns have to be put into neighbouring pairs: queries and keys.
    pub turned_heads: Option<usize>,
    /// Rows are tokens.
    pub is_table: bool,
}

/// The largest size that makes sense anywhere.
const MAX_SIZE: usize = 1 << 24;

impl Config {
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let text = fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        let config: Self = serde_json::from_str(&text).with_context(|| format!("can't use {}", path.display()))?;
        config.check().with_context(|| format!("{} describes a model that can't be converted", path.display()))?;
        Ok(config)
    }

    fn check(&self) -> Result<()> {
        if self.model_type != "llama" {
            bail!("model_type is `{}`; `llama` is supported", self.model_type);
        }
        if self.attention_bias || self.mlp_bias {
            bail!("it has biases, which are not supported");
        }
        if let Some(act) = self.hidden_act.as_deref().filter(|&act| act != "silu") {
            bail!("hidden_act is `{act}`; `silu` is supported");
        }
        let sizes = [
            ("hidden_size", self.hidden_size),
            ("intermediate_size", self.intermediate_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("num_key_value_heads", self.kv_heads()),
            ("head_dim", self.head_width()),
            ("vocab_size", self.vocab_size),
        ];
        for (name, size) in sizes {
            if size == 0 || size > MAX_SIZE {
                bail!("{name} is {size}; 1 to {MAX_SIZE} make sense");
            }
        }
        if !self.head_width().is_multiple_of(2) {
            bail!("heads are {} wide, which is no whole number of pairs", self.head_width());
        }
        if let Some(kind) = self.rope_kind().filter(|&kind| kind != "default" && kind != "linear") {
            bail!("rope scaling is `{kind}`; `linear` or none is supported");
        }
        Ok(())
    }

    fn kv_heads(&self) -> usize {
        self.num_key_value_heads.unwrap_or(self.num_attention_heads)
    }

    fn head_width(&self) -> usize {
        self.head_dim.unwrap_or(self.hidden_size / self.num_attention_heads.max(1))
    }

    fn ropes(&self) -> impl Iterator<Item = &Rope> {
        self.rope_parameters.iter().chain(&self.rope_scaling)
    }

    fn rope_kind(&self) -> Option<&str> {
        self.ropes().find_map(|rope| rope.rope_type.as_deref())
    }

    /// Sizes as GGUF names them.
    pub fn write(&self, writer: &mut GgufWriter) {
        writer.metadata("general.architecture", Value::String("llama".into()));
        let uint = |writer: &mut GgufWriter, key: &str, value: usize| {
            writer.metadata(&format!("llama.{key}"), Value::Uint(value as u64));
        };
        uint(writer, "context_length", self.max_position_embeddings);
        uint(writer, "embedding_length", self.hidden_size);
        uint(writer, "block_count", self.num_hidden_layers);
        uint(writer, "feed_forward_length", self.intermediate_size);
        uint(writer, "attention.head_count", self.num_attention_heads);
        uint(writer, "attention.head_count_kv", self.kv_heads());
        uint(writer, "attention.key_length", self.head_width());
        uint(writer, "attention.value_length", self.head_width());
        uint(writer, "rope.dimension_count", self.head_width());
        uint(writer, "vocab_size", self.vocab_size);
        writer.metadata("llama.attention.layer_norm_rms_epsilon", Value::Float(self.rms_norm_eps));
        let theta = self.rope_theta.or(self.ropes().find_map(|rope| rope.rope_theta)).unwrap_or(10_000.0);
        writer.metadata("llama.rope.freq_base", Value::Float(theta));
        if self.rope_kind() == Some("linear") {
            let factor = self.ropes().find_map(|rope| rope.factor).unwrap_or(1.0);
            writer.metadata("llama.rope.scaling.type", Value::String("linear".into()));
            writer.metadata("llama.rope.scaling.factor", Value::Float(factor));
        }
    }

    /// All tensors of the model.
    pub fn tensors(&self) -> Vec<Tensor> {
        let (width, ffn) = (self.hidden_size, self.intermediate_size);
        let (query, kv) = (self.num_attention_heads * self.head_width(), self.kv_heads() * self.head_width());
        let plain = |from: &str, to: &str, shape: &[usize]| Tensor {
            from: format!("{from}.weight"),
            to: format!("{to}.weight"),
            shape: shape.to_vec(),
            turned_heads: None,
            is_table: false,
        };
        let table = |from, to| Tensor { is_table: true, ..plain(from, to, &[self.vocab_size, width]) };
        let mut out = vec![table("model.embed_tokens", "token_embd"), plain("model.norm", "output_norm", &[width])];
        if !self.tie_word_embeddings {
            out.push(table("lm_head", "output"));
        }
        for i in 0..self.num_hidden_layers {
            let part = |from: &str, to: &str, shape: &[usize]| {
                plain(&format!("model.layers.{i}.{from}"), &format!("blk.{i}.{to}"), shape)
            };
            let turned = |from, to, rows, heads| Tensor { turned_heads: Some(heads), ..part(from, to, &[rows, width]) };
            out.push(part("input_layernorm", "attn_norm", &[width]));
            out.push(turned("self_attn.q_proj", "attn_q", query, self.num_attention_heads));
            out.push(turned("self_attn.k_proj", "attn_k", kv, self.kv_heads()));
            out.push(part("self_attn.v_proj", "attn_v", &[kv, width]));
            out.push(part("self_attn.o_proj", "attn_output", &[width, query]));
            out.push(part("post_attention_layernorm", "ffn_norm", &[width]));
            out.push(part("mlp.gate_proj", "ffn_gate", &[ffn, width]));
            out.push(part("mlp.up_proj", "ffn_up", &[ffn, width]));
            out.push(part("mlp.down_proj", "ffn_down", &[width, ffn]));
        }
        out
    }

    /// The size of the vocabulary.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }
}
