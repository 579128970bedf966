//! `prox execute`.

use anyhow::Result;
use prox_wasm::executor::{ExecuteOptions, Level, execute};
use serde::Deserialize;

use crate::args::ExecuteArgs;
use crate::execution::as_json;
use crate::jsonl::{self, RecordError};

#[derive(Deserialize)]
struct Record {
    text: String,
    program: String,
    #[serde(default)]
    level: Level,
    threshold_1: Option<f64>,
    threshold_2: Option<f64>,
    error_op: Option<usize>,
}

pub fn run(args: &ExecuteArgs) -> Result<usize> {
    let mode = args.mode.into();
    jsonl::run(&args.file, args.output.as_deref(), |record: Record| {
        let defaults = ExecuteOptions::default();
        let options = ExecuteOptions {
            mode,
            level: record.level,
            threshold_1: record.threshold_1.unwrap_or(defaults.threshold_1),
            threshold_2: record.threshold_2.unwrap_or(defaults.threshold_2),
            error_op: record.error_op.unwrap_or(defaults.error_op),
            ..defaults
        };
        let done = execute(&record.text, &record.program, &options).map_err(|e| RecordError::new("execute", e))?;
        Ok(as_json(&record.text, &done, &args.with))
    })
}
