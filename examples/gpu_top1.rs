//! How often a llama model's best next token is the same on the GPU as on the CPU, at every position of a text read token by
//! token, and after the beginning of the same text read in one piece.
//!
//! `cargo run --release --features gpu --example gpu_top1 -- MODEL.gguf TEXT.txt POSITIONS`

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use pollster::block_on;
use prox_wasm::backend::Logits;
use prox_wasm::backend::cpu::{CpuLlama, Kernel};
use prox_wasm::backend::gpu::{Gpu, GpuLlama, Setup};
use prox_wasm::gguf::Gguf;
use prox_wasm::model::llama::LlamaModel;
use prox_wasm::tokenizer::Tokenizer;

/// Tokens that are also read in one piece.
const PIECE: usize = 128;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, text, positions] = arguments.as_slice() else {
        return Err("usage: gpu_top1 MODEL.gguf TEXT.txt POSITIONS".into());
    };
    let gguf = Gguf::parse(std::fs::read(model)?)?;
    let mut tokens = Vec::new();
    Tokenizer::from_metadata(gguf.metadata())?.encode(&std::fs::read_to_string(text)?, &mut tokens);
    tokens.truncate(positions.parse()?);
    let model = Arc::new(LlamaModel::from_gguf(&gguf)?);
    let cpu = CpuLlama::new(Arc::clone(&model), Kernel::Float);
    let start = Instant::now();
    let wanted = cpu.read(&tokens, &mut cpu.cache(tokens.len()), Logits::All)?;
    println!("{} tokens on the CPU, with the logits of each: {:.1?}", tokens.len(), start.elapsed());
    let mut gpu = block_on(GpuLlama::new(block_on(Gpu::connect())?, Arc::clone(&model), tokens.len(), &Setup::default()))?;
    println!("{}", gpu.gpu().report());

    let vocab = model.vocab_size();
    let piece = &tokens[..tokens.len().min(PIECE)];
    let start = Instant::now();
    let found = block_on(gpu.read(piece))?;
    println!("the first {} in one piece on the GPU: {:.1?}", piece.len(), start.elapsed());
    let last = &wanted[(piece.len() - 1) * vocab..piece.len() * vocab];
    println!("largest difference of its logits {}, best token {} and {}", worst(&found, last), best(&found), best(last));

    gpu.truncate(0);
    let (mut same, mut differ) = (0, 0f32);
    let start = Instant::now();
    for (i, (token, wanted)) in (1..).zip(tokens.iter().zip(wanted.chunks_exact(vocab))) {
        let found = block_on(gpu.read(&[*token]))?;
        same += usize::from(best(&found) == best(wanted));
        differ = differ.max(worst(&found, wanted));
        if i % 250 == 0 || i == tokens.len() {
            println!("token by token: {:.1?}; {same} of {i} best tokens are the same, logits within {differ}", start.elapsed());
        }
    }
    let counts = gpu.gpu().counts();
    println!("{counts:?}");
    Ok(())
}

fn best(logits: &[f32]) -> usize {
    (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best })
}

fn worst(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
