//! `prox execute`.

use anyhow::Result;
use prox_wasm::executor::{ExecuteOptions, Level, execute};
use serde::Deserialize;
use serde_json::json;

use crate::args::ExecuteArgs;
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
        // the official code's ranges may hold numbers no JSON reader takes for integers; those become strings
        let removed: Vec<_> = done.removed.iter().map(|range| range.map(number)).collect();
        Ok(json!({
            "text": done.text,
            "kept": done.kept,
            "errors": done.errors,
            "removed": removed,
            "edits": done.edits,
            "diagnostics": done.diagnostics,
        }))
    })
}

fn number(n: i128) -> serde_json::Value {
    i64::try_from(n).map_or_else(|_| n.to_string().into(), Into::into)
}
