//! The GPU where it works and pays, the CPU where it does not.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::cpu::{CpuLineBackend, Kernel};
use super::gpu::{Boxed, GpuCounts, GpuError, GpuLine, GpuReport, Identity, Setup, Variant, clock};
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
    /// Where it was faster before.
    Measured(Times),
}

impl Choice {
    /// Why not on the GPU, where that was measured before.
    pub(super) fn slower_before(self) -> Option<String> {
        match self {
            Self::Measured(times) if times.gpu >= times.cpu => Some(format!("before, the GPU took {times}")),
            _ => None,
        }
    }
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

/// What a window of the usual size takes, once warm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// On the GPU.
    pub gpu: Duration,
    /// On the CPU.
    pub cpu: Duration,
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1?}, the CPU {:.1?}", self.gpu, self.cpu)
    }
}

struct State {
    gpu: Option<Arc<GpuLine>>,
    /// The device took the place of another and has done nothing yet.
    fresh: bool,
    /// Why another device is wanted, until one is being made.
    wanted: Option<GpuError>,
    standing: Standing,
    /// Of devices that are gone.
    counts: GpuCounts,
}

/// Is told where a model runs, at first and whenever that changes.
pub type Listener = Box<dyn Fn(&Standing) + Send + Sync>;

/// Where a model runs now, and who is told.
struct Rung {
    state: Mutex<State>,
    listener: Listener,
}

impl Rung {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another device, or none, in place of the one there is; `failed` counts that as a failure of it.
    fn put(&self, gpu: Option<GpuLine>, why: String, failed: bool) {
        let mut state = self.lock();
        let old = state.gpu.take();
        if let Some(old) = &old {
            state.counts = state.counts + old.gpu().counts();
        }
        (state.gpu, state.fresh) = (gpu.map(Arc::new), true);
        let failures = state.standing.failures + u64::from(failed);
        state.standing = Standing { gpu: state.gpu.is_some(), why, failures };
        let standing = state.standing.clone();
        drop(state);
        drop(old);
        (self.listener)(&standing);
    }
}

/// Runs a line transformer on the GPU and steps down to the CPU. A window that fails is run again on the CPU, which goes on while
/// another device is made: natively on a thread, in browsers by who drives [`replace`](Self::replace). One that fails before
/// it did anything is the last.
pub struct LadderBackend {
    model: Arc<LineModel>,
    cpu: CpuLineBackend,
    identity: Option<Identity>,
    variant: Option<Variant>,
    measured: Option<Times>,
    /// Held while a window is on the GPU: one at a time.
    #[cfg(not(target_arch = "wasm32"))]
    turn: Mutex<()>,
    /// Makes another device.
    #[cfg(not(target_arch = "wasm32"))]
    maker: Mutex<Option<std::thread::JoinHandle<()>>>,
    rung: Arc<Rung>,
}

