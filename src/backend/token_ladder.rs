//! Token models on the GPU where it works and pays, on the CPU where it does not.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::cpu::{CpuLlama, Kernel};
use super::gpu::{
    Boxed, GpuCounts, GpuError, GpuLlama, GpuReport, Identity, Phase, ReadError, Setup, Tally, Variant, clock, proved,
};
use super::ladder::{Choice, Listener, Standing, Times};
use super::token_reader::{Answer, CpuReader, Reading, TokenBackend, TokenReader, Wanted};
use super::{Logits, TokenError};
use crate::model::llama::LlamaModel;

/// Most tokens that there is room for on the device; longer texts run on the CPU.
const ROOM: usize = 4096;

/// Tokens whose logits are compared, whatever they mean.
const CHECKED: usize = 9;

/// Far beyond what another order of sums makes.
const TOLERANCE: f32 = 2e-2;

/// Tokens by which both are timed.
const TIMED: usize = 64;

/// The device, which is here while no text is on it.
enum Place {
    Here(Box<GpuLlama>),
    Lent,
    Gone,
}

struct State {
    place: Place,
    standing: Standing,
    report: Option<GpuReport>,
    /// Of the device in use.
    tally: Option<Arc<Tally>>,
    /// Of devices that are gone.
    counts: GpuCounts,
}

/// Runs a llama model on the GPU and steps down to the CPU. What fails there is read again, on a new device, then on the CPU,
/// where the model stays from then on. The device holds one text at a time.
pub struct TokenLadder {
    model: Arc<LlamaModel>,
    cpu: Arc<CpuLlama>,
    identity: Option<Identity>,
    variant: Option<Variant>,
    times: Option<Times>,
    state: Mutex<State>,
    /// Told when the device comes back.
    free: Condvar,
    listener: Listener,
}

