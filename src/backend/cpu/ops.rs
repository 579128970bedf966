//! The operations of a block, on row-major float matrices.
//!
//! All sums of products go through `panel`, in one order on every machine.

use super::gemm::{dot, panel};
use super::math::exp;
use crate::model::{Matrix, line::Linear};

/// `x [n, weight.cols]` times the transpose of `weight` → `[n, weight.rows]`.
pub fn matmul(x: &[f32], weight: &Matrix) -> Vec<f32> {
    let (inner, outer) = (weight.cols(), weight.rows());
    let mut out = vec![0.0; x.len() / inner * outer];
    let mut rows = vec![0.0; 2 * inner];
    let (first, second) = rows.split_at_mut(inner);
    for o in (0..outer).step_by(2) {
        weight.row(o, first);
        // past the last row there are zeros
        weight.row(o + 1, second);
        panel(x, first, second, |i, [y, z]| {
            out[i * outer + o] = y;
            if o + 1 < outer {
                out[i * outer + o + 1] = z;
            }
        });
    }
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

/// Cosines and sines of rotary positions (RoPE, arXiv 2104.09864): `[positions, head_width / 2]` each.
pub struct RopeTable {
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
}

impl RopeTable {
    /// For positions `0..positions`.
    pub fn new(positions: usize, head_width: usize, base: f32) -> Self {
        let half = head_width / 2;
        let (mut cos, mut sin) = (Vec::with_capacity(positions * half), Vec::with_capacity(positions * half));
        for position in 0..positions {
            for i in 0..half {
                let inverse = libm::pow(f64::from(base), -(2.0 * i as f64) / head_width as f64);
                let angle = position as f64 * inverse;
                cos.push(libm::cos(angle) as f32);
                sin.push(libm::sin(angle) as f32);
            }
        }
        Self { cos, sin, half }
    }

    /// Rotates neighbouring pairs of every head; row i of `x [n, width]` stands at position i.
    pub fn rotate(&self, x: &mut [f32], width: usize) {
        for (position, row) in x.chunks_exact_mut(width).enumerate() {
            let at = position * self.half;
            let (cos, sin) = (&self.cos[at..at + self.half], &self.sin[at..at + self.half]);
            for head in row.chunks_exact_mut(2 * self.half) {
                for ((pair, cos), sin) in head.chunks_exact_mut(2).zip(cos).zip(sin) {
                    let (even, odd) = (pair[0], pair[1]);
                    pair[0] = even * cos - odd * sin;
                    pair[1] = even * sin + odd * cos;
                }
            }
        }
    }
}

/// Attention of every row over all rows, both ways: `q`, `k`, `v` `[n, width]` → `[n, width]`.
pub fn attention(q: &[f32], k: &[f32], v: &[f32], width: usize, heads: usize) -> Vec<f32> {
    let n = q.len() / width;
    let head_width = width / heads;
    let scale = 1.0 / (head_width as f32).sqrt();
    let mut out = vec![0.0; q.len()];
    let mut queries = vec![0.0; n * head_width];
    // a row of zeros behind them, so that they come in pairs
    let mut keys = vec![0.0; (n + 1) * head_width];
    let mut values = vec![0.0; n * head_width];
    let mut weights = vec![0.0; n * n];
    for head in 0..heads {
        let columns = head * head_width..(head + 1) * head_width;
        gather(q, width, columns.clone(), &mut queries);
        gather(k, width, columns.clone(), &mut keys);
        transpose(v, width, columns.clone(), &mut values);
        for j in (0..n).step_by(2) {
            let (first, second) = keys[j * head_width..(j + 2) * head_width].split_at(head_width);
            panel(&queries, first, second, |i, [y, z]| {
                weights[i * n + j] = y * scale;
                if j + 1 < n {
                    weights[i * n + j + 1] = z * scale;
                }
            });
        }
        weights.chunks_exact_mut(n).for_each(softmax);
        for (d, pair) in values.chunks_exact(2 * n).enumerate() {
            let (first, second) = pair.split_at(n);
            let at = columns.start + 2 * d;
            panel(&weights, first, second, |i, y| out[i * width + at..][..2].copy_from_slice(&y));
        }
    }
    out
}

/// Columns of `x [n, width]` as rows of `n`.
fn transpose(x: &[f32], width: usize, columns: std::ops::Range<usize>, out: &mut [f32]) {
    let n = x.len() / width;
    for (i, row) in x.chunks_exact(width).enumerate() {
        for (d, value) in row[columns.clone()].iter().enumerate() {
            out[d * n + i] = *value;
        }
    }
}

fn gather(x: &[f32], width: usize, columns: std::ops::Range<usize>, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(columns.len())) {
        out.copy_from_slice(&row[columns.clone()]);
    }
}

fn softmax(x: &mut [f32]) {
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    x.iter_mut().for_each(|x| *x -= max);
    exp(x);
    let sum: f32 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rope_turns_pairs() {
        let table = RopeTable::new(2, 4, 10000.0);
        let mut x = vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0];
        table.rotate(&mut x, 4);
        assert_eq!(x[..4], [1.0, 0.0, 1.0, 0.0]);
        assert!((x[4] - 1f32.cos()).abs() < 1e-6 && (x[5] - 1f32.sin()).abs() < 1e-6);
        assert!((x[6] - 0.01f32.cos()).abs() < 1e-6 && (x[7] - 0.01f32.sin()).abs() < 1e-6);
    }

    #[test]
    fn equal_keys_average_the_values() {
        let (q, k) = (vec![0.3; 6], vec![0.0; 6]);
        let v = vec![1.0, 10.0, 2.0, 20.0, 6.0, 60.0];
        let out = attention(&q, &k, &v, 2, 1);
        for row in out.chunks_exact(2) {
            assert!((row[0] - 3.0).abs() < 1e-6 && (row[1] - 30.0).abs() < 1e-5, "{row:?}");
        }
    }
}
