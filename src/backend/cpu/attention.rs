//! Attention of one head, a tile of queries at a time, so that memory is linear in the number of keys.

use super::gemm::panel;
use super::math::exp;
use super::threads;

/// Queries that share one pass over the keys.
pub const TILE: usize = 64;
/// Sums over whole lanes of this many keys; see [`attend`].
pub const LANES: usize = 4;

/// Keys and values of one head.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// `[keys, width]`, padded to an even number of keys.
    pub keys: &'a [f32],
    /// Transposed: `[width, stride]`.
    pub values: &'a [f32],
    /// Length of a row of `values`.
    pub stride: usize,
}

/// Each row of `queries [n, width]` attends to the first `visible(row)` keys, of which there is at least one; the weighted
/// means of their values go to `out [n, width]`.
///
/// The sums of a row run over a multiple of `lanes` keys, the hidden ones with a weight of zero. With [`LANES`] their order
/// does not depend on how many keys there are beyond the visible ones.
pub fn attend(
    queries: &[f32],
    head: Head<'_>,
    width: usize,
    lanes: usize,
    visible: impl Fn(usize) -> usize + Sync + Send,
    out: &mut [f32],
) {
    let scale = 1.0 / (width as f32).sqrt();
    let tiles = queries.chunks(TILE * width).zip(out.chunks_mut(TILE * width)).enumerate().collect();
    threads::for_each(tiles, |(tile, (queries, out))| {
        let rows = queries.len() / width;
        let visible = |i: usize| visible(tile * TILE + i);
        let keys = (0..rows).map(visible).max().unwrap_or(1).next_multiple_of(lanes);
        let mut weights = vec![f32::NEG_INFINITY; rows * keys];
        for j in (0..keys).step_by(2) {
            let (first, second) = head.keys[j * width..(j + 2) * width].split_at(width);
            panel(queries, first, second, |i, [y, z]| {
                let open = visible(i);
                if j < open {
                    weights[i * keys + j] = y * scale;
                }
                if j + 1 < open {
                    weights[i * keys + j + 1] = z * scale;
                }
            });
        }
        weights.chunks_exact_mut(keys).for_each(softmax);
        for d in (0..width).step_by(2) {
            let row = |d: usize| &head.values[d * head.stride..][..keys];
            panel(&weights, row(d), row(d + 1), |i, y| out[i * width + d..][..2].copy_from_slice(&y));
        }
    });
}

fn softmax(x: &mut [f32]) {
    // not `f32::max`, which is a call in WebAssembly
    let max = x.iter().fold(f32::NEG_INFINITY, |max, &x| if x > max { x } else { max });
    x.iter_mut().for_each(|x| *x -= max);
    exp(x);
    let sum: f32 = x.iter().sum();
    x.iter_mut().for_each(|x| *x /= sum);
}

/// Columns of `x [n, width]` as rows of `out`, each starting `stride` after the last.
pub fn transpose(x: &[f32], width: usize, columns: std::ops::Range<usize>, out: &mut [f32], stride: usize) {
    for (i, row) in x.chunks_exact(width).enumerate() {
        for (d, value) in row[columns.clone()].iter().enumerate() {
            out[d * stride + i] = *value;
        }
    }
}

/// Columns of `x [n, width]` as a matrix of their own.
pub fn gather(x: &[f32], width: usize, columns: std::ops::Range<usize>, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(width).zip(out.chunks_exact_mut(columns.len())) {
        out.copy_from_slice(&row[columns.clone()]);
    }
}

/// The inverse of [`gather`].
pub fn scatter(x: &[f32], width: usize, columns: std::ops::Range<usize>, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(columns.len()).zip(out.chunks_exact_mut(width)) {
        out[columns.clone()].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_average_the_values() {
        let keys = [0.0; 8];
        let values = [1.0, 2.0, 6.0, 10.0, 20.0, 60.0];
        let mut out = [0.0; 6];
        attend(&[0.3; 6], Head { keys: &keys, values: &values, stride: 3 }, 2, 1, |_| 3, &mut out);
        for row in out.chunks_exact(2) {
            assert!((row[0] - 3.0).abs() < 1e-6 && (row[1] - 30.0).abs() < 1e-5, "{row:?}");
        }
    }

    #[test]
    fn hidden_keys_do_not_change_a_bit() {
        let number = |i: usize| ((i * 2_654_435_761) >> 7 & 1023) as f32 / 256.0 - 2.0;
        let queries: Vec<f32> = (0..130 * 6).map(number).collect();
        let keys: Vec<f32> = (0..132 * 6).map(|i| number(i + 7)).collect();
        let values: Vec<f32> = (0..132 * 6).map(|i| number(i + 91)).collect();
        let head = Head { keys: &keys, values: &values, stride: 132 };
        let mut all = vec![0.0; queries.len()];
        attend(&queries, head, 6, LANES, |i| i + 1, &mut all);
        for i in [0, 1, 5, 63, 64, 129] {
            let mut one = [0.0; 6];
            attend(&queries[i * 6..(i + 1) * 6], head, 6, LANES, |_| i + 1, &mut one);
            assert_eq!(one, all[i * 6..(i + 1) * 6], "row {i}");
        }
    }
}
