//! Models as data: configurations, weights, and the numbers a model reads from text. Nothing is computed with the
//! weights here; that is the business of [`crate::backend`].

pub mod line;
mod matrix;

pub use matrix::{Matrix, MatrixError};
