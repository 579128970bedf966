//! The model a command runs: a line transformer, or language models that write programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use prox_wasm::backend::cpu::Kernel;
use prox_wasm::gguf::Gguf;
use prox_wasm::model::line::LineModel;
use prox_wasm::model::llama;
use prox_wasm::refiner::Refiner;
use prox_wasm::refiner::lm::{LmModel, LmRefiner, Stage};
use serde::Deserialize;

use crate::args::{Backend, Mode, ModelArgs};
use crate::backend;
use crate::input;

/// Names the files of a folder with models.
const MANIFEST: &str = "prox.json";
/// The files of a folder without a manifest.
const DOCUMENT_FILE: &str = "document.gguf";
const CHUNK_FILE: &str = "chunk.gguf";

/// Whatever `--model` named.
pub enum AnyRefiner {
    Lines(Refiner),
    Programs(Box<LmRefiner>),
}

/// `prox.json`: files beside it, one for each stage.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    document: Option<PathBuf>,
    chunk: Option<PathBuf>,
}

/// Reads the model asked for: a GGUF file, or a folder with one for each stage.
pub fn load(args: &ModelArgs, mode: Mode) -> Result<AnyRefiner> {
    let Some(path) = &args.model else { return Ok(AnyRefiner::Lines(input::load_model(args)?)) };
    if path.is_dir() {
        return folder(path, mode, args.backend).map(|refiner| AnyRefiner::Programs(Box::new(refiner)));
    }
    let gguf = read(path)?;
    let is_llama = gguf.metadata().string("general.architecture") == Ok(llama::ARCHITECTURE);
    let refiner = if is_llama {
        let model = backend::programs(program_model(path, &gguf, mode)?, args.backend)?;
        let stage = model.stage().unwrap_or(Stage::Chunk);
        AnyRefiner::Programs(Box::new(LmRefiner::new().with(stage, model)))
    } else {
        let model = LineModel::from_gguf(&gguf).with_context(|| unusable(path))?;
        AnyRefiner::Lines(backend::refiner(model, args.backend)?)
    };
    Ok(refiner)
}

fn folder(path: &Path, mode: Mode, backend: Backend) -> Result<LmRefiner> {
    let manifest = path.join(MANIFEST);
    let Manifest { document, chunk } = if manifest.exists() {
        let bytes = fs::read(&manifest).with_context(|| format!("can't read {}", manifest.display()))?;
        serde_json::from_slice(&bytes).with_context(|| format!("can't use {}", manifest.display()))?
    } else {
        let there = |name: &str| path.join(name).exists().then(|| PathBuf::from(name));
        Manifest { document: there(DOCUMENT_FILE), chunk: there(CHUNK_FILE) }
    };
    if document.is_none() && chunk.is_none() {
        bail!("{} has neither {MANIFEST} nor {DOCUMENT_FILE} nor {CHUNK_FILE}; `prox convert` makes such files", path.display());
    }
    let mut refiner = LmRefiner::new();
    for (stage, file) in [(Stage::Document, document), (Stage::Chunk, chunk)] {
        let Some(file) = file.map(|file| path.join(file)) else { continue };
        let model = program_model(&file, &read(&file)?, mode)?;
        if model.stage().is_some_and(|of| of != stage) {
            return Err(anyhow!("{} is a model for the other stage than the one it is named for", file.display()));
        }
        refiner = refiner.with(stage, backend::programs(model, backend)?);
    }
    Ok(refiner)
}

fn read(path: &Path) -> Result<Gguf> {
    let bytes = fs::read(path).with_context(|| format!("can't read the model {}", path.display()))?;
    Gguf::parse(bytes).with_context(|| unusable(path))
}

fn unusable(path: &Path) -> String {
    format!("can't use the model {}", path.display())
}

/// Official mode reads weights as they are, since the released pipeline does not round activations.
fn program_model(path: &Path, gguf: &Gguf, mode: Mode) -> Result<LmModel> {
    let kernel = match mode {
        Mode::Strict => Kernel::Int8,
        Mode::Official => Kernel::Float,
    };
    LmModel::from_gguf(gguf, kernel).with_context(|| unusable(path))
}
