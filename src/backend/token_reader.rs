//! Token models as those who decode see them, wherever they run.

use super::cpu::{CpuLlama, KvCache};
use super::{Logits, TokenError};

/// A text that a token model reads.
pub trait TokenReader {
    /// Reads `tokens`, which follow those read before; gives the logits after the last of them, `[vocab]`, where they are `wanted`.
    ///
    /// # Errors
    /// [`TokenError`]; then nothing was read.
    fn read(&mut self, tokens: &[u32], wanted: bool) -> Result<Vec<f32>, TokenError>;

    /// Forgets all tokens but the first `len`.
    fn truncate(&mut self, len: usize);

    /// Tokens that there is room for in all.
    fn capacity(&self) -> usize;
}

/// What runs a token model.
pub trait TokenBackend {
    /// Begins a text of at most `room` tokens. Where a backend has room for one text only, this waits for the end of another.
    fn reader(&self, room: usize) -> Box<dyn TokenReader + '_>;
}

/// A text in a cache of the CPU.
pub(super) struct CpuReader<'a> {
    llama: &'a CpuLlama,
    cache: KvCache,
}

impl TokenReader for CpuReader<'_> {
    fn read(&mut self, tokens: &[u32], wanted: bool) -> Result<Vec<f32>, TokenError> {
        self.llama.read(tokens, &mut self.cache, if wanted { Logits::Last } else { Logits::None })
    }

    fn truncate(&mut self, len: usize) {
        self.cache.truncate(len);
    }

    fn capacity(&self) -> usize {
        self.cache.len() + self.cache.room()
    }
}

impl TokenBackend for CpuLlama {
    fn reader(&self, room: usize) -> Box<dyn TokenReader + '_> {
        Box::new(CpuReader { llama: self, cache: self.cache(room) })
    }
}
