//! A tiny language model with prox-nano's vocabulary.

#[path = "tiny_llama.rs"]
#[allow(dead_code, reason = "other tests want more of it")]
mod tiny_llama;

use prox_wasm::gguf::{Gguf, Value};
use tiny_llama::Tiny;

/// A GGUF file with a tokenizer; `more` sets further keys.
pub fn file(more: &[(&str, Value)]) -> Vec<u8> {
    with(|_| Tiny::default(), more)
}

/// The same, of a model that would rather write statements than keep a chunk as it is.
#[allow(dead_code, reason = "not every test wants it")]
pub fn writing() -> Vec<u8> {
    with(|tokens| Tiny { tied: false, worth: worth(tokens), ..Tiny::default() }, &[])
}

/// What it takes to go on: beginnings of statements, new lines, ends of strings.
fn worth(tokens: &[String]) -> Vec<(usize, f32)> {
    let begins = |of: &[&str], token: &str| {
        // a space may come first
        let token = token.trim_start_matches('\u{120}');
        token.len() > 1 && of.iter().any(|of| of.starts_with(token))
    };
    let worth = |token: &str| match token {
        "\u{10a}" => Some(2.0),
        "\"" => Some(7.0),
        _ if begins(&["remove_lines"], token) => Some(3.0),
        _ if begins(&["normalize"], token) => Some(4.0),
        _ if begins(&["keep_chunk", "skip_chunk", "untouch_doc"], token) => Some(-5.0),
        _ => None,
    };
    tokens.iter().enumerate().filter_map(|(i, token)| Some((i, worth(token)?))).collect()
}

fn with(tiny: impl FnOnce(&[String]) -> Tiny, more: &[(&str, Value)]) -> Vec<u8> {
    let nano = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/prox-nano.gguf")).unwrap();
    let nano = Gguf::parse(nano).unwrap();
    let tokens: Vec<String> =
        nano.metadata().strings("tokenizer.ggml.tokens").unwrap().iter().map(|token| token.to_string()).collect();
    let vocab = tokens.len();
    let mut writer = Tiny { vocab, blocks: 1, ..tiny(&tokens) }.writer();
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
