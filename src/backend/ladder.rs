//! The GPU where it works and pays, the CPU where it does not.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::cpu::CpuLineBackend;
use super::gpu::{GpuCounts, GpuError, GpuLine};
use super::{LineBackend, Pool};
use crate::model::line::{LineModel, PageInput};

/// Where a model may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Where it is fastest.
    Auto,
    /// On the CPU.
    Cpu,
    /// On the GPU, a software one too; on the CPU where that fails.
    Gpu,
}

/// Where a model runs, and why there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether on the GPU.
    pub gpu: bool,
    /// The reason.
    pub why: String,
    /// How often the GPU failed.
    pub failures: u64,
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", if self.gpu { "GPU" } else { "CPU" }, self.why)
    }
}

struct State {
    gpu: Option<Arc<GpuLine>>,
    standing: Standing,
    /// Of devices that are gone.
    counts: GpuCounts,
}

/// Is told where a model runs, at first and whenever that changes.
pub type Listener = Box<dyn Fn(&Standing) + Send + Sync>;

/// Runs a line transformer on the GPU and steps down to the CPU. A window that fails is run again, on a new device, then on the
/// CPU, where the model stays from then on.
pub struct LadderBackend {
    model: Arc<LineModel>,
    cpu: CpuLineBackend,
    /// Held while a window is on the GPU: one at a time.
    turn: Mutex<()>,
    state: Mutex<State>,
    listener: Listener,
}

impl LadderBackend {
    /// For this model. Looks for a GPU, lets it prove itself and, where the choice is left to it, takes the time. `listener` hears
    /// what came of it.
    pub fn new(model: Arc<LineModel>, choice: Choice, listener: Listener) -> Self {
        let cpu = CpuLineBackend::new(Arc::clone(&model));
        let (gpu, why) = match choose(&model, &cpu, choice) {
            Ok((line, why)) => (Some(Arc::new(line)), why),
            Err(why) => (None, why),
        };
        let standing = Standing { gpu: gpu.is_some(), why, failures: 0 };
        listener(&standing);
        let state = Mutex::new(State { gpu, standing, counts: GpuCounts::default() });
        Self { model, cpu, turn: Mutex::new(()), state, listener }
    }

    /// Where it runs now, and why.
    pub fn standing(&self) -> Standing {
        self.state().standing.clone()
    }

    /// What was done on GPUs so far.
    pub fn counts(&self) -> GpuCounts {
        let state = self.state();
        let now = state.gpu.as_ref().map(|line| line.gpu().counts()).unwrap_or_default();
        sum(state.counts, now)
    }

    /// Takes the device away, as its loss would: for tests of what follows.
    pub fn destroy_device(&self) {
        // not with the state locked: the loss is told on this thread
        let line = self.state().gpu.clone();
        if let Some(line) = line {
            line.gpu().destroy();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another device, or none, in place of one that failed.
    fn replace(&self, gpu: Option<GpuLine>, why: String) {
        let mut state = self.state();
        if let Some(old) = state.gpu.take() {
            state.counts = sum(state.counts, old.gpu().counts());
        }
        state.gpu = gpu.map(Arc::new);
        state.standing = Standing { gpu: state.gpu.is_some(), why, failures: state.standing.failures + 1 };
        let standing = state.standing.clone();
        drop(state);
        (self.listener)(&standing);
    }
}

impl LineBackend for LadderBackend {
    fn read_lines(&self, page: &mut PageInput) {
        self.cpu.read_lines(page);
    }

    fn window(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Vec<f32> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        for again in [false, true] {
            let Some(line) = self.state().gpu.clone() else { break };
            let error = match pollster::block_on(line.window(page, window, pool)) {
                Ok(logits) => return logits,
                Err(error) => error,
            };
            drop(line);
            if again {
                self.replace(None, format!("{error}, also on a new device"));
                break;
            }
            match pollster::block_on(GpuLine::open(Arc::clone(&self.model))) {
                Ok(line) => {
                    let why = format!("{}, a new device after: {error}", line.gpu().report());
                    self.replace(Some(line), why);
                }
                Err(second) => self.replace(None, format!("{error}; then {second}")),
            }
        }
        drop(turn);
        self.cpu.window(page, window, pool)
    }

    fn document_logit(&self, pooled: &[f32], features: &[f32]) -> f32 {
        self.cpu.document_logit(pooled, features)
    }
}

/// A GPU that works, or why there is none.
fn choose(model: &Arc<LineModel>, cpu: &CpuLineBackend, choice: Choice) -> Result<(GpuLine, String), String> {
    if choice == Choice::Cpu {
        return Err("asked for".into());
    }
    let line = pollster::block_on(GpuLine::open(Arc::clone(model))).map_err(|error| error.to_string())?;
    let report = line.gpu().report().to_string();
    if choice == Choice::Gpu {
        return Ok((line, report));
    }
    if line.gpu().report().software {
        return Err(format!("{report} is no faster"));
    }
    let (on_gpu, on_cpu) = times(&line, cpu).map_err(|error| error.to_string())?;
    let times = format!("{on_gpu:.1?} a window of lines, on the CPU {on_cpu:.1?}");
    if on_gpu < on_cpu { Ok((line, format!("{report} takes {times}"))) } else { Err(format!("{report} takes {times}")) }
}

/// What a window of the usual size takes on each, once warm.
fn times(line: &GpuLine, cpu: &CpuLineBackend) -> Result<(Duration, Duration), GpuError> {
    const LINES: usize = 128;
    let model = line.model();
    let lines: Vec<String> = (0..LINES).map(|i| format!("Line {i} of a page, as long as lines of pages are.")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).take(model.config.context).collect();
    let page = model.read_page(&lines);
    let window = (0, lines.len());
    let mut pool = Pool::new(model.config.width);
    let mut on_gpu = Duration::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        pollster::block_on(line.window(&page, window, &mut pool))?;
        on_gpu = on_gpu.min(start.elapsed());
    }
    let start = Instant::now();
    cpu.window(&page, window, &mut pool);
    Ok((on_gpu, start.elapsed()))
}

fn sum(a: GpuCounts, b: GpuCounts) -> GpuCounts {
    GpuCounts {
        submits: a.submits + b.submits,
        dispatches: a.dispatches + b.dispatches,
        readbacks: a.readbacks + b.readbacks,
        bytes: a.bytes + b.bytes,
    }
}
