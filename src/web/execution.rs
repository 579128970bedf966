//! Programs applied to texts; byte offsets become UTF-16 offsets.

use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::errors::{Code, failure};
use super::values::{from_js, to_js};
use crate::document::utf16_offsets;
use crate::executor::{self, Edit, ExecuteOptions, Execution, Level, Mode};
use crate::program::Diagnostic;

/// Options of `execute`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct ExecuteInput {
    mode: Mode,
    level: Level,
    threshold1: Option<f64>,
    threshold2: Option<f64>,
    error_op: Option<usize>,
}

impl From<ExecuteInput> for ExecuteOptions {
    fn from(input: ExecuteInput) -> Self {
        let defaults = Self::default();
        Self {
            mode: input.mode,
            level: input.level,
            threshold_1: input.threshold1.unwrap_or(defaults.threshold_1),
            threshold_2: input.threshold2.unwrap_or(defaults.threshold_2),
            error_op: input.error_op.unwrap_or(defaults.error_op),
            ..defaults
        }
    }
}

/// Applies the program text to the text.
#[wasm_bindgen]
pub fn execute(text: &str, program: &str, options: JsValue) -> Result<JsValue, JsValue> {
    let options: ExecuteInput = from_js(options)?;
    let done = executor::execute(text, program, &options.into()).map_err(|e| failure(Code::InvalidArgument, &e))?;
    execution(text, &done)
}

#[derive(Serialize)]
pub struct EditOut<'a> {
    #[serde(flatten)]
    edit: Edit,
    before: &'a str,
    after: &'a str,
}

/// Edits with what stood there, their spans in UTF-16 units.
pub fn edits<'a>(text: &'a str, edits: &'a [Edit]) -> Vec<EditOut<'a>> {
    let offsets: Vec<usize> = edits.iter().filter_map(|e| e.span).flatten().collect();
    let mut utf16 = utf16_offsets(text, &offsets).into_iter();
    edits
        .iter()
        .map(|edit| {
            let span = edit.span.and_then(|_| Some([utf16.next()?, utf16.next()?]));
            EditOut { edit: Edit { span, ..edit.clone() }, before: edit.before(text), after: edit.after() }
        })
        .collect()
}

/// The result of `execute`.
fn execution(text: &str, done: &Execution) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Out<'a> {
        text: &'a str,
        kept: bool,
        errors: usize,
        /// Doubles, as all of JavaScript's numbers: the official code's ranges may be larger than any integer type.
        removed: Vec<[f64; 2]>,
        edits: Vec<EditOut<'a>>,
        diagnostics: &'a [Diagnostic],
    }
    to_js(&Out {
        text: &done.text,
        kept: done.kept,
        errors: done.errors,
        removed: done.removed.iter().map(|range| range.map(|n| n as f64)).collect(),
        edits: edits(text, &done.edits),
        diagnostics: &done.diagnostics,
    })
}
