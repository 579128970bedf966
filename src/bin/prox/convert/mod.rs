//! `prox convert`: a Hugging Face folder with a llama model → GGUF.

mod config;
mod pieces;
mod tokenizer;
mod weights;

use std::io::Write as _;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use prox_wasm::gguf::{GgufWriter, TensorType, Value};
use prox_wasm::model::llama::LlamaModel;

use crate::args::{ConvertArgs, Quantize, Stage};
use crate::input;
use config::Config;
use weights::Weights;

pub fn run(args: &ConvertArgs) -> Result<usize> {
    let config = Config::read(&args.folder)?;
    let weights = Weights::open(&args.folder)?;
    let mut writer = GgufWriter::new();
    let name = args.folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    writer.metadata("general.name", Value::String(name.unwrap_or_else(|| "llama".into())));
    config.write(&mut writer);
    tokenizer::write(&args.folder, &config, &mut writer)?;
    if let Some(stage) = args.stage {
        let stage = match stage {
            Stage::Document => "document",
            Stage::Chunk => "chunk",
        };
        writer.metadata("prox.stage", Value::String(stage.into()));
    }
    let tensors = config.tensors();
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} tensors");
    let bar = ProgressBar::new(tensors.len() as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let mut plain = Vec::new();
    for tensor in &tensors {
        bar.set_message(tensor.to.clone());
        let mut values = weights.floats(&tensor.from, &tensor.shape)?;
        if let Some(heads) = tensor.turned_heads {
            values = weights::pair_columns(&values, heads, tensor.shape[1]);
        }
        let ty = stored_as(args.quantize, tensor.is_table, &tensor.shape);
        if tensor.shape.len() == 2 && ty == TensorType::F16 && args.quantize != Quantize::F16 && args.quantize != Quantize::F32 {
            plain.push(tensor.to.as_str());
        }
        let Some(bytes) = prox_wasm::gguf::quantize(ty, &values) else { bail!("{} can't be stored as {ty:?}", tensor.to) };
        // the fastest-running extent first
        let dims: Vec<u64> = tensor.shape.iter().rev().map(|&n| n as u64).collect();
        writer.tensor(&tensor.to, &dims, ty, bytes)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    if !plain.is_empty() {
        eprintln!("prox: rows of {} make no whole blocks; stored as F16", plain.join(", "));
    }
    let mut out = input::create(Some(&args.output))?;
    writer.write_to(&mut out).with_context(|| format!("can't write {}", args.output.display()))?;
    out.flush().with_context(|| format!("can't write {}", args.output.display()))?;
    drop(out);
    // What was written is what can be run, or it is not worth having.
    let bytes = std::fs::read(&args.output)?;
    let len = bytes.len();
    LlamaModel::from_bytes(bytes).with_context(|| format!("{} was written, but can't be run", args.output.display()))?;
    eprintln!("prox: {} tensors, {len} bytes", tensors.len());
    Ok(0)
}

/// How a tensor is stored. Tables of tokens take eight bits where the other matrices take four, as llama.cpp keeps them finer
/// too; vectors stay floats.
fn stored_as(quantize: Quantize, is_table: bool, shape: &[usize]) -> TensorType {
    let [_, cols] = shape else { return TensorType::F32 };
    let ty = match quantize {
        Quantize::F32 => return TensorType::F32,
        Quantize::F16 => return TensorType::F16,
        _ if is_table => TensorType::Q8_0,
        Quantize::Q8_0 => TensorType::Q8_0,
        Quantize::Q4_0 => TensorType::Q4_0,
        Quantize::Q4_1 => TensorType::Q4_1,
    };
    if cols.is_multiple_of(ty.block_len()) { ty } else { TensorType::F16 }
}
