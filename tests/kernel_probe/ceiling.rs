//! What the machine can do at best: products of bytes with 16-bit integers, and nothing else around them.

use std::arch::wasm32::*;

const COLS: usize = 576;
/// Rows of weights that stay in the cache, and tokens.
const ROWS: usize = 64;
const TOKENS: usize = 64;
/// Rows of weights that do not stay: 151 MB, about what SmolLM2 reads for each token it writes.
const LONG: usize = 1 << 18;

pub struct Ceiling {
    weights: Vec<i8>,
    tokens: Vec<i16>,
}

impl Ceiling {
    pub fn new() -> Self {
        let weights = (0..LONG * COLS).map(|i| (i % 251) as i8).collect();
        Self { weights, tokens: (0..TOKENS * COLS).map(|i| (i % 509) as i16).collect() }
    }

    /// All tokens with the rows in the cache, `rounds` times; multiplications and additions done.
    pub fn gemm(&self, rounds: usize) -> f64 {
        let mut sum = 0;
        for _ in 0..rounds {
            for rows in self.weights[..ROWS * COLS].chunks_exact(2 * COLS) {
                for tokens in self.tokens.chunks_exact(4 * COLS) {
                    sum ^= tile::<2, 4>(std::hint::black_box(rows), tokens);
                }
            }
        }
        std::hint::black_box(sum);
        (rounds * ROWS * TOKENS * COLS * 2) as f64
    }

    /// One token with all rows, from the first byte to the last; bytes of weights read.
    pub fn gemv(&self) -> f64 {
        let mut all = i32x4_splat(0);
        for weights in self.weights.chunks_exact(16 * COLS) {
            let mut sums = [i32x4_splat(0); 4];
            for (pairs, x) in weights.as_chunks::<32>().0.iter().zip(self.tokens[..COLS].as_chunks::<2>().0) {
                // SAFETY: a pair is 4 bytes long
                let x = unsafe { v128_load32_splat(x.as_ptr().cast()) };
                for (w, sum) in pairs.as_chunks::<8>().0.iter().zip(&mut sums) {
                    // SAFETY: eight bytes
                    let w = unsafe { i16x8_load_extend_i8x8(w.as_ptr()) };
                    *sum = i32x4_add(*sum, i32x4_dot_i16x8(w, x));
                }
            }
            all = sums.into_iter().fold(all, |a, b| i32x4_add(a, b));
        }
        std::hint::black_box(i32x4_extract_lane::<0>(all) ^ i32x4_extract_lane::<3>(all));
        self.weights.len() as f64
    }
}

#[inline(always)]
fn tile<const R: usize, const T: usize>(rows: &[i8], tokens: &[i16]) -> i32 {
    let mut sums = [[i32x4_splat(0); T]; R];
    for at in (0..COLS).step_by(8) {
        // SAFETY: rows and tokens are `COLS` long, a multiple of 8
        let x: [v128; T] = std::array::from_fn(|t| unsafe { v128_load(tokens[t * COLS + at..].as_ptr().cast()) });
        for (r, sums) in sums.iter_mut().enumerate() {
            // SAFETY: as above
            let w = unsafe { i16x8_load_extend_i8x8(rows[r * COLS + at..].as_ptr()) };
            for (sum, x) in sums.iter_mut().zip(x) {
                *sum = i32x4_add(*sum, i32x4_dot_i16x8(w, x));
            }
        }
    }
    let all = sums.into_iter().flatten().fold(i32x4_splat(0), |a, b| i32x4_add(a, b));
    i32x4_extract_lane::<0>(all) ^ i32x4_extract_lane::<1>(all) ^ i32x4_extract_lane::<2>(all) ^ i32x4_extract_lane::<3>(all)
}
