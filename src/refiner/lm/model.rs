//! A language model with its tokenizer, ready to write programs.

use std::sync::Arc;

use thiserror::Error;

use super::prompt::Stage;
use crate::backend::TokenBackend;
use crate::backend::cpu::{CpuLlama, Kernel};
use crate::decode::TokenTrie;
use crate::gguf::{Gguf, GgufError, Metadata, MetadataError, Value};
use crate::model::llama::{LlamaError, LlamaModel};
use crate::tokenizer::{Tokenizer, TokenizerError, Vocabulary};

/// Metadata key for the stage a model is for: `document` or `chunk`.
pub const STAGE_KEY: &str = "prox.stage";

/// Why a file is no model that writes programs.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LmError {
    /// Not readable as GGUF.
    #[error(transparent)]
    Gguf(#[from] GgufError),
    /// A key of another type.
    #[error(transparent)]
    Metadata(#[from] MetadataError),
    /// No llama model this crate can run.
    #[error(transparent)]
    Llama(#[from] LlamaError),
    /// An unsupported tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Tokenizer and model do not belong together.
    #[error("the tokenizer has {tokens} tokens, the model {rows}")]
    Vocabulary {
        /// Tokens of the tokenizer.
        tokens: usize,
        /// Rows of the embedding table.
        rows: usize,
    },
    /// A generation could not end.
    #[error("the file names no end token (`tokenizer.ggml.eos_token_id`)")]
    NoEnd,
    /// Another stage.
    #[error("metadata key `{STAGE_KEY}` is `{found}`; `document` and `chunk` are known")]
    Stage {
        /// What the file says.
        found: String,
    },
}

/// A llama-architecture model that writes ProX programs as text.
pub struct LmModel {
    pub(super) backend: Arc<dyn TokenBackend + Send + Sync>,
    /// As a GPU takes it; `None` where the CPU alone has the weights.
    model: Option<Arc<LlamaModel>>,
    /// Runs it where nothing else does.
    cpu: Arc<CpuLlama>,
    pub(super) tokenizer: Tokenizer,
    pub(super) vocabulary: Vocabulary,
    pub(super) trie: TokenTrie,
    stage: Option<Stage>,
    name: String,
}

impl LmModel {
    /// Reads a GGUF file with the architecture `llama` and its tokenizer.
    ///
    /// # Errors
    /// [`LmError`], naming what is missing or does not fit.
    pub fn from_bytes(bytes: Vec<u8>, kernel: Kernel) -> Result<Self, LmError> {
        Self::from_gguf(&Gguf::parse(bytes)?, kernel)
    }

    /// Reads a model from a parsed file.
    ///
    /// # Errors
    /// [`LmError`].
    pub fn from_gguf(gguf: &Gguf, kernel: Kernel) -> Result<Self, LmError> {
        let model = Arc::new(LlamaModel::from_gguf(gguf)?);
        let lm = Self::new(gguf.metadata(), Arc::clone(&model), kernel)?;
        Ok(Self { model: Some(model), ..lm })
    }

    /// The same for the CPU alone, which keeps weights in one form only where the file came through a
    /// [`GgufStream`](crate::gguf::GgufStream).
    ///
    /// # Errors
    /// [`LmError`].
    pub fn for_cpu(gguf: Gguf, kernel: Kernel) -> Result<Self, LmError> {
        let model = Arc::new(LlamaModel::from_gguf(&gguf)?);
        // what the metadata become does not need the data any more
        let metadata = gguf.into_metadata();
        Self::new(&metadata, model, kernel)
    }

    /// `model` is what the CPU may take apart.
    fn new(metadata: &Metadata, model: Arc<LlamaModel>, kernel: Kernel) -> Result<Self, LmError> {
        let tokenizer = Tokenizer::from_metadata(metadata)?;
        let vocabulary = Vocabulary::from_metadata(metadata)?;
        // An embedding table may have rows to spare, which no token names.
        if vocabulary.len() > model.vocab_size() {
            return Err(LmError::Vocabulary { tokens: vocabulary.len(), rows: model.vocab_size() });
        }
        if vocabulary.ends.is_empty() {
            return Err(LmError::NoEnd);
        }
        let stage = match metadata.get(STAGE_KEY) {
            None => None,
            Some(_) => Some(match metadata.string(STAGE_KEY)? {
                "document" => Stage::Document,
                "chunk" => Stage::Chunk,
                found => return Err(LmError::Stage { found: found.into() }),
            }),
        };
        let name = match metadata.get("general.name") {
            Some(Value::String(name)) => name.clone(),
            _ => "llama".into(),
        };
        let trie = TokenTrie::new(&vocabulary);
        let cpu = Arc::new(CpuLlama::new(model, kernel));
        Ok(Self { backend: Arc::clone(&cpu) as _, model: None, cpu, tokenizer, vocabulary, trie, stage, name })
    }

    /// On the GPU, if it works and, where the choice is left to it, is faster; `listener` hears where it runs and why.
    /// A model [for the CPU](Self::for_cpu) stays there, unheard.
    #[cfg(all(feature = "gpu", not(target_arch = "wasm32")))]
    #[must_use]
    pub fn on_gpu(self, choice: crate::backend::Choice, listener: crate::backend::Listener) -> Self {
        let Some(model) = self.model.clone() else { return self };
        let cpu = Arc::clone(&self.cpu);
        self.on_ladder(Arc::new(crate::backend::TokenLadder::new(model, cpu, choice, listener)))
    }

    /// On a ladder that was made for it, of [`llama`](Self::llama) and [`cpu`](Self::cpu).
    #[cfg(feature = "gpu")]
    #[must_use]
    pub fn on_ladder(mut self, ladder: Arc<crate::backend::TokenLadder>) -> Self {
        self.backend = ladder;
        self
    }

    /// Its weights as a GPU takes them; `None` for a model [for the CPU](Self::for_cpu).
    #[must_use]
    pub fn llama(&self) -> Option<&Arc<LlamaModel>> {
        self.model.as_ref()
    }

    /// What runs it where nothing else does.
    #[must_use]
    pub fn cpu(&self) -> &Arc<CpuLlama> {
        &self.cpu
    }

    /// `general.name` of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tokens of a line, as people may read them.
    #[must_use]
    pub fn line_tokens(&self, line: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        self.tokenizer.encode(line, &mut tokens);
        tokens.iter().map(|&token| self.vocabulary.decode(&[token])).collect()
    }

    /// The stage the file says it is for.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        self.stage
    }

    /// Tokens it can hold at once.
    pub(super) fn context(&self) -> usize {
        self.cpu.config().context
    }
}

impl std::fmt::Debug for LmModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LmModel").field("name", &self.name).field("stage", &self.stage).finish_non_exhaustive()
    }
}
