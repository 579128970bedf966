//! Products of weights of up to eight bits with activations rounded to sixteen. The sums of a group are integers and so exact; what
//! is done with them in floats has one order: all kernels give the same bits.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod packed;
#[cfg(any(test, not(all(target_arch = "wasm32", target_feature = "simd128"))))]
mod portable;
mod rounded;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod simd128;

pub use packed::Packed;
use packed::{PANEL, Panel};
pub use rounded::Rounded;
use rounded::Tile;

use super::threads;

/// Rows of activations that share one pass over a panel of weights: as many as there are registers for their sums.
const ROWS: usize = if cfg!(target_arch = "wasm32") { 4 } else { 8 };

/// One kernel: some rows times a panel.
trait Kernel {
    /// The products of `R` rows with the panel's rows of weights. `PAIRS` of weights share a scale.
    fn tile<const R: usize, const PAIRS: usize>(x: Tile<'_>, panel: Panel<'_>) -> [[f32; PANEL]; R];

    /// The products of all rows with the panel.
    #[inline(always)]
    fn panel<const PAIRS: usize>(x: &Rounded, panel: Panel<'_>, out: Columns<'_>) {
        tiles::<Self, PAIRS>(x, panel, out);
    }
}

/// The products of all rows with the panel, tile by tile.
#[inline(always)]
fn tiles<K: Kernel + ?Sized, const PAIRS: usize>(x: &Rounded, panel: Panel<'_>, mut out: Columns<'_>) {
    for i in (0..x.len()).step_by(ROWS) {
        if i + 1 == x.len() {
            out.put(i, 0, &K::tile::<1, PAIRS>(x.tile(i), panel));
        } else {
            out.put(i, 0, &K::tile::<ROWS, PAIRS>(x.tile(i), panel));
        }
    }
}

/// Where the products with a panel go.
struct Columns<'a> {
    /// `[n, outer]`
    out: &'a mut [f32],
    outer: usize,
    /// The first of the panel's columns.
    first: usize,
}

impl Columns<'_> {
    /// Products of some rows with neighbouring rows of the panel, those from `at` on; what has no place is left out.
    #[inline(always)]
    fn put<const N: usize>(&mut self, row: usize, at: usize, sums: &[[f32; N]]) {
        let columns = (self.first + at).min(self.outer)..(self.first + at + N).min(self.outer);
        for (sums, row) in sums.iter().zip(self.out[row * self.outer..].chunks_exact_mut(self.outer)) {
            let row = &mut row[columns.clone()];
            row.copy_from_slice(&sums[..row.len()]);
        }
    }
}

/// `x [n, cols]` times the transpose of `weight [rows, cols]` → `[n, rows]`.
pub fn matmul(x: &Rounded, weight: &Packed) -> Vec<f32> {
    let (n, outer) = (x.len(), weight.rows());
    let mut out = vec![0.0; n * outer];
    if n == 0 {
        return out;
    }
    let columns = if n == 1 { threads::columns_a_piece(outer, weight.cols(), PANEL) } else { outer };
    let pieces = out.chunks_mut(n * columns).enumerate().collect();
    threads::for_each(pieces, |(piece, out)| part(x, weight, piece * columns / PANEL, out));
    out
}

/// The products with the rows of `weight` from a panel on, as many as `out` has room for.
fn part(x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    return run::<simd128::Simd128>(x, weight, first, out);
    #[cfg(target_arch = "x86_64")]
    if let Some(kernel) = avx512::Avx512::detect() {
        return kernel.run(x, weight, first, out);
    } else if let Some(kernel) = avx2::Avx2::detect() {
        return kernel.run(x, weight, first, out);
    }
    #[cfg(target_arch = "aarch64")]
    if let Some(kernel) = neon::Neon::detect() {
        return kernel.run(x, weight, first, out);
    }
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    run::<portable::Portable>(x, weight, first, out);
}

#[inline(always)]
fn run<K: Kernel>(x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
    if weight.group() == 16 { run_pairs::<K, 8>(x, weight, first, out) } else { run_pairs::<K, 16>(x, weight, first, out) }
}

