use serde::{Deserialize, Serialize};

use super::error::ExecuteError;
use crate::document::LineRange;

/// Whose rules a program is read and applied by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The grammar of [`parse`](crate::program::parse), with every rule checked and every omission reported.
    #[default]
    Strict,
    /// The released ProX code, to the letter.
    Official,
}

/// What kind of model wrote the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// A chunk refiner: the program edits lines.
    #[default]
    Chunk,
    /// A document refiner: the program only says whether the document stays.
    ///
    /// Official: any output that contains `drop` drops it. Strict: the first statement must be `drop_doc()` or
    /// `keep_doc()`, and anything else keeps it.
    Doc,
}

/// How to execute a program.
#[derive(Debug, Clone, PartialEq)]
pub struct ExecuteOptions {
    /// Whose rules apply.
    pub mode: Mode,
    /// What kind of program it is.
    pub level: Level,
    /// If less than this share of the document would be left, the edits are discarded and the text stays as it was.
    ///
    /// The share is counted in words (official) or in characters that are not white space (strict).
    pub threshold_1: f64,
    /// If no more than `1 - threshold_2` of the document would be left, the document is dropped.
    pub threshold_2: f64,
    /// A program with this many errors is rejected and changes nothing; 0 rejects every program.
    pub error_op: usize,
    /// Strict mode: the lines the program may touch, those of the chunk that it was written for. `None` means all.
    pub scope: Option<LineRange>,
    /// How many bytes normalisations with a target longer than its source may add; what others take away does not count.
    pub max_growth_bytes: usize,
    /// Strict mode: drop documents that end up with ten words or fewer.
    ///
    /// In scripts that put no spaces between words two characters count as a word. Official mode always drops such
    /// documents, and counts by white space in all scripts.
    pub drop_short: bool,
}

impl Default for ExecuteOptions {
    /// Strict mode at chunk level with the official thresholds 0.0 and 0.95, two errors, and 4 MiB of growth.
    fn default() -> Self {
        Self {
            mode: Mode::Strict,
            level: Level::Chunk,
            threshold_1: 0.0,
            threshold_2: 0.95,
            error_op: 2,
            scope: None,
            max_growth_bytes: 4 << 20,
            drop_short: false,
        }
    }
}

impl ExecuteOptions {
    /// Refuses thresholds that are no numbers.
    pub(super) fn check(&self) -> Result<(), ExecuteError> {
        for (name, value) in [("threshold_1", self.threshold_1), ("threshold_2", self.threshold_2)] {
            if !value.is_finite() {
                return Err(ExecuteError::Threshold { name, value });
            }
        }
        Ok(())
    }
}
