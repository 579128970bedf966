//! ProX ("Programming Every Example", arXiv 2409.17115) for browsers, edge workers and native programs.
//!
//! The modules stand in the order the data takes; each knows only those before it:
//! text → [`document`] (lines, chunks) → [`program`] and [`executor`] (edits, refined text) → [`diff`] on the one side,
//! [`gguf`] → [`tokenizer`] → [`model`] → [`backend`] (logits) → [`decode`] (verdicts → program) on the other,
//! and [`refiner`] joins them.
#![warn(missing_docs)]

#[cfg(all(feature = "gpu", target_arch = "wasm32", not(feature = "web")))]
compile_error!("in browsers the feature `gpu` needs `web`, which brings clocks and timers");

#[cfg(feature = "refiner")]
pub mod backend;
#[cfg(feature = "refiner")]
pub mod decode;
pub mod diff;
pub mod document;
pub mod executor;
#[cfg(feature = "refiner")]
pub mod gguf;
#[cfg(feature = "html")]
pub mod html;
#[doc = include_str!("../docs/language.md")]
pub mod language {}
#[cfg(feature = "refiner")]
pub mod model;
pub mod program;
#[cfg(feature = "refiner")]
pub mod refiner;
#[cfg(feature = "refiner")]
pub mod tokenizer;
#[cfg(feature = "web")]
pub mod web;
