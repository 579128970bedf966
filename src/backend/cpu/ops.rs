//! The operations of a block, on row-major float matrices.

use crate::model::{Matrix, line::Linear};

const LANES: usize = 8;
/// Rows of activations that share one pass over a weight row.
const ROWS: usize = 4;

/// Sum of products, in eight lanes that are added up in a fixed order.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    dots([a], b)[0]
}

fn dots<const R: usize>(rows: [&[f32]; R], weights: &[f32]) -> [f32; R] {
    let mut lanes = [[0.0f32; LANES]; R];
    let whole = weights.len() / LANES * LANES;
    for at in (0..whole).step_by(LANES) {
        let w = &weights[at..at + LANES];
        for (lane, row) in lanes.iter_mut().zip(&rows) {
            let x = &row[at..at + LANES];
            for k in 0..LANES {
                lane[k] += x[k] * w[k];
            }
        }
    }
    let mut out = [0.0; R];
    for ((out, lane), row) in out.iter_mut().zip(&lanes).zip(&rows) {
        let pairs = [lane[0] + lane[4], lane[1] + lane[5], lane[2] + lane[6], lane[3] + lane[7]];
        *out = (pairs[0] + pairs[2]) + (pairs[1] + pairs[3]);
        for k in whole..weights.len() {
            *out += row[k] * weights[k];
        }
    }
    out
}

/// `x [n, weight.cols]` times the transpose of `weight` → `[n, weight.rows]`.
pub fn matmul(x: &[f32], weight: &Matrix) -> Vec<f32> {
    let (inner, outer) = (weight.cols(), weight.rows());
    let n = x.len() / inner;
    let mut out = vec![0.0; n * outer];
    let mut row = vec![0.0; inner];
    for o in 0..outer {
        weight.row(o, &mut row);
        let mut i = 0;
        while i + ROWS <= n {
            let at = |k: usize| &x[(i + k) * inner..(i + k + 1) * inner];
            for (k, y) in dots([at(0), at(1), at(2), at(3)], &row).into_iter().enumerate() {
                out[(i + k) * outer + o] = y;
            }
            i += ROWS;
        }
        for i in i..n {
            out[i * outer + o] = dot(&x[i * inner..(i + 1) * inner], &row);
        }
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

/// x · sigmoid(x).
pub fn silu(x: f32) -> f32 {
    x / (1.0 + libm::expf(-x))
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
    let mut keys = vec![0.0; n * head_width];
    let mut values = vec![0.0; n * head_width];
    let mut weights = vec![0.0; n];
    for head in 0..heads {
        let columns = head * head_width..(head + 1) * head_width;
        gather(k, width, columns.clone(), &mut keys);
        gather(v, width, columns.clone(), &mut values);
        for i in 0..n {
            let query = &q[i * width..][columns.clone()];
            for (weight, key) in weights.iter_mut().zip(keys.chunks_exact(head_width)) {
                *weight = dot(query, key) * scale;
            }
            softmax(&mut weights);
            let row = &mut out[i * width..][columns.clone()];
            for (weight, value) in weights.iter().zip(values.chunks_exact(head_width)) {
                for (o, v) in row.iter_mut().zip(value) {
                    *o += weight * v;
                }
            }
        }
    }
    out
}

fn gather(x: &[f32], width: usize, columns: std::ops::Range<usize>, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(columns.len())) {
        out.copy_from_slice(&row[columns.clone()]);
    }
}

fn softmax(x: &mut [f32]) {
    let max = x.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for x in x.iter_mut() {
        *x = libm::expf(*x - max);
        sum += *x;
    }
    for x in x {
        *x /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dot_takes_odd_lengths() {
        let a: Vec<f32> = (0..19).map(|i| i as f32).collect();
        assert_eq!(dot(&a, &a), (0..19).map(|i| (i * i) as f32).sum::<f32>());
        assert_eq!(dot(&[], &[]), 0.0);
    }

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
