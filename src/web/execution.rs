//! Programs and edits applied to texts; byte offsets become UTF-16 offsets.

use wasm_bindgen::prelude::*;

use super::json::Json;
use super::program::diagnostics;
use super::wire::{Strings, answer, op};
use crate::diff::{self, DiffOptions, PatchOperation};
use crate::document::{LineRange, utf16_offsets};
use crate::executor::{self, Edit, ExecuteOptions, Execution, Level, Mode, Operation};

const OFFICIAL: u32 = 1;
const DOCUMENT: u32 = 2;
const DROP_SHORT: u32 = 4;

/// The options of `execute`: flags, and numbers that are `NaN` where the default holds.
fn options(flags: u32, numbers: &[f64]) -> ExecuteOptions {
    let defaults = ExecuteOptions::default();
    let given = |place: usize| numbers.get(place).copied().filter(|number| !number.is_nan());
    // JavaScript has checked that these are whole numbers from 0; what is too large for 32 bits is as good as endless
    let whole = |place: usize| given(place).map(|number| number as usize);
    ExecuteOptions {
        mode: if flags & OFFICIAL == 0 { Mode::Strict } else { Mode::Official },
        level: if flags & DOCUMENT == 0 { Level::Chunk } else { Level::Doc },
        threshold_1: given(0).unwrap_or(defaults.threshold_1),
        threshold_2: given(1).unwrap_or(defaults.threshold_2),
        error_op: whole(2).unwrap_or(defaults.error_op),
        max_growth_bytes: whole(3).unwrap_or(defaults.max_growth_bytes),
        scope: whole(4).zip(whole(5)).map(|(first, last)| LineRange::new(first, last)),
        drop_short: flags & DROP_SHORT != 0,
    }
}

/// Applies the program text to the text.
#[wasm_bindgen]
pub fn execute(text: &str, program: &str, flags: u32, numbers: &[f64], changes: bool) -> String {
    let done = executor::execute(text, program, &options(flags, numbers));
    answer(done.map(|done| outcome(text, &done, changes)))
}

/// Applies all edits but those undone; `statement` of the edits of the result is the place in the list given.
#[wasm_bindgen]
pub fn undo(text: &str, numbers: &[u32], strings: &str, undone: &[u32], changes: bool) -> String {
    let undone: Vec<usize> = undone.iter().map(|&index| index as usize).collect();
    let done = executor::undo(text, &edits(numbers, strings), &undone);
    answer(done.map(|done| outcome(text, &done, changes)))
}

/// What the edits change, as a unified diff.
#[wasm_bindgen(js_name = unifiedDiff)]
pub fn unified_diff(text: &str, numbers: &[u32], strings: &str, from: String, to: String, context: u32) -> String {
    let options = DiffOptions { from, to, context: context as usize };
    let done = executor::apply_edits(text, &edits(numbers, strings));
    answer(done.map(|done| diff::unified_diff(text, &done, &options)))
}

/// What the edits change, as a JSON Patch for the array of lines: JSON.
#[wasm_bindgen(js_name = jsonPatch)]
pub fn json_patch(text: &str, numbers: &[u32], strings: &str) -> String {
    let done = executor::apply_edits(text, &edits(numbers, strings));
    answer(done.map(|done| {
        let mut json = Json::default();
        json.list(diff::json_patch(text, &done), patch_operation);
        json.into_string()
    }))
}

fn patch_operation(json: &mut Json, operation: PatchOperation<'_>) {
    let (name, path, value) = match &operation {
        PatchOperation::Test { path, value } => ("test", path, Some(value)),
        PatchOperation::Remove { path } => ("remove", path, None),
        PatchOperation::Replace { path, value } => ("replace", path, Some(value)),
    };
    json.object(|json| {
        json.key("op").string(name);
        json.key("path").string(path);
        if let Some(value) = value {
            json.key("value").string(value);
        }
    });
}

/// Edits: operation, first and last line, first and last line of the scope, lengths of source and target each.
fn edits(numbers: &[u32], strings: &str) -> Vec<Edit> {
    let mut strings = Strings::new(strings);
    let edit = |(place, &[op, first, last, scope_first, scope_last, source, target]): (usize, &[u32; 7])| {
        let lines = [first as usize, last as usize];
        let operation = match op {
            op::NORMALIZE => Operation::Normalize {
                lines,
                source: strings.take(source),
                target: strings.take(target),
                count: 0,
                scope: (scope_first != u32::MAX).then_some([scope_first as usize, scope_last as usize]),
            },
            op::REMOVE_LINES => Operation::RemoveLines { lines },
            _ => Operation::DropDoc,
        };
        Edit { operation, span: None, statement: Some(place), confidence: None }
    };
    numbers.as_chunks::<7>().0.iter().enumerate().map(edit).collect()
}

/// A line of JSON, and after it the refined text.
fn outcome(text: &str, done: &Execution, with_changes: bool) -> String {
    let mut json = Json::default();
    json.object(|json| {
        json.key("kept").plain(done.kept);
        json.key("errors").plain(done.errors);
        json.key("removed").list(&done.removed, |json, &range| json.pair(range));
        edit_list(json, text, &done.edits);
        diagnostics(json, &done.diagnostics);
        match done.drop_reason {
            Some(reason) => json.key("dropReason").name(reason),
            None => json.key("dropReason").plain("null"),
        }
        if with_changes {
            change_list(json, text, done);
        }
    });
    let mut answer = json.into_string();
    answer.reserve_exact(1 + done.text.len());
    answer.push('\n');
    answer.push_str(&done.text);
    answer
}

fn edit_list(json: &mut Json, text: &str, edits: &[Edit]) {
    let offsets: Vec<usize> = edits.iter().filter_map(|edit| edit.span).flatten().collect();
    let mut utf16 = utf16_offsets(text, &offsets).into_iter();
    json.key("edits").list(edits, |json, edit| {
        json.object(|json| {
            match &edit.operation {
                Operation::DropDoc => json.key("op").string("drop_doc"),
                Operation::RemoveLines { lines } => {
                    json.key("op").string("remove_lines");
                    json.key("lines").pair(*lines);
                }
                Operation::Normalize { lines, source, target, count, scope } => {
                    json.key("op").string("normalize");
                    json.key("lines").pair(*lines);
                    json.key("source").string(source);
                    json.key("target").string(target);
                    json.key("count").plain(count);
                    if let Some(scope) = scope {
                        json.key("scope").pair(*scope);
                    }
                }
            }
            if edit.span.is_some()
                && let (Some(start), Some(end)) = (utf16.next(), utf16.next())
            {
                json.key("span").pair([start, end]);
            }
            if let Some(statement) = edit.statement {
                json.key("statement").plain(statement);
            }
        });
    });
}

fn change_list(json: &mut Json, text: &str, done: &Execution) {
    let offsets: Vec<usize> = done.changes.iter().flat_map(|change| change.span).collect();
    let utf16 = utf16_offsets(text, &offsets);
    json.key("changes").list(done.changes.iter().zip(utf16.as_chunks::<2>().0), |json, (change, &span)| {
        json.object(|json| {
            json.key("span").pair(span);
            json.key("after").string(change.after);
        });
    });
}
