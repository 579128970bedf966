//! Logits → ProX program.

mod balance;
mod generation;
mod grammar;
mod indentation;
mod official;
mod sources;
mod token_trie;
mod verdicts;

pub use balance::{Lenience, balance};
pub use generation::{Generated, Generation, GenerationOptions};
pub use grammar::{Grammar, GrammarLimits};
pub use indentation::{favour_indented, indent};
pub use official::OfficialGeneration;
pub use token_trie::TokenTrie;
pub use verdicts::{ScoredProgram, SpanVerdict, Thresholds, Verdicts};