impl TokenLadder {
    /// For this model, which `cpu` runs where there is no GPU. `listener` hears where it runs, now and whenever that changes.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(model: Arc<LlamaModel>, cpu: Arc<CpuLlama>, choice: Choice, listener: Listener) -> Self {
        super::wait(Self::open(model, cpu, choice, &Setup::default(), listener))
    }

    /// As [`new`](Self::new), without blocking.
    pub async fn open(model: Arc<LlamaModel>, cpu: Arc<CpuLlama>, choice: Choice, setup: &Setup<'_>, listener: Listener) -> Self {
        let chosen = choose(&model, &cpu, choice, setup).await;
        Self::with(model, cpu, chosen, setup, listener)
    }

    /// As [`open`](Self::open), on the GPU or not at all.
    ///
    /// # Errors
    /// [`GpuError`], which says why not.
    pub async fn demand(
        model: Arc<LlamaModel>,
        cpu: Arc<CpuLlama>,
        setup: &Setup<'_>,
        listener: Listener,
    ) -> Result<Self, GpuError> {
        let mut gpu = open(&model, setup).await?;
        let why = gpu.gpu().report().to_string();
        // nobody chooses a software adapter for its speed
        let times = if gpu.gpu().report().software { None } else { Some(times(&mut gpu, &cpu).await?) };
        Ok(Self::with(model, cpu, Chosen { gpu: Some(gpu), times, why }, setup, listener))
    }

    fn with(model: Arc<LlamaModel>, cpu: Arc<CpuLlama>, chosen: Chosen, setup: &Setup<'_>, listener: Listener) -> Self {
        let Chosen { gpu, times, why } = chosen;
        let standing = Standing { gpu: gpu.is_some(), why, failures: 0 };
        listener(&standing);
        let mut state = State { place: Place::Gone, standing, report: None, tally: None, counts: GpuCounts::default() };
        state.put(gpu);
        let (identity, variant) = (setup.identity.clone(), state.report.as_ref().map(|report| report.variant));
        Self { model, cpu, identity, variant, times, state: Mutex::new(state), free: Condvar::new(), listener }
    }

    /// Begins a text of at most `room` tokens; waits while another is on the device. In browsers, where nobody can wait, the
    /// text goes to the CPU then.
    pub fn begin(self: &Arc<Self>, room: usize) -> LadderReader {
        let fits = room <= self.model.config.context.min(ROOM);
        let mut gpu = if fits { self.borrow() } else { None };
        if let Some(gpu) = &mut gpu {
            gpu.truncate(0);
        }
        LadderReader { ladder: Arc::clone(self), lent: gpu.is_some(), gpu, on_cpu: None, tokens: Vec::new(), room }
    }

    /// Where it runs now, and why.
    pub fn standing(&self) -> Standing {
        self.lock().standing.clone()
    }

    /// The adapter in use.
    pub fn report(&self) -> Option<GpuReport> {
        self.lock().report.clone()
    }

    /// What was done on GPUs so far.
    pub fn counts(&self) -> GpuCounts {
        let state = self.lock();
        state.tally.as_ref().map_or(state.counts, |tally| state.counts + tally.counts())
    }

    /// What 64 tokens took on each at the start, where it was measured.
    pub fn times(&self) -> Option<Times> {
        self.times
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The device, if there is one.
    fn borrow(&self) -> Option<Box<GpuLlama>> {
        let mut state = self.lock();
        loop {
            match std::mem::replace(&mut state.place, Place::Lent) {
                Place::Here(gpu) => return Some(gpu),
                Place::Gone => {
                    state.place = Place::Gone;
                    return None;
                }
                Place::Lent if cfg!(target_arch = "wasm32") => return None,
                Place::Lent => state = self.free.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Takes the device back; none where it failed for good.
    fn give_back(&self, gpu: Option<Box<GpuLlama>>) {
        self.lock().place = gpu.map_or(Place::Gone, Place::Here);
        self.free.notify_all();
    }

    /// After an error: a new device, unless it is the second error in a row.
    async fn replace(&self, old: Box<GpuLlama>, error: &GpuError, again: bool) -> Option<Box<GpuLlama>> {
        drop(old);
        let setup = Setup { identity: self.identity.clone(), variant: self.variant, progress: None };
        let (gpu, why) = match again {
            true => (None, format!("{error}, also on a new device")),
            false => match open(&self.model, &setup).await {
                Ok(gpu) => {
                    let why = format!("{}, a new device after: {error}", gpu.gpu().report());
                    (Some(gpu), why)
                }
                Err(second) => (None, format!("{error}; then {second}")),
            },
        };
        let mut state = self.lock();
        state.standing = Standing { gpu: gpu.is_some(), why, failures: state.standing.failures + 1 };
        let standing = state.standing.clone();
        state.put(gpu);
        let gpu = match std::mem::replace(&mut state.place, Place::Lent) {
            Place::Here(gpu) => Some(gpu),
            _ => None,
        };
        drop(state);
        (self.listener)(&standing);
        gpu
    }
}

impl State {
    /// Takes another device, or none, in place of the one there was.
    fn put(&mut self, gpu: Option<GpuLlama>) {
        if let Some(old) = self.tally.take() {
            self.counts = self.counts + old.counts();
        }
        self.report = gpu.as_ref().map(|gpu| gpu.gpu().report().clone());
        self.tally = gpu.as_ref().map(|gpu| gpu.gpu().tally());
        self.place = gpu.map_or(Place::Gone, |gpu| Place::Here(Box::new(gpu)));
    }
}

impl TokenBackend for TokenLadder {
    fn reader(self: Arc<Self>, room: usize) -> Box<dyn TokenReader> {
        Box::new(self.begin(room))
    }
}

/// A text that begins on the device and may end on the CPU.
pub struct LadderReader {
    ladder: Arc<TokenLadder>,
    /// Whether the device has to be given back, or word that it is gone.
    lent: bool,
    /// While it is on the device.
    gpu: Option<Box<GpuLlama>>,
    on_cpu: Option<CpuReader>,
    /// Read so far: another device has to read them again.
    tokens: Vec<u32>,
    room: usize,
}

impl LadderReader {
    /// Takes the device away, as its loss would: for tests of what follows.
    pub fn destroy_device(&self) {
        if let Some(gpu) = &self.gpu {
            gpu.gpu().destroy();
        }
    }

    fn give_back(&mut self) {
        if std::mem::take(&mut self.lent) {
            self.ladder.give_back(self.gpu.take());
        }
    }

    /// On the device, as long as there is one.
    async fn on_gpu(&mut self, tokens: &[u32], wanted: Wanted<'_>) -> Option<Result<Answer, TokenError>> {
        for again in [false, true] {
            let gpu = self.gpu.as_mut()?;
            let missing = self.tokens.get(gpu.len()..).unwrap_or_default();
            let read = match gpu.feed(missing).await {
                Ok(()) => gpu.answer(tokens, wanted).await,
                Err(error) => Err(error),
            };
            match read {
                Ok(answer) => return Some(Ok(answer)),
                Err(ReadError::Token(error)) => return Some(Err(error)),
                Err(ReadError::Gpu(error)) => {
                    let old = self.gpu.take()?;
                    self.gpu = self.ladder.replace(old, &error, again).await;
                    if self.gpu.is_none() {
                        // others need not wait for this text any more
                        self.give_back();
                    }
                }
            }
        }
        None
    }

    async fn take(&mut self, tokens: &[u32], wanted: Wanted<'_>) -> Result<Answer, TokenError> {
        let room = self.room - self.tokens.len();
        if tokens.len() > room {
            return Err(TokenError::CacheFull { tokens: tokens.len(), room });
        }
        let answer = match self.on_gpu(tokens, wanted).await {
            Some(read) => read?,
            None => {
                let on_cpu = match &mut self.on_cpu {
                    Some(reader) => reader,
                    none => {
                        let mut reader = CpuReader::new(Arc::clone(&self.ladder.cpu), self.room);
                        reader.read_now(&self.tokens, Wanted::Nothing)?;
                        none.insert(reader)
                    }
                };
                on_cpu.read_now(tokens, wanted)?
            }
        };
        self.tokens.extend_from_slice(tokens);
        Ok(answer)
    }
}

impl Drop for LadderReader {
    fn drop(&mut self) {
        self.give_back();
    }
}

impl TokenReader for LadderReader {
    fn read<'a>(&'a mut self, tokens: &'a [u32], wanted: Wanted<'a>) -> Reading<'a> {
        Box::pin(self.take(tokens, wanted))
    }

    fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
        if let Some(gpu) = &mut self.gpu {
            gpu.truncate(len);
        }
        if let Some(reader) = &mut self.on_cpu {
            reader.truncate(len);
        }
    }

    fn capacity(&self) -> usize {
        self.room
    }

    fn step(&self) -> usize {
        self.gpu.as_ref().map_or(super::token_reader::CPU_STEP, |gpu| gpu.chunk())
    }
}

