//! The kernel for WebAssembly: four registers hold one sum of each of the panel's rows.

#![allow(clippy::needless_range_loop, reason = "an index names a register")]

use std::arch::wasm32::*;

use super::packed::{PANEL, Panel};
use super::rounded::{Rounded, Tile};
use super::{Columns, Kernel, ROWS, tiles};

/// Rows of weights in a register of sums.
const LANES: usize = 4;

/// Registers of a strip for several rows of activations, half of the panel's: engines have 16 registers on x86-64.
const STRIP: usize = 2;

/// Rows of activations from which on it pays to widen the weights once for all of them.
const MANY: usize = 3 * ROWS;

pub struct Simd128;

impl Kernel for Simd128 {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[0.0; PANEL]; R];
        if R == 1 {
            store(narrow::<R, PAIRS, { PANEL / LANES }>(x, panel, 0), 0, &mut out);
        } else {
            for at in (0..PANEL).step_by(STRIP * LANES) {
                store(narrow::<R, PAIRS, STRIP>(x, panel, at), at, &mut out);
            }
        }
        out
    }

    #[inline(always)]
    fn panel<const PAIRS: usize>(x: &Rounded, panel: Panel<'_>, mut out: Columns<'_>) {
        if x.len() < MANY {
            return tiles::<Self, PAIRS>(x, panel, out);
        }
        let mut widened = Vec::with_capacity(panel.pairs().len());
        for at in (0..PANEL).step_by(STRIP * LANES) {
            widened.clear();
            widened.extend(panel.pairs().iter().map(|pairs| widen::<STRIP>(pairs, at)));
            for i in (0..x.len()).step_by(ROWS) {
                if i + 1 == x.len() {
                    let mut sums = [[0.0; STRIP * LANES]];
                    store(wide::<1, PAIRS, STRIP>(x.tile(i), panel, &widened, at), 0, &mut sums);
                    out.put(i, at, &sums);
                } else {
                    let mut sums = [[0.0; STRIP * LANES]; ROWS];
                    store(wide::<ROWS, PAIRS, STRIP>(x.tile(i), panel, &widened, at), 0, &mut sums);
                    out.put(i, at, &sums);
                }
            }
        }
    }
}

/// The products with `W` registers of the panel's rows, from row `at` on.
#[inline(always)]
fn narrow<const R: usize, const PAIRS: usize, const W: usize>(x: Tile<'_>, panel: Panel<'_>, at: usize) -> [[v128; W]; R] {
    let groups = panel.groups::<PAIRS>().map(|(pairs, _)| move |k: usize| widen(&pairs[k], at));
    strip::<R, PAIRS, W>(x, panel, groups, at)
}

/// The same where these rows have been widened.
#[inline(always)]
fn wide<const R: usize, const PAIRS: usize, const W: usize>(
    x: Tile<'_>,
    panel: Panel<'_>,
    widened: &[[v128; W]],
    at: usize,
) -> [[v128; W]; R] {
    let groups = widened.as_chunks::<PAIRS>().0.iter().map(|pairs| move |k: usize| pairs[k]);
    strip::<R, PAIRS, W>(x, panel, groups, at)
}

/// Pairs of the rows from `at` on, of 16 bits.
#[inline(always)]
fn widen<const W: usize>(pairs: &[i8; 2 * PANEL], at: usize) -> [v128; W] {
    // SAFETY: eight bytes each
    std::array::from_fn(|i| unsafe { i16x8_load_extend_i8x8(pairs[2 * (at + i * LANES)..][..2 * LANES].as_ptr()) })
}

#[inline(always)]
fn strip<const R: usize, const PAIRS: usize, const W: usize>(
    x: Tile<'_>,
    panel: Panel<'_>,
    groups: impl Iterator<Item = impl Fn(usize) -> [v128; W]>,
    at: usize,
) -> [[v128; W]; R] {
    let mut floats = [[f32x4_splat(0.0); W]; R];
    let (x_scales, x_sums) = x.scales::<R>();
    let scales = panel.groups::<PAIRS>().map(|(_, scales)| scales);
    for (g, ((weights, scales), pairs)) in groups.zip(scales).zip(x.groups::<R, PAIRS>()).enumerate() {
        let (x_scales, x_sums) = (&x_scales[g * PAIRS / 16], &x_sums[g * PAIRS / 16]);
        let mut sums = [[i32x4_splat(0); W]; R];
        for k in 0..PAIRS {
            let w = weights(k);
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
    floats
}

/// Puts registers to the columns from `at` on.
#[inline(always)]
fn store<const R: usize, const W: usize, const N: usize>(floats: [[v128; W]; R], at: usize, out: &mut [[f32; N]; R]) {
    for (floats, out) in floats.iter().zip(out) {
        for (floats, out) in floats.iter().zip(out[at..].as_chunks_mut::<LANES>().0) {
            // SAFETY: four floats
            unsafe { v128_store(out.as_mut_ptr().cast(), *floats) };
        }
    }
}

#[inline(always)]
fn registers<const W: usize>(floats: &[f32; PANEL], at: usize) -> [v128; W] {
    // SAFETY: four floats
    std::array::from_fn(|i| unsafe { v128_load(floats[at + i * LANES..][..LANES].as_ptr().cast()) })
}
