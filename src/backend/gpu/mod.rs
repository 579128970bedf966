//! Models in compute shaders, through wgpu: WebGPU in browsers, Vulkan, Metal or Direct3D 12 elsewhere.
//!
//! All needs only what every WebGPU adapter can do: no 16-bit floats, no subgroups, at most 64 invocations in a workgroup,
//! bindings of 128 MiB. Where an adapter can do more, [`Variant`] has other kernels. docs/gpu.md tells how kernels work and how
//! they are tested.

mod block;
pub(super) mod clock;
mod device;
mod error;
mod kernels;
mod layout;
mod line;
mod llama;
mod matrix;
mod program;
mod report;
mod setup;
mod shader;
mod signal;
#[cfg(test)]
mod testing;
mod variant;

pub(super) use device::{Boxed, Tally};
pub use device::{Gpu, GpuCounts};
pub use error::GpuError;
pub use line::GpuLine;
pub use llama::{GpuLlama, ReadError};
pub use report::GpuReport;
pub use setup::{Identity, Phase, Progress, Setup};
pub(super) use variant::proved;
pub use variant::{UnknownVariant, Variant};
