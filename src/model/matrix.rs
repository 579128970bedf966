//! Weights as the file stores them: rows are turned to floats when they are used.

use std::sync::Arc;

use half::f16;
use thiserror::Error;

use crate::gguf::{Gguf, TensorType, dequantize, is_finite};

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
        let (bytes, start) = gguf.shared(info);
        let matrix = Self { bytes, start, row_bytes, ty: info.ty, rows, cols };
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

    /// Where the bytes are that it keeps in memory, which other matrices may keep too, and how many.
    pub fn kept(&self) -> (*const u8, usize) {
        (self.bytes.as_ptr(), self.bytes.len())
    }

    /// How its elements are stored.
    pub fn ty(&self) -> TensorType {
        self.ty
    }

    /// The stored bytes of row `index`, none past the end.
    pub fn stored(&self, index: usize) -> &[u8] {
        let start = self.start + index.min(self.rows) * self.row_bytes;
        if index < self.rows { &self.bytes[start..start + self.row_bytes] } else { &[] }
    }

    /// Row `index` as floats into `out`, which holds `cols` of them. An index past the end gives zeros.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        dequantize(self.ty, self.stored(index), out);
    }

    /// Adds row `index`, as the floats of [`row`](Self::row), to `out`, which holds `cols` of them. `scratch` is as long.
    pub fn add_row(&self, index: usize, out: &mut [f32], scratch: &mut [f32]) {
        if self.ty != TensorType::Q8_0 {
            self.row(index, scratch);
            return out.iter_mut().zip(scratch).for_each(|(out, x)| *out += *x);
        }
        // what lines' bags are made of: thousands of rows a page
        let (blocks, _) = self.stored(index).as_chunks::<Q8_0_BYTES>();
        for (block, out) in blocks.iter().zip(out.as_chunks_mut::<Q8_0_LEN>().0) {
            let scale = q8_0_scale(block);
            for (out, quant) in out.iter_mut().zip(&block[2..]) {
                *out += f32::from(*quant as i8) * scale;
            }
        }
    }

    /// One element of a matrix of one row; 0 past the end.
    pub fn at(&self, index: usize) -> f32 {
        if index >= self.cols {
            return 0.0;
        }
        let (len, size) = (self.ty.block_len(), self.ty.block_bytes());
        let start = self.start + index / len * size;
        let block = &self.bytes[start..start + size];
        match self.ty {
            // what tables of words are stored as
            TensorType::Q8_0 => f32::from(block[2 + index % len] as i8) * q8_0_scale(block),
            TensorType::F32 | TensorType::F16 | TensorType::BF16 | TensorType::I8 => dequantized::<1>(self.ty, block, 0),
            TensorType::Q4_K | TensorType::Q5_K | TensorType::Q6_K => dequantized::<256>(self.ty, block, index % len),
            _ => dequantized::<32>(self.ty, block, index % len),
        }
    }

    fn is_finite(&self) -> bool {
        is_finite(self.ty, &self.bytes[self.start..self.start + self.rows * self.row_bytes])
    }
}

/// Elements of a block of Q8_0 and its bytes: a half-precision scale, then the quants.
const Q8_0_LEN: usize = 32;
const Q8_0_BYTES: usize = 2 + Q8_0_LEN;

fn q8_0_scale(block: &[u8]) -> f32 {
    f16::from_le_bytes([block[0], block[1]]).to_f32()
}

fn dequantized<const LEN: usize>(ty: TensorType, block: &[u8], index: usize) -> f32 {
    let mut out = [0.0; LEN];
    dequantize(ty, block, &mut out);
    out[index]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::GgufWriter;

    fn matrix(ty: TensorType, rows: usize) -> Matrix {
        let mut data: Vec<u8> = (0..rows * ty.row_bytes(64).unwrap()).map(|i| (i * 37 + 11) as u8).collect();
        for block in data.chunks_exact_mut(ty.block_bytes()) {
            // a scale that is finite
            block[1] = 0x2c;
        }
        let mut writer = GgufWriter::new();
        writer.tensor("w", &[64, rows as u64], ty, data).unwrap();
        Matrix::load(&Gguf::parse(writer.finish()).unwrap(), "w", rows, 64).unwrap()
    }

    #[test]
    fn elements_and_added_rows_are_those_of_rows_bit_by_bit() {
        for ty in [TensorType::Q8_0, TensorType::Q4_0, TensorType::F16] {
            let many = matrix(ty, 3);
            let (mut row, mut scratch) = ([0.0; 64], [9.0; 64]);
            // past the end there are zeros
            for index in [2, 3] {
                many.row(index, &mut row);
                let (mut found, mut wanted) = ([1.5f32; 64], [1.5f32; 64]);
                many.add_row(index, &mut found, &mut scratch);
                wanted.iter_mut().zip(&row).for_each(|(x, y)| *x += y);
                assert_eq!(found.map(f32::to_bits), wanted.map(f32::to_bits), "{ty:?}, row {index}");
            }
            let one = matrix(ty, 1);
            one.row(0, &mut row);
            for (i, x) in row.iter().enumerate() {
                assert_eq!(one.at(i).to_bits(), x.to_bits(), "{ty:?}, element {i}");
            }
            assert_eq!(one.at(64), 0.0);
        }
    }
}
