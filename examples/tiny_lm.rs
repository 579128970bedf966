//! A tiny language model of no sense, and what it makes of a page natively, for `tests/js/programs.test.mjs`.
//!
//!     cargo run --example tiny_lm -- FOLDER
//!
//! Writes `tiny.gguf`, `writing.gguf`, which writes programs of several statements, and `expected.json`, with the page and a
//! result for each mode, into the folder. `float` is what comes of it
//! where activations are not rounded, as on a GPU.

use std::error::Error;
use std::path::PathBuf;

use prox_wasm::backend::cpu::Kernel;
use prox_wasm::executor::Mode;
use prox_wasm::refiner::Level;
use prox_wasm::refiner::lm::{LmModel, LmOptions, LmRefiner, Stage};
use serde_json::json;

#[path = "../tests/support/tiny_lm.rs"]
mod tiny_lm;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("names no folder")?);
    let file = tiny_lm::file(&[]);
    std::fs::write(folder.join("tiny.gguf"), &file)?;
    let writing = tiny_lm::writing();
    std::fs::write(folder.join("writing.gguf"), &writing)?;
    let refiner = |kernel| -> Result<LmRefiner, Box<dyn Error>> {
        let model = || LmModel::from_bytes(file.clone(), kernel);
        Ok(LmRefiner::new().with(Stage::Document, model()?).with(Stage::Chunk, model()?))
    };
    let (int8, float) = (refiner(Kernel::Int8)?, refiner(Kernel::Float)?);
    let lines = (0..24).map(|i| match i % 3 {
        0 => "Home | About | Contact".to_owned(),
        1 => format!("The mill was rebuilt in the spring of 19{i:02}, when the valley was quiet."),
        _ => format!("Line {i} says \"something\" else, with ä, 水 and 🦀 in it."),
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let refined = |refiner: &LmRefiner, mode, level| {
        let options = LmOptions { mode, level, chunk_tokens: 300, program_tokens: 40, doc_threshold: 0.5 };
        refiner.refine(&text, options)
    };
    // programs of several statements
    let statements = |kernel| -> Result<_, Box<dyn Error>> {
        let refiner = LmRefiner::new().with(Stage::Chunk, LmModel::from_bytes(writing.clone(), kernel)?);
        let options = LmOptions { level: Level::Chunk, chunk_tokens: 300, program_tokens: 150, ..LmOptions::default() };
        Ok(refiner.refine(&text, options)?)
    };
    let results = json!({
        "text": text,
        "strict": refined(&int8, Mode::Strict, Level::Chunk)?,
        "both": refined(&int8, Mode::Strict, Level::Both)?,
        "official": refined(&int8, Mode::Official, Level::Both)?,
        "statements": statements(Kernel::Int8)?,
        "float": {
            "statements": statements(Kernel::Float)?,
            "both": refined(&float, Mode::Strict, Level::Both)?, "official": refined(&float, Mode::Official, Level::Both)? },
    });
    std::fs::write(folder.join("expected.json"), serde_json::to_vec(&results)?)?;
    Ok(())
}
