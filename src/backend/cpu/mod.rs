//! The portable CPU backend: floats computed in one fixed order with `libm`'s functions, so that native programs and
//! every WASM engine give the same bits.

mod line;
mod ops;

pub use line::CpuLineBackend;
