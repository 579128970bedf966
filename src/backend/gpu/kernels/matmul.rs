//! Products of rows with a matrix: tiles for several rows, sums shared by a workgroup for one.

use super::super::GpuError;
use super::super::matrix::GpuMatrix;
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};
use super::super::variant::with_weights;

const COLUMNS: usize = 4;

/// What follows a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    /// It is stored.
    #[default]
    Store,
    /// It is added to what is there.
    Add,
    /// Its SiLU is stored.
    Silu,
    /// Columns are gates and ups by turns: SiLU of the gate times the up is stored, half as many columns.
    SwiGlu,
}

/// What becomes of a product.
#[derive(Default)]
pub struct Epilogue<'a> {
    /// Added to each row first.
    pub bias: Option<&'a wgpu::Buffer>,
    pub then: Then,
}

impl Builder<'_> {
    /// `x [rows, matrix.cols]` times the transpose of `matrix` → `out [rows, matrix.rows]`.
    ///
    /// # Errors
    /// [`GpuError`] where the matrix has too many rows.
    pub fn matmul(
        &self,
        x: &wgpu::Buffer,
        matrix: &GpuMatrix,
        out: &wgpu::Buffer,
        epilogue: &Epilogue<'_>,
    ) -> Result<Vec<Dispatch>, GpuError> {
        let layout = &matrix.layout;
        let (variant, gemm) = (self.gpu.report().variant, self.gpu.report().variant.gemm(layout));
        let shader = |name, body| {
            let rows = if layout.cols.is_multiple_of(4) {
                include_str!("../shaders/rows_quads.wgsl")
            } else {
                include_str!("../shaders/rows_scalars.wgsl")
            };
            Shader::new(name, &[Uniform, Uniform, Read, Read, Read, Read, Write], body)
                .switch("BIAS", epilogue.bias.is_some())
                .switch("ADD", epilogue.then == Then::Add)
                .switch("SILU", epilogue.then == Then::Silu)
                .switch("SWIGLU", epilogue.then == Then::SwiGlu)
                .part(include_str!("../shaders/product.wgsl"))
                .part(rows)
        };
        let none = self.gpu.storage("no bias", 1)?;
        let stride = if epilogue.then == Then::SwiGlu { matrix.rows / 2 } else { matrix.rows };
        let slab = |slab: &super::super::matrix::Slab| {
            let tiles = Grid::Rows { across: slab.rows.div_ceil(gemm.tile) as u32, tile: gemm.tile as u32 };
            let columns = Grid::Fixed(slab.rows.div_ceil(COLUMNS) as u32);
            let many = shader(gemm.name, gemm.body);
            let many = if gemm.quants.is_empty() { with_weights(many, layout) } else { many.layout(layout).part(gemm.quants) };
            let one = with_weights(shader("gemv", include_str!("../shaders/gemv.wgsl")), layout);
            let one = one.alias("Number", "vec4f").part(variant.reduction());
            let shape = [layout.cols, layout.cols.div_ceil(4), slab.rows, slab.first, stride].map(|size| size as u32);
            self.dispatch(
                (many, tiles),
                Some((one, columns)),
                &shape,
                &[x, &slab.words, &slab.scales, epilogue.bias.unwrap_or(&none), out],
            )
        };
        matrix.slabs.iter().map(slab).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::layout::{Format, Rows};
    use super::super::super::testing::{Bench, floats, matrix, whole_steps};
    use super::*;
    use crate::backend::cpu::{math, ops};
    use crate::gguf::TensorType;
    use crate::model::Matrix;

    const TYPES: [TensorType; 11] = TensorType::ALL;

    /// Of a product against the sum of its terms' sizes: sums of floats in another order.
    const TOLERANCE: f32 = 2e-6;

    /// Whether `found` are the products of rows with matrices that share a buffer. Activations that were rounded may be half a
    /// step off, as on the CPU.
    fn check(bench: &Bench, found: &[f32], x: &[f32], weights: &[&Matrix], what: &str) {
        let rounds = bench.gpu.report().variant.dot && x.len() > weights[0].cols();
        let rounded = rounds && weights.iter().all(|weight| weight.ty().group_len().is_some());
        check_within(found, x, weights, &|x, row| if rounded { half_steps(x, row) } else { 0.0 }, what);
    }

    /// As [`check`], allowing what `more` says for a row and a column.
    fn check_within(found: &[f32], x: &[f32], weights: &[&Matrix], more: &dyn Fn(&[f32], &[f32]) -> f32, what: &str) {
        let (n, cols) = (x.len() / weights[0].cols(), weights.iter().map(|weight| weight.rows()).sum::<usize>());
        assert_eq!(found.len(), n * cols);
        let mut first = 0;
        for weight in weights {
            let (inner, outer) = (weight.cols(), weight.rows());
            let (wanted, mut row) = (ops::matmul(x, weight), vec![0.0; inner]);
            for o in 0..outer {
                weight.row(o, &mut row);
                for (i, x) in x.chunks_exact(inner).enumerate() {
                    let size: f32 = x.iter().zip(&row).map(|(x, w)| (x * w).abs()).sum();
                    let off = more(x, &row);
                    let (found, wanted) = (found[i * cols + first + o], wanted[i * outer + o]);
                    assert!((found - wanted).abs() <= TOLERANCE * size + off, "{what}, row {i}, column {o}: {found} {wanted}");
                }
            }
            first += outer;
        }
    }

    /// Half a step of each activation, 32 by 32, times the weights.
    fn half_steps(x: &[f32], weights: &[f32]) -> f32 {
        let groups = x.chunks(32).zip(weights.chunks(32));
        let most = |x: &[f32]| x.iter().fold(0f32, |most, x| most.max(x.abs()));
        groups.map(|(x, w)| most(x) / 32_639.0 / 2.0 * w.iter().map(|w| w.abs()).sum::<f32>()).sum()
    }

    #[test]
    fn products_of_every_type_and_odd_size() {
        for bench in Bench::all() {
            for ty in TYPES {
                for (n, outer, inner) in [(1, 1, 256), (1, 67, 512), (2, 5, 256), (33, 131, 768)] {
                    let weight = matrix(ty, outer, inner);
                    let x = floats(n * inner, 3);
                    let found = bench.matmul(&x, n, Rows::Stacked(&[&weight]), Then::Store, &[], None);
                    check(&bench, &found, &x, &[&weight], &format!("{ty:?} {n}x{outer}x{inner}"));
                    // where rounding changes nothing, integers are as good as floats
                    let x = whole_steps(n * inner, 4);
                    let found = bench.matmul(&x, n, Rows::Stacked(&[&weight]), Then::Store, &[], None);
                    check_within(&found, &x, &[&weight], &|_, _| 0.0, &format!("{ty:?} {n}x{outer}x{inner}, whole"));
                }
            }
        }
    }

    #[test]
    fn widths_of_small_models_and_widths_that_are_no_fours() {
        for bench in Bench::all() {
            let cases = [
                (TensorType::Q8_0, 576, 1536),
                (TensorType::Q4_0, 1280, 80),
                (TensorType::Q4_1, 576, 192),
                (TensorType::F16, 77, 10),
                (TensorType::F32, 1, 3),
                (TensorType::F32, 30, 6),
            ];
            for (ty, inner, outer) in cases {
                for n in [1, 3, 40] {
                    let weight = matrix(ty, outer, inner);
                    let x = floats(n * inner, 5);
                    let found = bench.matmul(&x, n, Rows::Stacked(&[&weight]), Then::Store, &[], None);
                    check(&bench, &found, &x, &[&weight], &format!("{ty:?} {n}x{outer}x{inner}"));
                }
            }
        }
    }

    #[test]
    fn matrices_share_a_buffer_whatever_their_types() {
        let inner = 256;
        let cases = [
            (TensorType::Q8_0, TensorType::Q8_0, Format::Bytes),
            (TensorType::Q4_1, TensorType::Q4_K, Format::Nibbles),
            (TensorType::Q4_K, TensorType::Q6_K, Format::Bytes),
            (TensorType::Q4_0, TensorType::Q4_1, Format::Bytes),
            (TensorType::F16, TensorType::Q4_0, Format::Float),
        ];
        for (a, b, format) in cases {
            let (a, b) = (matrix(a, 7, inner), matrix(b, 6, inner));
            let both = [&a, &b];
            assert_eq!(Rows::Stacked(&both).layout().unwrap().format, format);
            let x = floats(5 * inner, 5);
            for bench in Bench::all() {
                let found = bench.matmul(&x, 5, Rows::Stacked(&both), Then::Store, &[], None);
                check(&bench, &found, &x, &both, &format!("{format:?}"));
            }
        }
        let (a, b) = (matrix(TensorType::F32, 2, 8), matrix(TensorType::F32, 3, 8));
        assert_eq!(Rows::Paired(&a, &b).layout().unwrap_err().to_string(), "2 rows in pairs with 3");
        let c = matrix(TensorType::F32, 2, 9);
        assert_eq!(Rows::Stacked(&[&a, &c]).layout().unwrap_err().to_string(), "9 columns beside 8");
    }

    #[test]
    fn matrices_larger_than_a_binding_are_cut() {
        // a row takes 64 words: 64 rows fit
        let bench = Bench::new(64 * 256);
        let weight = matrix(TensorType::Q8_0, 150, 256);
        for n in [1, 4] {
            let x = floats(n * 256, 5);
            let found = bench.matmul(&x, n, Rows::Stacked(&[&weight]), Then::Store, &[], None);
            check(&bench, &found, &x, &[&weight], "cut");
        }
        let made = GpuMatrix::new(&bench.gpu, "w", Rows::Stacked(&[&weight])).unwrap();
        assert_eq!(made.slabs.iter().map(|slab| (slab.first, slab.rows)).collect::<Vec<_>>(), [(0, 64), (64, 64), (128, 22)]);
        assert!(matches!(made.single(&bench.gpu, "w"), Err(GpuError::TooLarge { bytes: 38_400, limit: 16_384, .. })));
        let wide = matrix(TensorType::F32, 4, 1200);
        let error = GpuMatrix::new(&bench.gpu, "w", Rows::Stacked(&[&wide])).err().unwrap();
        assert_eq!(error.to_string(), "4 rows of w takes 19200 bytes, the adapter binds at most 16384");
    }

    #[test]
    fn what_is_no_number_is_not_rounded_away() {
        let inner = 64;
        let weight = matrix(TensorType::Q8_0, 3, inner);
        for bench in Bench::all() {
            for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = floats(4 * inner, 3);
                x[2 * inner + 40] = odd;
                let found = bench.matmul(&x, 4, Rows::Stacked(&[&weight]), Then::Store, &[], None);
                let finite: Vec<bool> = found.chunks_exact(3).map(|row| row.iter().all(|x| x.is_finite())).collect();
                assert_eq!(finite, [true, true, false, true], "{odd}");
            }
        }
    }

    #[test]
    fn what_follows_a_product() {
        let (inner, outer) = (96, 37);
        for bench in Bench::all() {
            for n in [1, 9] {
                let (gate, up) = (matrix(TensorType::Q8_0, outer, inner), matrix(TensorType::Q5_0, outer, inner));
                let (x, bias, before) = (whole_steps(n * inner, 7), floats(outer, 8), floats(n * outer, 9));
                let product = ops::matmul(&x, &gate);
                let biased: Vec<f32> = product.iter().zip(bias.iter().cycle()).map(|(y, b)| y + b).collect();
                let mut silu = biased.clone();
                math::silu(&mut silu);
                let added: Vec<f32> = biased.iter().zip(&before).map(|(y, b)| y + b).collect();
                let mut gated = product.clone();
                math::silu(&mut gated);
                gated.iter_mut().zip(ops::matmul(&x, &up)).for_each(|(g, u)| *g *= u);
                let one = [&gate];
                let run = |then, before: &[f32]| bench.matmul(&x, n, Rows::Stacked(&one), then, before, Some(&bias));
                let cases = [
                    ("bias", run(Then::Store, &[]), biased),
                    ("silu", run(Then::Silu, &[]), silu),
                    ("add", run(Then::Add, &before), added),
                    ("swiglu", bench.matmul(&x, n, Rows::Paired(&gate, &up), Then::SwiGlu, &[], None), gated),
                ];
                for (name, found, wanted) in cases {
                    assert_eq!(found.len(), wanted.len(), "{name}");
                    for (found, wanted) in found.iter().zip(&wanted) {
                        assert!((found - wanted).abs() <= 2e-5 * (1.0 + wanted.abs()), "{name}, {n} rows: {found} {wanted}");
                    }
                }
            }
        }
    }
}
