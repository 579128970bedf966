//! One llama block; what its queries may see is the caller's business.

use super::math::silu;
use super::ops::{add, rms_norm};
use super::rope::RopeTable;
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
    pub fn new(weights: &BlockWeights, shape: &BlockShape, kernel: Kernel) -> Self {
        let weight = |matrix| Weight::new(matrix, kernel);
        Self {
            shape: *shape,
            attn_norm: weights.attn_norm.clone(),
            attn_q: weight(&weights.attn_q),
            attn_k: weight(&weights.attn_k),
            attn_v: weight(&weights.attn_v),
            attn_output: weight(&weights.attn_output),
            ffn_norm: weights.ffn_norm.clone(),
            ffn_gate: weight(&weights.ffn_gate),
            ffn_up: weight(&weights.ffn_up),
            ffn_down: weight(&weights.ffn_down),
        }
    }

    /// `x [n, width]` after the block. Row i stands at the i-th position of `rope`; `attend` gets queries, keys and values of
    /// the rows and gives `[n, query_width]`.
    pub fn run(&self, x: &mut [f32], rope: &RopeTable, attend: impl FnOnce(&[f32], &[f32], &[f32]) -> Vec<f32>) {
        let shape = &self.shape;
        let h = rms_norm(x, &self.attn_norm, shape.norm_eps);
        let h = Rows::new(&h, shape.width);
        let (mut q, mut k, v) = (h.times(&self.attn_q), h.times(&self.attn_k), h.times(&self.attn_v));
        rope.rotate(&mut q, shape.query_width(), shape.head_width);
        rope.rotate(&mut k, shape.kv_width(), shape.head_width);
        let means = attend(&q, &k, &v);
        add(x, &Rows::new(&means, shape.query_width()).times(&self.attn_output));
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
