//! Rotary positions, and where keys and values go.

use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};
use super::super::{Gpu, GpuError};
use crate::backend::cpu::rope::RopeTable;
use crate::model::BlockShape;

/// Cosines and sines by position.
pub struct Turns {
    buffer: wgpu::Buffer,
    /// Pairs that turn.
    pairs: usize,
}

impl Turns {
    /// Uploads a table that the CPU worked out: the angles of far positions need more than 32 bits.
    ///
    /// # Errors
    /// [`GpuError::TooLarge`].
    pub fn new(gpu: &Gpu, table: &RopeTable) -> Result<Self, GpuError> {
        Ok(Self { buffer: gpu.upload("rotary positions", &table.turns())?, pairs: table.pairs() })
    }

    /// Cosine and sine of each pair at each position.
    pub fn buffer(&self) -> &wgpu::Buffer {
        &self.buffer
    }

    /// Pairs that turn.
    pub fn pairs(&self) -> usize {
        self.pairs
    }
}

impl Builder<'_> {
    /// Of `qkv [rows, query_width + 2 kv_width]` the queries, turned, to `queries`; keys, turned, and values to the rows of
    /// `keys` and `values` from the step's position on.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`] where a row is too wide.
    pub fn rope(
        &self,
        qkv: &wgpu::Buffer,
        (turns, shape): (&Turns, &BlockShape),
        [queries, keys, values]: [&wgpu::Buffer; 3],
    ) -> Result<Dispatch, GpuError> {
        let shader =
            Shader::new("rope", &[Uniform, Uniform, Read, Read, Write, Write, Write], include_str!("../shaders/rope.wgsl"));
        let (query, kv) = (shape.query_width(), shape.kv_width());
        let grid = Grid::Rows { across: (query + 2 * kv).div_ceil(2 * 64) as u32, tile: 1 };
        let sizes = [query, kv, shape.head_width, turns.pairs].map(|size| size as u32);
        self.dispatch((shader, grid), None, &sizes, &[qkv, &turns.buffer, queries, keys, values])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, POISON, floats, shape};
    use super::*;
    use crate::backend::cpu::rope::RopeFrequencies;

    #[test]
    fn pairs_turn_as_on_the_cpu_and_keys_find_their_place() {
        let bench = Bench::new(u64::MAX);
        // rows, position, heads, key heads, head width, columns that turn
        for (n, position, heads, kv_heads, width, turning) in
            [(1, 0, 1, 1, 2, 2), (1, 7, 9, 3, 64, 64), (5, 3, 16, 1, 80, 80), (33, 0, 6, 6, 32, 16)]
        {
            let shape = shape(heads, kv_heads, width);
            let (query, kv) = (shape.query_width(), shape.kv_width());
            let qkv = floats(n * (query + 2 * kv), 4);
            let capacity = position + n + 2;
            let frequencies = RopeFrequencies::new(turning, 10_000.0);
            let turns = Turns::new(&bench.gpu, &frequencies.at(0..capacity)).unwrap();
            let buffer = bench.upload(&qkv);
            let [queries, keys, values] = [n * query, capacity * kv, capacity * kv].map(|len| bench.poisoned(len));
            let program = bench.program(|b| Ok(vec![b.rope(&buffer, (&turns, &shape), [&queries, &keys, &values])?]));
            let columns = |from: usize, to: usize| -> Vec<f32> {
                qkv.chunks_exact(query + 2 * kv).flat_map(|row| &row[from..to]).copied().collect()
            };
            let (mut q, mut k, v) = (columns(0, query), columns(query, query + kv), columns(query + kv, query + 2 * kv));
            let table = frequencies.at(position..position + n);
            table.rotate(&mut q, query, width);
            table.rotate(&mut k, kv, width);
            let near = |found: &[f32], wanted: &[f32]| {
                assert_eq!(found.len(), wanted.len());
                found.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 1e-6)
            };
            assert!(near(&bench.run(&program, n, position, &queries, n * query), &q), "queries of {n} rows, {shape:?}");
            for (name, buffer, wanted) in [("keys", &keys, &k), ("values", &values, &v)] {
                let found = bench.run(&program, n, position, buffer, capacity * kv);
                let (before, rest) = found.split_at(position * kv);
                assert!(near(&rest[..n * kv], wanted), "{name} of {n} rows, {shape:?}");
                assert!(before.iter().chain(&rest[n * kv..]).all(|&x| x == POISON), "{name} elsewhere");
            }
        }
    }
}
