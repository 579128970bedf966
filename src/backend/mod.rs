//! Where a model's numbers are worked out. A backend takes what [`crate::model`] read and gives logits.

pub mod cpu;
#[cfg(feature = "gpu")]
pub mod gpu;
#[cfg(feature = "gpu")]
mod ladder;
mod memory;
mod page_run;
mod pick;
mod pool;
mod span;
#[cfg(feature = "gpu")]
mod token_ladder;
mod token_reader;

use thiserror::Error;

use crate::model::line::PageInput;
#[cfg(feature = "gpu")]
pub use ladder::{Choice, LadderBackend, Listener, Standing, Times};
pub use memory::{MemoryPlan, OverBudget};
pub use page_run::PageRun;
pub use pick::{Pick, likeliest};
pub use pool::Pool;
pub use span::span_probability;
#[cfg(feature = "gpu")]
pub use token_ladder::{LadderReader, TokenLadder};
pub use token_reader::{Answer, Reading, TokenBackend, TokenReader, Wanted, wait};

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
    /// Reads the page's lines with the model's token LM, where it has one; [`window`](Self::window) wants it done.
    fn read_lines(&self, page: &mut PageInput);

    /// Calibrated keep logits of the lines `window.0..window.1` of a page, which see each other; `pool` takes up their states.
    fn window(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Vec<f32>;

    /// Calibrated keep logit of a document from its pooled states `[2 width]` and its features.
    fn document_logit(&self, pooled: &[f32], features: &[f32]) -> f32;
}

/// Which logits of the tokens read are wanted. Those of long texts are large: a float for each token of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logits {
    /// None: the tokens are only read.
    None,
    /// Those that follow the last token.
    Last,
    /// Those after every token.
    All,
}

/// Tokens that a model can't read.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// No such token.
    #[error("token {token} is none of the vocabulary's {vocab}")]
    Unknown {
        /// The token.
        token: u32,
        /// Size of the vocabulary.
        vocab: usize,
    },
    /// The cache is too small.
    #[error("{tokens} tokens do not fit into the cache, which has room for {room} more")]
    CacheFull {
        /// Tokens to read.
        tokens: usize,
        /// Tokens that fit.
        room: usize,
    },
    /// The model has fewer blocks.
    #[error("states after block {asked} were asked for, the model has {have} blocks")]
    Blocks {
        /// Blocks asked for.
        asked: usize,
        /// Blocks there are.
        have: usize,
    },
    /// A model without output norm has no logits.
    #[error("logits were asked for, the model only has states")]
    NoHead,
}

/// The probability of a logit.
#[must_use]
pub fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + libm::expf(-logit))
}
