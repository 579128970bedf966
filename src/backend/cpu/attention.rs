//! Attention of one head, a tile of queries at a time, so that memory is linear in the number of keys.
//!
//! A score is summed over the head's columns, a mean over the keys, one after the other; registers hold neighbouring keys or
//! columns. So no sum depends on how wide registers are, nor on keys behind the visible ones.

#![allow(clippy::needless_range_loop, reason = "an index names a register")]

use super::lanes::{LANES, Lanes, Portable};
use super::math::exp;
use super::threads;

/// Queries that share one pass over the keys.
pub const TILE: usize = 32;
/// Queries whose sums are in registers at once.
const ROWS: usize = if cfg!(target_arch = "wasm32") { 4 } else { 8 };

/// Keys and values of one head. There is room for a multiple of [`LANES`] keys; what follows the visible ones is finite.
#[derive(Clone, Copy)]
pub struct Head<'a> {
    /// `[capacity / LANES, width, LANES]`: each column of the first keys, of the next…
    pub keys: &'a [f32],
    /// `[width / LANES, capacity, LANES]`, the width rounded up: the first columns of each key, the next…
    pub values: &'a [f32],
    /// Number of keys there is room for.
    pub capacity: usize,
}

/// Floats that the values of a head take.
pub fn values_len(width: usize, capacity: usize) -> usize {
    width.next_multiple_of(LANES) * capacity
}

/// Puts the columns of rows of `k` and `v`, each `[n, width]`, to the keys and values of a head, from key `first` on.
pub fn put(
    (k, v): (&[f32], &[f32]),
    width: usize,
    columns: std::ops::Range<usize>,
    first: usize,
    (keys, values): (&mut [f32], &mut [f32]),
) {
    let (head, capacity) = (columns.len(), keys.len() / columns.len());
    for (i, (k, v)) in k.chunks_exact(width).zip(v.chunks_exact(width)).enumerate() {
        let at = first + i;
        let block = &mut keys[at / LANES * LANES * head..][..LANES * head];
        for (lanes, k) in block.as_chunks_mut::<LANES>().0.iter_mut().zip(&k[columns.clone()]) {
            lanes[at % LANES] = *k;
        }
        let blocks = values.chunks_exact_mut(capacity * LANES);
        for (block, v) in blocks.zip(v[columns.clone()].chunks(LANES)) {
            block[at * LANES..][..v.len()].copy_from_slice(v);
        }
    }
}

/// Each row of `queries [n, width]` attends to the first `visible(row)` keys, of which there is at least one; the weighted
/// means of their values go to `out [n, width]`.
pub fn attend(queries: &[f32], head: Head<'_>, width: usize, visible: impl Fn(usize) -> usize + Sync + Send, out: &mut [f32]) {
    let tiles = queries.chunks(TILE * width).zip(out.chunks_mut(TILE * width)).enumerate().collect();
    threads::for_each(tiles, |(i, (queries, out))| {
        let visible = (0..queries.len() / width).map(|row| visible(i * TILE + row)).collect();
        let mut tile = Tile { queries, head, width, visible, scores: Vec::new() };
        tile.scores = vec![0.0; tile.visible.len() * tile.keys()];
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: there is AVX2
            return unsafe { tile.attend_avx2(out) };
        }
        tile.attend::<Portable>(out);
    });
}

/// Some queries and what they see.
struct Tile<'a> {
    queries: &'a [f32],
    head: Head<'a>,
    width: usize,
    /// Keys that each query sees.
    visible: Vec<usize>,
    /// `[queries, keys]`.
    scores: Vec<f32>,
}

impl Tile<'_> {
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn attend_avx2(&mut self, out: &mut [f32]) {
        self.attend::<super::lanes::Avx2>(out);
    }

    /// Keys that any query sees, whole registers.
    fn keys(&self) -> usize {
        self.visible.iter().max().map_or(LANES, |keys| keys.next_multiple_of(LANES))
    }

    #[inline(always)]
    fn attend<L: Lanes>(&mut self, out: &mut [f32]) {
        let (rows, keys) = (self.visible.len(), self.keys());
        let mut first = 0;
        while first < rows {
            let left = rows - first;
            // the last row stands for those that are missing
            first += match left {
                1 => self.rows::<L, 1>(first, keys, out),
                2..=4 => self.rows::<L, 4>(first, keys, out),
                _ => self.rows::<L, ROWS>(first, keys, out),
            };
        }
    }

    /// `R` queries from `first` on; how many that were.
    #[inline(always)]
    fn rows<L: Lanes, const R: usize>(&mut self, first: usize, keys: usize, out: &mut [f32]) -> usize {
        let width = self.width;
        let rows: [usize; R] = std::array::from_fn(|r| (first + r).min(self.visible.len() - 1));
        let open = rows.iter().map(|&row| self.visible[row]).max().unwrap_or(1);
        let scale = L::splat(1.0 / (width as f32).sqrt());
        let queries: [&[f32]; R] = rows.map(|row| &self.queries[row * width..(row + 1) * width]);
        let blocks = self.head.keys.chunks_exact(width * LANES).take(open.div_ceil(LANES));
        for (block, columns) in blocks.enumerate() {
            let mut sums = [L::splat(0.0); R];
            for (d, keys) in columns.as_chunks::<LANES>().0.iter().enumerate() {
                let keys = L::load(keys);
                for r in 0..R {
                    sums[r] = sums[r].add(L::splat(queries[r][d]).mul(keys));
                }
            }
            for r in 0..R {
                let scores = &mut self.scores[rows[r] * keys + block * LANES..].as_chunks_mut::<LANES>().0[0];
                sums[r].mul(scale).store(scores);
            }
        }
        let mut totals = [1.0; R];
        for r in 0..R {
            // done already where a row stands for another
            totals[r] = if r > 0 && rows[r] == rows[r - 1] {
                totals[r - 1]
            } else {
                let scores = &mut self.scores[rows[r] * keys..][..open.next_multiple_of(LANES)];
                weigh(scores, self.visible[rows[r]])
            };
        }
        let weights: [&[f32]; R] = rows.map(|row| &self.scores[row * keys..][..open]);
        for (block, values) in self.head.values.chunks_exact(self.head.capacity * LANES).enumerate() {
            let mut sums = [L::splat(0.0); R];
            for (j, values) in values.as_chunks::<LANES>().0[..open].iter().enumerate() {
                let values = L::load(values);
                for r in 0..R {
                    sums[r] = sums[r].add(L::splat(weights[r][j]).mul(values));
                }
            }
            for r in 0..R {
                let mut means = [0.0; LANES];
                sums[r].div(L::splat(totals[r])).store(&mut means);
                let out = &mut out[rows[r] * width..][block * LANES..width.min((block + 1) * LANES)];
                out.copy_from_slice(&means[..out.len()]);
            }
        }
        R.min(self.visible.len() - first)
    }
}

