//! The kernel for WebAssembly: two registers hold the sums of the panel's rows.

use std::arch::wasm32::*;

use super::Kernel;
use super::packed::{PANEL, Panel};
use super::rounded::RoundedRow;

pub struct Simd128;

impl Kernel for Simd128 {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(rows: [RoundedRow<'_>; R], panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[f32x4_splat(0.0); 2]; R];
        for (g, (weights, scales)) in panel.groups::<PAIRS>().enumerate() {
            let shared = g * PAIRS / 16;
            let pairs = rows.map(|row| &row.groups::<PAIRS>()[g]);
            let mut sums = [[i32x4_splat(0); 2]; R];
            for (k, w) in weights.iter().enumerate() {
                // SAFETY: `w` is 16 bytes long
                let w = unsafe { [i16x8_load_extend_i8x8(w.as_ptr()), i16x8_load_extend_i8x8(w[8..].as_ptr())] };
                for (sums, pairs) in sums.iter_mut().zip(pairs) {
                    // SAFETY: a pair is 4 bytes long
                    let x = unsafe { v128_load32_splat(pairs[k].as_ptr().cast()) };
                    sums[0] = i32x4_add(sums[0], i32x4_dot_i16x8(w[0], x));
                    sums[1] = i32x4_add(sums[1], i32x4_dot_i16x8(w[1], x));
                }
            }
            let scales = halves(scales);
            let offsets = panel.offsets(g).map(halves);
            for ((out, sums), row) in out.iter_mut().zip(sums).zip(rows) {
                for half in 0..2 {
                    let scaled = f32x4_mul(f32x4_convert_i32x4(sums[half]), scales[half]);
                    out[half] = f32x4_add(out[half], f32x4_mul(scaled, f32x4_splat(row.scales[shared])));
                    if let Some(offsets) = offsets {
                        out[half] = f32x4_add(out[half], f32x4_mul(offsets[half], f32x4_splat(row.sums[shared])));
                    }
                }
            }
        }
        out.map(|out| {
            let mut floats = [0.0; PANEL];
            for (half, floats) in out.into_iter().zip(floats.as_chunks_mut::<4>().0) {
                // SAFETY: four floats
                unsafe { v128_store(floats.as_mut_ptr().cast(), half) };
            }
            floats
        })
    }
}

fn halves(floats: &[f32; PANEL]) -> [v128; 2] {
    // SAFETY: eight floats
    unsafe { [v128_load(floats.as_ptr().cast()), v128_load(floats[4..].as_ptr().cast())] }
}
