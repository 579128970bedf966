//! Llama models on the GPU: reading tokens into a cache, and the logits after the last of them.

use std::sync::Arc;

use super::block::Scratch;
use super::kernels::{Epilogue, Sight, Table, Turns};
use super::layout::Rows;
use super::matrix::GpuMatrix;
use super::program::{Builder, Program, Step};
use super::shader::Pipelines;
use super::{Gpu, GpuError, Phase, Setup};
use crate::backend::TokenError;
use crate::backend::cpu::rope::RopeFrequencies;
use crate::model::llama::LlamaModel;

/// Most tokens of a submit: no driver's watchdog should find it long.
const CHUNK: usize = 256;
/// The same on a software adapter: a tile of the products, which takes seconds there.
const SOFTWARE_CHUNK: usize = 32;

/// A llama model with its cache. One text at a time.
pub struct GpuLlama {
    gpu: Gpu,
    model: Arc<LlamaModel>,
    step: wgpu::Buffer,
    tokens: wgpu::Buffer,
    /// States of the last chunk; logits come from its last row, copied to `last`.
    states: wgpu::Buffer,
    last: wgpu::Buffer,
    last_step: wgpu::Buffer,
    logits: wgpu::Buffer,
    staging: wgpu::Buffer,
    blocks: Program,
    head: Program,
    chunk: usize,
    capacity: usize,
    len: usize,
}

/// What [`GpuLlama::build`] makes: the buffers that are written and read, then the programs.
struct Parts {
    step: wgpu::Buffer,
    tokens: wgpu::Buffer,
    states: wgpu::Buffer,
    last: wgpu::Buffer,
    last_step: wgpu::Buffer,
    logits: wgpu::Buffer,
    blocks: Program,
    head: Program,
}

/// Why tokens were not read.
#[derive(Debug, thiserror::Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// What the model can't read.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// What the device can't do.
    #[error(transparent)]
    Gpu(#[from] GpuError),
}

impl GpuLlama {
    /// Uploads a model, with a cache for `capacity` tokens.
    ///
    /// # Errors
    /// [`GpuError`], where the device can't hold it.
    pub async fn new(gpu: Gpu, model: Arc<LlamaModel>, capacity: usize, setup: &Setup<'_>) -> Result<Self, GpuError> {
        let chunk = if gpu.report().software { SOFTWARE_CHUNK } else { CHUNK };
        let pipelines = Pipelines::default();
        let parts = gpu.checked(|| Self::build(&gpu, &model, (capacity, chunk), &pipelines, setup)).await?;
        gpu.health()?;
        pipelines.compile(&gpu, setup).await?;
        let staging = gpu.staging(model.vocab_size());
        let Parts { step, tokens, states, last, last_step, logits, blocks, head } = parts;
        Ok(Self { gpu, model, step, tokens, states, last, last_step, logits, staging, blocks, head, chunk, capacity, len: 0 })
    }

    fn build(
        gpu: &Gpu,
        model: &LlamaModel,
        (capacity, chunk): (usize, usize),
        pipelines: &Pipelines,
        setup: &Setup<'_>,
    ) -> Result<Parts, GpuError> {
        let Some(head) = &model.head else {
            return Err(GpuError::Unsupported { problem: "a model without output norm has no logits".into() });
        };
        let (shape, rope) = (&model.config.shape, &model.config.rope);
        let rows = chunk.min(capacity);
        let (step, last_step) = (gpu.uniform("step", &[0; 4]), gpu.uniform("step of the head", &[1, 0, 0, 0]));
        let tokens = gpu.storage("tokens", rows)?;
        let states = gpu.storage("states", rows * shape.width)?;
        let [last, normed] = ["last state", "last state, normalised"].map(|what| gpu.storage(what, shape.width));
        let (last, normed) = (last?, normed?);
        let logits = gpu.storage("logits", model.vocab_size())?;
        let b = Builder::new(gpu, pipelines, &step);
        let embeddings = GpuMatrix::new(gpu, "token_embd", Rows::Stacked(&[&model.token_embd]))?;
        let mut out = b.embed_rows(Table { matrix: &embeddings, items: &tokens }, &states)?;
        let frequencies = RopeFrequencies::new(rope.dimensions, rope.base).scaled(rope.scaling, &model.rope_factors);
        let turns = Turns::new(gpu, &frequencies.at(0..capacity))?;
        let scratch = Scratch::new(gpu, shape, turns, rows)?;
        for block in &model.blocks {
            let cache = ["keys", "values"].map(|what| gpu.storage(what, capacity * shape.kv_width()));
            let [keys, values] = cache;
            out.extend(b.block(block, &scratch, [&keys?, &values?], Sight::Causal, &states)?);
            setup.tell(Phase::Upload, gpu.counts().bytes, None)?;
        }
        let b = Builder::new(gpu, pipelines, &last_step);
        let norm = gpu.upload("output_norm", &head.norm)?;
        let mut after = vec![b.rms_norm(&last, (&norm, shape.width, shape.norm_eps), &normed)?];
        let output = match &head.output {
            Some(output) => GpuMatrix::new(gpu, "output", Rows::Stacked(&[output]))?,
            None => embeddings,
        };
        after.extend(b.matmul(&normed, &output, &logits, &Epilogue::default())?);
        let bytes = gpu.counts().bytes;
        setup.tell(Phase::Upload, bytes, Some(bytes))?;
        Ok(Parts { step, tokens, states, last, last_step, logits, blocks: Program(out), head: Program(after) })
    }

