//! Shaders put together from their parts, and pipelines made of them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::layout::Layout;
use super::{Boxed, Gpu, GpuError, Phase, Setup};

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

/// One variant of a kernel: constants, then the parts of its text.
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

    /// With another name for a type its text uses.
    pub fn alias(mut self, name: &str, ty: &str) -> Self {
        let _ = write!(self.text, "\nalias {name} = {ty};");
        self
    }

    /// With what its text must know of quants of this layout.
    pub fn layout(self, layout: &Layout) -> Self {
        self.constant("ZERO", layout.zero as usize).constant("GROUP_QUADS", layout.group / 4).switch("OFFSETS", layout.offsets)
    }
}

/// A variant of a kernel on a device: its bind group's layout at once, its pipeline once it is compiled.
#[derive(Debug)]
pub struct Kernel {
    shader: Shader,
    pub layout: wgpu::BindGroupLayout,
    pipeline: OnceLock<wgpu::ComputePipeline>,
}

impl Kernel {
    fn new(device: &wgpu::Device, shader: Shader) -> Self {
        let entries: Vec<_> = shader.bindings.iter().zip(0..).map(|(binding, index)| entry(*binding, index)).collect();
        let descriptor = wgpu::BindGroupLayoutDescriptor { label: Some(shader.name), entries: &entries };
        Self { layout: device.create_bind_group_layout(&descriptor), shader, pipeline: OnceLock::new() }
    }

    /// The pipeline, if it was compiled.
    pub fn pipeline(&self) -> Option<&wgpu::ComputePipeline> {
        self.pipeline.get()
    }

    fn compile(&self, device: &wgpu::Device) {
        self.pipeline.get_or_init(|| {
            let label = Some(self.shader.name);
            let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
                label,
                source: wgpu::ShaderSource::Wgsl(self.shader.text.as_str().into()),
            });
            let groups = [Some(&self.layout)];
            let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
                label,
                bind_group_layouts: &groups,
                immediate_size: 0,
            });
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label,
                layout: Some(&layout),
                module: &module,
                entry_point: None,
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        });
    }
}

/// The kernels of a device, each made once.
#[derive(Default)]
pub struct Pipelines(Mutex<HashMap<String, Arc<Kernel>>>);

impl Pipelines {
    /// The kernel of this shader, to be compiled.
    pub fn get(&self, gpu: &Gpu, shader: Shader) -> Arc<Kernel> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let text = shader.text.clone();
        Arc::clone(made.entry(text).or_insert_with(|| Arc::new(Kernel::new(gpu.device(), shader))))
    }

    /// Compiles what was not compiled yet: natively on several threads, in browsers the browser does so itself.
    ///
    /// # Errors
    /// [`GpuError`], where the driver does not take a shader, or the listener of the progress does not want to go on.
    pub fn compile<'a>(&'a self, gpu: &'a Gpu, setup: &'a Setup<'_>) -> Boxed<'a, Result<(), GpuError>> {
        Box::pin(self.compile_now(gpu, setup))
    }

    async fn compile_now(&self, gpu: &Gpu, setup: &Setup<'_>) -> Result<(), GpuError> {
        let waiting: Vec<Arc<Kernel>> = {
            let made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            made.values().filter(|kernel| kernel.pipeline().is_none()).cloned().collect()
        };
        let total = waiting.len() as u64;
        setup.tell(Phase::Compile, 0, Some(total))?;
        #[cfg(not(target_arch = "wasm32"))]
        {
            let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get).min(waiting.len().max(1));
            // error scopes belong to threads
            let compile = |part: &[Arc<Kernel>]| {
                let compiled = gpu.checked(|| {
                    part.iter().for_each(|kernel| kernel.compile(gpu.device()));
                    Ok(())
                });
                pollster::block_on(compiled)
            };
            std::thread::scope(|scope| {
                let parts = waiting.chunks(waiting.len().div_ceil(threads).max(1));
                let work: Vec<_> = parts.map(|part| scope.spawn(move || compile(part))).collect();
                let broken = |_| Err(GpuError::Refused { reason: "a shader's compilation panicked".into() });
                work.into_iter().try_for_each(|work| work.join().unwrap_or_else(broken))
            })?;
        }
        #[cfg(target_arch = "wasm32")]
        for (done, kernel) in (1..).zip(&waiting) {
            gpu.checked(|| {
                kernel.compile(gpu.device());
                Ok(())
            })
            .await?;
            setup.tell(Phase::Compile, done, Some(total))?;
        }
        gpu.health()?;
        setup.tell(Phase::Compile, total, Some(total))
    }
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
