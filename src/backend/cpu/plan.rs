//! What a llama model takes on the CPU, worked out before its weights are there.

use super::attention;
use super::int8::Packed;
use super::lanes::LANES;
use super::llama::CHUNK;
use super::sight::KvCache;
use super::weight::Kernel;
use crate::backend::MemoryPlan;
use crate::gguf::{Directory, TensorInfo};
use crate::model::llama::{ARCHITECTURE, LlamaConfig, LlamaError, check_architecture};

/// What it takes to load a language model that comes through a [`GgufStream`](crate::gguf::GgufStream), of which only the directory
/// is there, and to read `tokens` tokens with it, or as many as it can read. Where the CPU is not `alone`, all that the file has is
/// kept beside what the CPU makes of it.
///
/// # Errors
/// [`LlamaError`] where the metadata are not those of a llama model this crate can run.
pub fn plan_of_file(directory: &Directory, kernel: Kernel, tokens: usize, alone: bool) -> Result<MemoryPlan, LlamaError> {
    check_architecture(directory.metadata())?;
    let config = LlamaConfig::from_metadata(directory.metadata(), ARCHITECTURE)?;
    let tokens = tokens.min(config.context);
    let is_tied = directory.tensor("output.weight").is_none();
    let packed_bytes = |tensor: &TensorInfo| {
        let multiplied = match tensor.name.as_str() {
            "token_embd.weight" => is_tied,
            "output.weight" => true,
            name => name.starts_with("blk.") && tensor.rows() > 1,
        };
        if multiplied && kernel == Kernel::Int8 { Packed::bytes(tensor.ty, tensor.rows(), tensor.cols()) } else { 0 }
    };
    let (mut file, mut stays, mut weights, mut largest) = (0, 0, 0, 0);
    for tensor in directory.tensors() {
        let packed = packed_bytes(tensor);
        file = tensor.len.saturating_add(file);
        stays = if packed == 0 || !alone { tensor.len.saturating_add(stays) } else { stays };
        weights = packed.saturating_add(weights);
        largest = largest.max(packed);
    }
    let cache = KvCache::bytes(&config.shape, config.blocks, tokens);
    // a matrix is there in both forms for a moment
    let kept = weights.saturating_add(stays);
    let loading = file.max(kept).saturating_add(largest);
    let vocab = directory.tensor("token_embd.weight").map_or(0, TensorInfo::rows);
    let scratch = scratch(&config, vocab, tokens).max(loading.saturating_sub(kept).saturating_sub(cache));
    Ok(MemoryPlan { file: stays, weights, cache, scratch })
}

/// Bytes that one pass takes beyond weights and cache.
pub fn scratch(config: &LlamaConfig, vocab: usize, tokens: usize) -> usize {
    let shape = &config.shape;
    let (query, kv) = (shape.query_width(), shape.kv_width());
    let rows = CHUNK.min(tokens);
    // states, norms and sums; queries and means, also by head; keys and values; both halves of the feed-forward part,
    // which may be rounded
    // Threads hold queries, keys and values once more, and each a tile of scores.
    let floats = 3 * shape.width + 5 * query + 5 * kv + 2 * shape.ffn + (shape.ffn + shape.width) / 2;
    let scores = (2 * attention::TILE).saturating_mul(tokens.next_multiple_of(LANES));
    let floats = (rows * floats).saturating_add(scores).saturating_add(vocab);
    floats.saturating_mul(size_of::<f32>())
}
