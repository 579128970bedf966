//! The model a command runs: a line transformer, or language models that write programs.

use std::fs::{self, File};
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use prox_wasm::backend::cpu::{Kernel, plan_of_file};
use prox_wasm::gguf::{Directory, Gguf, GgufStream};
use prox_wasm::model::line::LineModel;
use prox_wasm::model::llama;
use prox_wasm::refiner::Refiner;
use prox_wasm::refiner::lm::{LmModel, LmOptions, LmRefiner, Stage};
use serde::Deserialize;

use crate::args::{Mode, ModelArgs};
use crate::backend;
use crate::input;

/// Names the files of a folder with models.
const MANIFEST: &str = "prox.json";
/// The files of a folder without a manifest.
const DOCUMENT_FILE: &str = "document.gguf";
const CHUNK_FILE: &str = "chunk.gguf";
/// Bytes of a file that are read at once.
const PIECE: usize = 1 << 20;

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
        return folder(path, mode, args).map(|refiner| AnyRefiner::Programs(Box::new(refiner)));
    }
    let file = open(path)?;
    let refiner = if file.writes_programs() {
        let model = program_model(file, mode, args, &mut args.memory_budget())?;
        let stage = model.stage().unwrap_or(Stage::Chunk);
        AnyRefiner::Programs(Box::new(LmRefiner::new().with(stage, model)))
    } else {
        let model = LineModel::from_gguf(&file.rest()?).with_context(|| unusable(path))?;
        AnyRefiner::Lines(backend::refiner(model, args.backend)?)
    };
    Ok(refiner)
}

fn folder(path: &Path, mode: Mode, args: &ModelArgs) -> Result<LmRefiner> {
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
    let (mut refiner, mut budget) = (LmRefiner::new(), args.memory_budget());
    for (stage, file) in [(Stage::Document, document), (Stage::Chunk, chunk)] {
        let Some(file) = file.map(|file| path.join(file)) else { continue };
        let model = program_model(open(&file)?, mode, args, &mut budget)?;
        if model.stage().is_some_and(|of| of != stage) {
            return Err(anyhow!("{} is a model for the other stage than the one it is named for", file.display()));
        }
        refiner = refiner.with(stage, model);
    }
    Ok(refiner)
}

fn unusable(path: &Path) -> String {
    format!("can't use the model {}", path.display())
}

/// A model file whose directory has been read.
pub struct ModelFile<'a> {
    pub path: &'a Path,
    bytes: Box<dyn Read>,
    stream: GgufStream,
}

/// Opens a model file.
pub fn open(path: &Path) -> Result<ModelFile<'_>> {
    let cant_read = || format!("can't read the model {}", path.display());
    let mut file = File::open(path).with_context(cant_read)?;
    let about = file.metadata().with_context(cant_read)?;
    let (len, bytes): (u64, Box<dyn Read>) = if about.is_file() {
        (about.len(), Box::new(file))
    } else {
        // a pipe does not say how much will come
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).with_context(cant_read)?;
        (bytes.len() as u64, Box::new(Cursor::new(bytes)))
    };
    let mut file = ModelFile { path, bytes, stream: GgufStream::new(len) };
    while file.stream.directory().is_none() && file.piece()? {}
    Ok(file)
}

impl ModelFile<'_> {
    /// Metadata and tensors; of a file that has none, reading it [to the end](Self::rest) says why.
    pub fn directory(&self) -> Option<&Directory> {
        self.stream.directory()
    }

    /// Whether it holds a language model, not one that gives verdicts.
    pub fn writes_programs(&self) -> bool {
        let metadata = self.directory().map(Directory::metadata);
        metadata.is_some_and(|metadata| metadata.string("general.architecture") == Ok(llama::ARCHITECTURE))
    }

    /// Reads on; false at the end of the file.
    fn piece(&mut self) -> Result<bool> {
        let mut piece = Vec::with_capacity(PIECE);
        let read = Read::by_ref(&mut self.bytes).take(PIECE as u64).read_to_end(&mut piece);
        let read = read.with_context(|| format!("can't read the model {}", self.path.display()))?;
        self.stream.push(&piece).with_context(|| unusable(self.path))?;
        Ok(read > 0)
    }

    /// The whole file.
    pub fn rest(mut self) -> Result<Gguf> {
        while self.piece()? {}
        self.stream.finish().with_context(|| unusable(self.path))
    }
}

/// A model on the backend asked for; standard error is told what it takes before it is loaded. Official mode reads weights as they
/// are, since the released pipeline does not round activations. What it takes is taken from `budget`, bytes of memory.
fn program_model(file: ModelFile<'_>, mode: Mode, args: &ModelArgs, budget: &mut usize) -> Result<LmModel> {
    let kernel = match mode {
        Mode::Strict => Kernel::Int8,
        Mode::Official => Kernel::Float,
    };
    let (path, for_gpu) = (file.path, backend::may_use_gpu(args.backend)?);
    if let Some(directory) = file.directory() {
        let plan = plan_of_file(directory, kernel, LmOptions::default().tokens(), !for_gpu).with_context(|| unusable(path))?;
        let plan = plan.within(*budget).with_context(|| unusable(path))?;
        *budget -= plan.total();
        eprintln!("prox: the model takes {plan}");
    }
    let gguf = file.rest()?;
    let model = if for_gpu { LmModel::from_gguf(&gguf, kernel) } else { LmModel::for_cpu(gguf, kernel) };
    backend::programs(model.with_context(|| unusable(path))?, args.backend)
}
