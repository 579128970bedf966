//! What an adapter is and can do.

use std::fmt;

use super::{Identity, Variant};

/// The adapter in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GpuReport {
    /// Its name; browsers may hide it.
    pub adapter: String,
    /// How it is reached: `vulkan`, `metal`, `dx12`, `webgpu`.
    pub backend: String,
    /// Whether it is a program on the CPU that only behaves like a GPU (lavapipe, SwiftShader, WARP).
    pub software: bool,
    /// Most bytes that one binding may have.
    pub max_binding: u64,
    /// Most bytes that one buffer may have.
    pub max_buffer: u64,
    /// Most invocations in a workgroup.
    pub max_invocations: u32,
    /// Whether shaders may count in 16-bit floats. No kernel does: 11 bits are too few for the CPU's answers.
    pub f16: bool,
    /// Which kernels run.
    pub variant: Variant,
    /// Why not those that the adapter should be able to run.
    pub stepped_down: Option<String>,
}

impl GpuReport {
    pub(super) fn new(
        info: &wgpu::AdapterInfo,
        limits: &wgpu::Limits,
        features: wgpu::Features,
        identity: Option<&Identity>,
        variant: Variant,
    ) -> Self {
        let name = identity.map_or(&info.name, |identity| &identity.name);
        Self {
            adapter: if name.is_empty() { "(unnamed)".into() } else { name.clone() },
            backend: info.backend.to_string(),
            software: info.device_type == wgpu::DeviceType::Cpu || identity.is_some_and(|identity| identity.software),
            max_binding: limits.max_storage_buffer_binding_size,
            max_buffer: limits.max_buffer_size,
            max_invocations: limits.max_compute_invocations_per_workgroup,
            f16: features.contains(wgpu::Features::SHADER_F16),
            variant,
            stepped_down: None,
        }
    }
}

impl fmt::Display for GpuReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let software = if self.software { ", a software adapter" } else { "" };
        let Self { adapter, backend, variant, .. } = self;
        write!(f, "{adapter} ({backend}{software}; bindings up to {} MiB; {variant} kernels", self.max_binding >> 20)?;
        if let Some(why) = &self.stepped_down {
            write!(f, ", {why}")?;
        }
        f.write_str(")")
    }
}
