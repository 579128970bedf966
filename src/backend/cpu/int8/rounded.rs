//! Activations as small integers, in the order in which kernels read them.

use wide::f32x4;

use super::ROWS;

/// Activations that share a scale.
const GROUP: usize = 32;

/// The largest integer. Kernels multiply 16 bits with 8, so that finer activations cost nothing: 32 products stay under 2^27.
const LARGEST: f32 = 32767.0;

/// Below this, integers would be over 32 bits when they are rounded; such activations are none.
const LEAST: f32 = 1e-33;

/// Floats around this one are integers, each and only these, within 2^22.
const INTEGERS: f32 = (3 << 22) as f32;

/// Rows of activations rounded to -32767 to 32767 times a scale for each 32 of them, in tiles of [`ROWS`] rows: a pair of
/// each row, the next pair of each. A last tile is filled up with zeros, unless it has one row.
#[derive(Debug, Clone)]
pub struct Rounded {
    rows: usize,
    cols: usize,
    quants: Vec<i16>,
    scales: Vec<f32>,
    sums: Vec<f32>,
}

/// Some rows: [`ROWS`] or one.
#[derive(Clone, Copy)]
pub struct Tile<'a> {
    /// A pair of each row, then the next.
    quants: &'a [i16],
    /// Of each 32 of each row.
    scales: &'a [f32],
    /// Sum of each 32 of each row, scaled.
    sums: &'a [f32],
}

impl<'a> Tile<'a> {
    /// The integers in groups of `PAIRS` pairs of `R` rows.
    #[inline(always)]
    pub fn groups<const R: usize, const PAIRS: usize>(&self) -> &'a [[[[i16; 2]; R]; PAIRS]] {
        self.quants.as_chunks::<2>().0.as_chunks::<R>().0.as_chunks::<PAIRS>().0
    }

    /// Scales and sums of the rows, 32 by 32.
    #[inline(always)]
    pub fn scales<const R: usize>(&self) -> (&'a [[f32; R]], &'a [[f32; R]]) {
        (self.scales.as_chunks::<R>().0, self.sums.as_chunks::<R>().0)
    }
}

impl Rounded {
    /// `x [n, cols]`, where `cols` is a multiple of 32.
    pub fn new(x: &[f32], cols: usize) -> Self {
        let rows = x.len() / cols;
        let padded = if rows % ROWS == 1 { rows } else { rows.next_multiple_of(ROWS) };
        let groups = cols / GROUP;
        let mut out = Self {
            rows,
            cols,
            quants: vec![0; padded * cols],
            scales: vec![0.0; padded * groups],
            sums: vec![0.0; padded * groups],
        };
        for (i, row) in x.chunks_exact(cols).enumerate() {
            let (tile, lane) = (i / ROWS, i % ROWS);
            let height = ROWS.min(padded - tile * ROWS);
            let pairs = out.quants[tile * ROWS * cols..].as_chunks_mut::<2>().0;
            let groups = tile * ROWS * groups;
            for (g, x) in row.as_chunks::<GROUP>().0.iter().enumerate() {
                let (quants, scale) = round(x);
                let pairs = pairs[g * GROUP / 2 * height + lane..].iter_mut().step_by(height);
                let mut sum = 0;
                for (pair, [first, second]) in pairs.zip(quants.as_chunks::<2>().0) {
                    *pair = [*first as i16, *second as i16];
                    sum += first + second;
                }
                out.scales[groups + g * height + lane] = scale;
                out.sums[groups + g * height + lane] = sum as f32 * scale;
            }
        }
        out
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Rows from a multiple of [`ROWS`] on.
    #[inline(always)]
    pub(super) fn tile(&self, row: usize) -> Tile<'_> {
        let height = (self.quants.len() / self.cols - row).min(ROWS);
        let (quants, groups) = (row * self.cols, row * (self.cols / GROUP));
        Tile {
            quants: &self.quants[quants..quants + height * self.cols],
            scales: &self.scales[groups..groups + height * (self.cols / GROUP)],
            sums: &self.sums[groups..groups + height * (self.cols / GROUP)],
        }
    }

    /// An integer, with scale and scaled sum of its 32.
    #[cfg(test)]
    pub(super) fn at(&self, row: usize, column: usize) -> (i16, f32, f32) {
        let tile = self.tile(row / ROWS * ROWS);
        let (height, lane) = (tile.quants.len() / self.cols, row % ROWS);
        let group = column / GROUP * height + lane;
        (tile.quants[(column / 2 * height + lane) * 2 + column % 2], tile.scales[group], tile.sums[group])
    }
}

/// To the nearest integers, ties to even, and their scale. Where one is no finite number the scale is none, nor is then any product.
#[inline(always)]
fn round(x: &[f32; GROUP]) -> ([i32; GROUP], f32) {
    let lanes = x.as_chunks::<4>().0;
    let max = lanes.iter().fold(f32x4::ZERO, |max, x| max.fast_max(f32x4::from(*x).abs()));
    let max = max.to_array().into_iter().fold(0f32, |max, x| if x > max { x } else { max });
    let zeros = lanes.iter().fold(f32x4::ZERO, |sum, x| sum + f32x4::from(*x) * f32x4::ZERO);
    if zeros.simd_ne(zeros).any() {
        return ([0; GROUP], f32::NAN);
    }
    let inverse = if max > LEAST { LARGEST / max } else { 0.0 };
    // the sum is an integer, its last bits the rounded one: WebAssembly has no quick way to make integers of floats
    (x.map(|x| (x * inverse + INTEGERS).to_bits().wrapping_sub(INTEGERS.to_bits()) as i32), max / LARGEST)
}