/// On the best adapter, and checked.
fn open<'a>(model: &'a Arc<LlamaModel>, setup: &'a Setup<'_>) -> Boxed<'a, Result<GpuLlama, GpuError>> {
    Box::pin(open_now(model, setup))
}

async fn open_now(model: &Arc<LlamaModel>, setup: &Setup<'_>) -> Result<GpuLlama, GpuError> {
    let capacity = model.config.context.min(ROOM);
    proved(setup, async |gpu| {
        let mut gpu = GpuLlama::new(gpu, Arc::clone(model), capacity, setup).await?;
        setup.tell(Phase::Warmup, 0, Some(1))?;
        check(&mut gpu, model, &sample(model.vocab_size(), CHECKED.min(capacity))).await?;
        setup.tell(Phase::Warmup, 1, Some(1))?;
        Ok(gpu)
    })
    .await
}

/// Whether the GPU gives the logits of the CPU: after several tokens in one go, which take other kernels than the last one,
/// which is read alone.
async fn check(gpu: &mut GpuLlama, model: &Arc<LlamaModel>, tokens: &[u32]) -> Result<(), GpuError> {
    let cpu = CpuLlama::new(Arc::clone(model), Kernel::Float);
    let mut cache = cpu.cache(tokens.len());
    let (most, last) = tokens.split_at(tokens.len().saturating_sub(1));
    for part in [most, last] {
        let found = gpu.read(part).await.map_err(gpu_error)?;
        let wanted = cpu.read(part, &mut cache, Logits::Last).map_err(|error| gpu_error(error.into()))?;
        for (token, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            if (found - wanted).abs() > TOLERANCE * (1.0 + wanted.abs()) {
                let problem = format!("the logit of token {token} is {found}, on the CPU it is {wanted}");
                return Err(GpuError::Wrong { problem });
            }
        }
    }
    gpu.truncate(0);
    Ok(())
}

