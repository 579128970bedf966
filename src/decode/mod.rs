//! Logits → ProX program.

mod sources;
mod verdicts;

pub use verdicts::{ScoredProgram, SpanVerdict, Thresholds, Verdicts};
