//! The kernel in plain Rust, which also says what the others compute.

use super::Kernel;
use super::packed::{PANEL, Panel};
use super::rounded::Tile;

pub struct Portable;

impl Kernel for Portable {
    #[inline(always)]
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R] {
        let mut out = [[0f32; PANEL]; R];
        let (x_scales, x_sums) = x.scales::<R>();
        for (g, ((weights, scales), pairs)) in panel.groups::<PAIRS>().zip(x.groups::<R, PAIRS>()).enumerate() {
            let shared = g * PAIRS / 16;
            for (r, out) in out.iter_mut().enumerate() {
                let mut sums = [0i32; PANEL];
                for (w, pairs) in weights.iter().zip(pairs) {
                    let [first, second] = pairs[r].map(i32::from);
                    for (lane, sum) in sums.iter_mut().enumerate() {
                        *sum += i32::from(w[2 * lane]) * first + i32::from(w[2 * lane + 1]) * second;
                    }
                }
                for ((out, sum), scale) in out.iter_mut().zip(sums).zip(scales) {
                    *out += sum as f32 * scale * x_scales[shared][r];
                }
                if let Some(offsets) = panel.offsets(g) {
                    for (out, offset) in out.iter_mut().zip(offsets) {
                        *out += offset * x_sums[shared][r];
                    }
                }
            }
        }
        out
    }
}
