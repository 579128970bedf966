//! Where a model's numbers are worked out. A backend takes what [`crate::model`] read and gives logits.

pub mod cpu;
mod page_run;
mod span;

use crate::model::line::PageInput;
pub use page_run::PageRun;
pub use span::span_probability;

/// Logits of a page; positive means keep.
#[derive(Debug, Clone, PartialEq)]
pub struct PageLogits {
    /// One a line.
    pub lines: Vec<f32>,
    /// The document's.
    pub document: f32,
}

/// Runs the parts of a line transformer.
pub trait LineBackend {
    /// States after the last norm of the lines `window.0..window.1` of a page, which see each other: `[lines, width]`.
    fn states(&self, page: &PageInput, window: (usize, usize)) -> Vec<f32>;

    /// Calibrated keep logits of lines from their states.
    fn line_logits(&self, states: &[f32]) -> Vec<f32>;

    /// Calibrated keep logit of a document from its pooled states `[2 width]` and its features.
    fn document_logit(&self, pooled: &[f32], features: &[f32]) -> f32;
}

/// The probability of a logit.
#[must_use]
pub fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-logit))
}
