//! The forward pass of a llama model over tokens.

use std::sync::Arc;

use super::block::Block;
use super::ops::rms_norm;
use super::plan::scratch;
use super::rope::RopeFrequencies;
use super::sight::{KvCache, apart};
use super::weight::{Kernel, Rows, Weight};
use crate::backend::{Logits, MemoryPlan, TokenError};
use crate::model::llama::{LlamaConfig, LlamaModel};

/// Tokens that share one pass over the weights.
pub(super) const CHUNK: usize = 128;

/// Runs a llama model on the CPU.
pub struct CpuLlama {
    config: LlamaConfig,
    token_embd: Weight,
    blocks: Vec<Block>,
    head: Option<Head>,
    rope: RopeFrequencies,
}

/// From states to logits.
struct Head {
    norm: Vec<f32>,
    /// `None` where the token embeddings serve.
    output: Option<Weight>,
}

impl CpuLlama {
    /// For this model. Where nobody else has it and the data of its tensors lies apart ([`GgufStream`](crate::gguf::GgufStream)),
    /// what is kept in another form is given back matrix by matrix.
    pub fn new(model: Arc<LlamaModel>, kernel: Kernel) -> Self {
        let LlamaModel { config, token_embd, blocks, rope_factors, head } = Arc::unwrap_or_clone(model);
        let rope = RopeFrequencies::new(config.rope.dimensions, config.rope.base).scaled(config.rope.scaling, &rope_factors);
        let blocks = blocks.into_iter().map(|weights| Block::new(weights, &config.shape, kernel)).collect();
        let tied = head.as_ref().is_some_and(|head| head.output.is_none());
        let head = head.map(|head| Head { norm: head.norm, output: head.output.map(|output| Weight::new(output, kernel)) });
        // rows that are only looked up need no other form
        let token_embd = if tied { Weight::new(token_embd, kernel) } else { Weight::Float(token_embd) };
        Self { config, token_embd, blocks, head, rope }
    }

    /// What reading `tokens` takes with this kernel, the logits after the last of them included. [`Logits::All`] takes a
    /// float more for each token and word of the vocabulary.
    pub fn plan(model: &LlamaModel, kernel: Kernel, tokens: usize) -> MemoryPlan {
        MemoryPlan {
            file: model.kept_bytes(),
            weights: model.matrices().map(|matrix| kernel.bytes(matrix)).fold(0, usize::saturating_add),
            cache: KvCache::bytes(&model.config.shape, model.blocks.len(), tokens),
            scratch: scratch(&model.config, model.vocab_size(), tokens),
        }
    }

    /// Sizes of the model.
    pub fn config(&self) -> &LlamaConfig {
        &self.config
    }

    /// Number of tokens it knows.
    pub fn vocab_size(&self) -> usize {
        self.token_embd.rows()
    }

    /// An empty cache with room for `tokens` of them, [`KvCache::bytes`] large.
    pub fn cache(&self, tokens: usize) -> KvCache {
        KvCache::new(self.config.shape, self.blocks.len(), tokens)
    }

    /// Reads `tokens`, which follow those in `cache`, and gives the logits asked for: `[_, vocab]`.
    ///
    /// The answer does not depend on how a text is cut into calls, bit by bit, so that a long one can be read with pauses.
    ///
    /// # Errors
    /// [`TokenError`]; then the cache is as before.
    pub fn read(&self, tokens: &[u32], cache: &mut KvCache, logits: Logits) -> Result<Vec<f32>, TokenError> {
        self.check(tokens)?;
        if tokens.len() > cache.room() {
            return Err(TokenError::CacheFull { tokens: tokens.len(), room: cache.room() });
        }
        if logits != Logits::None && self.head.is_none() {
            return Err(TokenError::NoHead);
        }
        let width = self.config.shape.width;
        let mut out = Vec::new();
        let count = tokens.len().div_ceil(CHUNK);
        for (i, tokens) in tokens.chunks(CHUNK).enumerate() {
            let mut x = self.embed(tokens);
            let rope = self.rope.at(cache.len()..cache.len() + tokens.len());
            for (i, block) in self.blocks.iter().enumerate() {
                block.run(&mut x, &rope, |q, k, v| cache.attend(i, q, k, v));
            }
            cache.advance(tokens.len());
            match logits {
                Logits::None => {}
                Logits::Last if i + 1 < count => {}
                Logits::Last => out = self.logits(&x[x.len() - width..]),
                Logits::All => out.extend(self.logits(&x)),
            }
        }
        Ok(out)
    }

    /// States `[tokens, width]` after the first `blocks` blocks of sequences that do not see each other, each from position 0
    /// on, one after the other. They share passes over the weights without padding.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn states(&self, sequences: &[&[u32]], blocks: usize) -> Result<Vec<f32>, TokenError> {
        let blocks = self.blocks.get(..blocks).ok_or(TokenError::Blocks { asked: blocks, have: self.blocks.len() })?;
        sequences.iter().try_for_each(|tokens| self.check(tokens))?;
        let shape = &self.config.shape;
        let mut out = Vec::with_capacity(sequences.iter().map(|tokens| tokens.len()).sum::<usize>() * shape.width);
        let mut rest = sequences;
        while !rest.is_empty() {
            // whole sequences until the chunk is full, at least one
            let ends = rest.iter().scan(0, |end, tokens| {
                *end += tokens.len();
                Some(*end)
            });
            let fit = ends.take_while(|&end| end <= CHUNK).count();
            let (chunk, later) = rest.split_at(fit.max(1));
            rest = later;
            let mut x = self.embed(&chunk.concat());
            let rope = self.rope.at(chunk.iter().flat_map(|tokens| 0..tokens.len()));
            for block in blocks {
                block.run(&mut x, &rope, |q, k, v| apart(q, k, v, shape, chunk.iter().map(|tokens| tokens.len())));
            }
            out.extend(x);
        }
        Ok(out)
    }

    fn embed(&self, tokens: &[u32]) -> Vec<f32> {
        let width = self.config.shape.width;
        let mut x = vec![0.0; tokens.len() * width];
        for (&token, row) in tokens.iter().zip(x.chunks_exact_mut(width)) {
            self.token_embd.row(token as usize, row);
        }
        x
    }

    fn logits(&self, x: &[f32]) -> Vec<f32> {
        let Some(head) = &self.head else { return Vec::new() };
        let h = rms_norm(x, &head.norm, self.config.shape.norm_eps);
        Rows::new(&h, head.norm.len()).times(head.output.as_ref().unwrap_or(&self.token_embd))
    }

    fn check(&self, tokens: &[u32]) -> Result<(), TokenError> {
        let vocab = self.vocab_size();
        match tokens.iter().find(|&&token| token as usize >= vocab) {
            Some(&token) => Err(TokenError::Unknown { token, vocab }),
            None => Ok(()),
        }
    }
}
