//! From what an adapter can do to the variant of each kernel and the facts of its dispatch. What the adapter and the model
//! allow is decided here and nowhere else.

use std::fmt;
use std::str::FromStr;

use super::device::WORKGROUP_BYTES;
use super::layout::{Format, Layout};
use super::shader::Shader;
use super::{Gpu, GpuError, Setup};

/// What kernels may use beyond what every adapter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Variant {
    /// Products of several rows with quants in 8-bit integers, four at a time. Activations are rounded to 16 bits, as on the CPU.
    pub dot: bool,
    /// Sums and maxima of a workgroup over its subgroups first.
    pub subgroups: bool,
}

impl Variant {
    /// What every adapter can run.
    pub const BASE: Self = Self { dot: false, subgroups: false };

    /// The best for an adapter, or of what is `wanted` as much as it can run.
    ///
    /// Integer products pay where the hardware has them. No API tells: WGSL's `dot4I8Packed` is there everywhere, and made of
    /// other instructions where it must be. Vulkan's and Direct3D's cards have them since about 2018; Apple's have not. On a
    /// software adapter nothing pays.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn of(info: &wgpu::AdapterInfo, features: wgpu::Features, wanted: Option<Self>) -> Self {
        let can = Self { dot: true, subgroups: features.contains(wgpu::Features::SUBGROUP) };
        let wanted = wanted.unwrap_or(match (info.device_type, info.backend) {
            (wgpu::DeviceType::Cpu, _) => Self::BASE,
            (_, wgpu::Backend::Vulkan | wgpu::Backend::Dx12) => Self { dot: true, subgroups: true },
            _ => Self { dot: false, subgroups: true },
        });
        Self { dot: wanted.dot && can.dot, subgroups: wanted.subgroups && can.subgroups }
    }

    /// In browsers the base: wgpu can't ask them for subgroups, and they do not tell whether integer products are the
    /// hardware's.
    #[cfg(target_arch = "wasm32")]
    pub(super) fn of(_: &wgpu::AdapterInfo, _: wgpu::Features, _: Option<Self>) -> Self {
        Self::BASE
    }

    /// What a device must be asked for.
    pub(super) fn features(self) -> wgpu::Features {
        if self.subgroups { wgpu::Features::SUBGROUP } else { wgpu::Features::empty() }
    }

    /// The product of several rows with weights of this layout.
    pub(super) fn gemm(self, layout: &Layout) -> Tiles {
        #[cfg(not(target_arch = "wasm32"))]
        if self.dot && layout.group > 0 {
            let quants = match layout.format {
                Format::Nibbles => include_str!("shaders/quants_nibbles.wgsl"),
                _ => include_str!("shaders/quants_bytes.wgsl"),
            };
            return Tiles { name: "gemm_dot", body: include_str!("shaders/gemm_dot.wgsl"), quants, tile: 32 };
        }
        let _ = layout;
        Tiles { name: "gemm", body: include_str!("shaders/gemm.wgsl"), quants: "", tile: 32 }
    }

    /// Sums and maxima of numbers of all invocations of a workgroup.
    pub(super) fn reduction(self) -> &'static str {
        #[cfg(not(target_arch = "wasm32"))]
        if self.subgroups {
            return include_str!("shaders/reduce_subgroups.wgsl");
        }
        include_str!("shaders/reduce_halves.wgsl")
    }

    /// The likeliest of what all invocations of a workgroup know.
    pub(super) fn merging(self) -> &'static str {
        #[cfg(not(target_arch = "wasm32"))]
        if self.subgroups {
            return include_str!("shaders/pick_subgroups.wgsl");
        }
        include_str!("shaders/pick_halves.wgsl")
    }
}

impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.dot, self.subgroups) {
            (false, false) => "base",
            (true, false) => "dot",
            (false, true) => "subgroups",
            (true, true) => "dot,subgroups",
        })
    }
}

impl FromStr for Variant {
    type Err = UnknownVariant;

    fn from_str(text: &str) -> Result<Self, UnknownVariant> {
        let mut variant = Self::BASE;
        for name in text.split(',') {
            match name {
                "base" => {}
                "dot" => variant.dot = true,
                "subgroups" => variant.subgroups = true,
                _ => return Err(UnknownVariant { name: name.into() }),
            }
        }
        Ok(variant)
    }
}

/// A variant that there is none of.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[error("kernels have no variant {name:?}; there are base, dot, subgroups, and dot,subgroups")]
pub struct UnknownVariant {
    /// What was named.
    pub name: String,
}

/// What `make` makes of a device and proves there. Where kernels beyond the base are refused or compute something else, it is made
/// again with those of the base.
///
/// # Errors
/// Those of the base, or what has nothing to do with kernels.
pub async fn proved<T>(setup: &Setup<'_>, make: impl AsyncFn(Gpu) -> Result<T, GpuError>) -> Result<T, GpuError> {
    let gpu = Gpu::connect_within(u64::MAX, setup).await?;
    let variant = gpu.report().variant;
    let error = match make(gpu).await {
        Err(error @ (GpuError::Wrong { .. } | GpuError::Refused { .. } | GpuError::Timeout { .. }))
            if variant != Variant::BASE =>
        {
            error
        }
        other => return other,
    };
    let mut gpu = Gpu::connect_within(u64::MAX, &setup.with_variant(Variant::BASE)).await?;
    gpu.step_down(variant, &error);
    make(gpu).await
}

