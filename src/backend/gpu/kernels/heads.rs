//! What is read from the last states: logits of gathered rows, sums over rows.

use super::super::GpuError;
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};

/// A logit becomes (logit + bias) x scale + shift.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Calibration {
    pub bias: f32,
    pub scale: f32,
    pub shift: f32,
}

impl Builder<'_> {
    /// A logit of each row of `x [_, width]` whose number is in `gathered [rows]`.
    ///
    /// # Errors
    /// None that a model's sizes could cause.
    pub fn head(
        &self,
        (x, gathered): (&wgpu::Buffer, &wgpu::Buffer),
        (weight, width): (&wgpu::Buffer, usize),
        calibration: Calibration,
        out: &wgpu::Buffer,
    ) -> Result<Dispatch, GpuError> {
        let shader = Shader::new("head", &[Uniform, Uniform, Read, Read, Read, Write], include_str!("../shaders/head.wgsl"));
        let shader = shader.alias("Number", "f32").part(self.gpu.report().variant.reduction());
        let Calibration { bias, scale, shift } = calibration;
        let shape = [width as u32, bias.to_bits(), scale.to_bits(), shift.to_bits()];
        self.dispatch((shader, Grid::Rows { across: 1, tile: 1 }), None, &shape, &[x, gathered, weight, out])
    }

    /// Sums of `x [rows, width]` over the rows, then the same with each row times its weight → `out [2, width]`.
    ///
    /// # Errors
    /// None that a model's sizes could cause.
    pub fn pool(
        &self,
        (x, width): (&wgpu::Buffer, usize),
        weights: &wgpu::Buffer,
        out: &wgpu::Buffer,
    ) -> Result<Dispatch, GpuError> {
        let shader = Shader::new("pool", &[Uniform, Uniform, Read, Read, Write], include_str!("../shaders/pool.wgsl"));
        self.dispatch((shader, Grid::Fixed(width.div_ceil(64) as u32)), None, &[width as u32], &[x, weights, out])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, floats};
    use super::*;

    #[test]
    fn logits_of_gathered_rows() {
        for bench in Bench::all() {
            for width in [1, 192, 576, 1280] {
                let (x, weight) = (floats(9 * width, 1), floats(width, 2));
                let gathered = [8u32, 0, 3, 3];
                let calibration = Calibration { bias: 0.25, scale: 1.5, shift: -0.75 };
                let (buffer, rows, w) = (bench.upload(&x), bench.upload(&gathered), bench.upload(&weight));
                let out = bench.poisoned(4);
                let program = bench.program(|b| Ok(vec![b.head((&buffer, &rows), (&w, width), calibration, &out)?]));
                let found = bench.run(&program, 4, 0, &out, 4);
                for (row, found) in gathered.iter().zip(found) {
                    let x = &x[*row as usize * width..][..width];
                    let product: f64 = x.iter().zip(&weight).map(|(x, w)| f64::from(x * w)).sum();
                    let wanted = ((product + 0.25) * 1.5 - 0.75) as f32;
                    assert!((found - wanted).abs() <= 2e-5 * (1.0 + wanted.abs()), "{width}: {found} {wanted}");
                }
            }
        }
    }

    #[test]
    fn sums_run_in_the_order_of_rows() {
        let bench = Bench::new(u64::MAX);
        for (n, width) in [(1, 3), (100, 70), (7, 576)] {
            let (x, weights) = (floats(n * width, 1), floats(n, 2));
            let (buffer, by) = (bench.upload(&x), bench.upload(&weights));
            let out = bench.poisoned(2 * width);
            let program = bench.program(|b| Ok(vec![b.pool((&buffer, width), &by, &out)?]));
            let found = bench.run(&program, n, 0, &out, 2 * width);
            let mut wanted = vec![0.0; 2 * width];
            for (row, weight) in x.chunks_exact(width).zip(&weights) {
                for (i, x) in row.iter().enumerate() {
                    wanted[i] += x;
                    wanted[width + i] += x * weight;
                }
            }
            // a driver may join the product and the sum
            assert!(found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= 1e-5), "{n}x{width}");
        }
    }
}