fn gpu_error(error: ReadError) -> GpuError {
    match error {
        ReadError::Gpu(error) => error,
        ReadError::Token(error) => GpuError::Unsupported { problem: error.to_string() },
    }
}

fn sample(vocab: usize, count: usize) -> Vec<u32> {
    (0..count).map(|i| (i * 7919 % vocab) as u32).collect()
}

/// A GPU that works, if there is one, and why or why not.
struct Chosen {
    gpu: Option<GpuLlama>,
    times: Option<Times>,
    why: String,
}

impl Chosen {
    fn none(why: String) -> Self {
        Self { gpu: None, times: None, why }
    }
}

async fn choose(model: &Arc<LlamaModel>, cpu: &CpuLlama, choice: Choice, setup: &Setup<'_>) -> Chosen {
    if choice == Choice::Cpu {
        return Chosen::none("asked for".into());
    }
    if let Some(why) = choice.slower_before() {
        return Chosen::none(why);
    }
    let mut gpu = match open(model, setup).await {
        Ok(gpu) => gpu,
        Err(error) => return Chosen::none(error.to_string()),
    };
    let report = gpu.gpu().report().to_string();
    match choice {
        Choice::Measured(times) => {
            return Chosen { gpu: Some(gpu), times: Some(times), why: format!("{report}; before, it took {times}") };
        }
        Choice::Gpu => return Chosen { gpu: Some(gpu), times: None, why: report },
        Choice::Auto | Choice::Cpu => {}
    }
    if gpu.gpu().report().software {
        return Chosen::none(format!("{report} is no faster"));
    }
    match times(&mut gpu, cpu).await {
        Err(error) => Chosen::none(error.to_string()),
        Ok(times) => {
            let why = format!("{report}; for {TIMED} tokens it takes {times}");
            Chosen { gpu: (times.gpu < times.cpu).then_some(gpu), times: Some(times), why }
        }
    }
}

/// What it takes to read some tokens, once warm.
fn times<'a>(gpu: &'a mut GpuLlama, cpu: &'a CpuLlama) -> Boxed<'a, Result<Times, GpuError>> {
    Box::pin(times_now(gpu, cpu))
}

async fn times_now(gpu: &mut GpuLlama, cpu: &CpuLlama) -> Result<Times, GpuError> {
    let tokens = sample(cpu.vocab_size(), TIMED.min(gpu.capacity()));
    let mut on_gpu = Duration::MAX;
    for _ in 0..2 {
        gpu.truncate(0);
        let start = clock::now();
        gpu.read(&tokens).await.map_err(gpu_error)?;
        on_gpu = on_gpu.min(clock::now().saturating_sub(start));
    }
    gpu.truncate(0);
    let start = clock::now();
    cpu.read(&tokens, &mut cpu.cache(tokens.len()), Logits::Last).map_err(|error| gpu_error(error.into()))?;
    Ok(Times { gpu: on_gpu, cpu: clock::now().saturating_sub(start) })
}
