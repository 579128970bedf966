//! Llama models on the GPU: reading tokens into a cache, and the logits after the last of them.

use std::sync::Arc;

use super::block::Scratch;
use super::kernels::{Choice, Epilogue, PART, Sight, Table, Turns, mask};
use super::layout::Rows;
use super::matrix::GpuMatrix;
use super::program::{Builder, Program, Step};
use super::shader::Pipelines;
use super::{Boxed, Gpu, GpuError, Phase, Setup};
use crate::backend::cpu::rope::RopeFrequencies;
use crate::backend::{Answer, Pick, TokenError, Wanted};
use crate::model::llama::LlamaModel;

/// Most tokens of a submit: no driver's watchdog should find it long.
const CHUNK: usize = 256;
/// The same on a software adapter: a tile of the products, which takes seconds there.
const SOFTWARE_CHUNK: usize = 32;
/// Tokens whose logits cross at once where those of all are wanted.
const SCORED: usize = 32;

/// A llama model with its cache. One text at a time.
pub struct GpuLlama {
    gpu: Gpu,
    model: Arc<LlamaModel>,
    step: wgpu::Buffer,
    tokens: wgpu::Buffer,
    /// States of the last chunk; logits come from its last rows, copied to `last`.
    states: wgpu::Buffer,
    last: wgpu::Buffer,
    last_step: wgpu::Buffer,
    logits: wgpu::Buffer,
    /// Bits of the tokens that may be chosen, and the choice.
    allowed: wgpu::Buffer,
    choice: wgpu::Buffer,
    staging: wgpu::Buffer,
    blocks: Program,
    /// From the last state to the logits, and from those to a choice.
    head: Program,
    pick: Program,
    chunk: usize,
    /// Rows that there is room for in `last` and `logits`.
    scored: usize,
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
    allowed: wgpu::Buffer,
    choice: wgpu::Buffer,
    blocks: Program,
    head: Program,
    pick: Program,
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
        Self::made(gpu, model, (capacity, 1), setup).await
    }

    /// As [`new`](Self::new), with room for the logits of several tokens: [`read_all`](Self::read_all) takes fewer submits.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn scoring(gpu: Gpu, model: Arc<LlamaModel>, capacity: usize, setup: &Setup<'_>) -> Result<Self, GpuError> {
        Self::made(gpu, model, (capacity, SCORED), setup).await
    }

    async fn made(
        gpu: Gpu,
        model: Arc<LlamaModel>,
        (capacity, scored): (usize, usize),
        setup: &Setup<'_>,
    ) -> Result<Self, GpuError> {
        let chunk = if gpu.report().software { SOFTWARE_CHUNK } else { CHUNK };
        let pipelines = Pipelines::default();
        let parts = gpu.checked(|| Self::build(&gpu, &model, (capacity, chunk, scored), &pipelines, setup)).await?;
        gpu.health()?;
        pipelines.compile(&gpu, setup).await?;
        let staging = gpu.staging(scored * model.vocab_size());
        let Parts { step, tokens, states, last, last_step, logits, allowed, choice, blocks, head, pick } = parts;
        Ok(Self {
            gpu,
            model,
            step,
            tokens,
            states,
            last,
            last_step,
            logits,
            allowed,
            choice,
            staging,
            blocks,
            head,
            pick,
            chunk,
            scored,
            capacity,
            len: 0,
        })
    }

    fn build(
        gpu: &Gpu,
        model: &LlamaModel,
        (capacity, chunk, scored): (usize, usize, usize),
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
        let [last, normed] = ["last states", "last states, normalised"].map(|what| gpu.storage(what, scored * shape.width));
        let (last, normed) = (last?, normed?);
        let vocab = model.vocab_size();
        let logits = gpu.storage("logits", scored * vocab)?;
        let allowed = gpu.storage("tokens that may be chosen", vocab.div_ceil(32))?;
        let choice = gpu.storage("the choice", PART)?;
        let b = Builder::new(gpu, pipelines, &step);
        let embeddings = GpuMatrix::new(gpu, "token_embd", Rows::Stacked(&[&model.token_embd]))?;
        let mut out = b.embed_rows(Table { matrix: &embeddings, items: &tokens }, &states)?;
        let frequencies = RopeFrequencies::new(rope.dimensions, rope.base).scaled(rope.scaling, &model.rope_factors);
        let turns = Turns::new(gpu, &frequencies.at(0..capacity))?;
        let scratch = Scratch::new(gpu, shape, turns, (rows, capacity))?;
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
        let pick = Program(b.pick((&logits, vocab), &allowed, &choice)?.into());
        let (blocks, head) = (Program(out), Program(after));
        Ok(Parts { step, tokens, states, last, last_step, logits, allowed, choice, blocks, head, pick })
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

    /// Tokens of a submit.
    pub fn chunk(&self) -> usize {
        self.chunk
    }

    /// Reads `tokens`, which follow those in the cache, and gives the logits after the last of them: `[vocab]`, none where no
    /// token is given.
    ///
    /// # Errors
    /// [`ReadError`]; then the cache is as before.
    pub async fn read(&mut self, tokens: &[u32]) -> Result<Vec<f32>, ReadError> {
        match self.answer(tokens, Wanted::Logits).await? {
            Answer::Logits(logits) => Ok(logits),
            _ => Ok(Vec::new()),
        }
    }

    /// As [`read`](Self::read), where nobody wants the logits.
    ///
    /// # Errors
    /// [`ReadError`]; then the cache is as before.
    pub async fn feed(&mut self, tokens: &[u32]) -> Result<(), ReadError> {
        self.answer(tokens, Wanted::Nothing).await.map(drop)
    }

    /// As [`read`](Self::read), and answers what is wanted. Only logits that are wanted are read back; of a choice it is
    /// [`PART`] numbers.
    ///
    /// # Errors
    /// [`ReadError`]; then the cache is as before.
    pub fn answer<'a>(&'a mut self, tokens: &'a [u32], wanted: Wanted<'a>) -> Boxed<'a, Result<Answer, ReadError>> {
        Box::pin(self.answer_now(tokens, wanted))
    }

    /// Reads `tokens`, which follow those in the cache, and gives the logits after each of them: `[tokens, vocab]`.
    ///
    /// # Errors
    /// [`ReadError`]; then the cache is as before.
    pub async fn read_all(&mut self, tokens: &[u32]) -> Result<Vec<f32>, ReadError> {
        self.fits(tokens)?;
        let (mut out, mut len) = (Vec::new(), self.len);
        for chunk in tokens.chunks(self.scored.min(self.chunk)) {
            let found = self.submit(chunk, len, Wanted::Logits, chunk.len()).await?;
            len += chunk.len();
            match self.understood(found, Wanted::Logits, len)? {
                Answer::Logits(found) => out.extend(found),
                _ => return Ok(out),
            }
        }
        self.len = len;
        Ok(out)
    }

    /// Whether it knows these tokens and has room for them.
    fn fits(&self, tokens: &[u32]) -> Result<(), TokenError> {
        let (vocab, room) = (self.model.vocab_size(), self.capacity - self.len);
        if let Some(&token) = tokens.iter().find(|&&token| token as usize >= vocab) {
            return Err(TokenError::Unknown { token, vocab });
        }
        if tokens.len() > room {
            return Err(TokenError::CacheFull { tokens: tokens.len(), room });
        }
        Ok(())
    }

    async fn answer_now(&mut self, tokens: &[u32], wanted: Wanted<'_>) -> Result<Answer, ReadError> {
        self.fits(tokens)?;
        let mut out = Vec::new();
        let (mut len, chunks) = (self.len, tokens.len().div_ceil(self.chunk));
        for (i, chunk) in tokens.chunks(self.chunk).enumerate() {
            let wanted = if i + 1 == chunks { wanted } else { Wanted::Nothing };
            out = self.submit(chunk, len, wanted, 1).await?;
            len += chunk.len();
        }
        let answer = self.understood(out, wanted, len)?;
        self.len = len;
        Ok(answer)
    }

    /// What was read back after `len` tokens.
    fn understood(&self, found: Vec<f32>, wanted: Wanted<'_>, len: usize) -> Result<Answer, GpuError> {
        let wrong = |odd: &dyn std::fmt::Display| GpuError::Wrong { problem: format!("{odd} after {len} tokens") };
        if let Some(odd) = found.iter().find(|x| !x.is_finite()) {
            return Err(wrong(odd));
        }
        match wanted {
            Wanted::Nothing => return Ok(Answer::Nothing),
            Wanted::Logits => return Ok(Answer::Logits(found)),
            // tokens that have no logit take the long way
            Wanted::Among(allowed) if !self.all_known(allowed) => return Ok(Answer::Pick(Pick::among(&found, allowed))),
            Wanted::Likeliest | Wanted::Among(_) => {}
        }
        // where no token was read there is nothing
        let choice = Choice::new(&found).unwrap_or_default();
        if choice.odd > 0.0 {
            return Err(wrong(&format_args!("{} logits are no numbers", choice.odd)));
        }
        let known = |token: u32| (token as usize) < self.model.vocab_size();
        if let Some(token) = choice.token.filter(|&token| !known(token)) {
            return Err(wrong(&format_args!("the choice of token {token}")));
        }
        Ok(match wanted {
            Wanted::Likeliest => Answer::Likeliest(choice.token),
            _ => Answer::Pick(choice.token.map(|token| Pick { token, probability: 1.0 / f64::from(choice.sum) })),
        })
    }

    fn all_known(&self, tokens: &[u32]) -> bool {
        tokens.iter().all(|&token| (token as usize) < self.model.vocab_size())
    }

    /// One submit; what is wanted of the logits after the last `rows` tokens.
    async fn submit(&self, tokens: &[u32], position: usize, wanted: Wanted<'_>, rows: usize) -> Result<Vec<f32>, GpuError> {
        let (gpu, width, vocab) = (&self.gpu, self.model.config.shape.width, self.model.vocab_size());
        gpu.health()?;
        let (step, last) = (Step::new(tokens.len(), position), Step::new(rows, 0));
        gpu.write(&self.step, &[step]);
        gpu.write(&self.last_step, &[last]);
        gpu.write(&self.tokens, tokens);
        let bits = match wanted {
            Wanted::Nothing | Wanted::Logits => None,
            Wanted::Likeliest => Some(vec![u32::MAX; vocab.div_ceil(32)]),
            Wanted::Among(allowed) => self.all_known(allowed).then(|| mask(allowed.iter().copied(), vocab)),
        };
        let result = match (&bits, wanted) {
            (_, Wanted::Nothing) => None,
            (None, _) => Some((&self.logits, rows * vocab)),
            (Some(bits), _) => {
                gpu.write(&self.allowed, bits);
                Some((&self.choice, PART))
            }
        };
        let mut dispatches = self.blocks.len();
        dispatches += if result.is_some() { self.head.len() } else { 0 };
        dispatches += if bits.is_some() { self.pick.len() } else { 0 };
        let record = |encoder: &mut wgpu::CommandEncoder| {
            self.blocks.record(encoder, step);
            if result.is_some() {
                let (from, size) = (((tokens.len() - rows) * width * 4) as u64, (rows * width * 4) as u64);
                encoder.copy_buffer_to_buffer(&self.states, from, &self.last, 0, size);
                self.head.record(encoder, last);
            }
            if bits.is_some() {
                self.pick.record(encoder, last);
            }
        };
        gpu.run(dispatches, record, result.as_slice(), &self.staging).await
    }
}

impl std::fmt::Debug for GpuLlama {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GpuLlama").field("gpu", &self.gpu).field("len", &self.len).finish_non_exhaustive()
    }
}
