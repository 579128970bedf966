//! Text as numbered lines and chunks.
//!
//! A [`Document`] splits a text into lines the way the official ProX code does, [`Numbering`] shows them to a model,
//! [`pack`] groups them under a token budget, and [`utf16_offsets`] turns byte offsets into the ones JavaScript uses.

mod blocks;
mod chunker;
mod numbering;
mod text;
mod utf16;

pub(crate) use blocks::{AHEAD, BLOCK, for_each_block, is_space_of_three, is_space_of_two};
pub use chunker::{Chunk, DEFAULT_MAX_TOKENS, pack};
pub use numbering::Numbering;
pub use text::{Document, LineRange};
pub use utf16::utf16_offsets;
