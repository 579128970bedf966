//! Weights as the file stores them: rows are turned to floats when they are used.

use std::sync::Arc;

use half::{bf16, f16};
use thiserror::Error;

use crate::gguf::{Gguf, TensorType};

/// A tensor that is missing or has other extents than the model's.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MatrixError {
    /// No such tensor.
    #[error("tensor `{name}` is missing")]
    Missing {
        /// Its name.
        name: String,
    },
    /// Other extents.
    #[error("tensor `{name}` has {found_rows} rows of {found_cols}, the model's metadata asks for {rows} of {cols}")]
    Shape {
        /// Its name.
        name: String,
        /// Rows in the file.
        found_rows: usize,
        /// Columns in the file.
        found_cols: usize,
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        cols: usize,
    },
    /// A weight that is no finite number.
    #[error("tensor `{name}` holds a value that is not finite")]
    NotFinite {
        /// Its name.
        name: String,
    },
}

/// A matrix of `rows` x `cols`, row after row, sharing the bytes of its file.
#[derive(Debug, Clone)]
pub struct Matrix {
    bytes: Arc<Vec<u8>>,
    start: usize,
    row_bytes: usize,
    ty: TensorType,
    rows: usize,
    cols: usize,
}

impl Matrix {
    /// The tensor `name`, which must have these extents and hold finite numbers only.
    ///
    /// # Errors
    /// [`MatrixError`].
    pub fn load(gguf: &Gguf, name: &str, rows: usize, cols: usize) -> Result<Self, MatrixError> {
        let info = gguf.tensor(name).ok_or_else(|| MatrixError::Missing { name: name.into() })?;
        let row_bytes = info.ty.row_bytes(info.cols()).unwrap_or(0);
        if (info.rows(), info.cols()) != (rows, cols) || row_bytes.checked_mul(rows) != Some(info.len) {
            return Err(MatrixError::Shape { name: name.into(), found_rows: info.rows(), found_cols: info.cols(), rows, cols });
        }
        let matrix = Self { bytes: gguf.bytes(), start: info.start, row_bytes, ty: info.ty, rows, cols };
        if !matrix.is_finite() {
            return Err(MatrixError::NotFinite { name: name.into() });
        }
        Ok(matrix)
    }

    /// A tensor of one row, as floats.
    ///
    /// # Errors
    /// [`MatrixError`].
    pub fn load_vector(gguf: &Gguf, name: &str, len: usize) -> Result<Vec<f32>, MatrixError> {
        let mut out = vec![0.0; len];
        Self::load(gguf, name, 1, len)?.row(0, &mut out);
        Ok(out)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn cols(&self) -> usize {
        self.cols
    }

    /// Row `index` as floats into `out`, which holds `cols` of them. An index past the end gives zeros.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        let start = self.start + index.min(self.rows) * self.row_bytes;
        let stored = if index < self.rows { &self.bytes[start..start + self.row_bytes] } else { &[] };
        out.fill(0.0);
        match self.ty {
            TensorType::F32 => fill(out, stored, |b: [u8; 4]| f32::from_le_bytes(b)),
            TensorType::F16 => fill(out, stored, |b: [u8; 2]| f16::from_le_bytes(b).to_f32()),
            TensorType::BF16 => fill(out, stored, |b: [u8; 2]| bf16::from_le_bytes(b).to_f32()),
            TensorType::I8 => fill(out, stored, |b: [u8; 1]| f32::from(i8::from_le_bytes(b))),
            TensorType::Q8_0 => {
                for (block, out) in stored.chunks_exact(34).zip(out.chunks_exact_mut(32)) {
                    let scale = f16::from_le_bytes([block[0], block[1]]).to_f32();
                    for (quant, out) in block[2..].iter().zip(out) {
                        *out = f32::from(*quant as i8) * scale;
                    }
                }
            }
        }
    }

    /// One element of a matrix of one row.
    pub fn at(&self, index: usize) -> f32 {
        match self.ty {
            TensorType::Q8_0 => {
                let block = self.start + index / 32 * 34;
                let scale = f16::from_le_bytes([self.bytes[block], self.bytes[block + 1]]).to_f32();
                f32::from(self.bytes[block + 2 + index % 32] as i8) * scale
            }
            TensorType::F32 => f32::from_le_bytes(self.element(index)),
            TensorType::F16 => f16::from_le_bytes(self.element(index)).to_f32(),
            TensorType::BF16 => bf16::from_le_bytes(self.element(index)).to_f32(),
            TensorType::I8 => f32::from(i8::from_le_bytes(self.element(index))),
        }
    }

    fn element<const N: usize>(&self, index: usize) -> [u8; N] {
        std::array::from_fn(|i| self.bytes[self.start + index * N + i])
    }

    fn is_finite(&self) -> bool {
        let mut row = vec![0.0; self.cols];
        (0..self.rows).all(|i| {
            self.row(i, &mut row);
            row.iter().all(|x| x.is_finite())
        })
    }
}

fn fill<const N: usize>(out: &mut [f32], stored: &[u8], value: impl Fn([u8; N]) -> f32) {
    for (bytes, out) in stored.chunks_exact(N).zip(out) {
        *out = value(std::array::from_fn(|i| bytes[i]));
    }
}
