//! How language models refine.

use thiserror::Error;

use super::super::Level;
use super::prompt::AROUND_TOKENS;
use crate::backend::TokenError;
use crate::document::DEFAULT_MAX_TOKENS;
use crate::executor::{ExecuteError, Mode};

/// How to refine with models that write programs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LmOptions {
    /// Strict: programs are written under the grammar and applied by the strict rules. Official: prompts, decoding and
    /// execution as the released pipeline does them.
    pub mode: Mode,
    /// The stages that run, as far as there are models for them.
    pub level: Level,
    /// Most tokens of a chunk, by the official count: line by line with the line's number and one more for its beginning.
    pub chunk_tokens: usize,
    /// Most tokens of a program; strict mode leaves out what is not complete by then.
    pub program_tokens: usize,
    /// A document goes where the model finds keeping it less likely than this. Strict mode only.
    pub doc_threshold: f32,
}

impl Default for LmOptions {
    /// Strict mode, both stages, and the official sizes: chunks of 1500 tokens, programs of 256.
    fn default() -> Self {
        Self { mode: Mode::Strict, level: Level::Both, chunk_tokens: DEFAULT_MAX_TOKENS, program_tokens: 256, doc_threshold: 0.5 }
    }
}

impl LmOptions {
    /// Tokens that a text which fills a chunk takes at once: prompt, chunk and program.
    pub fn tokens(&self) -> usize {
        self.chunk_tokens.saturating_add(AROUND_TOKENS).saturating_add(self.program_tokens)
    }
}

/// Why a text was not refined.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum LmRefineError {
    /// A threshold that is no probability.
    #[error("doc_threshold is {found}; it must be a number from 0 to 1")]
    Threshold {
        /// The value given.
        found: f32,
    },
    /// Prompt and program do not fit into the model's context.
    #[error(
        "chunks of {chunk} tokens, {around} of the prompt around them and programs of {program} make {total}; the model reads {context}"
    )]
    Context {
        /// Tokens of a chunk.
        chunk: usize,
        /// Tokens of the prompt around it.
        around: usize,
        /// Tokens of a program.
        program: usize,
        /// All of them.
        total: usize,
        /// Tokens the model reads.
        context: usize,
    },
    /// An answer to a question that was not asked.
    #[error("tokens were read that no step of this session asked for")]
    OutOfTurn,
    /// The model refused tokens.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The executor refused the program.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}
