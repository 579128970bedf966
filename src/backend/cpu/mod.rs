//! The portable CPU backend: floats computed in one fixed order, so that native programs and every WASM engine give
//! the same bits.

mod attention;
mod block;
mod gemm;
mod int8;
mod lanes;
pub(in crate::backend) mod line;
mod line_reader;
mod llama;
pub(in crate::backend) mod math;
pub(in crate::backend) mod ops;
mod plan;
pub(in crate::backend) mod rope;
pub(in crate::backend) mod sight;
mod threads;
mod weight;

pub use line::CpuLineBackend;
pub use llama::CpuLlama;
pub use plan::plan_of_file;
pub use sight::KvCache;
pub use weight::Kernel;
