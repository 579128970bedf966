//! Applies programs to documents.
//!
//! [`execute`] takes a program as text, in one of two [`Mode`]s: *strict* honours the grammar, touches only the lines
//! a program may touch and explains what it left out; *official* gives what the ProX code of the paper gives, accident
//! by accident. [`execute_program`] and [`execute_chunks`] take programs that never were text.
//!
//! The result is not only a text but the [`Edit`]s that lead to it, each with the statement that asked for it, and the
//! [`Changes`] of bytes they amount to. [`undo`] takes any of the edits back; the changes lead from the original to the
//! refined text and, inverted, back again.
//!
//! Work is linear in text and program as long as the normalisations do not meet in the same places: removed lines are
//! claimed once, and which of many sources stand in a piece of text is found in one pass. What may still multiply (places
//! that every statement rewrites) is bounded by [`work_limit`].

mod blocks;
mod change;
mod decimal;
mod edit;
mod error;
mod execution;
mod keys;
mod measure;
mod options;
mod removal;
mod replacer;
mod rewrite;
mod strict;
mod undo;

pub mod official;

pub use change::{Change, Changes, OffsetMap};
pub use edit::{Edit, Operation};
pub use error::ExecuteError;
pub use execution::{DropReason, Execution};
pub use options::{ExecuteOptions, Level, Mode};
pub use replacer::work_limit;
pub use strict::{ChunkProgram, execute_chunks, execute_program};
pub use undo::{EditsError, apply_edits, edits_to_program, undo};

use crate::document::Document;
use crate::program;

/// Applies the program text `program` to `text`.
///
/// # Errors
///
/// In both modes where the options make no sense. In official mode also where the official code raises (a document
/// without words), and where a limit is met. In strict mode bad programs are no errors: what is wrong with them stands
/// in the diagnostics.
pub fn execute(text: &str, program: &str, options: &ExecuteOptions) -> Result<Execution, ExecuteError> {
    options.check()?;
    match options.mode {
        Mode::Official => official::execute(text, program, options),
        Mode::Strict => strict::execute_parsed(&Document::new(text), program::parse(program), options),
    }
}

#[cfg(test)]
mod tests;
