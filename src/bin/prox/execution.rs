//! Executions as JSON.

use prox_wasm::diff::{DiffOptions, json_patch, unified_diff};
use prox_wasm::executor::Execution;
use serde_json::{Value, json};

use crate::args::Extra;

/// The fields of an execution of `text` as the contract names them, and those asked for besides.
pub fn as_json(text: &str, done: &Execution, with: &[Extra]) -> Value {
    // The official code's ranges may hold numbers no JSON reader takes for integers; those become strings.
    let removed: Vec<_> = done.removed.iter().map(|range| range.map(number)).collect();
    let mut fields = json!({
        "text": done.text,
        "kept": done.kept,
        "errors": done.errors,
        "removed": removed,
        "edits": done.edits,
        "diagnostics": done.diagnostics,
    });
    for extra in with {
        let (name, value) = match extra {
            Extra::Changes => ("changes", json!(done.changes)),
            Extra::Diff => ("diff", unified_diff(text, done, &DiffOptions::default()).into()),
            Extra::Patch => ("patch", json!(json_patch(text, done))),
        };
        fields[name] = value;
    }
    fields
}

fn number(n: i128) -> Value {
    i64::try_from(n).map_or_else(|_| n.to_string().into(), Into::into)
}
