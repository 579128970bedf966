use thiserror::Error;

use super::decimal::Decimal;
use crate::document::LineRange;
use crate::program::official::ReadError;

/// Why nothing was executed.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum ExecuteError {
    /// Official mode: the document has no words, so the official guard divides by zero.
    #[error("the document has no words; the official executor raises ZeroDivisionError here")]
    NoWords,
    /// Official mode: the program is too large to be read.
    #[error(transparent)]
    Program(#[from] ReadError),
    /// Official mode: a normalisation makes the text grow too far.
    #[error("the text would grow by {growth} bytes or more, and the limit is {limit}")]
    Growth {
        /// Bytes that the normalisations up to there add.
        growth: usize,
        /// [`ExecuteOptions::max_growth_bytes`](super::ExecuteOptions::max_growth_bytes).
        limit: usize,
    },
    /// Official mode: the normalisations take too much work.
    #[error("the normalisations would take more than {limit} steps of work, the limit for a text of this length")]
    Work {
        /// [`work_limit`](super::work_limit) for the text.
        limit: u64,
    },
    /// A threshold is infinite or not a number.
    #[error("{name} is {}, but must be a finite number", Decimal(*value))]
    Threshold {
        /// Name of the option.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// The lines a program may touch do not exist.
    #[error("the program is for lines {scope}, but the document has {line_count} lines, counted from 0")]
    Scope {
        /// The lines asked for.
        scope: LineRange,
        /// How many lines there are.
        line_count: usize,
    },
    /// Chunks overlap or stand in the wrong order.
    #[error("the chunk of lines {chunk} must begin after line {after}, where the chunk before it ends")]
    ChunkOrder {
        /// Lines of the chunk.
        chunk: LineRange,
        /// Last line of the chunk before.
        after: usize,
    },
}
