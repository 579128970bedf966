//! Weights in the order in which kernels read them.

use crate::gguf::{Scale, unpack};
use crate::model::Matrix;

/// Rows of weights that kernels take at once.
pub const PANEL: usize = 16;

/// Bytes by which kernels ask for weights ahead of a single row of activations, which waits for nothing but memory. That may be
/// behind the end: a processor takes it as a hint.
#[cfg(target_arch = "x86_64")]
pub const AHEAD: usize = 4096;

/// A quantised matrix, one byte a weight, in panels of sixteen rows: the first two weights of each row, the next two of each…
#[derive(Debug, Clone)]
pub struct Packed {
    rows: usize,
    cols: usize,
    /// Elements that share a scale: 16 or 32.
    group: usize,
    quants: Vec<i8>,
    /// Of each panel's groups, sixteen each.
    scales: Vec<f32>,
    /// As `scales`; empty where the type has none.
    offsets: Vec<f32>,
}

/// Sixteen rows of weights.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// Two of each row, then the next two.
    quants: &'a [i8],
    /// Sixteen for each group.
    scales: &'a [f32],
    /// Sixteen for each group of 32, or none.
    offsets: &'a [f32],
}

impl<'a> Panel<'a> {
    /// Groups of `PAIRS` x sixteen pairs of weights with their scales.
    #[inline(always)]
    pub fn groups<const PAIRS: usize>(&self) -> impl Iterator<Item = (&'a [[i8; 2 * PANEL]; PAIRS], &'a [f32; PANEL])> {
        let weights = self.quants.as_chunks::<{ 2 * PANEL }>().0.as_chunks::<PAIRS>().0;
        weights.iter().zip(self.scales.as_chunks::<PANEL>().0)
    }

    /// The weights, two of each row, then the next two.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub fn pairs(&self) -> &'a [[i8; 2 * PANEL]] {
        self.quants.as_chunks().0
    }

    /// Offsets of a group, where there are any.
    #[inline(always)]
    pub fn offsets(&self, group: usize) -> Option<&'a [f32; PANEL]> {
        self.offsets.as_chunks::<PANEL>().0.get(group)
    }
}

impl Packed {
    /// The weights of `matrix`, unless they are floats.
    pub fn new(matrix: &Matrix) -> Option<Self> {
        let (ty, rows, cols) = (matrix.ty(), matrix.rows(), matrix.cols());
        let group = ty.group_len()?;
        let padded = rows.next_multiple_of(PANEL);
        let (len, groups) = (ty.block_len(), cols / group);
        let mut packed = Self {
            rows,
            cols,
            group,
            quants: vec![0; padded * cols],
            scales: vec![0.0; padded * groups],
            offsets: if ty.has_offsets() { vec![0.0; padded * groups] } else { Vec::new() },
        };
        let (mut quants, mut scales) = ([0; 256], [Scale::default(); 16]);
        for row in 0..rows {
            let (panel, lane) = (row / PANEL, row % PANEL);
            for (b, block) in matrix.stored(row).chunks_exact(ty.block_bytes()).enumerate() {
                unpack(ty, block, &mut quants[..len], &mut scales[..len / group]);
                for (i, pair) in quants[..len].as_chunks::<2>().0.iter().enumerate() {
                    let at = panel * PANEL * cols + (b * len / 2 + i) * 2 * PANEL + 2 * lane;
                    packed.quants[at..at + 2].copy_from_slice(pair);
                }
                for (i, scale) in scales[..len / group].iter().enumerate() {
                    let at = (panel * groups + b * len / group + i) * PANEL + lane;
                    packed.scales[at] = scale.scale;
                    if let Some(offset) = packed.offsets.get_mut(at) {
                        *offset = scale.offset;
                    }
                }
            }
        }
        Some(packed)
    }

    /// Bytes that [`new`](Self::new) would take for `matrix`; 0 for floats.
    pub fn bytes(matrix: &Matrix) -> usize {
        let Some(group) = matrix.ty().group_len() else { return 0 };
        let floats = if matrix.ty().has_offsets() { 2 } else { 1 };
        let padded = matrix.rows().next_multiple_of(PANEL);
        padded * matrix.cols() + padded * (matrix.cols() / group) * floats * size_of::<f32>()
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// Elements that share a scale: 16 or 32.
    pub(super) fn group(&self) -> usize {
        self.group
    }

    pub(super) fn panels(&self) -> impl Iterator<Item = Panel<'_>> {
        let groups = self.cols / self.group * PANEL;
        self.quants.chunks_exact(PANEL * self.cols).enumerate().map(move |(p, quants)| Panel {
            quants,
            scales: &self.scales[p * groups..(p + 1) * groups],
            offsets: self.offsets.get(p * groups..(p + 1) * groups).unwrap_or(&[]),
        })
    }
}
