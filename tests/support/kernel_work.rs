//! Work for the kernels, timed natively by `tests/kernel_probe/main.rs` and in WebAssembly by `benches/kernels.mjs`.

use std::sync::Arc;

use prox_wasm::backend::cpu::{CpuLineBackend, CpuLlama, Kernel, KvCache};
use prox_wasm::backend::{LineBackend, Logits, PageRun};
use prox_wasm::model::line::LineModel;
use prox_wasm::model::llama::LlamaModel;

/// A line transformer and a page.
pub struct LineWork {
    model: Arc<LineModel>,
    backend: CpuLineBackend,
    text: String,
}

impl LineWork {
    pub fn new(bytes: Vec<u8>, kernel: Kernel, text: String) -> Self {
        let model = Arc::new(LineModel::from_bytes(bytes).unwrap());
        Self { backend: CpuLineBackend::with_kernel(Arc::clone(&model), kernel), model, text }
    }

    /// Reads the page and gives its logits.
    pub fn run(&self) -> Vec<f32> {
        let lines: Vec<&str> = self.text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut run = PageRun::new(self.model.read_page(&lines), &self.model.config);
        let backend: &dyn LineBackend = &self.backend;
        while run.step(backend).is_some() {}
        run.finish(backend).lines
    }
}

/// A llama model.
pub struct LlamaWork(CpuLlama, Option<KvCache>);

impl LlamaWork {
    pub fn new(bytes: Vec<u8>, kernel: Kernel) -> Self {
        Self(CpuLlama::new(Arc::new(LlamaModel::from_bytes(bytes).unwrap()), kernel), None)
    }

    fn tokens(&self, count: usize) -> Vec<u32> {
        let vocab = self.0.vocab_size() as u64;
        (1..=count as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33) % vocab).map(|token| token as u32).collect()
    }

    /// Reads so many tokens at once.
    pub fn prefill(&self, count: usize) -> Vec<f32> {
        self.0.read(&self.tokens(count), &mut self.0.cache(count), Logits::Last).unwrap()
    }

    /// Reads so many tokens one after the other.
    pub fn decode(&self, count: usize) -> Vec<f32> {
        let mut cache = self.0.cache(count);
        self.tokens(count).iter().flat_map(|&token| self.0.read(&[token], &mut cache, Logits::Last).unwrap()).collect()
    }

    /// Reads so many tokens into a cache with room for others, which is kept.
    #[allow(dead_code, reason = "only asked for in WebAssembly")]
    pub fn prompt(&mut self, count: usize, room: usize) -> Vec<f32> {
        let mut cache = self.0.cache(count + room);
        let logits = self.0.read(&self.tokens(count), &mut cache, Logits::Last).unwrap();
        self.1 = Some(cache);
        logits
    }

    /// Reads so many tokens behind the prompt, one after the other.
    #[allow(dead_code, reason = "only asked for in WebAssembly")]
    pub fn write(&mut self, count: usize) -> Vec<f32> {
        let tokens = self.tokens(count);
        let cache = self.1.as_mut().unwrap();
        tokens.iter().flat_map(|&token| self.0.read(&[token], cache, Logits::Last).unwrap()).collect()
    }

    /// States after `blocks` blocks of so many sequences of `len` tokens.
    pub fn states(&self, sequences: usize, len: usize, blocks: usize) -> Vec<f32> {
        let tokens = self.tokens(sequences * len);
        self.0.states(&tokens.chunks(len).collect::<Vec<_>>(), blocks).unwrap()
    }
}
