//! What the tests of kernels share.

use super::kernels::{Epilogue, Then};
use super::layout::Rows;
use super::matrix::GpuMatrix;
use super::program::{Builder, Dispatch, Program, Step};
use super::shader::Pipelines;
use super::{Gpu, GpuError, Setup, Variant};
use crate::gguf::{Gguf, GgufWriter, TensorType};
use crate::model::{BlockShape, Matrix};

/// What outputs hold before a kernel runs.
pub const POISON: f32 = -1.25e30;

/// A device; tests fail where there is none.
pub fn connect() -> Gpu {
    connect_within(u64::MAX, Variant::BASE)
}

/// As [`connect`], with bindings of at most so many bytes and kernels of this variant, which lavapipe can all run.
pub fn connect_within(max_binding: u64, variant: Variant) -> Gpu {
    let setup = Setup::default().with_variant(variant);
    let gpu = pollster::block_on(Gpu::connect_within(max_binding, &setup)).unwrap_or_else(|error| {
        panic!(
            "{error}\nThe tests of the feature `gpu` need a Vulkan driver: apt-get install mesa-vulkan-drivers (a software one)"
        )
    });
    assert_eq!(gpu.report().variant, variant, "{}", gpu.report());
    gpu
}

/// Every variant.
pub fn variants() -> [Variant; 4] {
    ["base", "dot", "subgroups", "dot,subgroups"].map(|name| name.parse().unwrap())
}

/// Runs kernels by themselves.
pub struct Bench {
    pub gpu: Gpu,
    pipelines: Pipelines,
    step: wgpu::Buffer,
}

impl Bench {
    pub fn new(max_binding: u64) -> Self {
        Self::of(max_binding, Variant::BASE)
    }

    /// A bench for each variant of kernels.
    pub fn all() -> impl Iterator<Item = Self> {
        variants().into_iter().map(|variant| Self::of(u64::MAX, variant))
    }

    fn of(max_binding: u64, variant: Variant) -> Self {
        let gpu = connect_within(max_binding, variant);
        Self { step: gpu.uniform("step", &[0; 4]), pipelines: Pipelines::default(), gpu }
    }

    pub fn upload<T: bytemuck::NoUninit>(&self, data: &[T]) -> wgpu::Buffer {
        self.gpu.upload("test", data).unwrap()
    }

    pub fn poisoned(&self, len: usize) -> wgpu::Buffer {
        self.upload(&vec![POISON; len])
    }

    pub fn program(&self, build: impl FnOnce(&Builder<'_>) -> Result<Vec<Dispatch>, GpuError>) -> Program {
        let made = self.gpu.checked(|| build(&Builder::new(&self.gpu, &self.pipelines, &self.step)));
        let made = pollster::block_on(made).unwrap();
        pollster::block_on(self.pipelines.compile(&self.gpu, &Setup::default())).unwrap();
        Program(made)
    }

    /// Runs a step of `rows` at `position` and gives `len` floats of `out`.
    pub fn run(&self, program: &Program, rows: usize, position: usize, out: &wgpu::Buffer, len: usize) -> Vec<f32> {
        let step = Step::new(rows, position);
        self.gpu.write(&self.step, &[step]);
        let staging = self.gpu.staging(len);
        let results = [(out, len)];
        let run = self.gpu.run(program.len(), |encoder| program.record(encoder, step), &results, &staging);
        pollster::block_on(run).unwrap()
    }

    /// A product of `n` rows, into a poisoned output or `before`, between rows that must stay as they are.
    pub fn matmul(&self, x: &[f32], n: usize, w: Rows<'_>, then: Then, before: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let weight = GpuMatrix::new(&self.gpu, "weights", w).unwrap();
        let cols = if then == Then::SwiGlu { w.len() / 2 } else { w.len() };
        let mut start = if before.is_empty() { vec![POISON; n * cols] } else { before.to_vec() };
        start.resize((n + 3) * cols, POISON);
        // a row more than the step has, which must not count
        let x = self.upload(&[x, &vec![f32::MAX; x.len() / n]].concat());
        let (out, bias) = (self.upload(&start), bias.map(|bias| self.upload(bias)));
        let program = self.program(|b| b.matmul(&x, &weight, &out, &Epilogue { bias: bias.as_ref(), then }));
        let mut found = self.run(&program, n, 0, &out, (n + 3) * cols);
        assert!(found[n * cols..].iter().all(|&x| x == POISON), "rows past the last were written");
        found.truncate(n * cols);
        found
    }
}

/// Well mixed bits (the output function of SplitMix64).
fn random(len: usize, seed: u64) -> impl Iterator<Item = u64> {
    (1..=len as u64).map(move |i| {
        let x = (i + (seed << 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    })
}

/// Numbers between -1 and 1.
pub fn floats(len: usize, seed: u64) -> Vec<f32> {
    random(len, seed).map(|x| (x & 0xffff) as f32 / 32768.0 - 1.0).collect()
}

/// The same, such that rounding to 16 bits, 32 by 32, changes none of them.
pub fn whole_steps(len: usize, seed: u64) -> Vec<f32> {
    let mut x: Vec<f32> = floats(len, seed).iter().map(|x| (x * 32_639.0).round() / 32_639.0).collect();
    x.iter_mut().step_by(32).for_each(|x| *x = 1.0);
    x
}

/// A matrix of any bits but for the scales, which are finite and of any sign.
pub fn matrix(ty: TensorType, rows: usize, cols: usize) -> Matrix {
    let count = rows * cols;
    let data: Vec<u8> = match ty {
        TensorType::F32 => floats(count, 11).iter().flat_map(|x| x.to_le_bytes()).collect(),
        TensorType::F16 => floats(count, 12).iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes()).collect(),
        TensorType::BF16 => floats(count, 13).iter().flat_map(|x| half::bf16::from_f32(*x).to_le_bytes()).collect(),
        _ => {
            let mut data: Vec<u8> = random(rows * ty.row_bytes(cols).unwrap(), ty.id().into()).map(|x| x as u8).collect();
            for block in data.chunks_exact_mut(ty.block_bytes()) {
                // the high byte of each f16: an exponent that is not too large
                for at in if ty == TensorType::Q6_K { [209, 209] } else { [1, 3] } {
                    block[at] = block[at] & 0x83 | 0x28;
                }
            }
            data
        }
    };
    let mut writer = GgufWriter::new();
    writer.tensor("w", &[cols as u64, rows as u64], ty, data).unwrap();
    Matrix::load(&Gguf::parse(writer.finish()).unwrap(), "w", rows, cols).unwrap()
}

pub fn shape(heads: usize, kv_heads: usize, head_width: usize) -> BlockShape {
    BlockShape { width: heads * head_width, heads, kv_heads, head_width, ffn: 2 * heads * head_width, norm_eps: 1e-5 }
}
