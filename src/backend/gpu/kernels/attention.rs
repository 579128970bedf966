//! Attention: tiles of queries for several rows, shares of the keys for one.

use super::super::GpuError;
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};
use super::super::variant::attention_keys;
use super::Turns;
use crate::model::BlockShape;

const QUERIES: u32 = 8;
/// Keys of a share.
const SHARE: usize = 64;

/// Numbers that the shares of one row's keys leave, where there are at most so many positions.
pub fn share_numbers(shape: &BlockShape, positions: usize) -> usize {
    positions.div_ceil(SHARE) * shape.heads * (shape.head_width + 2)
}

/// Which keys a row sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Those of all rows of the step.
    BothWays,
    /// Those of the cache, of the rows before it, and its own.
    Causal,
}

impl Builder<'_> {
    /// For each query the mean of the values it sees, weighted by its products with their keys.
    ///
    /// # Errors
    /// [`GpuError::Unsupported`] where heads are too wide.
    pub fn attention(
        &self,
        [queries, keys, values]: [&wgpu::Buffer; 3],
        (sight, shape): (Sight, &BlockShape),
        out: &wgpu::Buffer,
    ) -> Result<Dispatch, GpuError> {
        let shader =
            Shader::new("attention", &[Uniform, Uniform, Read, Read, Read, Write], include_str!("../shaders/attention.wgsl"))
                .constant("HEAD", shape.head_width)
                .constant("KEYS", attention_keys(shape.head_width)?)
                .switch("CAUSAL", sight == Sight::Causal);
        let grid = Grid::Rows { across: shape.heads as u32, tile: QUERIES };
        let sizes = [shape.heads as u32, shape.kv_heads as u32];
        self.dispatch((shader, grid), None, &sizes, &[queries, keys, values, out])
    }

    /// Causal attention of one row, from `qkv` as the product left it: turns query and key, puts key and value to their place,
    /// and spreads the keys over workgroups, which leave what they find in `parts`.
    ///
    /// # Errors
    /// None that a model's sizes could cause.
    pub fn attention_of_one(
        &self,
        (qkv, turns): (&wgpu::Buffer, &Turns),
        [keys, values, parts]: [&wgpu::Buffer; 3],
        shape: &BlockShape,
        out: &wgpu::Buffer,
    ) -> Result<[Dispatch; 2], GpuError> {
        let BlockShape { heads, kv_heads, head_width, .. } = *shape;
        let bindings = &[Uniform, Uniform, Read, Read, Write, Write, Write];
        let split = Shader::new("attention_split", bindings, include_str!("../shaders/attention_split.wgsl"));
        let bindings = &[Uniform, Uniform, Read, Write];
        let join = Shader::new("attention_join", bindings, include_str!("../shaders/attention_join.wgsl"));
        let shares = Grid::Positions { across: heads as u32, tile: SHARE as u32 };
        let sizes = [heads as u32, kv_heads as u32, turns.pairs() as u32];
        let split = split.constant("HEAD", head_width).alias("Number", "f32").part(self.gpu.report().variant.reduction());
        let split = (split, shares);
        let join = (join.constant("HEAD", head_width), Grid::Fixed(heads as u32));
        Ok([
            self.dispatch(split, None, &sizes, &[qkv, turns.buffer(), keys, values, parts])?,
            self.dispatch(join, None, &[heads as u32], &[parts, out])?,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, POISON, floats, shape};
    use super::*;
    use crate::backend::cpu::rope::RopeFrequencies;
    use crate::backend::cpu::sight::{KvCache, both_ways};

    /// Weighted means of values between -1 and 1.
    const TOLERANCE: f32 = 5e-6;

    fn near(found: &[f32], wanted: &[f32], what: &str) {
        assert_eq!(found.len(), wanted.len());
        for (found, wanted) in found.iter().zip(wanted) {
            assert!((found - wanted).abs() <= TOLERANCE, "{what}: {found} {wanted}");
        }
    }

    #[test]
    fn rows_see_each_other_both_ways() {
        let bench = Bench::new(u64::MAX);
        for (n, heads, kv_heads, width) in [(1, 1, 1, 2), (2, 3, 1, 6), (17, 6, 6, 32), (61, 16, 1, 80), (9, 4, 2, 256)] {
            let shape = shape(heads, kv_heads, width);
            let (query, kv) = (shape.query_width(), shape.kv_width());
            let scaled = |len, seed| floats(len, seed).iter().map(|x| 3.0 * x).collect::<Vec<f32>>();
            let (q, k, v) = (scaled(n * query, 1), scaled(n * kv, 2), floats(n * kv, 3));
            let buffers = [bench.upload(&q), bench.upload(&k), bench.upload(&v)];
            let out = bench.poisoned(n * query);
            let program = bench.program(|b| Ok(vec![b.attention(buffers.each_ref(), (Sight::BothWays, &shape), &out)?]));
            let found = bench.run(&program, n, 0, &out, n * query);
            near(&found, &both_ways(&q, &k, &v, &shape), &format!("{n} rows, {shape:?}"));
        }
    }

    #[test]
    fn rows_see_the_cache_and_what_is_before_them() {
        let bench = Bench::new(u64::MAX);
        // rows in the cache, rows of the step
        for (before, n, heads, kv_heads, width) in
            [(0, 1, 2, 1, 4), (0, 19, 9, 3, 64), (30, 1, 16, 1, 80), (13, 21, 4, 4, 10), (100, 8, 2, 2, 32)]
        {
            let shape = shape(heads, kv_heads, width);
            let (query, kv) = (shape.query_width(), shape.kv_width());
            let all = before + n;
            let (q, k, v) = (floats(all * query, 1), floats(all * kv, 2), floats(all * kv, 3));
            let mut cache = KvCache::new(shape, 1, all);
            if before > 0 {
                cache.attend(0, &q[..before * query], &k[..before * kv], &v[..before * kv]);
                cache.advance(before);
            }
            let wanted = cache.attend(0, &q[before * query..], &k[before * kv..], &v[before * kv..]);
            // what lies behind the last row must not be seen
            let padded = |x: &[f32]| [x, &[f32::MAX; 200]].concat();
            let buffers = [bench.upload(&q[before * query..]), bench.upload(&padded(&k)), bench.upload(&padded(&v))];
            let out = bench.poisoned(n * query);
            let program = bench.program(|b| Ok(vec![b.attention(buffers.each_ref(), (Sight::Causal, &shape), &out)?]));
            let found = bench.run(&program, n, before, &out, n * query);
            near(&found, &wanted, &format!("{n} rows after {before}, {shape:?}"));
        }
    }

    #[test]
    fn one_row_shares_its_keys_out() {
        for bench in Bench::all() {
            // rows in the cache
            for (before, heads, kv_heads, width, turning) in [
                (0, 2, 1, 4, 4),
                (63, 9, 3, 64, 64),
                (64, 16, 1, 80, 80),
                (200, 4, 4, 10, 6),
                (131, 6, 2, 96, 96),
                (700, 3, 1, 320, 320),
            ] {
                let shape = shape(heads, kv_heads, width);
                let (query, kv) = (shape.query_width(), shape.kv_width());
                let (k, v) = (floats(before * kv, 2), floats(before * kv, 3));
                let row = floats(query + 2 * kv, 4);
                let frequencies = RopeFrequencies::new(turning, 10_000.0);
                let table = frequencies.at(before..before + 1);
                let (mut q, mut own) = (row[..query].to_vec(), row[query..query + kv].to_vec());
                table.rotate(&mut q, query, width);
                table.rotate(&mut own, kv, width);
                let mut cache = KvCache::new(shape, 1, before + 1);
                if before > 0 {
                    cache.attend(0, &floats(before * query, 1), &k, &v);
                    cache.advance(before);
                }
                let wanted = cache.attend(0, &q, &own, &row[query + kv..]);
                let capacity = before + 70;
                let turns = Turns::new(&bench.gpu, &frequencies.at(0..capacity)).unwrap();
                // what lies behind the row must neither be seen nor written
                let padded = |x: &[f32]| [x, &vec![f32::MAX; (capacity - before) * kv]].concat();
                let (qkv, out) = (bench.upload(&row), bench.poisoned(query + 5));
                let parts = bench.poisoned(share_numbers(&shape, capacity));
                let cache = [bench.upload(&padded(&k)), bench.upload(&padded(&v)), parts];
                let program = bench.program(|b| Ok(b.attention_of_one((&qkv, &turns), cache.each_ref(), &shape, &out)?.into()));
                let what = format!("a row after {before}, {shape:?}");
                let found = bench.run(&program, 1, before, &out, query + 5);
                near(&found[..query], &wanted, &what);
                assert!(found[query..].iter().all(|&x| x == POISON), "{what}");
                for (buffer, before_it, own) in [(&cache[0], &k, &own[..]), (&cache[1], &v, &row[query + kv..])] {
                    let found = bench.run(&program, 1, before, buffer, capacity * kv);
                    assert_eq!(found[..before * kv], before_it[..], "{what}");
                    let (written, rest) = found[before * kv..].split_at(kv);
                    assert!(written.iter().zip(own).all(|(a, b)| (a - b).abs() <= 1e-6), "{what}");
                    assert!(rest.iter().all(|&x| x == f32::MAX), "{what}");
                }
            }
        }
    }

    #[test]
    fn heads_too_wide_are_refused_with_both_numbers() {
        assert_eq!([2, 80, 158, 200, 256, 320].map(|width| attention_keys(width).unwrap()), [16, 16, 16, 8, 4, 4]);
        let error = attention_keys(512).unwrap_err().to_string();
        assert_eq!(error, "heads 512 wide take 24752 bytes of workgroup memory, there are 16352");
    }
}
