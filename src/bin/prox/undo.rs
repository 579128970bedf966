//! `prox undo`.

use anyhow::Result;
use prox_wasm::executor::{Edit, undo};
use serde::Deserialize;

use crate::args::UndoArgs;
use crate::execution::as_json;
use crate::jsonl::{self, RecordError};

#[derive(Deserialize)]
struct Record {
    text: String,
    edits: Vec<Edit>,
    #[serde(default)]
    undo: Vec<usize>,
}

pub fn run(args: &UndoArgs) -> Result<usize> {
    jsonl::run(&args.file, args.output.as_deref(), |record: Record| {
        let done = undo(&record.text, &record.edits, &record.undo).map_err(|e| RecordError::new("undo", e))?;
        Ok(as_json(&record.text, &done, &args.with))
    })
}
