//! Tensor types and directory entries.

/// How a tensor's elements are stored. The numbers are those of `ggml_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorType {
    /// 32-bit floats.
    F32,
    /// 16-bit IEEE floats.
    F16,
    /// bfloat16.
    BF16,
    /// Blocks of 32: one f16 scale, then 32 signed bytes.
    Q8_0,
    /// Bytes, for tables that are no weights.
    I8,
}

impl TensorType {
    /// The type with this `ggml_type` number, if this crate reads it.
    pub fn from_id(id: u32) -> Option<Self> {
        Some(match id {
            0 => Self::F32,
            1 => Self::F16,
            8 => Self::Q8_0,
            24 => Self::I8,
            30 => Self::BF16,
            _ => return None,
        })
    }

    /// The `ggml_type` number.
    pub fn id(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q8_0 => 8,
            Self::I8 => 24,
            Self::BF16 => 30,
        }
    }

    /// Elements in one block; rows hold whole blocks.
    pub fn block_len(self) -> usize {
        if self == Self::Q8_0 { 32 } else { 1 }
    }

    /// Bytes of one block.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q8_0 => 34,
            Self::I8 => 1,
        }
    }

    /// Bytes of a row of `cols` elements, or `None` where `cols` is no multiple of the block length or too large.
    pub fn row_bytes(self, cols: usize) -> Option<usize> {
        if !cols.is_multiple_of(self.block_len()) {
            return None;
        }
        (cols / self.block_len()).checked_mul(self.block_bytes())
    }
}

/// One entry of the tensor directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Unique name, for example `blk.0.attn_q.weight`.
    pub name: String,
    /// Extents, the fastest-running first as GGUF stores them: a matrix of `rows` x `cols` is `[cols, rows]`.
    pub dims: Vec<u64>,
    /// Storage of the elements.
    pub ty: TensorType,
    /// Byte range in the file.
    pub start: usize,
    /// Length in bytes.
    pub len: usize,
}

impl TensorInfo {
    /// Elements in a row (the first extent).
    pub fn cols(&self) -> usize {
        self.dims.first().copied().unwrap_or(1) as usize
    }

    /// Rows: the product of all extents but the first.
    pub fn rows(&self) -> usize {
        self.dims.iter().skip(1).product::<u64>() as usize
    }
}
