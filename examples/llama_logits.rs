//! Logits after every token of a text in a llama-architecture model.
//!
//!     cargo run --release --example llama_logits -- MODEL.gguf TEXT.txt LOGITS.f32 [int8|float]
//!
//! Prints the token ids as JSON and writes `[tokens, vocab]` little-endian floats.

use std::error::Error;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use prox_wasm::backend::{
    Logits,
    cpu::{CpuLlama, Kernel},
};
use prox_wasm::gguf::Gguf;
use prox_wasm::model::llama::LlamaModel;
use prox_wasm::tokenizer::Tokenizer;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (files, kernel) = match args.as_slice() {
        [files @ .., word] if word == "int8" => (files, Kernel::Int8),
        [files @ .., word] if word == "float" => (files, Kernel::Float),
        files => (files, Kernel::Float),
    };
    let [model, text, logits] = files else {
        return Err("usage: llama_logits MODEL.gguf TEXT.txt LOGITS.f32 [int8|float]".into());
    };
    let gguf = Gguf::parse(std::fs::read(model)?)?;
    let mut tokens = Vec::new();
    Tokenizer::from_metadata(gguf.metadata())?.encode(&std::fs::read_to_string(text)?, &mut tokens);
    println!("{tokens:?}");
    let llama = CpuLlama::new(Arc::new(LlamaModel::from_gguf(&gguf)?), kernel);
    let mut cache = llama.cache(tokens.len());
    let mut out = BufWriter::new(std::fs::File::create(logits)?);
    for tokens in tokens.chunks(64) {
        for logit in llama.read(tokens, &mut cache, Logits::All)? {
            out.write_all(&logit.to_le_bytes())?;
        }
    }
    out.flush()?;
    Ok(())
}
