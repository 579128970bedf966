//! Token models on the GPU where it works and pays, on the CPU where it does not.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pollster::block_on;

use super::cpu::{CpuLlama, Kernel};
use super::gpu::{Gpu, GpuError, GpuLlama, ReadError, Setup};
use super::ladder::{Choice, Listener, Standing};
use super::token_reader::{TokenBackend, TokenReader};
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

struct State {
    gpu: Option<GpuLlama>,
    standing: Standing,
}

/// Runs a llama model on the GPU and steps down to the CPU. What fails there is read again, on a new device, then on the CPU,
/// where the model stays from then on. The device holds one text at a time.
pub struct TokenLadder {
    model: Arc<LlamaModel>,
    cpu: Arc<CpuLlama>,
    state: Mutex<State>,
    listener: Listener,
}

impl TokenLadder {
    /// For this model, which `cpu` runs where there is no GPU. `listener` hears where it runs, now and whenever that changes.
    pub fn new(model: Arc<LlamaModel>, cpu: Arc<CpuLlama>, choice: Choice, listener: Listener) -> Self {
        let (gpu, why) = match choose(&model, &cpu, choice) {
            Ok((gpu, why)) => (Some(gpu), why),
            Err(why) => (None, why),
        };
        let standing = Standing { gpu: gpu.is_some(), why, failures: 0 };
        listener(&standing);
        Self { model, cpu, state: Mutex::new(State { gpu, standing }), listener }
    }

    /// As [`reader`](TokenBackend::reader).
    pub fn begin(&self, room: usize) -> LadderReader<'_> {
        if room > self.room() {
            return LadderReader { ladder: self, state: None, on_cpu: None, tokens: Vec::new(), room };
        }
        let mut state = Some(self.lock());
        match state.as_mut().and_then(|state| state.gpu.as_mut()) {
            Some(gpu) => gpu.truncate(0),
            None => state = None,
        }
        LadderReader { ladder: self, state, on_cpu: None, tokens: Vec::new(), room }
    }

    /// Where it runs now, and why. Waits while a text is on the device.
    pub fn standing(&self) -> Standing {
        self.lock().standing.clone()
    }

    /// Tokens of the longest text that goes to the device.
    fn room(&self) -> usize {
        room(&self.model)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After an error: a new device, unless it is the second error in a row.
    fn replace(&self, state: &mut State, error: &GpuError, again: bool) {
        state.gpu = None;
        let (gpu, why) = match again {
            true => (None, format!("{error}, also on a new device")),
            false => match open(&self.model) {
                Ok(gpu) => {
                    let why = format!("{}, a new device after: {error}", gpu.gpu().report());
                    (Some(gpu), why)
                }
                Err(second) => (None, format!("{error}; then {second}")),
            },
        };
        state.standing = Standing { gpu: gpu.is_some(), why, failures: state.standing.failures + 1 };
        state.gpu = gpu;
        (self.listener)(&state.standing);
    }
}

impl TokenBackend for TokenLadder {
    fn reader(&self, room: usize) -> Box<dyn TokenReader + '_> {
        Box::new(self.begin(room))
    }
}

/// A text that begins on the device and may end on the CPU.
pub struct LadderReader<'a> {
    ladder: &'a TokenLadder,
    /// While it is on the device.
    state: Option<MutexGuard<'a, State>>,
    on_cpu: Option<Box<dyn TokenReader + 'a>>,
    /// Read so far: another device has to read them again.
    tokens: Vec<u32>,
    room: usize,
}

impl LadderReader<'_> {
    /// Takes the device away, as its loss would: for tests of what follows.
    pub fn destroy_device(&self) {
        if let Some(gpu) = self.state.as_ref().and_then(|state| state.gpu.as_ref()) {
            gpu.gpu().destroy();
        }
    }

    /// On the device, as long as there is one.
    fn on_gpu(&mut self, tokens: &[u32], wanted: bool) -> Option<Result<Vec<f32>, TokenError>> {
        for again in [false, true] {
            let state = self.state.as_mut()?;
            let gpu = state.gpu.as_mut()?;
            let missing = self.tokens.get(gpu.len()..).unwrap_or_default();
            let read = match block_on(gpu.feed(missing)) {
                Ok(()) if wanted => block_on(gpu.read(tokens)),
                Ok(()) => block_on(gpu.feed(tokens)).map(|()| Vec::new()),
                Err(error) => Err(error),
            };
            match read {
                Ok(logits) => return Some(Ok(logits)),
                Err(ReadError::Token(error)) => return Some(Err(error)),
                Err(ReadError::Gpu(error)) => self.ladder.replace(state, &error, again),
            }
        }
        None
    }
}

