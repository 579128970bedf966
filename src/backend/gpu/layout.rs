//! Weights as shaders read them: quants and scales apart, four elements at a time.

use half::f16;

use super::GpuError;
use crate::gguf::{Scale, TensorType, dequantize, unpack};
use crate::model::Matrix;

/// How elements lie in 32-bit words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One 32-bit float each.
    Float,
    /// Two 16-bit floats each.
    Half,
    /// Four signed bytes each.
    Bytes,
    /// Eight times four bits each.
    Nibbles,
}

/// The layout of one matrix, or of several that share a buffer. No element loses a bit in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub format: Format,
    /// Columns.
    pub cols: usize,
    /// Columns that share a scale; 0 for floats.
    pub group: usize,
    /// Whether an offset follows each scale.
    pub offsets: bool,
    /// Subtracted from each nibble.
    pub zero: u32,
}

impl Layout {
    /// One that holds all of these types.
    pub fn new(types: impl Iterator<Item = TensorType> + Clone, cols: usize) -> Self {
        use TensorType::{F16, Q4_0, Q4_1, Q4_K};
        let all = |holds: fn(TensorType) -> bool| types.clone().all(holds);
        let layout = |format, group, offsets, zero| Self { format, cols, group, offsets, zero };
        if all(|ty| ty == F16) {
            layout(Format::Half, 0, false, 0)
        } else if types.clone().any(|ty| ty.group_len().is_none()) {
            layout(Format::Float, 0, false, 0)
        } else if all(|ty| ty == Q4_0) {
            layout(Format::Nibbles, 32, false, 8)
        } else if all(|ty| matches!(ty, Q4_1 | Q4_K)) {
            layout(Format::Nibbles, 32, true, 0)
        } else {
            let group = types.clone().filter_map(TensorType::group_len).min().unwrap_or(32);
            layout(Format::Bytes, group, types.clone().any(TensorType::has_offsets), 0)
        }
    }

    /// Words of a row: whole groups of four elements, those past the last column 0.
    pub fn words(&self) -> usize {
        let quads = self.cols.div_ceil(4);
        match self.format {
            Format::Float => 4 * quads,
            Format::Half => 2 * quads,
            Format::Bytes => quads,
            Format::Nibbles => quads.div_ceil(2),
        }
    }

    /// Scales of a row, its offsets included.
    pub fn scales(&self) -> usize {
        let groups = self.cols.checked_div(self.group).unwrap_or(0);
        if self.offsets { 2 * groups } else { groups }
    }

    /// Appends a row.
    pub fn push(&self, matrix: &Matrix, row: usize, words: &mut Vec<u32>, scales: &mut Vec<f32>) {
        let (ty, stored) = (matrix.ty(), matrix.stored(row));
        if self.group == 0 {
            let mut floats = vec![0.0; self.cols.next_multiple_of(4)];
            dequantize(ty, stored, &mut floats[..self.cols]);
            match self.format {
                Format::Half => words.extend(floats.as_chunks().0.iter().map(|&[a, b]| {
                    let bits = |x| u32::from(f16::from_f32(x).to_bits());
                    bits(a) | bits(b) << 16
                })),
                _ => words.extend(floats.iter().map(|x| x.to_bits())),
            }
            return;
        }
        let group = ty.group_len().unwrap_or(32);
        let (mut quants, mut found) = ([0; 256], [Scale::default(); 16]);
        let (quants, found) = (&mut quants[..ty.block_len()], &mut found[..ty.block_len() / group]);
        for block in stored.chunks_exact(ty.block_bytes()) {
            unpack(ty, block, quants, found);
            match self.format {
                Format::Nibbles => words.extend(quants.as_chunks::<8>().0.iter().map(|eight| {
                    let nibble = |i: usize| (i32::from(eight[i]) + self.zero as i32) as u32 & 15;
                    (0..8).fold(0, |word, i| word | nibble(i) << (4 * i))
                })),
                _ => words.extend(quants.as_chunks().0.iter().map(|four| u32::from_le_bytes(four.map(|q| q as u8)))),
            }
            // a scale of 32 serves two groups of 16
            for scale in found.iter().flat_map(|scale| std::iter::repeat_n(scale, group / self.group)) {
                scales.push(scale.scale);
                if self.offsets {
                    scales.push(scale.offset);
                }
            }
        }
    }
}

/// Rows of matrices of equal width as those of one.
#[derive(Debug, Clone, Copy)]
pub enum Rows<'a> {
    /// One matrix after the other.
    Stacked(&'a [&'a Matrix]),
    /// The first row of each of two, then the second of each.
    Paired(&'a Matrix, &'a Matrix),
}

impl<'a> Rows<'a> {
    fn matrices(self) -> impl Iterator<Item = &'a Matrix> + Clone {
        let (stacked, pair) = match self {
            Self::Stacked(matrices) => (matrices, [None, None]),
            Self::Paired(first, second) => (&[] as &[&Matrix], [Some(first), Some(second)]),
        };
        stacked.iter().copied().chain(pair.into_iter().flatten())
    }

    /// Number of rows.
    pub fn len(self) -> usize {
        self.matrices().map(Matrix::rows).sum()
    }

    /// A layout for them.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`] where their widths or, in pairs, their heights differ.
    pub fn layout(self) -> Result<Layout, GpuError> {
        let cols = self.matrices().next().map_or(0, Matrix::cols);
        if let Some(other) = self.matrices().find(|matrix| matrix.cols() != cols) {
            return Err(GpuError::Unsupported { problem: format!("{} columns beside {cols}", other.cols()) });
        }
        if let Self::Paired(first, second) = self
            && first.rows() != second.rows()
        {
            return Err(GpuError::Unsupported { problem: format!("{} rows in pairs with {}", first.rows(), second.rows()) });
        }
        Ok(Layout::new(self.matrices().map(Matrix::ty), cols))
    }

    /// The matrix and row that stand at `index`, if there are so many.
    pub fn get(self, index: usize) -> Option<(&'a Matrix, usize)> {
        match self {
            Self::Paired(first, second) => Some((if index.is_multiple_of(2) { first } else { second }, index / 2)),
            Self::Stacked(matrices) => {
                let mut at = index;
                matrices.iter().find_map(|matrix| {
                    let row = at;
                    at = at.checked_sub(matrix.rows()).unwrap_or(usize::MAX);
                    (row < matrix.rows()).then_some((*matrix, row))
                })
            }
        }
    }
}
