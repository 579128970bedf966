//! The weights of one llama block, which token models and the line transformer share.

use super::{Matrix, MatrixError};
use crate::gguf::Gguf;

/// Sizes and constants of a block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockShape {
    /// Width of the states between blocks.
    pub width: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; each serves `heads / kv_heads` query heads.
    pub kv_heads: usize,
    /// Width of one head.
    pub head_width: usize,
    /// Width of the feed-forward part.
    pub ffn: usize,
    /// Added to the mean square in RMSNorm.
    pub norm_eps: f32,
}

impl BlockShape {
    /// Columns of all query heads.
    pub fn query_width(&self) -> usize {
        self.heads * self.head_width
    }

    /// Columns of all key heads, and of all value heads.
    pub fn kv_width(&self) -> usize {
        self.kv_heads * self.head_width
    }

    /// What is wrong with the sizes, with the numbers.
    pub(super) fn problem(&self) -> Option<String> {
        let Self { heads, kv_heads, head_width, .. } = *self;
        if head_width == 0 || !head_width.is_multiple_of(2) {
            return Some(format!("heads are {head_width} wide; their columns must come in pairs"));
        }
        if kv_heads == 0 || !heads.is_multiple_of(kv_heads) {
            return Some(format!("{heads} query heads do not share {kv_heads} key and value heads evenly"));
        }
        None
    }
}

/// Weights of one block.
#[derive(Debug, Clone)]
pub struct BlockWeights {
    /// RMSNorm before attention `[width]`.
    pub attn_norm: Vec<f32>,
    /// Queries `[query_width, width]`.
    pub attn_q: Matrix,
    /// Keys `[kv_width, width]`.
    pub attn_k: Matrix,
    /// Values `[kv_width, width]`.
    pub attn_v: Matrix,
    /// Output projection `[width, query_width]`.
    pub attn_output: Matrix,
    /// RMSNorm before the feed-forward part `[width]`.
    pub ffn_norm: Vec<f32>,
    /// SwiGLU gate `[ffn, width]`.
    pub ffn_gate: Matrix,
    /// SwiGLU up `[ffn, width]`.
    pub ffn_up: Matrix,
    /// SwiGLU down `[width, ffn]`.
    pub ffn_down: Matrix,
}

impl BlockWeights {
    /// Names of the tensors of a block, each after the block's prefix and before `.weight`.
    pub const TENSORS: [&str; 9] =
        ["attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down"];

    /// The block whose tensors start with `prefix`, for example `blk.0.`.
    ///
    /// # Errors
    /// [`MatrixError`], naming the tensor that is missing or has other extents.
    pub fn load(gguf: &Gguf, prefix: &str, shape: &BlockShape) -> Result<Self, MatrixError> {
        let BlockShape { width, ffn, .. } = *shape;
        let (query, kv) = (shape.query_width(), shape.kv_width());
        let matrix = |name: &str, rows, cols| Matrix::load(gguf, &format!("{prefix}{name}.weight"), rows, cols);
        let norm = |name: &str| Matrix::load_vector(gguf, &format!("{prefix}{name}.weight"), width);
        Ok(Self {
            attn_norm: norm("attn_norm")?,
            attn_q: matrix("attn_q", query, width)?,
            attn_k: matrix("attn_k", kv, width)?,
            attn_v: matrix("attn_v", kv, width)?,
            attn_output: matrix("attn_output", width, query)?,
            ffn_norm: norm("ffn_norm")?,
            ffn_gate: matrix("ffn_gate", ffn, width)?,
            ffn_up: matrix("ffn_up", ffn, width)?,
            ffn_down: matrix("ffn_down", width, ffn)?,
        })
    }

    /// The matrices, in the order of use.
    pub fn matrices(&self) -> [&Matrix; 7] {
        [&self.attn_q, &self.attn_k, &self.attn_v, &self.attn_output, &self.ffn_gate, &self.ffn_up, &self.ffn_down]
    }
}
