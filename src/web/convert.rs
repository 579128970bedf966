//! Rust values as plain JavaScript objects; byte offsets become UTF-16 offsets.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::errors::{Code, failure};
use crate::document::utf16_offsets;
use crate::executor::{Edit, ExecuteOptions, Execution, Level, Mode};
use crate::program::{Diagnostic, Parsed, Statement};
use crate::refiner::{Event, RefineOptions, RefineStats, Refined};

/// Options of `execute`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ExecuteInput {
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

/// Options of `start`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RefineInput {
    level: crate::refiner::Level,
    threshold: Option<f32>,
    doc_threshold: Option<f32>,
}

impl From<RefineInput> for RefineOptions {
    fn from(input: RefineInput) -> Self {
        let defaults = Self::default();
        Self {
            level: input.level,
            threshold: input.threshold.unwrap_or(defaults.threshold),
            doc_threshold: input.doc_threshold.unwrap_or(defaults.doc_threshold),
        }
    }
}

/// Options given from JavaScript; `undefined` and `null` stand for none.
pub fn from_js<T: DeserializeOwned + Default>(value: JsValue) -> Result<T, JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    serde_wasm_bindgen::from_value(value).map_err(|e| failure(Code::InvalidArgument, &e))
}

fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value.serialize(&Serializer::json_compatible()).map_err(|e| failure(Code::Internal, &e))
}

#[derive(Serialize)]
struct EditOut<'a> {
    #[serde(flatten)]
    edit: Edit,
    before: &'a str,
    after: &'a str,
}

/// Edits with what stood there, their spans in UTF-16 units.
fn edits<'a>(text: &'a str, edits: &'a [Edit]) -> Vec<EditOut<'a>> {
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
pub fn execution(text: &str, done: &Execution) -> Result<JsValue, JsValue> {
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

/// The result of `parseProgram`.
pub fn parsed(parsed: &Parsed) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(tag = "op", rename_all = "snake_case")]
    enum Op<'a> {
        DropDoc,
        KeepDoc,
        KeepChunk,
        RemoveLines { first: usize, last: usize },
        Normalize { source: &'a str, target: &'a str },
    }
    #[derive(Serialize)]
    struct StatementOut<'a> {
        #[serde(flatten)]
        op: Op<'a>,
        line: usize,
        column: usize,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        statements: Vec<StatementOut<'a>>,
        diagnostics: &'a [Diagnostic],
    }
    let statements = parsed.program.statements().iter().map(|at| StatementOut {
        op: match &at.statement {
            Statement::DropDoc => Op::DropDoc,
            Statement::KeepDoc => Op::KeepDoc,
            Statement::KeepChunk => Op::KeepChunk,
            Statement::RemoveLines { first, last } => Op::RemoveLines { first: *first, last: *last },
            Statement::Normalize { source, target } => Op::Normalize { source, target },
        },
        line: at.position.line,
        column: at.position.column,
    });
    to_js(&Out { statements: statements.collect(), diagnostics: parsed.diagnostics.as_slice() })
}

/// An event of a session.
pub fn event(event: &Event) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Out<'a> {
        Chunk { lines: [usize; 2], keep: &'a [f32] },
        Document { keep: f32 },
    }
    to_js(&match event {
        Event::Chunk { first, last, keep } => Out::Chunk { lines: [*first, *last], keep },
        Event::Document { keep } => Out::Document { keep: *keep },
    })
}

/// The result of a session.
pub fn refined(text: &str, refined: &Refined) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Keep {
        keep: f32,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Stats {
        lines: usize,
        blank_lines: usize,
        removed_lines: usize,
        chunks: usize,
        bytes_in: usize,
        bytes_out: usize,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        text: &'a str,
        kept: bool,
        program: &'a str,
        edits: Vec<EditOut<'a>>,
        lines: Vec<Keep>,
        document: Keep,
        diagnostics: &'a [Diagnostic],
        stats: Stats,
    }
    let RefineStats { lines, blank_lines, removed_lines, chunks, bytes_in, bytes_out } = refined.stats;
    to_js(&Out {
        text: &refined.text,
        kept: refined.kept,
        program: &refined.program,
        edits: edits(text, &refined.edits),
        lines: refined.lines.iter().map(|&keep| Keep { keep }).collect(),
        document: Keep { keep: refined.document },
        diagnostics: &refined.diagnostics,
        stats: Stats { lines, blank_lines, removed_lines, chunks, bytes_in, bytes_out },
    })
}
