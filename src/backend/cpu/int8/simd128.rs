//! The kernel for WebAssembly: four registers hold one sum of each of the panel's rows.

#![allow(clippy::needless_range_loop, reason = "an index names a register")]

use std::arch::wasm32::*;

use super::Kernel;
use super::packed::{PANEL, Panel};
use super::rounded::Tile;

/// Rows of weights in a register of sums.
const LANES: usize = 4;

pub struct Simd128;

impl Kernel for Simd128 {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[0.0; PANEL]; R];
        if R == 1 {
            strip::<R, PAIRS, 4>(x, panel, 0, &mut out);
        } else {
            // half of the panel at a time: engines have 16 registers on x86-64
            strip::<R, PAIRS, 2>(x, panel, 0, &mut out);
            strip::<R, PAIRS, 2>(x, panel, 2 * LANES, &mut out);
        }
        out
    }
}

/// The products with `W` registers of the panel's rows, from row `at` on.
#[inline(always)]
fn strip<const R: usize, const PAIRS: usize, const W: usize>(
    x: Tile<'_>,
    panel: Panel<'_>,
    at: usize,
    out: &mut [[f32; PANEL]; R],
) {
    let mut floats = [[f32x4_splat(0.0); W]; R];
    let (x_scales, x_sums) = x.scales::<R>();
    for (g, ((weights, scales), pairs)) in panel.groups::<PAIRS>().zip(x.groups::<R, PAIRS>()).enumerate() {
        let (x_scales, x_sums) = (&x_scales[g * PAIRS / 16], &x_sums[g * PAIRS / 16]);
        let mut sums = [[i32x4_splat(0); W]; R];
        for k in 0..PAIRS {
            // SAFETY: eight bytes each
            let w: [v128; W] =
                std::array::from_fn(|i| unsafe { i16x8_load_extend_i8x8(weights[k][2 * (at + i * LANES)..].as_ptr()) });
            for r in 0..R {
                // SAFETY: a pair is 4 bytes long
                let x = unsafe { v128_load32_splat(pairs[k][r].as_ptr().cast()) };
                for i in 0..W {
                    sums[r][i] = i32x4_add(sums[r][i], i32x4_dot_i16x8(w[i], x));
                }
            }
        }
        let scales = registers::<W>(scales, at);
        for r in 0..R {
            for i in 0..W {
                let scaled = f32x4_mul(f32x4_convert_i32x4(sums[r][i]), scales[i]);
                floats[r][i] = f32x4_add(floats[r][i], f32x4_mul(scaled, f32x4_splat(x_scales[r])));
            }
        }
        if let Some(offsets) = panel.offsets(g).map(|offsets| registers::<W>(offsets, at)) {
            for r in 0..R {
                for i in 0..W {
                    floats[r][i] = f32x4_add(floats[r][i], f32x4_mul(offsets[i], f32x4_splat(x_sums[r])));
                }
            }
        }
    }
    for r in 0..R {
        for i in 0..W {
            // SAFETY: four floats
            unsafe { v128_store(out[r][at + i * LANES..][..LANES].as_mut_ptr().cast(), floats[r][i]) };
        }
    }
}

#[inline(always)]
fn registers<const W: usize>(floats: &[f32; PANEL], at: usize) -> [v128; W] {
    // SAFETY: four floats
    std::array::from_fn(|i| unsafe { v128_load(floats[at + i * LANES..][..LANES].as_ptr().cast()) })
}
