//! Shaders put together from their parts, and pipelines made of them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use super::device::WORKGROUP_BYTES;
use super::layout::{Format, Layout};
use super::{Gpu, GpuError};

/// What a binding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// A uniform buffer.
    Uniform,
    /// A storage buffer that is read.
    Read,
    /// A storage buffer that is written.
    Write,
}

/// One variant of a kernel: constants, then the parts of its text. What the adapter and the model allow is decided here and
/// nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shader {
    name: &'static str,
    bindings: &'static [Binding],
    text: String,
}

impl Shader {
    /// Of the kernel `body`.
    pub fn new(name: &'static str, bindings: &'static [Binding], body: &'static str) -> Self {
        Self { name, bindings, text: format!("{}{body}", include_str!("shaders/step.wgsl")) }
    }

    /// With a constant its text uses.
    pub fn constant(mut self, name: &str, value: usize) -> Self {
        let _ = write!(self.text, "\nconst {name} = {value}u;");
        self
    }

    /// With a switch its text uses.
    pub fn switch(mut self, name: &str, on: bool) -> Self {
        let _ = write!(self.text, "\nconst {name} = {on};");
        self
    }

    /// With another file.
    pub fn part(mut self, text: &'static str) -> Self {
        self.text.push('\n');
        self.text.push_str(text);
        self
    }

    /// With the function that reads four weights of this layout.
    pub fn weights(self, layout: &Layout) -> Self {
        let part = match layout.format {
            Format::Float => include_str!("shaders/weights_float.wgsl"),
            Format::Half => include_str!("shaders/weights_half.wgsl"),
            Format::Bytes => include_str!("shaders/weights_bytes.wgsl"),
            Format::Nibbles => include_str!("shaders/weights_nibbles.wgsl"),
        };
        let shader = if layout.format == Format::Nibbles { self.constant("ZERO", layout.zero as usize) } else { self };
        if layout.group == 0 {
            return shader.part(part);
        }
        shader.constant("GROUP_QUADS", layout.group / 4).switch("OFFSETS", layout.offsets).part(part)
    }
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

/// A pipeline with the layout of its only bind group.
#[derive(Debug, Clone)]
pub struct Pipeline {
    pub pipeline: wgpu::ComputePipeline,
    pub layout: wgpu::BindGroupLayout,
}

/// The pipelines of a device, each made once.
#[derive(Default)]
pub struct Pipelines(Mutex<HashMap<String, Pipeline>>);

impl Pipelines {
    pub fn get(&self, gpu: &Gpu, shader: &Shader) -> Pipeline {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(shader.text.clone()).or_insert_with(|| make(gpu.device(), shader)).clone()
    }
}

fn make(device: &wgpu::Device, shader: &Shader) -> Pipeline {
    let label = Some(shader.name);
    let entries: Vec<_> = shader.bindings.iter().zip(0..).map(|(binding, index)| entry(*binding, index)).collect();
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label, entries: &entries });
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label,
        source: wgpu::ShaderSource::Wgsl(shader.text.as_str().into()),
    });
    let groups = [Some(&layout)];
    let pipeline_layout =
        device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor { label, bind_group_layouts: &groups, immediate_size: 0 });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label,
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: None,
        compilation_options: wgpu::PipelineCompilationOptions::default(),
        cache: None,
    });
    Pipeline { pipeline, layout }
}

fn entry(binding: Binding, index: u32) -> wgpu::BindGroupLayoutEntry {
    let ty = match binding {
        Binding::Uniform => wgpu::BufferBindingType::Uniform,
        Binding::Read => wgpu::BufferBindingType::Storage { read_only: true },
        Binding::Write => wgpu::BufferBindingType::Storage { read_only: false },
    };
    wgpu::BindGroupLayoutEntry {
        binding: index,
        visibility: wgpu::ShaderStages::COMPUTE,
        ty: wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None },
        count: None,
    }
}
