//! ProX ("Programming Every Example", arXiv 2409.17115) for browsers, edge workers and native programs.
//!
//! The modules stand in the order the data takes; each knows only those before it:
//! text → [`document`] (lines, chunks) → [`program`] and [`executor`] (edits, refined text) → [`diff`] on the one side,
//! [`gguf`] → [`tokenizer`] → [`model`] → [`backend`] (logits) → [`decode`] (verdicts → program) on the other,
//! and [`refiner`] joins them.
#![warn(missing_docs)]

pub mod backend;
pub mod decode;
pub mod diff;
pub mod document;
pub mod executor;
pub mod gguf;
pub mod html;
#[doc = include_str!("../docs/language.md")]
pub mod language {}
pub mod model;
pub mod program;
pub mod refiner;
pub mod tokenizer;
#[cfg(feature = "web")]
pub mod web;
