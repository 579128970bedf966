//! Rows of a table by their numbers, and means of several.

use super::super::GpuError;
use super::super::matrix::{GpuMatrix, Slab};
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};
use super::super::variant::with_weights;

/// A table and a buffer of numbers of its rows.
#[derive(Clone, Copy)]
pub struct Table<'a> {
    pub matrix: &'a GpuMatrix,
    pub items: &'a wgpu::Buffer,
}

/// Lists of numbers of rows, and where their embeddings go.
#[derive(Clone, Copy)]
pub struct Bags<'a> {
    /// Where each list ends.
    pub ends: &'a wgpu::Buffer,
    /// Columns of the output.
    pub stride: usize,
    /// Column where the mean goes.
    pub mean_at: usize,
    /// Columns where the embeddings of the first and the last item go.
    pub ends_at: Option<(usize, usize)>,
}

impl Builder<'_> {
    /// The table's row of each item → `out [rows, cols]`.
    ///
    /// # Errors
    /// None that a model's sizes could cause.
    pub fn embed_rows(&self, table: Table<'_>, out: &wgpu::Buffer) -> Result<Vec<Dispatch>, GpuError> {
        let shader = || {
            let body = include_str!("../shaders/embed_rows.wgsl");
            let shader = Shader::new("embed_rows", &[Uniform, Uniform, Read, Read, Read, Write], body);
            with_weights(shader.part(include_str!("../shaders/table.wgsl")), &table.matrix.layout)
        };
        let grid = Grid::Rows { across: 1, tile: 1 };
        let dispatch = |slab: &Slab| {
            let shape = shape(table.matrix, slab, [table.matrix.layout.cols, 0, 0, 0]);
            self.dispatch((shader(), grid), None, &shape, &[table.items, &slab.words, &slab.scales, out])
        };
        table.matrix.slabs.iter().map(dispatch).collect()
    }

    /// Means of bags, and the rows of their ends.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`] where one binding can't hold the table.
    pub fn embed_bags(&self, table: Table<'_>, bags: Bags<'_>, out: &wgpu::Buffer) -> Result<Dispatch, GpuError> {
        let slab = table.matrix.single(self.gpu, "a table of embeddings")?;
        let shader = Shader::new(
            "embed_bags",
            &[Uniform, Uniform, Read, Read, Read, Write, Read],
            include_str!("../shaders/embed_bags.wgsl"),
        )
        .switch("ENDS", bags.ends_at.is_some())
        .part(include_str!("../shaders/table.wgsl"));
        let shader = with_weights(shader, &table.matrix.layout);
        let (first, last) = bags.ends_at.unwrap_or_default();
        let shape = shape(table.matrix, slab, [bags.stride, bags.mean_at, first, last]);
        let grid = Grid::Rows { across: 1, tile: 1 };
        self.dispatch((shader, grid), None, &shape, &[table.items, &slab.words, &slab.scales, out, bags.ends])
    }
}

fn shape(matrix: &GpuMatrix, slab: &Slab, places: [usize; 4]) -> Vec<u32> {
    let cols = matrix.layout.cols;
    [cols, cols.div_ceil(4), slab.rows, slab.first].into_iter().chain(places).map(|size| size as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::layout::Rows;
    use super::super::super::testing::{Bench, matrix};
    use super::*;
    use crate::backend::cpu::line::mean;
    use crate::gguf::TensorType;
    use crate::model::line::Bags as Lists;

    /// Sums of a few floats in the CPU's order.
    const TOLERANCE: f32 = 1e-6;

    #[test]
    fn rows_are_found_in_every_slab() {
        // 32 rows of 256 bytes a slab
        let bench = Bench::new(8192);
        for (ty, cols) in [(TensorType::Q8_0, 256), (TensorType::F16, 30), (TensorType::Q4_1, 64)] {
            let table = matrix(ty, 67, cols);
            let items = [66u32, 0, 31, 32, 32, 40];
            let made = GpuMatrix::new(&bench.gpu, "table", Rows::Stacked(&[&table])).unwrap();
            assert!(made.slabs.len() > 1 || cols != 256);
            let (buffer, out) = (bench.upload(&items), bench.poisoned(items.len() * cols));
            let program = bench.program(|b| b.embed_rows(Table { matrix: &made, items: &buffer }, &out));
            let found = bench.run(&program, items.len(), 0, &out, items.len() * cols);
            let mut row = vec![0.0; cols];
            for (item, found) in items.iter().zip(found.chunks_exact(cols)) {
                table.row(*item as usize, &mut row);
                let near = found.iter().zip(&row).all(|(a, b)| (a - b).abs() <= TOLERANCE * b.abs());
                assert!(near, "{ty:?}, row {item}");
            }
        }
    }

    #[test]
    fn bags_have_means_and_ends() {
        let bench = Bench::new(u64::MAX);
        for (ty, cols) in [(TensorType::Q8_0, 64), (TensorType::F32, 10), (TensorType::Q4_0, 96)] {
            let table = matrix(ty, 50, cols);
            // an empty bag, and a number past the end
            let lists: [&[u32]; 4] = [&[3, 3, 49], &[], &[7], &[1, 2, 999, 4, 5]];
            let mut bags = Lists::default();
            lists.iter().for_each(|list| bags.push(list));
            let items: Vec<u32> = lists.concat();
            let made = GpuMatrix::new(&bench.gpu, "table", Rows::Stacked(&[&table])).unwrap();
            let (items, ends) = (bench.upload(&items), bench.upload(&[3u32, 3, 4, 9]));
            let stride = 4 * cols;
            let out = bench.poisoned(4 * stride);
            let bag = Bags { ends: &ends, stride, mean_at: cols, ends_at: Some((2 * cols, 3 * cols)) };
            let plain = Bags { mean_at: 0, ends_at: None, ..bag };
            let table_at = Table { matrix: &made, items: &items };
            let program = bench.program(|b| Ok(vec![b.embed_bags(table_at, bag, &out)?, b.embed_bags(table_at, plain, &out)?]));
            let found = bench.run(&program, 4, 0, &out, 4 * stride);
            let (mut row, mut wanted) = (vec![0.0; cols], vec![0.0; 4 * cols]);
            for (line, found) in found.chunks_exact(stride).enumerate() {
                wanted.fill(0.0);
                for at in [0, cols] {
                    mean(&table, &bags, line, &mut row, &mut wanted[at..at + cols]);
                }
                for (item, at) in [(bags.get(line).first(), 2 * cols), (bags.get(line).last(), 3 * cols)] {
                    if let Some(&item) = item {
                        table.row(item as usize, &mut wanted[at..at + cols]);
                    }
                }
                let near = found.iter().zip(&wanted).all(|(a, b)| (a - b).abs() <= TOLERANCE * (1.0 + b.abs()));
                assert!(near, "{ty:?}, bag {line}: {found:?} {wanted:?}");
            }
        }
    }
}
