//! Logits → ProX program.

mod balance;
mod verdicts;

pub use balance::balance;
pub use verdicts::{ScoredProgram, Thresholds, Verdicts};