impl TokenReader for LadderReader<'_> {
    fn read(&mut self, tokens: &[u32], wanted: bool) -> Result<Vec<f32>, TokenError> {
        let room = self.room - self.tokens.len();
        if tokens.len() > room {
            return Err(TokenError::CacheFull { tokens: tokens.len(), room });
        }
        let logits = match self.on_gpu(tokens, wanted) {
            Some(read) => read?,
            None => {
                // others need not wait for this text any more
                self.state = None;
                let on_cpu = match &mut self.on_cpu {
                    Some(reader) => reader,
                    none => {
                        let mut reader = self.ladder.cpu.reader(self.room);
                        reader.read(&self.tokens, false)?;
                        none.insert(reader)
                    }
                };
                on_cpu.read(tokens, wanted)?
            }
        };
        self.tokens.extend_from_slice(tokens);
        Ok(logits)
    }

    fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
        if let Some(gpu) = self.state.as_mut().and_then(|state| state.gpu.as_mut()) {
            gpu.truncate(len);
        }
        if let Some(reader) = &mut self.on_cpu {
            reader.truncate(len);
        }
    }

    fn capacity(&self) -> usize {
        self.room
    }
}

/// On the best adapter, and checked.
fn open(model: &Arc<LlamaModel>) -> Result<GpuLlama, GpuError> {
    let capacity = room(model);
    let mut gpu = block_on(GpuLlama::new(block_on(Gpu::connect())?, Arc::clone(model), capacity, &Setup::default()))?;
    let tokens = sample(model, CHECKED.min(capacity));
    let found = block_on(gpu.read(&tokens)).map_err(gpu_error)?;
    let cpu = CpuLlama::new(Arc::clone(model), Kernel::Float);
    let wanted = cpu.read(&tokens, &mut cpu.cache(tokens.len()), Logits::Last).map_err(|error| gpu_error(error.into()))?;
    for (token, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
        if (found - wanted).abs() > TOLERANCE * (1.0 + wanted.abs()) {
            return Err(GpuError::Wrong { problem: format!("the logit of token {token} is {found}, on the CPU it is {wanted}") });
        }
    }
    gpu.truncate(0);
    Ok(gpu)
}

fn room(model: &LlamaModel) -> usize {
    model.config.context.min(ROOM)
}

fn gpu_error(error: ReadError) -> GpuError {
    match error {
        ReadError::Gpu(error) => error,
        ReadError::Token(error) => GpuError::Unsupported { problem: error.to_string() },
    }
}

fn sample(model: &LlamaModel, count: usize) -> Vec<u32> {
    (0..count).map(|i| (i * 7919 % model.vocab_size()) as u32).collect()
}

/// A GPU that works, or why there is none.
fn choose(model: &Arc<LlamaModel>, cpu: &CpuLlama, choice: Choice) -> Result<(GpuLlama, String), String> {
    if choice == Choice::Cpu {
        return Err("asked for".into());
    }
    let mut gpu = open(model).map_err(|error| error.to_string())?;
    let report = gpu.gpu().report().to_string();
    if choice == Choice::Gpu {
        return Ok((gpu, report));
    }
    if gpu.gpu().report().software {
        return Err(format!("{report} is no faster"));
    }
    let tokens = sample(model, TIMED.min(gpu.capacity()));
    let start = Instant::now();
    block_on(gpu.read(&tokens)).map_err(|error| error.to_string())?;
    let on_gpu = start.elapsed();
    gpu.truncate(0);
    let start = Instant::now();
    cpu.read(&tokens, &mut cpu.cache(tokens.len()), Logits::Last).map_err(|error| error.to_string())?;
    let on_cpu = start.elapsed();
    let why = format!("{report} takes {on_gpu:.1?} for {} tokens, the CPU {on_cpu:.1?}", tokens.len());
    if on_gpu < on_cpu { Ok((gpu, why)) } else { Err(why) }
}
