//! One llama block; what its queries may see is the caller's business.

use super::math::silu;
use super::ops::{add, matmul, rms_norm};
use super::rope::RopeTable;
use crate::model::{BlockShape, BlockWeights};

/// `x [n, width]` after the block. Row i stands at the i-th position of `rope`; `attend` gets queries, keys and values of the
/// rows and gives `[n, query_width]`.
pub fn block(
    x: &mut [f32],
    weights: &BlockWeights,
    shape: &BlockShape,
    rope: &RopeTable,
    attend: impl FnOnce(&[f32], &[f32], &[f32]) -> Vec<f32>,
) {
    let h = rms_norm(x, &weights.attn_norm, shape.norm_eps);
    let (mut q, mut k, v) = (matmul(&h, &weights.attn_q), matmul(&h, &weights.attn_k), matmul(&h, &weights.attn_v));
    rope.rotate(&mut q, shape.query_width(), shape.head_width);
    rope.rotate(&mut k, shape.kv_width(), shape.head_width);
    add(x, &matmul(&attend(&q, &k, &v), &weights.attn_output));
    let h = rms_norm(x, &weights.ffn_norm, shape.norm_eps);
    let mut gate = matmul(&h, &weights.ffn_gate);
    silu(&mut gate);
    for (g, up) in gate.iter_mut().zip(matmul(&h, &weights.ffn_up)) {
        *g *= up;
    }
    add(x, &matmul(&gate, &weights.ffn_down));
}
