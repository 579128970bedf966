//! The portable CPU backend: floats computed in one fixed order, so that native programs and every WASM engine give
//! the same bits.

mod gemm;
mod line;
mod math;
mod ops;

pub use line::CpuLineBackend;