impl LadderBackend {
    /// For this model. Looks for a GPU, lets it prove itself and, where the choice is left to it, takes the time. `listener` hears
    /// what came of it.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn new(model: Arc<LineModel>, choice: Choice, listener: Listener) -> Self {
        pollster::block_on(Self::open(model, choice, &Setup::default(), listener))
    }

    /// As [`new`](Self::new), without blocking.
    pub async fn open(model: Arc<LineModel>, choice: Choice, setup: &Setup<'_>, listener: Listener) -> Self {
        let cpu = CpuLineBackend::with_kernel(Arc::clone(&model), Kernel::Int8);
        let chosen = choose(&model, &cpu, choice, setup).await;
        Self::with(model, cpu, chosen, setup, listener)
    }

    /// As [`open`](Self::open), on the GPU or not at all. A real GPU's time is measured, for the next time that the choice is
    /// left open.
    ///
    /// # Errors
    /// [`GpuError`], which says why not.
    pub async fn demand(model: Arc<LineModel>, setup: &Setup<'_>, listener: Listener) -> Result<Self, GpuError> {
        let line = open(&model, setup).await?;
        let why = line.gpu().report().to_string();
        let cpu = CpuLineBackend::with_kernel(Arc::clone(&model), Kernel::Int8);
        // nobody chooses a software adapter for its speed
        let measured = if line.gpu().report().software { None } else { Some(times(&line, &cpu).await?) };
        Ok(Self::with(model, cpu, Chosen { gpu: Some(line), measured, why }, setup, listener))
    }

    fn with(model: Arc<LineModel>, cpu: CpuLineBackend, chosen: Chosen, setup: &Setup<'_>, listener: Listener) -> Self {
        let Chosen { gpu, measured, why } = chosen;
        let gpu = gpu.map(Arc::new);
        let standing = Standing { gpu: gpu.is_some(), why, failures: 0 };
        listener(&standing);
        Self {
            model,
            cpu,
            identity: setup.identity.clone(),
            variant: gpu.as_ref().map(|line| line.gpu().report().variant),
            measured,
            #[cfg(not(target_arch = "wasm32"))]
            turn: Mutex::new(()),
            #[cfg(not(target_arch = "wasm32"))]
            maker: Mutex::default(),
            rung: Arc::new(Rung {
                state: Mutex::new(State { gpu, fresh: false, wanted: None, standing, counts: GpuCounts::default() }),
                listener,
            }),
        }
    }

    /// Where it runs now, and why.
    pub fn standing(&self) -> Standing {
        self.state().standing.clone()
    }

    /// The adapter in use.
    pub fn report(&self) -> Option<GpuReport> {
        self.state().gpu.as_ref().map(|line| line.gpu().report().clone())
    }

    /// What was done on GPUs so far.
    pub fn counts(&self) -> GpuCounts {
        let state = self.state();
        let now = state.gpu.as_ref().map(|line| line.gpu().counts()).unwrap_or_default();
        state.counts + now
    }

    /// Bytes that the device's buffers take now, where the driver can tell.
    pub fn allocated_bytes(&self) -> Option<u64> {
        self.state().gpu.as_ref().and_then(|line| line.gpu().allocated_bytes())
    }

    /// What a window of the usual size took on each at the start, where it was measured, whatever was chosen for it.
    pub fn times(&self) -> Option<Times> {
        self.measured
    }

    /// Takes the device away, as its loss would: for tests of what follows.
    pub fn destroy_device(&self) {
        // not with the state locked: the loss is told on this thread
        let line = self.state().gpu.clone();
        if let Some(line) = line {
            line.gpu().destroy();
        }
    }

    /// As [`LineBackend::read_lines`].
    pub fn read(&self, page: &mut PageInput) {
        self.cpu.read_lines(page);
    }

    /// As [`LineBackend::window`], without blocking. One window at a time.
    pub async fn run(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Vec<f32> {
        match self.on_gpu(page, window, pool).await {
            Some(logits) => logits,
            None => self.cpu.window(page, window, pool),
        }
    }

    /// A window on the GPU, where there is one and it does not fail.
    async fn on_gpu(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Option<Vec<f32>> {
        let line = self.state().gpu.clone()?;
        match line.window(page, window, pool).await {
            Ok(logits) => {
                self.state().fresh = false;
                Some(logits)
            }
            Err(error) => {
                drop(line);
                self.give_up(error);
                None
            }
        }
    }

    /// Whether another device is wanted, and not yet being made.
    pub fn wants_device(&self) -> bool {
        self.state().wanted.is_some()
    }

    /// Makes another device, where one is wanted, while the CPU does the work.
    pub async fn replace(&self) {
        let wanted = self.state().wanted.take();
        if let Some(error) = wanted {
            let setup = Setup { identity: self.identity.clone(), variant: self.variant, progress: None };
            replace(&self.rung, &self.model, &setup, error).await;
        }
    }

    /// After an error: the CPU, and another device, unless the one that failed had done nothing.
    fn give_up(&self, error: GpuError) {
        if self.state().fresh {
            return self.rung.put(None, format!("{error}, also on a new device"), true);
        }
        self.rung.put(None, format!("{error}; another device is being made"), true);
        self.state().wanted = Some(error);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.rung.lock()
    }

    /// As [`replace`](Self::replace), on a thread.
    #[cfg(not(target_arch = "wasm32"))]
    fn start_replacing(&self) {
        let Some(error) = self.state().wanted.take() else { return };
        let (rung, model) = (Arc::clone(&self.rung), Arc::clone(&self.model));
        let (identity, variant) = (self.identity.clone(), self.variant);
        let make = move || {
            let setup = Setup { identity, variant, progress: None };
            pollster::block_on(replace(&rung, &model, &setup, error));
        };
        let maker = std::thread::Builder::new().name("prox-gpu".into()).spawn(make);
        *self.maker.lock().unwrap_or_else(PoisonError::into_inner) = maker.ok();
    }

    /// Waits until another device is made, if one is being made.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn settle(&self) {
        let maker = self.maker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(maker) = maker {
            // what it could not make it told
            let _ = maker.join();
        }
    }
}

