//! The sizes of a llama-architecture model, from GGUF metadata.

use super::LlamaError;
use crate::gguf::{Metadata, MetadataError, Value};
use crate::model::BlockShape;

/// Rotary positions (RoPE, arXiv 2104.09864).
#[derive(Debug, Clone, PartialEq)]
pub struct RopeConfig {
    /// `rope.freq_base`.
    pub base: f32,
    /// `rope.dimension_count`: columns of a head that turn, its first ones.
    pub dimensions: usize,
    /// Positions are divided by this: `rope.scaling.factor` where `rope.scaling.type` is `linear`, else 1.
    pub scaling: f32,
}

/// Sizes and constants. All names are GGUF's, with the model's prefix (`llama.`) before them.
#[derive(Debug, Clone, PartialEq)]
pub struct LlamaConfig {
    /// `context_length`: tokens the model was trained to read at once.
    pub context: usize,
    /// `block_count`.
    pub blocks: usize,
    /// `embedding_length`, `attention.*`, `feed_forward_length`.
    pub shape: BlockShape,
    /// `rope.*`.
    pub rope: RopeConfig,
    /// `vocab_size`; where it is missing the embedding table's rows count.
    pub vocab: Option<usize>,
}

impl LlamaConfig {
    /// Reads and bounds the sizes from the keys that start with `prefix` and a dot.
    ///
    /// # Errors
    /// [`LlamaError`] where a key is missing, out of bounds, or asks for something unsupported.
    pub fn from_metadata(metadata: &Metadata, prefix: &str) -> Result<Self, LlamaError> {
        let key = |name: &str| format!("{prefix}.{name}");
        let there = |name: &str| metadata.get(&key(name)).is_some();
        let uint = |name: &str, min, max| metadata.uint(&key(name), min, max);
        let or = |name: &str, max, default: usize| if there(name) { uint(name, 1, max) } else { Ok(default) };
        let width = uint("embedding_length", 2, 1 << 14)?;
        let heads = uint("attention.head_count", 1, 1 << 10)?;
        if !there("attention.key_length") && !width.is_multiple_of(heads) {
            return Err(LlamaError::Sizes { problem: format!("{heads} heads do not share a width of {width} evenly") });
        }
        let head_width = or("attention.key_length", 1 << 10, width / heads)?;
        let value_width = or("attention.value_length", 1 << 10, head_width)?;
        if value_width != head_width {
            return Err(unsupported(format!("value heads ({value_width} wide) unlike key heads ({head_width} wide)")));
        }
        if there("expert_count") && uint("expert_count", 0, u64::MAX)? > 0 {
            return Err(unsupported("a mixture of experts".into()));
        }
        let shape = BlockShape {
            width,
            heads,
            kv_heads: or("attention.head_count_kv", 1 << 10, heads)?,
            head_width,
            ffn: uint("feed_forward_length", 2, 1 << 17)?,
            norm_eps: metadata.float(&key("attention.layer_norm_rms_epsilon"))?,
        };
        if let Some(problem) = shape.problem() {
            return Err(LlamaError::Sizes { problem });
        }
        Ok(Self {
            context: uint("context_length", 1, 1 << 20)?,
            blocks: uint("block_count", 1, 1 << 10)?,
            rope: rope(metadata, prefix, head_width)?,
            vocab: if there("vocab_size") { Some(uint("vocab_size", 1, 1 << 20)?) } else { None },
            shape,
        })
    }
}

fn rope(metadata: &Metadata, prefix: &str, head_width: usize) -> Result<RopeConfig, LlamaError> {
    let key = |name: &str| format!("{prefix}.rope.{name}");
    let positive = |name: &str| -> Result<f32, LlamaError> {
        let found = metadata.float(&key(name))?;
        if found > 0.0 {
            return Ok(found);
        }
        Err(LlamaError::Sizes { problem: format!("metadata key `{}` is {found}, it must be over 0", key(name)) })
    };
    let base = if metadata.get(&key("freq_base")).is_some() { positive("freq_base")? } else { 10_000.0 };
    let dimensions = match metadata.uint(&key("dimension_count"), 2, head_width as u64) {
        Err(MetadataError::Missing { .. }) => head_width,
        found => found?,
    };
    if !dimensions.is_multiple_of(2) {
        return Err(LlamaError::Sizes { problem: format!("{dimensions} rotary columns are no whole pairs") });
    }
    let scaling = match metadata.get(&key("scaling.type")) {
        None => 1.0,
        Some(Value::String(kind)) if kind == "none" => 1.0,
        Some(Value::String(kind)) if kind == "linear" => positive("scaling.factor")?,
        Some(found) => return Err(unsupported(format!("rope scaling {found:?}; supported are none and linear"))),
    };
    Ok(RopeConfig { base, dimensions, scaling })
}

pub(super) fn unsupported(what: String) -> LlamaError {
    LlamaError::Unsupported { what }
}
