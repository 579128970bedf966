//! Llama models of any shape with weights out of a counter.

use prox_wasm::gguf::{GgufWriter, TensorType, Value, quantize};

/// Sizes of a model to make.
#[derive(Clone)]
pub struct Tiny {
    /// Before metadata keys and tensor names.
    pub names: (&'static str, &'static str),
    pub width: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_width: usize,
    pub ffn: usize,
    pub blocks: usize,
    pub vocab: usize,
    pub tied: bool,
    /// Of all matrices.
    pub ty: TensorType,
    /// What tokens are worth wherever they stand, by and large; needs a model that is not tied.
    pub worth: Vec<(usize, f32)>,
}

impl Default for Tiny {
    fn default() -> Self {
        Self {
            names: ("llama", ""),
            width: 64,
            heads: 4,
            kv_heads: 2,
            head_width: 16,
            ffn: 96,
            blocks: 2,
            vocab: 100,
            tied: true,
            ty: TensorType::Q8_0,
            worth: Vec::new(),
        }
    }
}

impl Tiny {
    /// Metadata and tensors, to which more can be added.
    pub fn writer(&self) -> GgufWriter {
        let mut writer = GgufWriter::new();
        let (keys, prefix) = self.names;
        let mut uint = |key: &str, value: usize| {
            writer.metadata(&format!("{keys}.{key}"), Value::Uint(value as u64));
        };
        uint("context_length", 256);
        uint("embedding_length", self.width);
        uint("block_count", self.blocks);
        uint("feed_forward_length", self.ffn);
        uint("attention.head_count", self.heads);
        uint("attention.head_count_kv", self.kv_heads);
        uint("attention.key_length", self.head_width);
        uint("attention.value_length", self.head_width);
        writer.metadata("general.architecture", Value::String("llama".into()));
        writer.metadata(&format!("{keys}.attention.layer_norm_rms_epsilon"), Value::Float(1e-5));
        let mut seed = 1u64;
        let mut tensor = |name: String, rows: usize, cols: usize, ty: TensorType, around: f32| {
            let scale = 1.7 / (cols as f32).sqrt();
            let mut values: Vec<f32> = (0..rows * cols).map(|_| around + scale * noise(&mut seed)).collect();
            // the first column of all states is the same, which blocks leave alone
            match name.rsplit('.').next() {
                _ if self.worth.is_empty() => {}
                Some("token_embd") => values.iter_mut().step_by(cols).for_each(|x| *x = 1.0),
                Some("attn_output" | "ffn_down") => values[..cols].fill(0.0),
                Some("output") => self.worth.iter().for_each(|&(token, worth)| values[token * cols] = worth),
                _ => {}
            }
            let dims: &[u64] = if rows == 1 { &[cols as u64] } else { &[cols as u64, rows as u64] };
            writer.tensor(&format!("{prefix}{name}.weight"), dims, ty, quantize(ty, &values).unwrap()).unwrap();
        };
        let (query, kv) = (self.heads * self.head_width, self.kv_heads * self.head_width);
        tensor("token_embd".into(), self.vocab, self.width, self.ty, 0.0);
        for i in 0..self.blocks {
            let name = |name: &str| format!("blk.{i}.{name}");
            tensor(name("attn_norm"), 1, self.width, TensorType::F32, 1.0);
            tensor(name("attn_q"), query, self.width, self.ty, 0.0);
            tensor(name("attn_k"), kv, self.width, self.ty, 0.0);
            tensor(name("attn_v"), kv, self.width, self.ty, 0.0);
            tensor(name("attn_output"), self.width, query, self.ty, 0.0);
            tensor(name("ffn_norm"), 1, self.width, TensorType::F32, 1.0);
            tensor(name("ffn_gate"), self.ffn, self.width, self.ty, 0.0);
            tensor(name("ffn_up"), self.ffn, self.width, self.ty, 0.0);
            tensor(name("ffn_down"), self.width, self.ffn, self.ty, 0.0);
        }
        tensor("output_norm".into(), 1, self.width, TensorType::F32, 1.0);
        if !self.tied {
            tensor("output".into(), self.vocab, self.width, self.ty, 0.0);
        }
        writer
    }

    pub fn bytes(&self) -> Vec<u8> {
        self.writer().finish()
    }
}

/// Models of all the shapes that matter.
pub fn shapes() -> [Tiny; 5] {
    let tiny = Tiny::default();
    [
        tiny.clone(),
        Tiny { kv_heads: 4, tied: false, ty: TensorType::F16, ..tiny.clone() },
        // the released refiners' heads: all queries share one key head of 80
        Tiny { width: 320, heads: 4, kv_heads: 1, head_width: 80, ffn: 256, ty: TensorType::Q4_0, ..tiny.clone() },
        // the heads of SmolLM2-135M
        Tiny { width: 576, heads: 9, kv_heads: 3, head_width: 64, ffn: 128, blocks: 1, ty: TensorType::Q4_1, ..tiny.clone() },
        // heads narrower than their share of the width, and odd numbers of things
        Tiny { width: 96, heads: 3, kv_heads: 3, head_width: 10, ffn: 97, vocab: 33, ty: TensorType::F32, ..tiny },
    ]
}

/// Uniform between -1 and 1 (a linear congruential generator, its high bits).
pub fn noise(seed: &mut u64) -> f32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    ((*seed >> 40) as f32) / (1u64 << 23) as f32 - 1.0
}

/// Tokens below `vocab`.
pub fn tokens(count: usize, vocab: usize) -> Vec<u32> {
    let mut seed = 77;
    (0..count).map(|_| ((noise(&mut seed) + 1.0) * 0.499_999 * vocab as f32) as u32).collect()
}
