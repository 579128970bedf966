//! Activations as small integers.

use wide::f32x4;

/// Activations that share a scale.
const GROUP: usize = 32;

/// The largest integer. Kernels multiply 16 bits with 8, so that finer activations cost nothing: 32 products stay under 2^27.
const LARGEST: f32 = 32767.0;

/// Below this, integers would be over 32 bits when they are rounded; such activations are none.
const LEAST: f32 = 1e-33;

/// Rows of activations rounded to -32767 to 32767 times a scale for each 32 of them.
#[derive(Debug, Clone)]
pub struct Rounded {
    cols: usize,
    quants: Vec<i16>,
    scales: Vec<f32>,
    sums: Vec<f32>,
}

/// One row.
#[derive(Clone, Copy)]
pub struct RoundedRow<'a> {
    /// The integers.
    pub quants: &'a [i16],
    /// Of each 32.
    pub scales: &'a [f32],
    /// Sum of each 32, scaled.
    pub sums: &'a [f32],
}

impl<'a> RoundedRow<'a> {
    /// The integers in groups of `PAIRS` pairs.
    #[inline(always)]
    pub fn groups<const PAIRS: usize>(&self) -> &'a [[[i16; 2]; PAIRS]] {
        self.quants.as_chunks::<2>().0.as_chunks::<PAIRS>().0
    }
}

impl Rounded {
    /// `x [n, cols]`, where `cols` is a multiple of 32.
    pub fn new(x: &[f32], cols: usize) -> Self {
        let groups = x.len() / GROUP;
        let (mut quants, mut scales, mut sums) = (vec![0; x.len()], Vec::with_capacity(groups), Vec::with_capacity(groups));
        for (x, out) in x.as_chunks::<GROUP>().0.iter().zip(quants.as_chunks_mut::<GROUP>().0) {
            let lanes = x.as_chunks::<4>().0;
            let max = lanes.iter().fold(f32x4::ZERO, |max, x| max.fast_max(f32x4::from(*x).abs()));
            let max = max.to_array().into_iter().fold(0f32, |max, x| if x > max { x } else { max });
            let inverse = f32x4::splat(if max > LEAST { LARGEST / max } else { 0.0 });
            let mut sum = 0;
            for (x, out) in lanes.iter().zip(out.as_chunks_mut::<4>().0) {
                // to the nearest, ties to even
                let quants = (f32x4::from(*x) * inverse).round_int().to_array().map(|q| q as i16);
                sum += quants.iter().map(|&q| i32::from(q)).sum::<i32>();
                *out = quants;
            }
            let scale = max / LARGEST;
            scales.push(scale);
            sums.push(sum as f32 * scale);
        }
        Self { cols, quants, scales, sums }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.quants.len() / self.cols
    }

    pub(super) fn row(&self, i: usize) -> RoundedRow<'_> {
        let groups = self.cols / GROUP;
        RoundedRow {
            quants: &self.quants[i * self.cols..(i + 1) * self.cols],
            scales: &self.scales[i * groups..(i + 1) * groups],
            sums: &self.sums[i * groups..(i + 1) * groups],
        }
    }
}
