//! The kernel for aarch64 with NEON. A register holds the two parts of the sums of two of the panel's rows, which are added at
//! the end of a group.

#![allow(clippy::needless_range_loop, reason = "an index names a register")]

use std::arch::aarch64::*;

use super::packed::{PANEL, Packed, Panel};
use super::rounded::{Rounded, Tile};
use super::{Kernel, run};

/// Rows of weights in a register of floats.
const LANES: usize = 4;

/// Stands for a processor that has NEON.
pub struct Neon(());

impl Neon {
    pub fn detect() -> Option<Self> {
        std::arch::is_aarch64_feature_detected!("neon").then_some(Self(()))
    }

    pub fn run(&self, x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
        // SAFETY: `self` is only made where there is NEON
        unsafe { run_neon(x, weight, first, out) }
    }
}

#[target_feature(enable = "neon")]
fn run_neon(x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
    run::<Neon>(x, weight, first, out);
}

impl Kernel for Neon {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[0.0; PANEL]; R];
        // SAFETY: only `run_neon` gets here
        unsafe {
            if R == 1 {
                strip::<R, PAIRS, 1, 4>(x, panel, (0, 0), &mut out);
            } else {
                // four rows with half of the panel: sixteen registers of sums
                for first in (0..R).step_by(4) {
                    strip::<R, PAIRS, 4, 2>(x, panel, (first, 0), &mut out);
                    strip::<R, PAIRS, 4, 2>(x, panel, (first, 2 * LANES), &mut out);
                }
            }
        }
        out
    }
}

/// `S` rows of a tile from row `first` on with `W` fours of the panel's rows from row `at` on.
#[inline]
#[target_feature(enable = "neon")]
fn strip<const R: usize, const PAIRS: usize, const S: usize, const W: usize>(
    x: Tile<'_>,
    panel: Panel<'_>,
    (first, at): (usize, usize),
    out: &mut [[f32; PANEL]; R],
) {
    let mut floats = [[vdupq_n_f32(0.0); W]; S];
    let (x_scales, x_sums) = x.scales::<R>();
    for (g, ((weights, scales), pairs)) in panel.groups::<PAIRS>().zip(x.groups::<R, PAIRS>()).enumerate() {
        let (x_scales, x_sums) = (&x_scales[g * PAIRS / 16], &x_sums[g * PAIRS / 16]);
        let mut sums = [[[vdupq_n_s32(0); 2]; W]; S];
        for k in 0..PAIRS {
            let mut w = [vdupq_n_s16(0); W];
            for i in 0..W {
                // SAFETY: eight bytes
                w[i] = vmovl_s8(unsafe { vld1_s8(weights[k][2 * (at + i * LANES)..][..8].as_ptr()) });
            }
            for s in 0..S {
                let [one, two] = pairs[k][first + s];
                let x = vreinterpretq_s16_s32(vdupq_n_s32(i32::from(one) & 0xffff | i32::from(two) << 16));
                for i in 0..W {
                    let [low, high] = sums[s][i];
                    sums[s][i] = [vmlal_s16(low, vget_low_s16(w[i]), vget_low_s16(x)), vmlal_high_s16(high, w[i], x)];
                }
            }
        }
        for i in 0..W {
            let scales = load(scales, at + i * LANES);
            for s in 0..S {
                let [low, high] = sums[s][i];
                let scaled = vmulq_f32(vcvtq_f32_s32(vpaddq_s32(low, high)), scales);
                floats[s][i] = vaddq_f32(floats[s][i], vmulq_f32(scaled, vdupq_n_f32(x_scales[first + s])));
            }
            if let Some(offsets) = panel.offsets(g) {
                let offsets = load(offsets, at + i * LANES);
                for s in 0..S {
                    floats[s][i] = vaddq_f32(floats[s][i], vmulq_f32(offsets, vdupq_n_f32(x_sums[first + s])));
                }
            }
        }
    }
    for s in 0..S {
        for i in 0..W {
            // SAFETY: four floats
            unsafe { vst1q_f32(out[first + s][at + i * LANES..][..LANES].as_mut_ptr(), floats[s][i]) };
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(floats: &[f32; PANEL], at: usize) -> float32x4_t {
    // SAFETY: four floats
    unsafe { vld1q_f32(floats[at..][..LANES].as_ptr()) }
}
