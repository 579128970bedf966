//! Attention.

use super::super::GpuError;
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader, attention_keys,
};
use crate::model::BlockShape;

const QUERIES: u32 = 8;

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
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, floats, shape};
    use super::*;
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
    fn heads_too_wide_are_refused_with_both_numbers() {
        assert_eq!([2, 80, 158, 200, 256, 320].map(|width| attention_keys(width).unwrap()), [16, 16, 16, 8, 4, 4]);
        let error = attention_keys(512).unwrap_err().to_string();
        assert_eq!(error, "heads 512 wide take 24752 bytes of workgroup memory, there are 16352");
    }
}
