//! How often a llama model's best next token is the same on the GPU as on the CPU, at the positions of texts: of pieces of
//! texts read in chunks, as prompts are, and of the beginning of each piece token by token, as programs are written.
//!
//! `cargo run --release --features gpu --example gpu_top1 -- MODEL.gguf PAGES.jsonl POSITIONS DONE.jsonl`
//!
//! `PAGES.jsonl` has `text` a line. Each piece that is done is a line of `DONE.jsonl` at once; pieces that are there already are not
//! done again, so that a run that was stopped goes on.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Instant;

use pollster::block_on;
use prox_wasm::backend::Logits;
use prox_wasm::backend::cpu::{CpuLlama, Kernel};
use prox_wasm::backend::gpu::{Gpu, GpuLlama, Setup};
use prox_wasm::gguf::Gguf;
use prox_wasm::model::llama::LlamaModel;
use prox_wasm::tokenizer::Tokenizer;
use serde_json::{Value, json};

/// Tokens of a piece, each from another text.
const PIECE: usize = 250;
/// Of those, tokens that are also read one by one.
const SINGLE: usize = 32;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, texts, positions, done] = arguments.as_slice() else {
        return Err("usage: gpu_top1 MODEL.gguf PAGES.jsonl POSITIONS DONE.jsonl".into());
    };
    let gguf = Gguf::parse(fs::read(model)?)?;
    let tokenizer = Tokenizer::from_metadata(gguf.metadata())?;
    let mut pieces = Vec::new();
    for line in fs::read_to_string(texts)?.lines() {
        let (mut tokens, page) = (Vec::new(), serde_json::from_str::<Value>(line)?);
        tokenizer.encode(page["text"].as_str().ok_or("a line without text")?, &mut tokens);
        if tokens.len() >= PIECE {
            tokens.truncate(PIECE);
            pieces.push(tokens);
        }
    }
    let wanted: usize = positions.parse()?;
    let count = wanted.div_ceil(PIECE);
    if pieces.len() < count {
        return Err(format!("{count} texts of {PIECE} tokens are needed, {} are there", pieces.len()).into());
    }
    let before = fs::read_to_string(done).unwrap_or_default().lines().count();
    let mut out = fs::OpenOptions::new().create(true).append(true).open(done)?;
    let model = Arc::new(LlamaModel::from_gguf(&gguf)?);
    let cpu = CpuLlama::new(Arc::clone(&model), Kernel::Float);
    let mut gpu = block_on(GpuLlama::scoring(block_on(Gpu::connect())?, Arc::clone(&model), PIECE, &Setup::default()))?;
    println!("{}; {before} pieces of {count} are done", gpu.gpu().report());

    let vocab = model.vocab_size();
    for tokens in pieces.iter().take(count).skip(before) {
        let start = Instant::now();
        let wanted = cpu.read(tokens, &mut cpu.cache(PIECE), Logits::All)?;
        let on_cpu = start.elapsed();
        gpu.truncate(0);
        let found = block_on(gpu.read_all(tokens))?;
        let in_chunks = Same::of(&found, &wanted, vocab);
        let chunks = start.elapsed() - on_cpu;
        gpu.truncate(0);
        let mut found = Vec::new();
        for token in &tokens[..SINGLE] {
            found.extend(block_on(gpu.read(&[*token]))?);
        }
        let singly = Same::of(&found, &wanted, vocab);
        let line =
            json!({ "tokens": tokens, "best": best_of_all(&wanted, vocab), "chunks": in_chunks.json(), "singly": singly.json() });
        writeln!(out, "{line}")?;
        println!(
            "{} | {} singly | CPU {on_cpu:.1?}, chunks {chunks:.1?}, all {:.1?}",
            in_chunks.json(),
            singly.json(),
            start.elapsed()
        );
    }

    let done = fs::read_to_string(done)?;
    let lines = done.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
    for kind in ["chunks", "singly"] {
        let sum = |name: &str| lines.iter().filter_map(|line| line[kind][name].as_u64()).sum::<u64>();
        let worst = lines.iter().filter_map(|line| line[kind]["worst"].as_f64()).fold(0.0, f64::max);
        println!("{kind}: {} of {} best tokens are the same, logits within {worst}", sum("same"), sum("positions"));
    }
    Ok(())
}

/// How two runs agree.
struct Same {
    positions: usize,
    same: usize,
    worst: f32,
}

impl Same {
    fn of(found: &[f32], wanted: &[f32], vocab: usize) -> Self {
        let rows = || found.chunks_exact(vocab).zip(wanted.chunks_exact(vocab));
        let same = rows().filter(|(found, wanted)| best(found) == best(wanted)).count();
        let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        Self { positions: rows().count(), same, worst }
    }

    fn json(&self) -> Value {
        json!({ "positions": self.positions, "same": self.same, "worst": self.worst })
    }
}

fn best_of_all(logits: &[f32], vocab: usize) -> Vec<usize> {
    logits.chunks_exact(vocab).map(best).collect()
}

fn best(logits: &[f32]) -> usize {
    (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best })
}
