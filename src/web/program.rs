//! Programs read and printed.

use wasm_bindgen::prelude::*;

use super::json::Json;
use super::wire::{Strings, op};
use crate::program::{self, Diagnostic, Program, Statement};

/// Reads a program by the strict grammar: JSON.
#[wasm_bindgen(js_name = parseProgram)]
pub fn parse_program(text: &str) -> String {
    let parsed = program::parse(text);
    let mut json = Json::default();
    json.object(|json| {
        json.key("statements").list(parsed.program.statements(), |json, at| {
            json.object(|json| {
                statement(json, &at.statement);
                json.key("line").plain(at.position.line);
                json.key("column").plain(at.position.column);
            });
        });
        diagnostics(json, parsed.diagnostics.as_slice());
    });
    json.into_string()
}

fn statement(json: &mut Json, statement: &Statement) {
    json.key("op").string(match statement {
        Statement::DropDoc => "drop_doc",
        Statement::KeepDoc => "keep_doc",
        Statement::KeepChunk => "keep_chunk",
        Statement::RemoveLines { .. } => "remove_lines",
        Statement::Normalize { .. } => "normalize",
    });
    match statement {
        Statement::RemoveLines { first, last } => {
            json.key("first").plain(first);
            json.key("last").plain(last);
        }
        Statement::Normalize { source, target } => {
            json.key("source").string(source);
            json.key("target").string(target);
        }
        Statement::DropDoc | Statement::KeepDoc | Statement::KeepChunk => {}
    }
}

/// The field `diagnostics` of an object.
pub fn diagnostics(json: &mut Json, diagnostics: &[Diagnostic]) {
    json.key("diagnostics").list(diagnostics, |json, diagnostic| {
        json.object(|json| {
            json.key("severity").name(diagnostic.severity);
            json.key("code").name(diagnostic.code);
            json.key("message").string(&diagnostic.message);
            json.key("line").plain(diagnostic.line);
            json.key("column").plain(diagnostic.column);
            if let Some(chunk) = diagnostic.chunk {
                json.key("chunk").plain(chunk);
            }
        });
    });
}

/// The canonical text of a program: operation and two numbers a statement, which are first and last line or the lengths of
/// source and target.
#[wasm_bindgen(js_name = printProgram)]
pub fn print_program(numbers: &[u32], strings: &str) -> String {
    let mut strings = Strings::new(strings);
    let statements = numbers.as_chunks::<3>().0.iter().map(|&[op, a, b]| match op {
        op::DROP_DOC => Statement::DropDoc,
        op::KEEP_DOC => Statement::KeepDoc,
        op::REMOVE_LINES => Statement::RemoveLines { first: a as usize, last: b as usize },
        op::NORMALIZE => Statement::Normalize { source: strings.take(a), target: strings.take(b) },
        _ => Statement::KeepChunk,
    });
    statements.collect::<Program>().to_string()
}