    /// Its device.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Tokens in the cache.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Tokens that the cache has room for.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Whether no token is in the cache.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Forgets all tokens but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Reads `tokens`, which follow those in the cache, and gives the logits after the last of them: `[vocab]`, none where no
    /// token is given.
    ///
    /// # Errors
    /// [`ReadError`]; then the cache is as before.
    pub async fn read(&mut self, tokens: &[u32]) -> Result<Vec<f32>, ReadError> {
        self.take(tokens, true).await
    }

    /// As [`read`](Self::read), where nobody wants the logits.
    ///
    /// # Errors
    /// [`ReadError`]; then the cache is as before.
    pub async fn feed(&mut self, tokens: &[u32]) -> Result<(), ReadError> {
        self.take(tokens, false).await.map(drop)
    }

    async fn take(&mut self, tokens: &[u32], logits: bool) -> Result<Vec<f32>, ReadError> {
        let vocab = self.model.vocab_size();
        if let Some(&token) = tokens.iter().find(|&&token| token as usize >= vocab) {
            return Err(TokenError::Unknown { token, vocab }.into());
        }
        let room = self.capacity - self.len;
        if tokens.len() > room {
            return Err(TokenError::CacheFull { tokens: tokens.len(), room }.into());
        }
        let mut out = Vec::new();
        let (mut len, chunks) = (self.len, tokens.len().div_ceil(self.chunk));
        for (i, chunk) in tokens.chunks(self.chunk).enumerate() {
            out = self.submit(chunk, len, logits && i + 1 == chunks).await?;
            len += chunk.len();
        }
        if let Some(odd) = out.iter().find(|x| !x.is_finite()) {
            return Err(GpuError::Wrong { problem: format!("{odd} after {len} tokens") }.into());
        }
        self.len = len;
        Ok(out)
    }

    /// One submit; logits, if they are wanted.
    async fn submit(&self, tokens: &[u32], position: usize, logits: bool) -> Result<Vec<f32>, GpuError> {
        let (gpu, width, rows) = (&self.gpu, self.model.config.shape.width, tokens.len());
        gpu.health()?;
        gpu.write(&self.step, &[Step::new(rows, position)]);
        gpu.write(&self.last_step, &[Step::new(1, 0)]);
        gpu.write(&self.tokens, tokens);
        let dispatches = self.blocks.len() + if logits { self.head.len() } else { 0 };
        let results = [(&self.logits, self.model.vocab_size())];
        let record = |encoder: &mut wgpu::CommandEncoder| {
            self.blocks.record(encoder, rows);
            if logits {
                let (from, size) = (((rows - 1) * width * 4) as u64, (width * 4) as u64);
                encoder.copy_buffer_to_buffer(&self.states, from, &self.last, 0, size);
                self.head.record(encoder, 1);
            }
        };
        gpu.run(dispatches, record, if logits { &results } else { &[] }, &self.staging).await
    }
}

impl std::fmt::Debug for GpuLlama {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuLlama").field("gpu", &self.gpu).field("len", &self.len).finish_non_exhaustive()
    }
}
