//! `prox spans`: candidates of normalisation for `training/prox_train/spans.py`, so that there is one implementation.

use anyhow::{Result, bail};
use prox_wasm::backend::span_probability;
use serde::Deserialize;
use serde_json::json;

use crate::args::SpansArgs;
use crate::input;
use crate::jsonl;

#[derive(Deserialize)]
struct Record {
    lines: Vec<String>,
}

pub fn run(args: &SpansArgs) -> Result<usize> {
    let refiner = input::load_model(&args.model)?;
    let Some(model) = refiner.model().spans.clone() else {
        bail!("the model proposes no normalisations; `python -m prox_train.spans add` gives it that part");
    };
    jsonl::run(&args.file, args.output.as_deref(), |record: Record| {
        let lines: Vec<&str> = record.lines.iter().map(|line| line.trim()).collect();
        let spans: Vec<_> = model
            .propose(&lines)
            .iter()
            .map(|candidate| {
                let span = &candidate.span;
                // offsets in the line as it was given
                let trimmed = record.lines[candidate.line].len() - record.lines[candidate.line].trim_start().len();
                json!({
                    "line": candidate.line, "start": trimmed + span.start, "end": trimmed + span.end, "kind": span.kind.name(),
                    "target": span.target, "rows": candidate.rows, "probability": span_probability(&model, candidate),
                })
            })
            .collect();
        Ok(json!({ "spans": spans }))
    })
}