#[inline(always)]
fn run_pairs<K: Kernel, const PAIRS: usize>(x: &Rounded, weight: &Packed, first: usize, out: &mut [f32]) {
    let outer = out.len() / x.len();
    let mut columns = 0;
    weight.panels(first, outer.div_ceil(PANEL), |panel| {
        K::panel::<PAIRS>(x, panel, Columns { out: &mut *out, outer, first: columns });
        columns += PANEL;
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::{Gguf, GgufWriter, Scale, TensorType, unpack};
    use crate::model::Matrix;

    fn random(len: usize, seed: u64) -> impl Iterator<Item = u64> {
        (0..len as u64).map(move |i| {
            (i + seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 33
        })
    }

    fn floats(len: usize, seed: u64) -> Vec<f32> {
        random(len, seed).map(|x| (x & 0xffff) as f32 / 32768.0 - 1.0).collect()
    }

    /// A matrix of any bits but for the scales, which are finite.
    fn matrix(ty: TensorType, rows: usize, cols: usize) -> Matrix {
        let bytes = rows * ty.row_bytes(cols).unwrap();
        let mut data: Vec<u8> = random(bytes, ty.id().into()).map(|x| x as u8).collect();
        for block in data.chunks_exact_mut(ty.block_bytes()) {
            // the high byte of each f16: an exponent that is not too large
            for at in if ty == TensorType::Q6_K { [209, 209] } else { [1, 3] } {
                block[at] = block[at] & 0x83 | 0x28;
            }
        }
        let mut writer = GgufWriter::new();
        writer.tensor("w", &[cols as u64, rows as u64], ty, data).unwrap();
        Matrix::load(&Gguf::parse(writer.finish()).unwrap(), "w", rows, cols).unwrap()
    }

    fn bits(x: &[f32]) -> Vec<u32> {
        x.iter().map(|x| x.to_bits()).collect()
    }

    const TYPES: [TensorType; 8] = [
        TensorType::Q4_0,
        TensorType::Q4_1,
        TensorType::Q5_0,
        TensorType::Q5_1,
        TensorType::Q8_0,
        TensorType::Q4_K,
        TensorType::Q5_K,
        TensorType::Q6_K,
    ];

    #[test]
    fn what_no_memory_holds_is_not_wrapped() {
        assert_eq!(Packed::bytes(TensorType::Q8_0, 33, 64), 48 * (64 + 2 * 4));
        assert_eq!(Packed::bytes(TensorType::Q4_1, 33, 64), 48 * (32 + 2 * 2 * 4));
        for (rows, cols) in [(usize::MAX, 32), (1, usize::MAX & !31), (usize::MAX / 64, 64)] {
            assert_eq!(Packed::bytes(TensorType::Q8_0, rows, cols), usize::MAX, "{rows} x {cols}");
        }
    }

    #[test]
    fn rows_are_those_of_the_file_bit_by_bit() {
        for ty in TYPES {
            let (weight, packed) = (matrix(ty, 33, 512), Packed::new(&matrix(ty, 33, 512)).unwrap());
            let (mut found, mut wanted) = (vec![9.0; 512], vec![0.0; 512]);
            for row in 0..35 {
                packed.row(row, &mut found);
                weight.row(row, &mut wanted);
                assert_eq!(bits(&found), bits(&wanted), "{ty:?}, row {row}");
            }
        }
    }

    #[test]
    fn products_are_those_of_the_rounded_numbers() {
        for ty in TYPES {
            for (n, rows, cols) in [(1, 1, 256), (5, 19, 512), (4, 8, 256), (31, 33, 256)] {
                let weight = matrix(ty, rows, cols);
                let x = Rounded::new(&floats(n * cols, 3), cols);
                let packed = Packed::new(&weight).unwrap();
                let found = matmul(&x, &packed);
                let mut plain = vec![0.0; n * rows];
                run::<portable::Portable>(&x, &packed, 0, &mut plain);
                assert_eq!(bits(&found), bits(&plain), "{ty:?}: kernels differ");
                #[cfg(target_arch = "x86_64")]
                if let Some(kernel) = avx2::Avx2::detect() {
                    plain.fill(0.0);
                    kernel.run(&x, &packed, 0, &mut plain);
                    assert_eq!(bits(&found), bits(&plain), "{ty:?}: AVX2 differs");
                }
                let (mut row, mut worst) = (vec![0.0; cols], 0f64);
                for i in 0..n {
                    for o in 0..rows {
                        weight.row(o, &mut row);
                        let value = |k: usize| {
                            let (quant, scale, _) = x.at(i, k);
                            f64::from(quant) * f64::from(scale)
                        };
                        let terms = row.iter().enumerate().map(|(k, w)| f64::from(*w) * value(k));
                        let size: f64 = terms.clone().map(f64::abs).sum();
                        worst = worst.max((f64::from(found[i * rows + o]) - terms.sum::<f64>()).abs() / size);
                    }
                }
                assert!(worst < 1e-6, "{ty:?}: {worst}");
            }
        }
    }

    #[test]
    fn rounding_is_within_half_a_step() {
        let x = floats(640, 9);
        let rounded = Rounded::new(&x, 320);
        for (i, x) in x.chunks_exact(320).enumerate() {
            for (g, x) in x.chunks_exact(32).enumerate() {
                let mut all = 0;
                for (k, x) in x.iter().enumerate() {
                    let (quant, scale, _) = rounded.at(i, g * 32 + k);
                    let back = f32::from(quant) * scale;
                    assert!((back - x).abs() <= scale * 0.500_01 + x.abs() * 1e-6 && quant.unsigned_abs() <= 32767);
                    all += i32::from(quant);
                }
                let (_, scale, sum) = rounded.at(i, g * 32);
                assert_eq!(sum, all as f32 * scale);
            }
        }
        assert!((0..32).all(|k| Rounded::new(&[0.0; 32], 32).at(0, k).0 == 0));
    }

    #[test]
    fn what_is_no_number_stays_none() {
        let weight = Packed::new(&matrix(TensorType::Q8_0, 17, 64)).unwrap();
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            for n in [1, 40] {
                let mut x = floats(n * 64, 5);
                // the second time two of a group, whose integers may not overflow
                for at in [33, 34] {
                    x[at] = odd;
                    let found = matmul(&Rounded::new(&x, 64), &weight);
                    assert!(found[..17].iter().all(|x| x.is_nan()) && found[17..].iter().all(|x| x.is_finite()));
                }
            }
        }
    }

    #[test]
    fn floats_and_odd_widths_are_not_packed() {
        assert!(Packed::new(&matrix(TensorType::F32, 2, 64)).is_none());
        let mut scales = [Scale::default(); 16];
        unpack(TensorType::F32, &[0; 4], &mut [], &mut scales);
        assert_eq!(scales, [Scale::default(); 16]);
    }
}
