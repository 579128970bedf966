//! RMSNorm. The residual before it is added by the product that ends a block's half ([`Then::Add`](super::Then::Add)).

use super::super::GpuError;
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};

impl Builder<'_> {
    /// Rows of `x [rows, width]`, normalised and times `weight`, in `out`.
    ///
    /// # Errors
    /// None that a model's sizes could cause.
    pub fn rms_norm(
        &self,
        x: &wgpu::Buffer,
        (weight, width, eps): (&wgpu::Buffer, usize, f32),
        out: &wgpu::Buffer,
    ) -> Result<Dispatch, GpuError> {
        let shader = Shader::new("rms_norm", &[Uniform, Uniform, Read, Read, Write], include_str!("../shaders/rms_norm.wgsl"));
        let shader = shader.alias("Number", "f32").part(self.gpu.report().variant.reduction());
        let grid = Grid::Rows { across: 1, tile: 1 };
        self.dispatch((shader, grid), None, &[width as u32, eps.to_bits()], &[x, weight, out])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, floats};
    use crate::backend::cpu::ops;

    #[test]
    fn rows_are_those_of_the_cpu() {
        for bench in Bench::all() {
            for (n, width) in [(1, 1), (1, 576), (3, 10), (70, 192), (5, 1280)] {
                let (x, weight) = (floats(n * width, 1), floats(width, 2));
                let (buffers, out) = ([bench.upload(&x), bench.upload(&weight)], bench.poisoned(n * width));
                let program = bench.program(|b| Ok(vec![b.rms_norm(&buffers[0], (&buffers[1], width, 1e-5), &out)?]));
                let found = bench.run(&program, n, 0, &out, n * width);
                for (found, wanted) in found.iter().zip(ops::rms_norm(&x, &weight, 1e-5)) {
                    assert!((found - wanted).abs() <= 2e-6 * (1.0 + wanted.abs()), "{n}x{width}: {found} {wanted}");
                }
            }
        }
    }
}
