//! A tiny language model with prox-nano's vocabulary.

#[path = "tiny_llama.rs"]
#[allow(dead_code, reason = "other tests want more of it")]
mod tiny_llama;

use prox_wasm::gguf::{Gguf, Value};
use tiny_llama::Tiny;

/// A GGUF file with a tokenizer; `more` sets further keys.
pub fn file(more: &[(&str, Value)]) -> Vec<u8> {
    let nano = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/prox-nano.gguf")).unwrap();
    let nano = Gguf::parse(nano).unwrap();
    let vocab = nano.metadata().strings("tokenizer.ggml.tokens").unwrap().len();
    let mut writer = Tiny { vocab, blocks: 1, ..Tiny::default() }.writer();
    for key in ["model", "pre", "tokens", "merges"] {
        let key = format!("tokenizer.ggml.{key}");
        writer.metadata(&key, nano.metadata().get(&key).unwrap().clone());
    }
    writer.metadata("tokenizer.ggml.eos_token_id", Value::Uint(vocab as u64 - 1));
    writer.metadata("tokenizer.ggml.token_type", Value::Ints((0..vocab).map(|i| if i + 1 == vocab { 3 } else { 1 }).collect()));
    writer.metadata("llama.context_length", Value::Uint(2048));
    for (key, value) in more {
        writer.metadata(key, value.clone());
    }
    writer.finish()
}

/// The same kind of model without a tokenizer.
#[allow(dead_code, reason = "not every test wants it")]
pub fn without_tokenizer() -> Vec<u8> {
    Tiny::default().bytes()
}
