//! The kernel for x86-64 with AVX2: a register holds one sum of each of the panel's rows.

use std::arch::x86_64::*;

use super::packed::{PANEL, Packed, Panel};
use super::rounded::{Rounded, RoundedRow};
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
    fn tile<const R: usize, const PAIRS: usize>(rows: [RoundedRow<'_>; R], panel: Panel<'_>) -> [[f32; PANEL]; R] {
        // SAFETY: only `run_avx2` gets here
        unsafe { tile::<R, PAIRS>(rows, panel) }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn tile<const R: usize, const PAIRS: usize>(rows: [RoundedRow<'_>; R], panel: Panel<'_>) -> [[f32; PANEL]; R] {
    let mut out = [_mm256_setzero_ps(); R];
    for (g, (weights, scales)) in panel.groups::<PAIRS>().enumerate() {
        let shared = g * PAIRS / 16;
        let pairs = rows.map(|row| &row.groups::<PAIRS>()[g]);
        let mut sums = [_mm256_setzero_si256(); R];
        for (k, w) in weights.iter().enumerate() {
            // SAFETY: `w` is 16 bytes long
            let w = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(w.as_ptr().cast()) });
            for (sum, pairs) in sums.iter_mut().zip(pairs) {
                let [first, second] = pairs[k];
                let x = _mm256_set1_epi32(i32::from(first) & 0xffff | i32::from(second) << 16);
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(w, x));
            }
        }
        // SAFETY: `scales` and `offsets` are 32 bytes long
        let scales = unsafe { _mm256_loadu_ps(scales.as_ptr()) };
        let offsets = panel.offsets(g).map(|o| unsafe { _mm256_loadu_ps(o.as_ptr()) });
        for (out, (sum, row)) in out.iter_mut().zip(sums.into_iter().zip(rows)) {
            let scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), scales);
            *out = _mm256_add_ps(*out, _mm256_mul_ps(scaled, _mm256_set1_ps(row.scales[shared])));
            if let Some(offsets) = offsets {
                *out = _mm256_add_ps(*out, _mm256_mul_ps(offsets, _mm256_set1_ps(row.sums[shared])));
            }
        }
    }
    out.map(|out| {
        let mut floats = [0.0; PANEL];
        // SAFETY: eight floats
        unsafe { _mm256_storeu_ps(floats.as_mut_ptr(), out) };
        floats
    })
}
