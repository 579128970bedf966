//! Logits → ProX program.

mod verdicts;

pub use verdicts::{ScoredProgram, Thresholds, Verdicts};
