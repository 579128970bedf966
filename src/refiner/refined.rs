//! The result of refining.

use serde::Serialize;

use crate::executor::Edit;
use crate::program::Diagnostic;

/// A refined text, the program that made it, and what the model thought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Refined {
    /// The refined text; empty where the document is dropped.
    pub text: String,
    /// Whether the document stays.
    pub kept: bool,
    /// The program, in ProX's language.
    pub program: String,
    /// What the program did.
    pub edits: Vec<Edit>,
    /// The probability that the document is worth keeping, 0 to 1.
    pub document: f32,
    /// For each line of the input the probability that it is content, 0 to 1.
    pub lines: Vec<f32>,
    /// What is remarkable.
    pub diagnostics: Vec<Diagnostic>,
    /// Counts.
    pub stats: RefineStats,
}

/// Counts of a refining.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RefineStats {
    /// Lines of the input, blank ones included.
    pub lines: usize,
    /// Blank lines.
    pub blank_lines: usize,
    /// Lines removed.
    pub removed_lines: usize,
    /// Places within lines that were normalised.
    pub normalized: usize,
    /// Windows of lines the model read.
    pub chunks: usize,
    /// Bytes of the input.
    pub bytes_in: usize,
    /// Bytes of the refined text.
    pub bytes_out: usize,
}
