//! The dispatches of a forward pass: made once with their bind groups, run with any number of rows.

use std::sync::Arc;

use super::shader::{Kernel, Pipelines, Shader};
use super::{Gpu, GpuError};

/// Most workgroups along one side of a grid, on any adapter.
const SIDE: u32 = 65_535;

/// Workgroups of a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid {
    /// `across` workgroups for each `tile` rows of the step.
    Rows {
        /// Along x.
        across: u32,
        /// Rows a workgroup serves.
        tile: u32,
    },
    /// `across` workgroups for each `tile` positions up to the end of the step.
    Positions {
        /// Along x.
        across: u32,
        /// Positions a workgroup serves.
        tile: u32,
    },
    /// As many, whatever the step.
    Fixed(u32),
}

impl Grid {
    fn of(self, step: Step) -> (u32, u32) {
        match self {
            Self::Rows { across, tile } => (across, step.rows.div_ceil(tile)),
            Self::Positions { across, tile } => (across, (step.position + step.rows).div_ceil(tile)),
            Self::Fixed(count) => (count.min(SIDE), count.div_ceil(SIDE)),
        }
    }
}

struct Variant {
    kernel: Arc<Kernel>,
    grid: Grid,
    bind_group: wgpu::BindGroup,
}

/// A kernel with its buffers.
pub struct Dispatch {
    many: Variant,
    /// For steps of one row, where that has a kernel of its own.
    one: Option<Variant>,
}

impl Dispatch {
    /// With another kernel for steps of one row.
    pub fn with_one(self, one: Self) -> Self {
        Self { many: self.many, one: Some(one.many) }
    }
}

/// Rows and place of a step, as every kernel sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, bytemuck::NoUninit)]
#[repr(C)]
pub struct Step {
    /// Rows.
    pub rows: u32,
    /// Position of the first row: rows before it that lie in the cache.
    pub position: u32,
    padding: [u32; 2],
}

impl Step {
    pub fn new(rows: usize, position: usize) -> Self {
        Self { rows: rows as u32, position: position as u32, padding: [0; 2] }
    }
}

/// A step of one row.
const ROW: Step = Step { rows: 1, position: 0, padding: [0; 2] };

/// What makes dispatches.
pub struct Builder<'a> {
    pub gpu: &'a Gpu,
    pipelines: &'a Pipelines,
    /// Holds the [`Step`].
    step: &'a wgpu::Buffer,
}

impl<'a> Builder<'a> {
    pub fn new(gpu: &'a Gpu, pipelines: &'a Pipelines, step: &'a wgpu::Buffer) -> Self {
        Self { gpu, pipelines, step }
    }

    /// A dispatch of `shader`, whose first binding is the step, the second `shape`, the others `buffers`. For steps of one row
    /// `single` runs instead, with the same bindings.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`] where the grid would be too large.
    pub fn dispatch(
        &self,
        (shader, grid): (Shader, Grid),
        single: Option<(Shader, Grid)>,
        shape: &[u32],
        buffers: &[&wgpu::Buffer],
    ) -> Result<Dispatch, GpuError> {
        if let Some(across) =
            [Some(grid), single.as_ref().map(|s| s.1)].into_iter().flatten().map(|g| g.of(ROW)).map(|(x, y)| x.max(y)).max()
            && across > SIDE
        {
            return Err(GpuError::Unsupported { problem: format!("{across} workgroups beside each other, {SIDE} are allowed") });
        }
        let kernel = self.pipelines.get(self.gpu, shader);
        // a uniform buffer's structure is padded to 16 bytes
        let mut padded = shape.to_vec();
        padded.resize(shape.len().next_multiple_of(4).max(4), 0);
        let shape = self.gpu.uniform("shape", &padded);
        let entries: Vec<_> = [self.step, &shape]
            .into_iter()
            .chain(buffers.iter().copied())
            .zip(0..)
            .map(|(buffer, binding)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let descriptor = wgpu::BindGroupDescriptor { label: None, layout: &kernel.layout, entries: &entries };
        let bind_group = self.gpu.device().create_bind_group(&descriptor);
        let one = single.map(|(shader, grid)| Variant {
            kernel: self.pipelines.get(self.gpu, shader),
            grid,
            bind_group: bind_group.clone(),
        });
        Ok(Dispatch { many: Variant { kernel, grid, bind_group }, one })
    }
}

/// Dispatches in order.
#[derive(Default)]
pub struct Program(pub Vec<Dispatch>);

impl Program {
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// As one pass of a step. Kernels that were not compiled are left out; whoever makes a program has them compiled.
    pub fn record(&self, encoder: &mut wgpu::CommandEncoder, step: Step) {
        let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some("step"), timestamp_writes: None });
        for dispatch in &self.0 {
            let variant = if step.rows == 1 { dispatch.one.as_ref().unwrap_or(&dispatch.many) } else { &dispatch.many };
            let Some(pipeline) = variant.kernel.pipeline() else { continue };
            let (x, y) = variant.grid.of(step);
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &variant.bind_group, &[]);
            pass.dispatch_workgroups(x, y, 1);
        }
    }
}
