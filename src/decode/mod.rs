//! Logits → ProX program.

mod balance;
mod sources;
mod verdicts;

pub use balance::{Lenience, balance};
pub use verdicts::{ScoredProgram, SpanVerdict, Thresholds, Verdicts};
