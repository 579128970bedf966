//! Token models as those who decode see them, wherever they run.

use std::future::{Future, ready};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::cpu::{CpuLlama, KvCache};
use super::pick::{Pick, likeliest};
use super::{Logits, TokenError};

/// Tokens that a CPU reads in one go, so that callers get a word in.
pub(super) const CPU_STEP: usize = 64;

/// What is wanted to be known of the token that comes after those read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted<'a> {
    /// Nothing: the tokens are only read.
    Nothing,
    /// The logits of all: `[vocab]`.
    Logits,
    /// Which is the likeliest.
    Likeliest,
    /// Which of these is the likeliest, and how likely it is among them.
    Among(&'a [u32]),
}

/// What comes after the tokens that were read, as it was wanted.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Nothing was asked.
    Nothing,
    /// `[vocab]`.
    Logits(Vec<f32>),
    /// The likeliest token, if there is one.
    Likeliest(Option<u32>),
    /// The likeliest of those that were allowed, if there were any.
    Pick(Option<Pick>),
}

/// An answer that may have to be waited for.
pub type Reading<'a> = Pin<Box<dyn Future<Output = Result<Answer, TokenError>> + 'a>>;

/// A text that a token model reads.
pub trait TokenReader {
    /// Reads `tokens`, which follow those read before, and answers what is wanted.
    ///
    /// # Errors
    /// [`TokenError`]; then nothing was read.
    fn read<'a>(&'a mut self, tokens: &'a [u32], wanted: Wanted<'a>) -> Reading<'a>;

    /// Forgets all tokens but the first `len`.
    fn truncate(&mut self, len: usize);

    /// Tokens that there is room for in all.
    fn capacity(&self) -> usize;

    /// Tokens that are best read in one go: more would keep others waiting for long.
    fn step(&self) -> usize;
}

/// What runs a token model.
pub trait TokenBackend {
    /// Begins a text of at most `room` tokens. Where a backend has room for one text only, this waits for the end of another.
    fn reader(self: Arc<Self>, room: usize) -> Box<dyn TokenReader>;
}

/// A text in a cache of the CPU.
pub(super) struct CpuReader {
    llama: Arc<CpuLlama>,
    cache: KvCache,
}

impl CpuReader {
    pub(super) fn new(llama: Arc<CpuLlama>, room: usize) -> Self {
        let cache = llama.cache(room);
        Self { llama, cache }
    }

    /// As [`read`](TokenReader::read), now.
    pub(super) fn read_now(&mut self, tokens: &[u32], wanted: Wanted<'_>) -> Result<Answer, TokenError> {
        let which = if wanted == Wanted::Nothing { Logits::None } else { Logits::Last };
        let logits = self.llama.read(tokens, &mut self.cache, which)?;
        Ok(match wanted {
            Wanted::Nothing => Answer::Nothing,
            Wanted::Logits => Answer::Logits(logits),
            Wanted::Likeliest => Answer::Likeliest(likeliest(&logits)),
            Wanted::Among(allowed) => Answer::Pick(Pick::among(&logits, allowed)),
        })
    }
}

impl TokenReader for CpuReader {
    fn read<'a>(&'a mut self, tokens: &'a [u32], wanted: Wanted<'a>) -> Reading<'a> {
        Box::pin(ready(self.read_now(tokens, wanted)))
    }

    fn truncate(&mut self, len: usize) {
        self.cache.truncate(len);
    }

    fn capacity(&self) -> usize {
        self.cache.len() + self.cache.room()
    }

    fn step(&self) -> usize {
        CPU_STEP
    }
}

impl TokenBackend for CpuLlama {
    fn reader(self: Arc<Self>, room: usize) -> Box<dyn TokenReader> {
        Box::new(CpuReader::new(self, room))
    }
}

/// Waits for a reading. In browsers nothing can be waited for like this; only the CPU, which has the answer at once, is asked so.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        std::thread::park();
    }
}
