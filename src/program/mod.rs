//! The ProX language.
//!
//! A [`Program`] is a list of [`Statement`]s. It comes from text through the strict grammar ([`parse`]), which reports
//! every fault and never fails as a whole, or is put together by a verdict model, and prints back losslessly. Text can
//! also be read with the rules of the official Python code ([`official`]), which knows no grammar.

mod ast;
mod cursor;
mod diagnostic;
mod printer;
mod strict;

pub mod official;
pub mod python;

pub use ast::{Position, Program, Statement, StatementAt};
pub use diagnostic::{Diagnostic, DiagnosticCode, Diagnostics, MAX_DIAGNOSTICS, Severity};
pub use strict::{Parsed, parse};

/// Largest program text that is read, in bytes. A larger one is refused whole, never cut.
pub const MAX_PROGRAM_BYTES: usize = 64 << 20;

/// Most statements a program text may hold. One that holds more is refused whole, never cut.
pub const MAX_STATEMENTS: usize = 1 << 20;