/// Makes weights of scores, those behind the visible ones zero; their sum.
fn weigh(scores: &mut [f32], visible: usize) -> f32 {
    let (seen, hidden) = scores.split_at_mut(visible.next_multiple_of(LANES));
    hidden.fill(0.0);
    seen[visible..].fill(f32::NEG_INFINITY);
    let chunks = seen.as_chunks_mut::<LANES>().0;
    let mut max = [f32::NEG_INFINITY; LANES];
    for chunk in chunks.iter() {
        for (max, x) in max.iter_mut().zip(chunk) {
            // not `f32::max`, which is a call in WebAssembly
            *max = if *x > *max { *x } else { *max };
        }
    }
    let max = max.into_iter().fold(f32::NEG_INFINITY, |max, x| if x > max { x } else { max });
    for chunk in chunks.iter_mut() {
        for x in chunk {
            *x -= max;
        }
    }
    exp(seen);
    let mut sums = [0.0; LANES];
    for chunk in seen.as_chunks::<LANES>().0 {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x;
        }
    }
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (c + g)) + ((b + f) + (d + h))
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

    fn number(i: usize) -> f32 {
        (i.wrapping_mul(2_654_435_761) >> 7 & 1023) as f32 / 256.0 - 2.0
    }

    /// Keys and values of `n` rows of this width.
    fn head(k: &[f32], v: &[f32], width: usize) -> (Vec<f32>, Vec<f32>) {
        let capacity = (k.len() / width).next_multiple_of(LANES);
        let (mut keys, mut values) = (vec![0.0; capacity * width], vec![0.0; values_len(width, capacity)]);
        put((k, v), width, 0..width, 0, (&mut keys, &mut values));
        (keys, values)
    }

    #[test]
    fn means_are_those_of_the_formula() {
        for (n, width) in [(1, 2), (3, 6), (21, 8), (45, 18)] {
            let [q, k, v] = [0, 1, 2].map(|seed| (0..n * width).map(|i| number(i + seed * 977)).collect::<Vec<f32>>());
            let (keys, values) = head(&k, &v, width);
            let head = Head { keys: &keys, values: &values, capacity: n.next_multiple_of(LANES) };
            let mut out = vec![0.0; n * width];
            attend(&q, head, width, |i| i + 1, &mut out);
            for i in 0..n {
                let score = |j: usize| (0..width).map(|d| f64::from(q[i * width + d]) * f64::from(k[j * width + d])).sum::<f64>();
                let weights: Vec<f64> = (0..=i).map(|j| (score(j) / (width as f64).sqrt()).exp()).collect();
                let total: f64 = weights.iter().sum();
                for d in 0..width {
                    let mean: f64 = weights.iter().enumerate().map(|(j, w)| w * f64::from(v[j * width + d])).sum::<f64>() / total;
                    assert!((f64::from(out[i * width + d]) - mean).abs() < 1e-5, "{n} rows of {width}");
                }
            }
        }
    }

    #[test]
    fn neither_hidden_keys_nor_registers_change_a_bit() {
        let width = 10;
        let [q, k, v] = [0, 7, 91].map(|seed| (0..130 * width).map(|i| number(i + seed)).collect::<Vec<f32>>());
        let (keys, values) = head(&k, &v, width);
        let head = Head { keys: &keys, values: &values, capacity: 136 };
        let mut all = vec![0.0; q.len()];
        attend(&q, head, width, |i| i + 1, &mut all);
        for i in [0, 1, 5, 63, 64, 129] {
            let queries = &q[i * width..(i + 1) * width];
            let mut one = vec![0.0; width];
            attend(queries, head, width, |_| i + 1, &mut one);
            assert_eq!(one, all[i * width..(i + 1) * width], "row {i}");
            let mut tile = Tile { queries, head, width, visible: vec![i + 1], scores: vec![0.0; 136] };
            tile.attend::<Portable>(&mut one);
            assert_eq!(one, all[i * width..(i + 1) * width], "row {i}, portable");
        }
    }
}
