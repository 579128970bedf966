//! A matrix on the device.

use super::layout::{Layout, Rows};
use super::{Gpu, GpuError};

/// Slabs start at multiples of this many rows: as many as a kernel takes at once.
const STEP: usize = 4;

/// Rows that one binding holds.
pub struct Slab {
    pub first: usize,
    pub rows: usize,
    /// `[rows, layout.words()]`.
    pub words: wgpu::Buffer,
    /// `[rows, layout.scales()]`.
    pub scales: wgpu::Buffer,
}

/// Weights, cut into slabs that can be bound.
pub struct GpuMatrix {
    pub layout: Layout,
    pub rows: usize,
    pub slabs: Vec<Slab>,
}

impl GpuMatrix {
    /// Uploads these rows.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] where a few rows alone are.
    pub fn new(gpu: &Gpu, what: &str, source: Rows<'_>) -> Result<Self, GpuError> {
        let (layout, rows) = (source.layout()?, source.len());
        let limit = gpu.report().max_binding.min(gpu.report().max_buffer);
        let row_bytes = 4 * layout.words().max(layout.scales()).max(1) as u64;
        let fit = usize::try_from(limit / row_bytes).unwrap_or(usize::MAX) / STEP * STEP;
        if fit == 0 {
            return Err(GpuError::TooLarge { what: format!("{STEP} rows of {what}"), bytes: STEP as u64 * row_bytes, limit });
        }
        let mut slabs = Vec::new();
        for first in (0..rows).step_by(fit) {
            let count = fit.min(rows - first);
            let (mut words, mut scales) =
                (Vec::with_capacity(count * layout.words()), Vec::with_capacity(count * layout.scales()));
            for (matrix, row) in (first..first + count).filter_map(|row| source.get(row)) {
                layout.push(matrix, row, &mut words, &mut scales);
            }
            slabs.push(Slab { first, rows: count, words: gpu.upload(what, &words)?, scales: gpu.upload(what, &scales)? });
            gpu.flush();
        }
        Ok(Self { layout, rows, slabs })
    }

    /// The only slab.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] where there are several.
    pub fn single(&self, gpu: &Gpu, what: &str) -> Result<&Slab, GpuError> {
        match self.slabs.as_slice() {
            [slab] => Ok(slab),
            _ => Err(GpuError::TooLarge {
                what: what.into(),
                bytes: 4 * (self.rows * self.layout.words()) as u64,
                limit: gpu.report().max_binding,
            }),
        }
    }
}
