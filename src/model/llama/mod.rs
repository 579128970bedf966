//! Llama-architecture token models: RMSNorm, rotary positions, grouped-query attention, SwiGLU.

mod config;

use thiserror::Error;

use super::{BlockWeights, Matrix, MatrixError};
use crate::gguf::{Gguf, GgufError, Metadata, MetadataError};
use config::unsupported;

pub use config::{LlamaConfig, RopeConfig};

/// `general.architecture` of these models.
pub const ARCHITECTURE: &str = "llama";

/// Why a file is no llama model this crate can run.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LlamaError {
    /// Not readable as GGUF.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A missing or unfitting metadata key.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// A missing or unfitting tensor.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// Another kind of model.
    #[error("the model's architecture is `{found}`; `{ARCHITECTURE}` is supported")]
    Architecture {
        /// `general.architecture` of the file.
        found: String,
    },
    /// Something of the architecture that this crate does not do.
    #[error("the model has {what}, which is not supported")]
    Unsupported {
        /// What it is.
        what: String,
    },
    /// Sizes that contradict each other.
    #[error("{problem}")]
    Sizes {
        /// What is wrong, with the numbers.
        problem: String,
    },
}

/// What stands before the names of a model in its file, so that another model's file can hold it as a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Names<'a> {
    /// Before metadata keys, without the dot behind it.
    pub metadata: &'a str,
    /// Before tensor names, with the dot behind it where there is one.
    pub tensors: &'a str,
}

impl Names<'_> {
    /// A file of its own: `llama.block_count`, `blk.0.attn_q.weight`.
    pub const PLAIN: Self = Names { metadata: ARCHITECTURE, tensors: "" };
}

/// What turns last states into logits.
#[derive(Debug, Clone)]
pub struct LlamaHead {
    /// RMSNorm after the blocks `[width]`.
    pub norm: Vec<f32>,
    /// `[vocab, width]`; `None` where the token embeddings serve (tied weights).
    pub output: Option<Matrix>,
}

/// A llama model: sizes and weights. Its tokenizer is read with [`crate::tokenizer`].
#[derive(Debug, Clone)]
pub struct LlamaModel {
    /// Sizes.
    pub config: LlamaConfig,
    /// Token embeddings `[vocab, width]`.
    pub token_embd: Matrix,
    /// The blocks.
    pub blocks: Vec<BlockWeights>,
    /// Each rotary frequency is divided by one of these (`rope_freqs.weight`); empty where the file has none.
    pub rope_factors: Vec<f32>,
    /// Missing where a file holds only blocks whose states another model reads.
    pub head: Option<LlamaHead>,
}

impl LlamaModel {
    /// Reads a model from the bytes of a GGUF file; weights stay in these bytes.
    ///
    /// # Errors
    /// [`LlamaError`], naming the key or tensor that does not fit.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, LlamaError> {
        Self::from_gguf(&Gguf::parse(bytes)?)
    }

    /// Reads a model from a parsed file.
    ///
    /// # Errors
    /// [`LlamaError`].
    pub fn from_gguf(gguf: &Gguf) -> Result<Self, LlamaError> {
        check_architecture(gguf.metadata())?;
        let model = Self::load(gguf, Names::PLAIN)?;
        if model.head.is_none() {
            return Err(MatrixError::Missing { name: "output_norm.weight".into() }.into());
        }
        Ok(model)
    }

    /// Reads a model that may be part of another model's file.
    ///
    /// # Errors
    /// [`LlamaError`].
    pub fn load(gguf: &Gguf, names: Names<'_>) -> Result<Self, LlamaError> {
        let config = LlamaConfig::from_metadata(gguf.metadata(), names.metadata)?;
        let name = |rest: &str| format!("{}{rest}.weight", names.tensors);
        check_blocks(gguf, names.tensors, config.blocks)?;
        let width = config.shape.width;
        let embeddings = gguf.tensor(&name("token_embd")).ok_or_else(|| MatrixError::Missing { name: name("token_embd") })?;
        let vocab = config.vocab.unwrap_or(embeddings.rows());
        let prefix = |i: usize| format!("{}blk.{i}.", names.tensors);
        let there = |rest: &str| gguf.tensor(&name(rest)).is_some();
        let rope_factors = if there("rope_freqs") {
            Matrix::load_vector(gguf, &name("rope_freqs"), config.rope.dimensions / 2)?
        } else {
            Vec::new()
        };
        if let Some(factor) = rope_factors.iter().find(|&&factor| factor <= 0.0) {
            return Err(LlamaError::Sizes { problem: format!("a rotary factor is {factor}, it must be over 0") });
        }
        Ok(Self {
            token_embd: Matrix::load(gguf, &name("token_embd"), vocab, width)?,
            blocks: (0..config.blocks).map(|i| BlockWeights::load(gguf, &prefix(i), &config.shape)).collect::<Result<_, _>>()?,
            rope_factors,
            head: if there("output_norm") {
                let output = there("output").then(|| Matrix::load(gguf, &name("output"), vocab, width)).transpose()?;
                Some(LlamaHead { norm: Matrix::load_vector(gguf, &name("output_norm"), width)?, output })
            } else {
                None
            },
            config,
        })
    }

    /// All matrices that states are multiplied with: those of the blocks, then that of the logits.
    pub fn matrices(&self) -> impl Iterator<Item = &Matrix> {
        let output = self.head.as_ref().map(|head| head.output.as_ref().unwrap_or(&self.token_embd));
        self.blocks.iter().flat_map(BlockWeights::matrices).chain(output)
    }

    /// Bytes of its file that it keeps in memory: all of them where the file lies there in one piece.
    pub fn kept_bytes(&self) -> usize {
        let output = self.head.as_ref().and_then(|head| head.output.as_ref());
        let matrices = self.blocks.iter().flat_map(BlockWeights::matrices).chain([&self.token_embd]).chain(output);
        let mut kept: Vec<_> = matrices.map(Matrix::kept).collect();
        kept.sort_unstable();
        kept.dedup();
        kept.into_iter().map(|(_, len)| len).sum()
    }

    /// Number of tokens it knows.
    pub fn vocab_size(&self) -> usize {
        self.token_embd.rows()
    }
}

/// # Errors
/// [`LlamaError::Architecture`] where the metadata are those of another kind of model.
pub(crate) fn check_architecture(metadata: &Metadata) -> Result<(), LlamaError> {
    match metadata.string("general.architecture")? {
        ARCHITECTURE => Ok(()),
        found => Err(LlamaError::Architecture { found: found.into() }),
    }
}

/// A tensor of a block that is not asked for, a bias for example, would change the answers: better none than wrong ones.
fn check_blocks(gguf: &Gguf, prefix: &str, blocks: usize) -> Result<(), LlamaError> {
    for tensor in gguf.tensors() {
        let Some(rest) = tensor.name.strip_prefix(prefix).and_then(|name| name.strip_prefix("blk.")) else { continue };
        let known = rest.split_once('.').is_some_and(|(index, name)| {
            let index = index.parse::<usize>().is_ok_and(|i| i < blocks);
            index && name.strip_suffix(".weight").is_some_and(|name| BlockWeights::TENSORS.contains(&name))
        });
        if !known {
            return Err(unsupported(format!("a tensor `{}` in {blocks} blocks", tensor.name)));
        }
    }
    Ok(())
}
