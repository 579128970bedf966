//! One llama block: eight dispatches.

use super::kernels::{Epilogue, Sight, Then, Turns, share_numbers};
use super::layout::Rows;
use super::matrix::GpuMatrix;
use super::program::{Builder, Dispatch};
use super::{Gpu, GpuError};
use crate::model::{BlockShape, BlockWeights};

/// What blocks work in, one after the other.
pub struct Scratch {
    shape: BlockShape,
    turns: Turns,
    /// What shares of one row's keys leave.
    parts: wgpu::Buffer,
    /// Rows after a norm.
    normed: wgpu::Buffer,
    /// Queries, keys and values as they come.
    qkv: wgpu::Buffer,
    /// Queries, turned.
    queries: wgpu::Buffer,
    /// Means of values.
    means: wgpu::Buffer,
    /// Gated.
    hidden: wgpu::Buffer,
}

impl Scratch {
    /// For so many rows, and so many positions that one row alone may see.
    pub fn new(gpu: &Gpu, shape: &BlockShape, turns: Turns, (rows, capacity): (usize, usize)) -> Result<Self, GpuError> {
        let (query, kv) = (shape.query_width(), shape.kv_width());
        Ok(Self {
            shape: *shape,
            turns,
            parts: gpu.storage("shares of attention", share_numbers(shape, capacity))?,
            normed: gpu.storage("normalised states", rows * shape.width)?,
            qkv: gpu.storage("queries, keys and values", rows * (query + 2 * kv))?,
            queries: gpu.storage("queries", rows * query)?,
            means: gpu.storage("attended values", rows * query)?,
            hidden: gpu.storage("the feed-forward part", rows * shape.ffn)?,
        })
    }
}

impl Builder<'_> {
    /// `x [rows, width]` after the block, in place. Keys and values of the rows go to `cache`.
    pub fn block(
        &self,
        weights: &BlockWeights,
        scratch: &Scratch,
        cache: [&wgpu::Buffer; 2],
        sight: Sight,
        x: &wgpu::Buffer,
    ) -> Result<Vec<Dispatch>, GpuError> {
        let Scratch { shape, turns, parts, normed, qkv, queries, means, hidden } = scratch;
        let matrix = |what, rows: Rows<'_>| GpuMatrix::new(self.gpu, what, rows);
        let stacked = matrix("attn_qkv", Rows::Stacked(&[&weights.attn_q, &weights.attn_k, &weights.attn_v]))?;
        let output = matrix("attn_output", Rows::Stacked(&[&weights.attn_output]))?;
        let paired = matrix("ffn_gate_up", Rows::Paired(&weights.ffn_gate, &weights.ffn_up))?;
        let down = matrix("ffn_down", Rows::Stacked(&[&weights.ffn_down]))?;
        let norms = [self.gpu.upload("attn_norm", &weights.attn_norm)?, self.gpu.upload("ffn_norm", &weights.ffn_norm)?];
        let norm = |weight| self.rms_norm(x, (weight, shape.width, shape.norm_eps), normed);
        let then = |then| Epilogue { bias: None, then };
        let [keys, values] = cache;
        let mut out = vec![norm(&norms[0])?];
        out.extend(self.matmul(normed, &stacked, qkv, &then(Then::Store))?);
        let rope = self.rope(qkv, (turns, shape), [queries, keys, values])?;
        let attention = self.attention([queries, keys, values], (sight, shape), means)?;
        if sight == Sight::Causal {
            let [split, join] = self.attention_of_one((qkv, turns), [keys, values, parts], shape, means)?;
            out.extend([rope.with_one(split), attention.with_one(join)]);
        } else {
            out.extend([rope, attention]);
        }
        out.extend(self.matmul(means, &output, x, &then(Then::Add))?);
        out.push(norm(&norms[1])?);
        out.extend(self.matmul(normed, &paired, hidden, &then(Then::SwiGlu))?);
        out.extend(self.matmul(hidden, &down, x, &then(Then::Add))?);
        Ok(out)
    }
}
