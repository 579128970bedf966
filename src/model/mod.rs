//! Models as data: configurations, weights, and the numbers a model reads from text. Nothing is computed with the
//! weights here; that is the business of [`crate::backend`].

mod block;
mod hashing;
pub mod line;
pub mod llama;
mod matrix;
pub mod span;

pub use block::{BlockShape, BlockWeights};
pub use matrix::{Matrix, MatrixError};
