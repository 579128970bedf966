//! Models on the GPU.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Function, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::errors::{self, Code, failure};
use super::refiner::{GpuStats, RefineInput, copied, event_value, evidence_value, refined_value};
use super::task::Task;
use super::values::{from_js, to_js};
use crate::backend::cpu::CpuLineBackend;
use crate::backend::gpu::{GpuCounts, GpuError, Identity, Phase, Setup};
use crate::backend::{Choice, LadderBackend};
use crate::model::line::LineModel;
use crate::refiner::{Judgement, RefineSession, Refiner};

/// Options of `open`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct OpenInput {
    adapter: String,
    software: bool,
    /// Whether the GPU is wanted at any cost; else only if it is faster.
    demanded: bool,
}

/// A model on a GPU, or on the CPU once the GPU failed.
#[wasm_bindgen]
pub struct GpuModel {
    refiner: Refiner,
    ladder: Arc<LadderBackend>,
    bytes: usize,
    /// Milliseconds of a window on the GPU and on the CPU.
    times: Option<[f64; 2]>,
}

/// A task that loads a model: `progress(phase, done, total)` may throw, which ends the loading.
#[wasm_bindgen(js_name = openGpuModel)]
pub fn open(bytes: Uint8Array, options: JsValue, progress: Function) -> Result<Task, JsValue> {
    let OpenInput { adapter, software, demanded } = from_js(options)?;
    let len = bytes.length() as usize;
    let model = LineModel::from_bytes(copied(&bytes)?).map_err(|e| failure(Code::InvalidModel, &e))?;
    let model = Arc::new(model);
    Ok(Task::new(async move {
        let thrown = RefCell::new(None);
        let told = |phase: Phase, done: u64, total: Option<u64>| {
            let name = match phase {
                Phase::Upload => "upload",
                Phase::Compile => "compile",
                Phase::Warmup => "warmup",
            };
            let total = total.map_or(JsValue::NULL, |total| (total as f64).into());
            let said = progress.call3(&JsValue::UNDEFINED, &name.into(), &(done as f64).into(), &total);
            said.map_err(|error| *thrown.borrow_mut() = Some(error)).is_ok()
        };
        let setup = Setup { identity: Some(Identity { name: adapter, software }), progress: Some(&told) };
        let opened = opened(&model, demanded, &setup).await;
        if let Some(error) = thrown.take() {
            return Err(error);
        }
        let (ladder, times) = opened.map_err(|e| failure(code(&e), &e))?;
        let cpu = Arc::new(CpuLineBackend::new(Arc::clone(&model)));
        let refiner = Refiner::with_backend(model, cpu);
        Ok(GpuModel { refiner, ladder: Arc::new(ladder), bytes: len, times }.into())
    }))
}

async fn opened(
    model: &Arc<LineModel>,
    demanded: bool,
    setup: &Setup<'_>,
) -> Result<(LadderBackend, Option<[f64; 2]>), GpuError> {
    let quiet = Box::new(|_: &_| ());
    let ladder = if demanded {
        LadderBackend::demand(Arc::clone(model), setup, quiet).await?
    } else {
        LadderBackend::open(Arc::clone(model), Choice::Auto, setup, quiet).await
    };
    // nobody chooses a software adapter for its speed
    let is_software = ladder.report().is_none_or(|report| report.software);
    let times = if is_software { None } else { ladder.times().await? };
    Ok((ladder, times.map(|times| [times.gpu, times.cpu].map(|time| time.as_secs_f64() * 1e3))))
}

fn code(error: &GpuError) -> Code {
    match error {
        GpuError::OutOfMemory { .. } => Code::OutOfMemory,
        _ => Code::Unsupported,
    }
}

#[wasm_bindgen]
impl GpuModel {
    /// The model's name.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.refiner.model().name.clone()
    }

    /// Bytes of its file.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Where it runs: `{ gpu, why, failures, times }`.
    #[wasm_bindgen(getter)]
    pub fn standing(&self) -> Result<JsValue, JsValue> {
        #[derive(Serialize)]
        struct Out {
            gpu: bool,
            why: String,
            failures: u64,
            times: Option<[f64; 2]>,
        }
        let standing = self.ladder.standing();
        to_js(&Out { gpu: standing.gpu, why: standing.why, failures: standing.failures, times: self.times })
    }

    /// Starts refining a text. One text at a time.
    pub fn start(&self, text: String, options: JsValue) -> Result<GpuSession, JsValue> {
        let options: RefineInput = from_js(options)?;
        let session = self.refiner.start(text, options.into()).map_err(|e| failure(Code::InvalidArgument, &e))?;
        Ok(self.session(session))
    }

    /// Starts refining a text with verdicts given before, whose lines are not read again.
    #[wasm_bindgen(js_name = startJudged)]
    pub fn start_judged(&self, text: String, document: f32, lines: Vec<f32>, options: JsValue) -> Result<GpuSession, JsValue> {
        let options: RefineInput = from_js(options)?;
        let judgement = Judgement { document, lines };
        let session = self.refiner.start_judged(text, &judgement, options.into());
        Ok(self.session(session.map_err(|e| failure(Code::InvalidArgument, &e))?))
    }

    /// The tokens that it reads of a line.
    pub fn tokens(&self, line: &str) -> Vec<String> {
        self.refiner.model().line_tokens(line)
    }

    /// What speaks for and against each line of a text.
    pub fn explain(&self, text: &str) -> Result<JsValue, JsValue> {
        evidence_value(&self.refiner, text)
    }
}

impl GpuModel {
    fn session(&self, session: RefineSession) -> GpuSession {
        GpuSession {
            session: Rc::new(RefCell::new(Some(session))),
            before: self.ladder.counts(),
            adapter: self.ladder.report().map(|report| report.adapter),
            ladder: Arc::clone(&self.ladder),
        }
    }
}

/// A text being refined.
#[wasm_bindgen]
pub struct GpuSession {
    /// Not there while a step is taken.
    session: Rc<RefCell<Option<RefineSession>>>,
    ladder: Arc<LadderBackend>,
    before: GpuCounts,
    adapter: Option<String>,
}

fn busy() -> JsValue {
    errors::error(Code::Internal, "a step of this session is not finished")
}

#[wasm_bindgen]
impl GpuSession {
    /// A task that gives the next event, `undefined` when there is none.
    pub fn step(&self) -> Task {
        let (place, ladder) = (Rc::clone(&self.session), Arc::clone(&self.ladder));
        Task::new(async move {
            let mut session = place.take().ok_or_else(busy)?;
            let event = session.step_async(&ladder).await;
            place.replace(Some(session));
            event.map_or(Ok(JsValue::UNDEFINED), |event| event_value(&event))
        })
    }

    /// The result.
    pub fn finish(self) -> Result<JsValue, JsValue> {
        let session = self.session.take().ok_or_else(busy)?;
        let (text, refined) = session.finish_with_text().map_err(|e| failure(Code::Internal, &e))?;
        let now = self.ladder.counts();
        let stats = self.adapter.map(|adapter| GpuStats {
            adapter,
            submits: now.submits - self.before.submits,
            dispatches: now.dispatches - self.before.dispatches,
            readbacks: now.readbacks - self.before.readbacks,
        });
        refined_value(&text, &refined, stats)
    }
}
