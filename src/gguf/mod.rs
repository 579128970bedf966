//! The GGUF container (versions 2 and 3): metadata, tensor directory, aligned tensor data.
//!
//! Specification: `docs/gguf.md` of ggml. Little-endian files only. Everything read is treated as hostile: each
//! length is checked against the bytes that are there before anything is allocated.

mod dequantize;
mod directory;
mod metadata;
mod quantize;
mod reader;
mod stream;
mod tensor;
mod writer;

pub use dequantize::{Scale, dequantize, is_finite, unpack};
pub use directory::Directory;
pub use metadata::{Metadata, MetadataError, Value};
pub use quantize::quantize;
pub use reader::{Gguf, GgufError};
pub use stream::GgufStream;
pub use tensor::{TensorInfo, TensorType};
pub use writer::{GgufWriter, WriteError};

/// The four bytes every GGUF file starts with.
pub const MAGIC: [u8; 4] = *b"GGUF";
/// Tensor data starts at multiples of this many bytes where `general.alignment` says nothing else.
pub const DEFAULT_ALIGNMENT: u64 = 32;
