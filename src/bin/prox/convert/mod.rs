//! `prox convert`: a Hugging Face folder with a llama model, or a GGUF file of one → GGUF.

mod config;
mod gguf;
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
    let mut writer = GgufWriter::new();
    let count = if args.source.is_dir() { folder(args, &mut writer)? } else { gguf::requantize(args, &mut writer)? };
    if let Some(stage) = args.stage {
        let stage = match stage {
            Stage::Document => "document",
            Stage::Chunk => "chunk",
        };
        writer.metadata("prox.stage", Value::String(stage.into()));
    }
    let mut out = input::create(Some(&args.output))?;
    writer.write_to(&mut out).with_context(|| format!("can't write {}", args.output.display()))?;
    out.flush().with_context(|| format!("can't write {}", args.output.display()))?;
    drop(out);
    // What was written is what can be run, or it is not worth having.
    let bytes = std::fs::read(&args.output)?;
    let len = bytes.len();
    LlamaModel::from_bytes(bytes).with_context(|| format!("{} was written, but can't be run", args.output.display()))?;
    eprintln!("prox: {count} tensors, {len} bytes");
    Ok(0)
}

/// Tensors and metadata of a Hugging Face folder; the number of tensors.
fn folder(args: &ConvertArgs, writer: &mut GgufWriter) -> Result<usize> {
    let config = Config::read(&args.source)?;
    let weights = Weights::open(&args.source)?;
    let name = args.source.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    writer.metadata("general.name", Value::String(name.unwrap_or_else(|| "llama".into())));
    config.write(writer);
    tokenizer::write(&args.source, &config, writer)?;
    let tensors = config.tensors();
    let mut storage = Storage::new(args.quantize, tensors.len());
    for tensor in &tensors {
        let mut values = weights.floats(&tensor.from, &tensor.shape)?;
        if let Some(heads) = tensor.turned_heads {
            values = weights::pair_columns(&values, heads, tensor.shape[1]);
        }
        // the fastest-running extent first
        let dims: Vec<u64> = tensor.shape.iter().rev().map(|&n| n as u64).collect();
        storage.put(writer, &tensor.to, &dims, tensor.is_table, &values)?;
    }
    storage.finish();
    Ok(tensors.len())
}

/// How tensors are stored, and how far they are.
struct Storage {
    quantize: Quantize,
    bar: ProgressBar,
    /// Tensors that could not be stored as asked.
    plain: Vec<String>,
}

impl Storage {
    fn new(quantize: Quantize, tensors: usize) -> Self {
        let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} tensors");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { quantize, bar: ProgressBar::new(tensors as u64).with_style(style), plain: Vec::new() }
    }

    fn put(&mut self, writer: &mut GgufWriter, name: &str, dims: &[u64], is_table: bool, values: &[f32]) -> Result<()> {
        self.bar.set_message(name.to_owned());
        let ty = stored_as(self.quantize, is_table, dims);
        let is_float = matches!(self.quantize, Quantize::F16 | Quantize::F32);
        if dims.len() == 2 && ty == TensorType::F16 && !is_float {
            self.plain.push(name.to_owned());
        }
        let Some(bytes) = prox_wasm::gguf::quantize(ty, values) else { bail!("{name} can't be stored as {ty:?}") };
        writer.tensor(name, dims, ty, bytes)?;
        self.bar.inc(1);
        Ok(())
    }

    fn finish(self) {
        self.bar.finish_and_clear();
        if !self.plain.is_empty() {
            eprintln!("prox: rows of {} make no whole blocks; stored as F16", self.plain.join(", "));
        }
    }
}

/// How a tensor is stored. Tables of tokens take eight bits where the other matrices take four, as llama.cpp keeps them finer
/// too; vectors stay floats.
fn stored_as(quantize: Quantize, is_table: bool, dims: &[u64]) -> TensorType {
    let &[cols, _] = dims else { return TensorType::F32 };
    let fits = |ty: &TensorType| ty.row_bytes(cols as usize).is_some();
    let first = match quantize {
        Quantize::F32 => return TensorType::F32,
        Quantize::F16 => return TensorType::F16,
        _ if is_table => TensorType::Q8_0,
        Quantize::Q8_0 => TensorType::Q8_0,
        Quantize::Q5_0 => TensorType::Q5_0,
        Quantize::Q4_0 => TensorType::Q4_0,
        Quantize::Q4_1 => TensorType::Q4_1,
        Quantize::Q4_K => TensorType::Q4_K,
    };
    // only blocks of 256 have one of 32 to stand in
    let second = if first == TensorType::Q4_K { TensorType::Q5_0 } else { first };
    [first, second].into_iter().find(fits).unwrap_or(TensorType::F16)
}
