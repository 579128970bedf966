//! The kernel for x86-64 with AVX2: two registers hold one sum of each of the panel's rows.

#![allow(clippy::needless_range_loop, reason = "an index names a register")]

use std::arch::x86_64::*;

use super::packed::{AHEAD, PANEL, Packed, Panel};
use super::rounded::{Rounded, Tile};
use super::{Kernel, run};

/// Stands for a processor that has AVX2.
pub struct Avx2(());

impl Avx2 {
    pub fn detect() -> Option<Self> {
        is_x86_feature_detected!("avx2").then_some(Self(()))
    }

    pub fn run(&self, x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
        // SAFETY: `self` is only made where there is AVX2
        unsafe { run_avx2(x, weight, first, out) }
    }
}

#[target_feature(enable = "avx2")]
fn run_avx2(x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
    run::<Avx2>(x, weight, first, out);
}

impl Kernel for Avx2 {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[0.0; PANEL]; R];
        // SAFETY: only `run_avx2` gets here
        unsafe {
            if R == 1 {
                strip::<R, PAIRS, 1>(x, panel, 0, &mut out);
            } else {
                // four rows at a time, as many as there are registers for
                for first in (0..R).step_by(4) {
                    strip::<R, PAIRS, 4>(x, panel, first, &mut out);
                }
            }
        }
        out
    }
}

/// `S` rows of a tile from row `first` on.
#[inline]
#[target_feature(enable = "avx2")]
fn strip<const R: usize, const PAIRS: usize, const S: usize>(
    x: Tile<'_>,
    panel: Panel<'_>,
    first: usize,
    out: &mut [[f32; PANEL]; R],
) {
    let mut floats = [[_mm256_setzero_ps(); 2]; S];
    let (x_scales, x_sums) = x.scales::<R>();
    for (g, ((weights, scales), pairs)) in panel.groups::<PAIRS>().zip(x.groups::<R, PAIRS>()).enumerate() {
        let (x_scales, x_sums) = (&x_scales[g * PAIRS / 16], &x_sums[g * PAIRS / 16]);
        let mut sums = [[_mm256_setzero_si256(); 2]; S];
        for k in 0..PAIRS {
            if R == 1 && k % 2 == 0 {
                _mm_prefetch::<_MM_HINT_T0>(weights[k].as_ptr().wrapping_add(AHEAD));
            }
            // SAFETY: 32 bytes of weights
            let w = [0, 16].map(|at| _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(weights[k][at..].as_ptr().cast()) }));
            for s in 0..S {
                let [one, two] = pairs[k][first + s];
                let x = _mm256_set1_epi32(i32::from(one) & 0xffff | i32::from(two) << 16);
                for half in 0..2 {
                    sums[s][half] = _mm256_add_epi32(sums[s][half], _mm256_madd_epi16(w[half], x));
                }
            }
        }
        let scales = halves(scales);
        for s in 0..S {
            for half in 0..2 {
                let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[s][half]), scales[half]);
                let scaled = _mm256_mul_ps(scaled, _mm256_set1_ps(x_scales[first + s]));
                floats[s][half] = _mm256_add_ps(floats[s][half], scaled);
            }
        }
        if let Some(offsets) = panel.offsets(g).map(|offsets| halves(offsets)) {
            for s in 0..S {
                for half in 0..2 {
                    let added = _mm256_mul_ps(offsets[half], _mm256_set1_ps(x_sums[first + s]));
                    floats[s][half] = _mm256_add_ps(floats[s][half], added);
                }
            }
        }
    }
    for s in 0..S {
        for half in 0..2 {
            // SAFETY: eight floats
            unsafe { _mm256_storeu_ps(out[first + s][8 * half..].as_mut_ptr(), floats[s][half]) };
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn halves(floats: &[f32; PANEL]) -> [__m256; 2] {
    // SAFETY: sixteen floats
    [0, 8].map(|at| unsafe { _mm256_loadu_ps(floats[at..].as_ptr()) })
}