/// Drivers may not be at work when a process ends.
#[cfg(not(target_arch = "wasm32"))]
impl Drop for LadderBackend {
    fn drop(&mut self) {
        self.settle();
    }
}

/// Blocks until the device has answered.
#[cfg(not(target_arch = "wasm32"))]
impl LineBackend for LadderBackend {
    fn read_lines(&self, page: &mut PageInput) {
        self.read(page);
    }

    fn window(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Vec<f32> {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(logits) = pollster::block_on(self.on_gpu(page, window, pool)) {
            return logits;
        }
        self.start_replacing();
        // the CPU serves all threads at once
        drop(turn);
        self.cpu.window(page, window, pool)
    }

    fn document_logit(&self, pooled: &[f32], features: &[f32]) -> f32 {
        self.cpu.document_logit(pooled, features)
    }
}

/// Makes another device and puts it in the place of the one that failed so; where that fails the CPU stays.
async fn replace(rung: &Rung, model: &Arc<LineModel>, setup: &Setup<'_>, error: GpuError) {
    let (line, why) = match open(model, setup).await {
        Ok(line) => {
            let why = format!("{}, a new device after: {error}", line.gpu().report());
            (Some(line), why)
        }
        Err(second) => (None, format!("{error}; then {second}")),
    };
    rung.put(line, why, false);
}

/// A GPU that works and is to be used, if there is one, and why or why not.
struct Chosen {
    gpu: Option<GpuLine>,
    measured: Option<Times>,
    why: String,
}

impl Chosen {
    fn none(why: String) -> Self {
        Self { gpu: None, measured: None, why }
    }
}

async fn choose(model: &Arc<LineModel>, cpu: &CpuLineBackend, choice: Choice, setup: &Setup<'_>) -> Chosen {
    if choice == Choice::Cpu {
        return Chosen::none("asked for".into());
    }
    if let Some(why) = choice.slower_before() {
        return Chosen::none(why);
    }
    let line = match open(model, setup).await {
        Ok(line) => line,
        Err(error) => return Chosen::none(error.to_string()),
    };
    let report = line.gpu().report().to_string();
    match choice {
        Choice::Measured(times) => {
            return Chosen { gpu: Some(line), measured: Some(times), why: format!("{report}; before, it took {times}") };
        }
        Choice::Gpu => return Chosen { gpu: Some(line), measured: None, why: report },
        Choice::Auto | Choice::Cpu => {}
    }
    if line.gpu().report().software {
        return Chosen::none(format!("{report} is no faster"));
    }
    match times(&line, cpu).await {
        Err(error) => Chosen::none(error.to_string()),
        Ok(times) => {
            let why = format!("{report}; for a window of lines it takes {times}");
            Chosen { gpu: (times.gpu < times.cpu).then_some(line), measured: Some(times), why }
        }
    }
}

/// A device that works, with the model on it.
fn open<'a>(model: &'a Arc<LineModel>, setup: &'a Setup<'_>) -> Boxed<'a, Result<GpuLine, GpuError>> {
    Box::pin(GpuLine::open(Arc::clone(model), setup))
}

fn times<'a>(line: &'a GpuLine, cpu: &'a CpuLineBackend) -> Boxed<'a, Result<Times, GpuError>> {
    Box::pin(times_now(line, cpu))
}

async fn times_now(line: &GpuLine, cpu: &CpuLineBackend) -> Result<Times, GpuError> {
    const LINES: usize = 128;
    let model = line.model();
    let lines: Vec<String> = (0..LINES).map(|i| format!("Line {i} of a page, as long as lines of pages are.")).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).take(model.config.context).collect();
    let mut page = model.read_page(&lines);
    line.read_lines(&mut page);
    let window = (0, lines.len());
    let mut pool = Pool::new(model.config.width);
    let mut on_gpu = Duration::MAX;
    for _ in 0..3 {
        let start = clock::now();
        line.window(&page, window, &mut pool).await?;
        on_gpu = on_gpu.min(clock::now().saturating_sub(start));
    }
    let start = clock::now();
    cpu.window(&page, window, &mut pool);
    Ok(Times { gpu: on_gpu, cpu: clock::now().saturating_sub(start) })
}
