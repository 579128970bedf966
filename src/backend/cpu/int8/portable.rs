//! The kernel in plain Rust, which also says what the others compute.

use super::Kernel;
use super::packed::{PANEL, Panel};
use super::rounded::RoundedRow;

pub struct Portable;

impl Kernel for Portable {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(rows: [RoundedRow<'_>; R], panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[0f32; PANEL]; R];
        for (g, (weights, scales)) in panel.groups::<PAIRS>().enumerate() {
            let shared = g * PAIRS / 16;
            for (row, out) in rows.iter().zip(&mut out) {
                let mut sums = [0i32; PANEL];
                for (w, x) in weights.iter().zip(&row.groups::<PAIRS>()[g]) {
                    for (lane, sum) in sums.iter_mut().enumerate() {
                        *sum += i32::from(w[2 * lane]) * i32::from(x[0]) + i32::from(w[2 * lane + 1]) * i32::from(x[1]);
                    }
                }
                for ((out, sum), scale) in out.iter_mut().zip(sums).zip(scales) {
                    *out += sum as f32 * scale * row.scales[shared];
                }
                if let Some(offsets) = panel.offsets(g) {
                    for (out, offset) in out.iter_mut().zip(offsets) {
                        *out += offset * row.sums[shared];
                    }
                }
            }
        }
        out
    }
}
