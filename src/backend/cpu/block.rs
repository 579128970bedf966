//! One llama block; what its queries may see is the caller's business.

use super::math::silu;
use super::ops::{add, rms_norm};
use super::rope::RopeTable;
use super::threads;
use super::weight::{Kernel, Rows, Weight};
use crate::model::{BlockShape, BlockWeights};

/// A block's weights as kernels take them.
#[derive(Debug, Clone)]
pub struct Block {
    shape: BlockShape,
    attn_norm: Vec<f32>,
    attn_q: Weight,
    attn_k: Weight,
    attn_v: Weight,
    attn_output: Weight,
    ffn_norm: Vec<f32>,
    ffn_gate: Weight,
    ffn_up: Weight,
    ffn_down: Weight,
}

impl Block {
    pub fn new(weights: BlockWeights, shape: &BlockShape, kernel: Kernel) -> Self {
        let weight = |matrix| Weight::new(matrix, kernel);
        Self {
            shape: *shape,
            attn_norm: weights.attn_norm,
            attn_q: weight(weights.attn_q),
            attn_k: weight(weights.attn_k),
            attn_v: weight(weights.attn_v),
            attn_output: weight(weights.attn_output),
            ffn_norm: weights.ffn_norm,
            ffn_gate: weight(weights.ffn_gate),
            ffn_up: weight(weights.ffn_up),
            ffn_down: weight(weights.ffn_down),
        }
    }

    /// `x [n, width]` after the block. Row i stands at the i-th position of `rope`; `attend` gets queries, keys and values of
    /// the rows and gives `[n, query_width]`.
    pub fn run(&self, x: &mut [f32], rope: &RopeTable, attend: impl FnOnce(&[f32], &[f32], &[f32]) -> Vec<f32>) {
        let (width, query, kv) = (self.shape.width, self.shape.query_width(), self.shape.kv_width());
        let n = x.len() / width;
        let rows = threads::rows_a_piece(n);
        let means = if rows >= n {
            let (q, k, v) = self.before(x, rope, 0);
            attend(&q, &k, &v)
        } else {
            let (mut q, mut k, mut v) = (vec![0.0; n * query], vec![0.0; n * kv], vec![0.0; n * kv]);
            let out = q.chunks_mut(rows * query).zip(k.chunks_mut(rows * kv).zip(v.chunks_mut(rows * kv)));
            let pieces = x.chunks(rows * width).zip(out).enumerate().collect();
            threads::for_each(pieces, |(i, (x, (q, (k, v))))| {
                let found = self.before(x, rope, i * rows);
                q.copy_from_slice(&found.0);
                k.copy_from_slice(&found.1);
                v.copy_from_slice(&found.2);
            });
            attend(&q, &k, &v)
        };
        let pieces = x.chunks_mut(rows * width).zip(means.chunks(rows * query)).collect();
        threads::for_each(pieces, |(x, means)| self.after(x, means));
    }

    /// Queries, keys and values of rows of which the first stands at position `first` of `rope`.
    fn before(&self, x: &[f32], rope: &RopeTable, first: usize) -> (Vec<f32>, Vec<f32>, Vec<f32>) {
        let shape = &self.shape;
        let h = rms_norm(x, &self.attn_norm, shape.norm_eps);
        let h = Rows::new(&h, shape.width);
        let (mut q, mut k, v) = (h.times(&self.attn_q), h.times(&self.attn_k), h.times(&self.attn_v));
        rope.rotate_from(first, &mut q, shape.query_width(), shape.head_width);
        rope.rotate_from(first, &mut k, shape.kv_width(), shape.head_width);
        (q, k, v)
    }

    /// What follows attention, row by row.
    fn after(&self, x: &mut [f32], means: &[f32]) {
        let shape = &self.shape;
        add(x, &Rows::new(means, shape.query_width()).times(&self.attn_output));
        let h = rms_norm(x, &self.ffn_norm, shape.norm_eps);
        let h = Rows::new(&h, shape.width);
        let mut gate = h.times(&self.ffn_gate);
        silu(&mut gate);
        for (g, up) in gate.iter_mut().zip(h.times(&self.ffn_up)) {
            *g *= up;
        }
        add(x, &Rows::new(&gate, shape.ffn).times(&self.ffn_down));
    }
}
