//! The forward pass of a llama model over tokens.

use std::sync::Arc;

use super::attention;
use super::block::Block;
use super::lanes::LANES;
use super::ops::rms_norm;
use super::rope::RopeFrequencies;
use super::sight::{KvCache, apart};
use super::weight::{Kernel, Rows, Weight};
use crate::backend::{Logits, MemoryPlan, TokenError};
use crate::model::llama::LlamaModel;

/// Tokens that share one pass over the weights.
const CHUNK: usize = 128;

/// Runs a llama model on the CPU.
pub struct CpuLlama {
    model: Arc<LlamaModel>,
    blocks: Vec<Block>,
    output: Option<Weight>,
    rope: RopeFrequencies,
}

impl CpuLlama {
    /// For this model.
    pub fn new(model: Arc<LlamaModel>, kernel: Kernel) -> Self {
        let rope = &model.config.rope;
        let rope = RopeFrequencies::new(rope.dimensions, rope.base).scaled(rope.scaling, &model.rope_factors);
        let shape = &model.config.shape;
        let blocks = model.blocks.iter().map(|weights| Block::new(weights, shape, kernel)).collect();
        let output = model.head.as_ref().map(|head| Weight::new(head.output.as_ref().unwrap_or(&model.token_embd), kernel));
        Self { model, blocks, output, rope }
    }

    /// What reading `tokens` takes with this kernel, the logits after the last of them included. [`Logits::All`] takes a
    /// float more for each token and word of the vocabulary.
    pub fn plan(model: &LlamaModel, kernel: Kernel, tokens: usize) -> MemoryPlan {
        let shape = &model.config.shape;
        let (query, kv) = (shape.query_width(), shape.kv_width());
        let rows = CHUNK.min(tokens);
        // states, norms and sums; queries and means, also by head; keys and values; both halves of the feed-forward part,
        // which may be rounded
        // Threads hold queries, keys and values once more, and each a tile of scores.
        let floats = 3 * shape.width + 5 * query + 5 * kv + 2 * shape.ffn + (shape.ffn + shape.width) / 2;
        let scores = (2 * attention::TILE).saturating_mul(tokens.next_multiple_of(LANES));
        let floats = (rows * floats).saturating_add(scores).saturating_add(model.vocab_size());
        MemoryPlan {
            file: model.token_embd.file_bytes(),
            weights: model.matrices().map(|matrix| kernel.bytes(matrix)).fold(0, usize::saturating_add),
            cache: KvCache::bytes(shape, model.blocks.len(), tokens),
            scratch: floats.saturating_mul(size_of::<f32>()),
        }
    }

    /// The model it runs.
    pub fn model(&self) -> &LlamaModel {
        &self.model
    }

    /// An empty cache with room for `tokens` of them, [`KvCache::bytes`] large.
    pub fn cache(&self, tokens: usize) -> KvCache {
        KvCache::new(self.model.config.shape, self.model.blocks.len(), tokens)
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
        if logits != Logits::None && self.model.head.is_none() {
            return Err(TokenError::NoHead);
        }
        let width = self.model.config.shape.width;
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
        let shape = &self.model.config.shape;
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
        let width = self.model.config.shape.width;
        let mut x = vec![0.0; tokens.len() * width];
        for (&token, row) in tokens.iter().zip(x.chunks_exact_mut(width)) {
            self.model.token_embd.row(token as usize, row);
        }
        x
    }

    fn logits(&self, x: &[f32]) -> Vec<f32> {
        let (Some(head), Some(output)) = (&self.model.head, &self.output) else { return Vec::new() };
        let h = rms_norm(x, &head.norm, self.model.config.shape.norm_eps);
        Rows::new(&h, head.norm.len()).times(output)
    }

    fn check(&self, tokens: &[u32]) -> Result<(), TokenError> {
        let vocab = self.model.vocab_size();
        match tokens.iter().find(|&&token| token as usize >= vocab) {
            Some(&token) => Err(TokenError::Unknown { token, vocab }),
            None => Ok(()),
        }
    }
}
