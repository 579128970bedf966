//! The kernel for x86-64 with AVX-512's VNNI: a register holds one sum of each of the panel's rows, and products are added in one
//! instruction.

#![allow(clippy::needless_range_loop, reason = "an index names a register")]

use std::arch::x86_64::*;

use super::packed::{AHEAD, PANEL, Packed, Panel};
use super::rounded::{Rounded, Tile};
use super::{Kernel, run};

/// Stands for a processor that has AVX-512 BW and VNNI.
pub struct Avx512(());

impl Avx512 {
    pub fn detect() -> Option<Self> {
        (is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni")).then_some(Self(()))
    }

    pub fn run(&self, x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
        // SAFETY: `self` is only made where there are both
        unsafe { run_vnni(x, weight, first, out) }
    }
}

#[target_feature(enable = "avx512bw,avx512vnni")]
fn run_vnni(x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
    run::<Avx512>(x, weight, first, out);
}

impl Kernel for Avx512 {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
        // SAFETY: only `run_vnni` gets here
        unsafe { if R == 1 { tile::<R, PAIRS, 4>(x, panel) } else { tile::<R, PAIRS, 1>(x, panel) } }
    }
}

/// Each sum is kept in `CHAINS` parts, so that a single row does not wait for each of its additions.
#[inline]
#[target_feature(enable = "avx512bw,avx512vnni")]
fn tile<const R: usize, const PAIRS: usize, const CHAINS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
    let mut out = [_mm512_setzero_ps(); R];
    let (x_scales, x_sums) = x.scales::<R>();
    for (g, ((weights, scales), pairs)) in panel.groups::<PAIRS>().zip(x.groups::<R, PAIRS>()).enumerate() {
        let (x_scales, x_sums) = (&x_scales[g * PAIRS / 16], &x_sums[g * PAIRS / 16]);
        let mut sums = [[_mm512_setzero_si512(); CHAINS]; R];
        for k in (0..PAIRS).step_by(CHAINS) {
            if R == 1 {
                for line in (0..CHAINS).step_by(2) {
                    _mm_prefetch::<_MM_HINT_T0>(weights[k + line].as_ptr().wrapping_add(AHEAD));
                }
            }
            for chain in 0..CHAINS {
                // SAFETY: 32 bytes of weights
                let w = _mm512_cvtepi8_epi16(unsafe { _mm256_loadu_si256(weights[k + chain].as_ptr().cast()) });
                for r in 0..R {
                    let [first, second] = pairs[k + chain][r];
                    let x = _mm512_set1_epi32(i32::from(first) & 0xffff | i32::from(second) << 16);
                    sums[r][chain] = _mm512_dpwssd_epi32(sums[r][chain], w, x);
                }
            }
        }
        // SAFETY: `scales` and `offsets` are 64 bytes long
        let scales = unsafe { _mm512_loadu_ps(scales.as_ptr()) };
        for r in 0..R {
            let mut sum = sums[r][0];
            for chain in 1..CHAINS {
                sum = _mm512_add_epi32(sum, sums[r][chain]);
            }
            let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), scales);
            out[r] = _mm512_add_ps(out[r], _mm512_mul_ps(scaled, _mm512_set1_ps(x_scales[r])));
        }
        if let Some(offsets) = panel.offsets(g) {
            // SAFETY: as above
            let offsets = unsafe { _mm512_loadu_ps(offsets.as_ptr()) };
            for r in 0..R {
                out[r] = _mm512_add_ps(out[r], _mm512_mul_ps(offsets, _mm512_set1_ps(x_sums[r])));
            }
        }
    }
    let mut floats = [[0.0; PANEL]; R];
    for r in 0..R {
        // SAFETY: sixteen floats
        unsafe { _mm512_storeu_ps(floats[r].as_mut_ptr(), out[r]) };
    }
    floats
}