/// A product's kernel for several rows.
pub struct Tiles {
    pub name: &'static str,
    pub body: &'static str,
    /// How it reads quants; empty where it reads weights.
    pub quants: &'static str,
    /// Rows and columns of the product that a workgroup makes.
    pub tile: usize,
}

/// `shader` with the function that reads four weights of this layout.
pub fn with_weights(shader: Shader, layout: &Layout) -> Shader {
    let part = match layout.format {
        Format::Float => include_str!("shaders/weights_float.wgsl"),
        Format::Half => include_str!("shaders/weights_half.wgsl"),
        Format::Bytes => include_str!("shaders/weights_bytes.wgsl"),
        Format::Nibbles => include_str!("shaders/weights_nibbles.wgsl"),
    };
    if layout.group == 0 { shader.part(part) } else { shader.layout(layout).part(part) }
}

/// Keys of a tile of attention over heads of this width, as many as workgroup memory has room for.
///
/// # Errors
/// [`GpuError::Unsupported`] where it has none.
pub fn attention_keys(head_width: usize) -> Result<usize, GpuError> {
    let bytes = |keys: usize| 4 * ((keys + 8) * (head_width + 1) + 8 * keys);
    [16, 8, 4].into_iter().find(|&keys| bytes(keys) <= WORKGROUP_BYTES as usize).ok_or_else(|| GpuError::Unsupported {
        problem: format!("heads {head_width} wide take {} bytes of workgroup memory, there are {WORKGROUP_BYTES}", bytes(4)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(device_type: wgpu::DeviceType, backend: wgpu::Backend) -> wgpu::AdapterInfo {
        wgpu::AdapterInfo::new(device_type, backend)
    }

    #[test]
    fn adapters_get_what_they_can_run_and_what_pays_there() {
        use wgpu::{Backend, DeviceType, Features};
        let of = |device_type, backend, features, wanted| Variant::of(&info(device_type, backend), features, wanted).to_string();
        let (all, none) = (Features::SUBGROUP, Features::empty());
        assert_eq!(of(DeviceType::DiscreteGpu, Backend::Vulkan, all, None), "dot,subgroups");
        assert_eq!(of(DeviceType::IntegratedGpu, Backend::Dx12, none, None), "dot");
        assert_eq!(of(DeviceType::IntegratedGpu, Backend::Metal, all, None), "subgroups");
        assert_eq!(of(DeviceType::Cpu, Backend::Vulkan, all, None), "base");
        let both = Some(Variant { dot: true, subgroups: true });
        assert_eq!(of(DeviceType::Cpu, Backend::Vulkan, all, both), "dot,subgroups");
        assert_eq!(of(DeviceType::Cpu, Backend::Vulkan, none, both), "dot");
        assert_eq!(of(DeviceType::DiscreteGpu, Backend::Vulkan, all, Some(Variant::BASE)), "base");
        assert!(Variant::BASE.features().is_empty());
    }

    #[test]
    fn what_is_wrong_with_other_kernels_is_made_with_those_of_the_base() {
        let setup = Setup::default().with_variant("dot,subgroups".parse().unwrap());
        let wrong = || GpuError::Wrong { problem: "the logit of line 3 is 4, on the CPU it is 5".into() };
        let make = async |gpu: Gpu| if gpu.report().variant == Variant::BASE { Ok(gpu.report().clone()) } else { Err(wrong()) };
        let report = pollster::block_on(proved(&setup, make)).unwrap();
        let said = report.to_string();
        assert!(
            said.ends_with(
                "; base kernels, with dot,subgroups the GPU's answers are wrong: the logit of line 3 is 4, on the CPU it is 5)"
            ),
            "{said}"
        );
        // what is no better on the base stays an error
        assert_eq!(pollster::block_on(proved(&setup, async |_| Err::<(), _>(wrong()))), Err(wrong()));
        let lost = || GpuError::Lost { reason: "unplugged".into() };
        let make = async |gpu: Gpu| if gpu.report().variant == Variant::BASE { Ok(()) } else { Err(lost()) };
        assert_eq!(pollster::block_on(proved(&setup, make)), Err(lost()));
    }

    #[test]
    fn variants_have_names() {
        for name in ["base", "dot", "subgroups", "dot,subgroups"] {
            assert_eq!(name.parse::<Variant>().unwrap().to_string(), name);
        }
        let error = "dot,f16".parse::<Variant>().unwrap_err().to_string();
        assert_eq!(error, "kernels have no variant \"f16\"; there are base, dot, subgroups, and dot,subgroups");
    }
}
