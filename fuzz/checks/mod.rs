//! What must hold for any input, one function a fuzz target.
//!
//! The targets and `tests/fuzz_corpus.rs` share them, so that what fuzzing found stays tested with a stable compiler.

mod chunk;
mod execute;
mod gguf;
mod html;
pub mod input;
mod language;
mod meter;
mod models;
mod packed;
mod worst;

pub use chunk::chunk;
pub use execute::execute;
pub use gguf::gguf;
pub use html::html_to_lines;
pub use language::{parse_official, parse_strict};
pub use meter::Meter;
pub use packed::unpack;
pub use worst::worst_cases;

/// A check of one input; it panics where something does not hold.
pub type Check = fn(&[u8], &mut Meter);

/// The checks by the names of their targets.
pub const CHECKS: [(&str, Check); 6] = [
    ("parse_strict", parse_strict),
    ("parse_official", parse_official),
    ("execute", execute),
    ("chunk", chunk),
    ("html_to_lines", html_to_lines),
    ("gguf", gguf),
];
