//! Models on the GPU.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;

use super::errors::{Code, busy, failure};
use super::gpu_setup::{OpenInput, refused, standing_value, stats, told};
use super::refiner::{RefineInput, copied, event_value, evidence_value, refined_value};
use super::task::Task;
use super::values::from_js;
use crate::backend::cpu::CpuLineBackend;
use crate::backend::gpu::{GpuCounts, Setup};
use crate::backend::{Choice, LadderBackend};
use crate::model::line::LineModel;
use crate::refiner::{Judgement, RefineSession, Refiner};

/// A model on a GPU, or on the CPU once the GPU failed.
#[wasm_bindgen]
pub struct GpuModel {
    refiner: Refiner,
    ladder: Arc<LadderBackend>,
    bytes: usize,
}

/// A task that loads a model: `progress(phase, done, total)` may throw, which ends the loading.
#[wasm_bindgen(js_name = openGpuModel)]
pub fn open(bytes: Uint8Array, options: JsValue, progress: Function) -> Result<Task, JsValue> {
    let input: OpenInput = from_js(options)?;
    let len = bytes.length() as usize;
    let model = LineModel::from_bytes(copied(&bytes)?).map_err(|e| failure(Code::InvalidModel, &e))?;
    let model = Arc::new(model);
    Ok(Task::new(async move {
        let opened = told(progress, async |progress| {
            let setup = Setup { identity: Some(input.identity()), variant: None, progress: Some(progress) };
            let (model, quiet) = (Arc::clone(&model), Box::new(|_: &_| ()));
            if input.demanded {
                LadderBackend::demand(model, &setup, quiet).await
            } else {
                Ok(LadderBackend::open(model, Choice::Auto, &setup, quiet).await)
            }
        });
        let ladder = opened.await?.map_err(|e| refused(&e))?;
        let cpu = Arc::new(CpuLineBackend::new(Arc::clone(&model)));
        let refiner = Refiner::with_backend(model, cpu);
        Ok(GpuModel { refiner, ladder: Arc::new(ladder), bytes: len }.into())
    }))
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
        let standing = self.ladder.standing();
        standing_value(standing.gpu, &standing.why, standing.failures, self.ladder.times())
    }

    /// A task that makes another device in place of one that failed, where one is wanted. The CPU does the work meanwhile.
    pub fn replace(&self) -> Option<Task> {
        let ladder = Arc::clone(&self.ladder);
        ladder.wants_device().then(|| {
            Task::new(async move {
                ladder.replace().await;
                Ok(JsValue::UNDEFINED)
            })
        })
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
        let stats = self.adapter.map(|adapter| stats(adapter, self.before, self.ladder.counts()));
        refined_value(&text, &refined, stats)
    }
}
