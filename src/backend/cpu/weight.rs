//! Matrices as kernels take them.

use std::cell::OnceCell;

use super::int8::{self, Packed, Rounded};
use super::ops;
use crate::model::Matrix;

/// How products with quantised weights are worked out. Float weights have one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernel {
    /// Weights are turned to floats as they are used: nearest to what was trained, slow for a row or two.
    #[default]
    Float,
    /// Activations are rounded to sixteen bits; weights are kept as bytes besides those of the file, see [`Kernel::bytes`].
    Int8,
}

impl Kernel {
    /// Bytes kept for `matrix` besides those of its file.
    pub fn bytes(self, matrix: &Matrix) -> usize {
        match self {
            Self::Float => 0,
            Self::Int8 => Packed::bytes(matrix.ty(), matrix.rows(), matrix.cols()),
        }
    }
}

/// A matrix.
#[derive(Debug, Clone)]
pub enum Weight {
    /// As the file has it.
    Float(Matrix),
    /// For integer kernels.
    Int8(Packed),
}

impl Weight {
    pub fn new(matrix: Matrix, kernel: Kernel) -> Self {
        let packed = if kernel == Kernel::Int8 { Packed::new(&matrix) } else { None };
        packed.map_or(Self::Float(matrix), Self::Int8)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        match self {
            Self::Float(matrix) => matrix.rows(),
            Self::Int8(packed) => packed.rows(),
        }
    }

    /// Row `index` as floats into `out`, the same ones whatever form it has.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        match self {
            Self::Float(matrix) => matrix.row(index, out),
            Self::Int8(packed) => packed.row(index, out),
        }
    }
}

/// Rows that are multiplied with several matrices; rounded once, when the first integer kernel asks.
pub struct Rows<'a> {
    floats: &'a [f32],
    cols: usize,
    rounded: OnceCell<Rounded>,
}

impl<'a> Rows<'a> {
    pub fn new(floats: &'a [f32], cols: usize) -> Self {
        Self { floats, cols, rounded: OnceCell::new() }
    }

    /// Times the transpose of `weight` → `[n, weight.rows]`.
    pub fn times(&self, weight: &Weight) -> Vec<f32> {
        match weight {
            Weight::Float(matrix) => ops::matmul(self.floats, matrix),
            Weight::Int8(packed) => int8::matmul(self.rounded.get_or_init(|| Rounded::new(self.floats, self.cols)), packed),
        }
    }
}
