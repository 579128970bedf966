//! The sizes of a line transformer, from GGUF metadata.

use crate::gguf::{Metadata, MetadataError};
use crate::model::BlockShape;

/// `general.architecture` of a line transformer.
pub const ARCHITECTURE: &str = "proxline";

/// Sizes and constants. All names are GGUF's, with `proxline.` before them.
#[derive(Debug, Clone, PartialEq)]
pub struct LineConfig {
    /// `context_length`: lines in one window.
    pub context: usize,
    /// `embedding_length`: width of a line's vector.
    pub width: usize,
    /// `block_count`.
    pub blocks: usize,
    /// `attention.head_count`.
    pub heads: usize,
    /// `feed_forward_length`.
    pub ffn: usize,
    /// `rope.freq_base`.
    pub rope_base: f32,
    /// `attention.layer_norm_rms_epsilon`.
    pub norm_eps: f32,
    /// `bag.embedding_length`: width of a token's or pair's embedding.
    pub embedding: usize,
    /// `bag.pair_bits`: the pair table has `1 << pair_bits` rows.
    pub pair_bits: u32,
    /// `ngram.bits`: the n-gram table has `1 << bits` weights.
    pub ngram_bits: u32,
    /// `ngram.bias`.
    pub ngram_bias: f32,
    /// `feature.hidden_length`.
    pub feature_hidden: usize,
    /// `document.hidden_length`.
    pub doc_hidden: usize,
    /// `line.scale`, `line.shift`: calibration, logit x scale + shift.
    pub line_calibration: (f32, f32),
    /// `line.balance`: where given, lines are judged by the balance of their page, moved by this much
    /// ([`crate::decode::balance`]).
    pub line_balance: Option<f32>,
    /// `line.foreign_from`, `line.foreign_lenience`: tokens a word of a page in a foreign language, and the lenience its
    /// lines get ([`crate::decode::Lenience`]).
    pub line_lenience: Option<(f32, f32)>,
    /// `document.scale`, `document.shift`.
    pub doc_calibration: (f32, f32),
    /// `document.words.bits`: where given, the table of a document's words has `1 << bits` weights.
    pub doc_word_bits: Option<u32>,
}

impl LineConfig {
    /// Reads and bounds the sizes.
    ///
    /// # Errors
    /// [`MetadataError`] where a key is missing or its value out of bounds.
    pub fn from_metadata(metadata: &Metadata) -> Result<Self, MetadataError> {
        let uint = |key: &str, min, max| metadata.uint(&format!("{ARCHITECTURE}.{key}"), min, max);
        let float = |key: &str| metadata.float(&format!("{ARCHITECTURE}.{key}"));
        let optional = |key: &str| metadata.get(&format!("{ARCHITECTURE}.{key}")).map(|_| float(key)).transpose();
        Ok(Self {
            context: uint("context_length", 8, 4096)?,
            width: uint("embedding_length", 8, 4096)?,
            blocks: uint("block_count", 1, 64)?,
            heads: uint("attention.head_count", 1, 256)?,
            ffn: uint("feed_forward_length", 8, 16384)?,
            rope_base: float("rope.freq_base")?,
            norm_eps: float("attention.layer_norm_rms_epsilon")?,
            embedding: uint("bag.embedding_length", 8, 4096)?,
            pair_bits: uint("bag.pair_bits", 1, 24)? as u32,
            ngram_bits: uint("ngram.bits", 1, 24)? as u32,
            ngram_bias: float("ngram.bias")?,
            feature_hidden: uint("feature.hidden_length", 1, 4096)?,
            doc_hidden: uint("document.hidden_length", 1, 4096)?,
            line_calibration: (float("line.scale")?, float("line.shift")?),
            line_balance: optional("line.balance")?,
            line_lenience: optional("line.foreign_from")?.zip(optional("line.foreign_lenience")?),
            doc_calibration: (float("document.scale")?, float("document.shift")?),
            doc_word_bits: match metadata.get(&format!("{ARCHITECTURE}.document.words.bits")) {
                Some(_) => Some(uint("document.words.bits", 1, 20)? as u32),
                None => None,
            },
        })
    }

    /// The sizes of its blocks.
    pub fn block_shape(&self) -> BlockShape {
        BlockShape {
            width: self.width,
            heads: self.heads,
            kv_heads: self.heads,
            head_width: self.head_width(),
            ffn: self.ffn,
            norm_eps: self.norm_eps,
        }
    }

    /// Width of one attention head.
    pub fn head_width(&self) -> usize {
        self.width / self.heads
    }
}
