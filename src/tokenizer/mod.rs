//! Text → token ids, from the vocabulary a GGUF file carries.

mod bpe;
mod byte_level;
mod pre_tokenizer;
mod sentence_piece;
mod vocabulary;

use thiserror::Error;

use crate::gguf::{Metadata, MetadataError};
pub use bpe::Bpe;
pub use pre_tokenizer::PreTokenizer;
pub use sentence_piece::{Prefix, SentencePiece};
pub use vocabulary::Vocabulary;

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
    #[error("tokenizer model `{found}` is not supported; `gpt2` (byte-level BPE) and `llama` (SentencePiece) are")]
    Model {
        /// The file's `tokenizer.ggml.model`.
        found: String,
    },
    /// Another pre-tokenizer.
    #[error("pre-tokenizer `{found}` is not supported; `gpt2`, `smollm` and `llama-bpe` are")]
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
    /// The lists of a vocabulary do not belong together.
    #[error("the vocabulary has {tokens} tokens, {scores} scores and {types} types")]
    Lists {
        /// Length of the list of tokens.
        tokens: usize,
        /// Length of the list of scores.
        scores: usize,
        /// Length of the list of types.
        types: usize,
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

/// The tokenizer of a GGUF file.
#[derive(Debug, Clone)]
pub enum Tokenizer {
    /// `tokenizer.ggml.model` is `gpt2`.
    ByteLevel(Bpe),
    /// `tokenizer.ggml.model` is `llama`.
    SentencePiece(SentencePiece),
}

impl Tokenizer {
    /// Reads the tokenizer of a GGUF file.
    ///
    /// # Errors
    /// [`TokenizerError`], naming what is missing or unsupported.
    pub fn from_metadata(metadata: &Metadata) -> Result<Self, TokenizerError> {
        match metadata.string("tokenizer.ggml.model")? {
            "gpt2" => Bpe::from_metadata(metadata).map(Self::ByteLevel),
            "llama" => SentencePiece::from_metadata(metadata).map(Self::SentencePiece),
            found => Err(TokenizerError::Model { found: found.into() }),
        }
    }

    /// Number of tokens.
    pub fn vocab_size(&self) -> usize {
        match self {
            Self::ByteLevel(bpe) => bpe.vocab_size(),
            Self::SentencePiece(pieces) => pieces.vocab_size(),
        }
    }

    /// Appends the token ids of `text` to `out`. Special tokens are not looked for: text is only text.
    pub fn encode(&self, text: &str, out: &mut Vec<u32>) {
        match self {
            Self::ByteLevel(bpe) => bpe.encode(text, out),
            Self::SentencePiece(pieces) => pieces.encode(text, out),
        }
    }

    /// Appends the token ids of text that stands in the middle of a text: SentencePiece puts no space before it.
    pub fn encode_continuation(&self, text: &str, out: &mut Vec<u32>) {
        match self {
            Self::ByteLevel(bpe) => bpe.encode(text, out),
            Self::SentencePiece(pieces) => pieces.encode_continuation(text, out),
        }
    }
}
