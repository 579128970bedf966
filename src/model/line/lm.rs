//! The token LM of prox-small: the first blocks of a llama model read each line apart from all others. The Python twins are
//! `training/prox_train/line_states.py` and `lm_score.py`.

use std::collections::HashMap;
use std::sync::Arc;

use super::features::bare;
use super::text::abridge;
use super::{Bags, Linear, LoadError};
use crate::gguf::Gguf;
use crate::model::Matrix;
use crate::model::llama::{LlamaModel, Names};
use crate::tokenizer::{Bpe, PreTokenizer, TokenizerError};

const NAMES: Names<'_> = Names { metadata: "proxline.lm", tensors: "lm." };

/// Reads lines for the line transformer.
#[derive(Debug, Clone)]
pub struct LineLm {
    /// Embeddings and blocks.
    pub llama: Arc<LlamaModel>,
    /// Its tokenizer, which is not that of the bags.
    pub tokenizer: Bpe,
    /// Tokens read of a line's beginning.
    pub head_tokens: usize,
    /// Tokens read of its end.
    pub tail_tokens: usize,
    /// Stands before and after each line.
    feed: u32,
    /// A line's states to line vector `[width, 2 LM width]`.
    pub proj: Linear,
    /// A line's states to hidden.
    pub score_up: Linear,
    /// Hidden to the LM score.
    pub score_down: Linear,
}

impl LineLm {
    /// The LM part of a line model's file, if it has one; `width` is that of a line's vector.
    ///
    /// # Errors
    /// [`LoadError`].
    pub(super) fn load(gguf: &Gguf, width: usize) -> Result<Option<Self>, LoadError> {
        let metadata = gguf.metadata();
        let key = |name: &str| format!("{}.{name}", NAMES.metadata);
        if metadata.get(&key("block_count")).is_none() {
            return Ok(None);
        }
        let llama = LlamaModel::load(gguf, NAMES)?;
        let name = metadata.string(&key("tokenizer.pre"))?;
        let pre = PreTokenizer::from_name(name).ok_or_else(|| TokenizerError::PreTokenizer { found: name.into() })?;
        let tokenizer = Bpe::new(metadata.strings(&key("tokenizer.tokens"))?, metadata.strings(&key("tokenizer.merges"))?, pre)?;
        let sizes = |problem| LoadError::Sizes { problem };
        if tokenizer.vocab_size() != llama.vocab_size() {
            let (tokens, rows) = (tokenizer.vocab_size(), llama.vocab_size());
            return Err(sizes(format!("the LM's tokenizer has {tokens} tokens, its embeddings {rows} rows")));
        }
        let mut feed = Vec::new();
        tokenizer.encode("\n", &mut feed);
        let &[feed] = feed.as_slice() else {
            return Err(sizes(format!("a line feed is {} tokens of the LM's tokenizer, it must be one", feed.len())));
        };
        let layer = |name: &str, rows, cols| -> Result<Linear, LoadError> {
            let weight = Matrix::load(gguf, &format!("{name}.weight"), rows, cols)?;
            Ok(Linear { weight, bias: Matrix::load_vector(gguf, &format!("{name}.bias"), rows)? })
        };
        let states = 2 * llama.config.shape.width;
        let hidden = metadata.uint(&key("score.hidden_length"), 1, 4096)?;
        Ok(Some(Self {
            llama: Arc::new(llama),
            tokenizer,
            head_tokens: metadata.uint(&key("head_tokens"), 1, 256)?,
            tail_tokens: metadata.uint(&key("tail_tokens"), 0, 256)?,
            feed,
            proj: layer("lm_proj", width, states)?,
            score_up: layer("lm_score_up", hidden, states)?,
            score_down: layer("lm_score_down", 1, hidden)?,
        }))
    }

    /// The tokens read of a trimmed line: its first and its last ones, between line feeds.
    pub fn tokens(&self, line: &str) -> Vec<u32> {
        let (head, tail) = abridge(bare(line));
        let (mut out, mut rest) = (vec![self.feed], Vec::new());
        self.tokenizer.encode(head, &mut out);
        let end = out.len().min(1 + self.head_tokens);
        if tail.is_empty() {
            rest.extend(&out[end..]);
        } else {
            self.tokenizer.encode(tail, &mut rest);
        }
        out.truncate(end);
        out.extend(&rest[rest.len().saturating_sub(self.tail_tokens)..]);
        out.push(self.feed);
        out
    }
}

/// What a token LM reads of a page, and what it made of it.
#[derive(Debug, Clone)]
pub struct LmInput {
    /// Tokens of each distinct line; menus repeat.
    pub tokens: Bags,
    /// For each line of the page which of them it is.
    pub rows: Vec<usize>,
    /// What is added to each line's vector `[lines, width]`; zeros until a backend has read the lines.
    pub vectors: Vec<f32>,
}

impl LmInput {
    pub(super) fn read(lines: &[&str], lm: &LineLm) -> Self {
        let mut seen = HashMap::with_capacity(lines.len());
        let mut tokens = Bags::default();
        let rows = lines.iter().map(|line| {
            let next = seen.len();
            *seen.entry(bare(line)).or_insert_with(|| {
                tokens.push(&lm.tokens(line));
                next
            })
        });
        let rows = rows.collect();
        Self { tokens, rows, vectors: vec![0.0; lines.len() * lm.proj.bias.len()] }
    }
}
