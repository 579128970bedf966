//! Tensor types and directory entries.

/// How a tensor's elements are stored. The numbers are those of `ggml_type`, the layouts of blocks those of ggml; see
/// [`dequantize`](super::dequantize).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(non_camel_case_types)] // ggml's names
pub enum TensorType {
    /// 32-bit floats.
    F32,
    /// 16-bit IEEE floats.
    F16,
    /// bfloat16.
    BF16,
    /// Blocks of 32: one f16 scale, then 4 bits each, less 8.
    Q4_0,
    /// Blocks of 32: f16 scale and minimum, then 4 bits each.
    Q4_1,
    /// Blocks of 32: one f16 scale, the fifth bits, then 4 bits each, less 16.
    Q5_0,
    /// Blocks of 32: f16 scale and minimum, the fifth bits, then 4 bits each.
    Q5_1,
    /// Blocks of 32: one f16 scale, then 32 signed bytes.
    Q8_0,
    /// Blocks of 256 in eight groups: f16 scale and minimum of the block, 6 bits each of the groups, 4 bits an element.
    Q4_K,
    /// As `Q4_K` with a fifth bit an element.
    Q5_K,
    /// Blocks of 256 in sixteen groups: 6 bits an element, less 32, a signed byte of scale a group, one f16 scale.
    Q6_K,
    /// Bytes, for tables that are no weights.
    I8,
}

impl TensorType {
    /// All types of weights, smallest `ggml_type` number first.
    pub const ALL: [Self; 11] = [
        Self::F32,
        Self::F16,
        Self::Q4_0,
        Self::Q4_1,
        Self::Q5_0,
        Self::Q5_1,
        Self::Q8_0,
        Self::Q4_K,
        Self::Q5_K,
        Self::Q6_K,
        Self::BF16,
    ];

    /// The type with this `ggml_type` number, if this crate reads it.
    pub fn from_id(id: u32) -> Option<Self> {
        if id == Self::I8.id() {
            return Some(Self::I8);
        }
        Self::ALL.into_iter().find(|ty| ty.id() == id)
    }

    /// The `ggml_type` number.
    pub fn id(self) -> u32 {
        match self {
            Self::F32 => 0,
            Self::F16 => 1,
            Self::Q4_0 => 2,
            Self::Q4_1 => 3,
            Self::Q5_0 => 6,
            Self::Q5_1 => 7,
            Self::Q8_0 => 8,
            Self::Q4_K => 12,
            Self::Q5_K => 13,
            Self::Q6_K => 14,
            Self::I8 => 24,
            Self::BF16 => 30,
        }
    }

    /// Elements in one block; rows hold whole blocks.
    pub fn block_len(self) -> usize {
        match self {
            Self::F32 | Self::F16 | Self::BF16 | Self::I8 => 1,
            Self::Q4_0 | Self::Q4_1 | Self::Q5_0 | Self::Q5_1 | Self::Q8_0 => 32,
            Self::Q4_K | Self::Q5_K | Self::Q6_K => 256,
        }
    }

    /// Bytes of one block.
    pub fn block_bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 | Self::BF16 => 2,
            Self::Q4_0 => 18,
            Self::Q4_1 => 20,
            Self::Q5_0 => 22,
            Self::Q5_1 => 24,
            Self::Q8_0 => 34,
            Self::Q4_K => 144,
            Self::Q5_K => 176,
            Self::Q6_K => 210,
            Self::I8 => 1,
        }
    }

    /// Elements that share a scale, or `None` for floats and bytes.
    pub fn group_len(self) -> Option<usize> {
        match self {
            Self::F32 | Self::F16 | Self::BF16 | Self::I8 => None,
            Self::Q6_K => Some(16),
            _ => Some(32),
        }
    }

    /// The least of the quants where there are sixteen of them, which four bits can hold.
    pub fn least_of_sixteen(self) -> Option<i8> {
        match self {
            Self::Q4_0 => Some(-8),
            Self::Q4_1 | Self::Q4_K => Some(0),
            _ => None,
        }
    }

    /// Whether an element is quant x scale + offset, not only quant x scale.
    pub fn has_offsets(self) -> bool {
        matches!(self, Self::Q4_1 | Self::Q5_1 | Self::Q4_K | Self::Q5_K)
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
