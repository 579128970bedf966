//! Programs read and printed.

use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::values::to_js;
use crate::program::{self, Diagnostic, Parsed, Statement};

/// Reads a program by the strict grammar.
#[wasm_bindgen(js_name = parseProgram)]
pub fn parse_program(text: &str) -> Result<JsValue, JsValue> {
    parsed(&program::parse(text))
}

/// The result of `parseProgram`.
fn parsed(parsed: &Parsed) -> Result<JsValue, JsValue> {
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
