//! Logits → ProX program.

mod balance;
mod verdicts;

pub use balance::{Lenience, balance};
pub use verdicts::{ScoredProgram, Thresholds, Verdicts};
