use serde::Serialize;

use super::change::Changes;
use super::edit::{Edit, Operation};
use crate::document::LineRange;
use crate::program::Diagnostic;

/// Why a document was dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DropReason {
    /// The program says so.
    Program,
    /// No more than `1 - threshold_2` of the document would be left.
    TooLittleLeft,
    /// Ten words or fewer are left.
    TooShort,
    /// There was nothing in it but white space.
    Empty,
}

/// What came of executing a program.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Execution {
    /// The refined text; empty where the document is dropped.
    pub text: String,
    /// Whether the document stays in the corpus.
    pub kept: bool,
    /// Errors in the program, as counted against the error budget.
    pub errors: usize,
    /// Removed line ranges, inclusive.
    ///
    /// Strict mode: what was removed, merged and in order. Official mode: the list the official code builds, whatever
    /// its guard decides later; it may hold reversed ranges and negative numbers.
    pub removed: Vec<[i128; 2]>,
    /// What was done, in the order of the statements. A dropped document has the one edit `drop_doc`.
    pub edits: Vec<Edit>,
    /// The same as replacements of bytes of the original, disjoint and in order; empty where the document is dropped.
    ///
    /// [`Changes::apply`] makes the refined text from them, [`Changes::invert`] the way back.
    pub changes: Changes,
    /// What is wrong or remarkable.
    pub diagnostics: Vec<Diagnostic>,
    /// Why the document was dropped; `None` where it was kept.
    pub drop_reason: Option<DropReason>,
}

impl Execution {
    /// The document stays as it is.
    pub(super) fn unchanged(text: &str, errors: usize, diagnostics: Vec<Diagnostic>) -> Self {
        Self {
            text: text.to_owned(),
            kept: true,
            errors,
            removed: Vec::new(),
            edits: Vec::new(),
            changes: Changes::new(),
            diagnostics,
            drop_reason: None,
        }
    }

    /// The document goes; `statement` is the one that said so, if one did.
    pub(super) fn dropped(
        text: &str,
        reason: DropReason,
        statement: Option<usize>,
        errors: usize,
        diagnostics: Vec<Diagnostic>,
    ) -> Self {
        let edit = Edit { operation: Operation::DropDoc, span: Some([0, text.len()]), statement, confidence: None };
        Self {
            text: String::new(),
            kept: false,
            errors,
            removed: Vec::new(),
            edits: vec![edit],
            changes: Changes::new(),
            diagnostics,
            drop_reason: Some(reason),
        }
    }
}

/// Line ranges as [`Execution::removed`] holds them.
pub(super) fn merged_ranges(sorted: impl IntoIterator<Item = LineRange>) -> Vec<[i128; 2]> {
    let mut merged: Vec<[i128; 2]> = Vec::new();
    for range in sorted {
        // Line numbers are indices of lines in memory, so they fit.
        let (first, last) = (range.first as i128, range.last as i128);
        match merged.last_mut() {
            Some(previous) if first <= previous[1] + 1 => previous[1] = previous[1].max(last),
            _ => merged.push([first, last]),
        }
    }
    merged
}
