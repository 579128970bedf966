//! The operations of a block, on row-major float matrices.
//!
//! All sums of products go through `panel`, in one order on every machine.

use super::gemm::{dot, panel};
use super::threads;
use crate::model::{Matrix, line::Linear};

/// `x [n, weight.cols]` times the transpose of `weight` → `[n, weight.rows]`.
pub fn matmul(x: &[f32], weight: &Matrix) -> Vec<f32> {
    let (inner, outer) = (weight.cols(), weight.rows());
    let mut out = vec![0.0; x.len() / inner * outer];
    if x.is_empty() {
        return out;
    }
    let columns = if x.len() == inner { threads::columns_a_piece(outer, inner, 2) } else { outer };
    let pieces = out.chunks_mut(x.len() / inner * columns).enumerate().collect();
    threads::for_each(pieces, |(piece, out): (usize, &mut [f32])| {
        let width = out.len() * inner / x.len();
        let mut rows = vec![0.0; 2 * inner];
        let (first, second) = rows.split_at_mut(inner);
        for o in (0..width).step_by(2) {
            weight.row(piece * columns + o, first);
            // past the last row there are zeros
            weight.row(piece * columns + o + 1, second);
            panel(x, first, second, |i, [y, z]| {
                out[i * width + o] = y;
                if o + 1 < width {
                    out[i * width + o + 1] = z;
                }
            });
        }
    });
    out
}

/// [`matmul`] with the layer's bias added.
pub fn linear(x: &[f32], layer: &Linear) -> Vec<f32> {
    let mut out = matmul(x, &layer.weight);
    for row in out.chunks_exact_mut(layer.bias.len()) {
        add(row, &layer.bias);
    }
    out
}

/// `x += y`.
pub fn add(x: &mut [f32], y: &[f32]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y;
    }
}

/// Each row divided by its root mean square, times `weight` (RMSNorm, arXiv 1910.07467).
pub fn rms_norm(x: &[f32], weight: &[f32], eps: f32) -> Vec<f32> {
    let mut out = x.to_vec();
    for row in out.chunks_exact_mut(weight.len()) {
        let scale = 1.0 / (dot(row, row) / weight.len() as f32 + eps).sqrt();
        for (x, w) in row.iter_mut().zip(weight) {
            *x = *x * scale * w;
        }
    }
    out
}
