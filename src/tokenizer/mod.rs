//! Text → token ids, from the vocabulary a GGUF file carries.

mod bpe;
mod byte_level;
mod pre_tokenizer;

use thiserror::Error;

use crate::gguf::{Metadata, MetadataError};
pub use bpe::Bpe;
pub use pre_tokenizer::PreTokenizer;

/// Largest vocabulary that is accepted.
pub const MAX_VOCAB: usize = 1 << 20;

/// Why a file's tokenizer can't be used.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenizerError {
    /// A key is missing or has another type.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// Another tokenizer family.
    #[error("tokenizer model `{found}` is not supported; `gpt2` (byte-level BPE) is")]
    Model {
        /// The file's `tokenizer.ggml.model`.
        found: String,
    },
    /// Another pre-tokenizer.
    #[error("pre-tokenizer `{found}` is not supported; `gpt2` and `smollm` are")]
    PreTokenizer {
        /// The file's `tokenizer.ggml.pre`.
        found: String,
    },
    /// The vocabulary is empty or too large.
    #[error("the vocabulary has {found} tokens, 1 to {MAX_VOCAB} are allowed")]
    VocabSize {
        /// Tokens in the file.
        found: usize,
    },
    /// A merge rule that is no pair of known tokens.
    #[error("merge rule {index} (`{rule}`) does not join two tokens of the vocabulary into a third")]
    Merge {
        /// Its place in the list.
        index: usize,
        /// The rule.
        rule: String,
    },
    /// A byte of plain text has no token.
    #[error("the vocabulary has no token for byte 0x{byte:02x}")]
    MissingByte {
        /// The first byte without a token.
        byte: u8,
    },
}

/// Reads the tokenizer of a GGUF file.
///
/// # Errors
/// [`TokenizerError`], naming what is missing or unsupported.
pub fn from_metadata(metadata: &Metadata) -> Result<Bpe, TokenizerError> {
    let model = metadata.string("tokenizer.ggml.model")?;
    if model != "gpt2" {
        return Err(TokenizerError::Model { found: model.into() });
    }
    let name = metadata.string("tokenizer.ggml.pre")?;
    let pre = PreTokenizer::from_name(name).ok_or_else(|| TokenizerError::PreTokenizer { found: name.into() })?;
    Bpe::new(metadata.strings("tokenizer.ggml.tokens")?, metadata.strings("tokenizer.ggml.merges")?, pre)
}
