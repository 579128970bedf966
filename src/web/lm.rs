//! Language models that write programs as text, and the texts they refine.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use js_sys::{Function, Uint8Array};
use self_cell::self_cell;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::errors::{Code, busy, error, failure};
use super::gpu_setup::{OpenInput, refused, standing_value, stats, told};
use super::refiner::refined_value;
use super::stream::{reserve, streamed};
use super::task::Task;
use super::values::{from_js, to_js};
use crate::backend::cpu::{Kernel, plan_of_file};
use crate::backend::gpu::{GpuCounts, GpuError, Setup};
use crate::backend::{Choice, Times, TokenLadder};
use crate::executor::Mode;
use crate::program::{Statement, parse};
use crate::refiner::Level;
use crate::refiner::lm::{LmEvent, LmModel, LmOptions, LmRefineError, LmRefiner, LmSession, Stage};

/// Options of `start`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RefineInput {
    level: Level,
    mode: Mode,
    doc_threshold: Option<f32>,
    chunk_tokens: Option<usize>,
    program_tokens: Option<usize>,
}

impl From<RefineInput> for LmOptions {
    fn from(input: RefineInput) -> Self {
        let defaults = Self::default();
        Self {
            level: input.level,
            mode: input.mode,
            doc_threshold: input.doc_threshold.unwrap_or(defaults.doc_threshold),
            chunk_tokens: input.chunk_tokens.unwrap_or(defaults.chunk_tokens),
            program_tokens: input.program_tokens.unwrap_or(defaults.program_tokens),
        }
    }
}

/// The models of one or both stages in memory. On the CPU activations are rounded to 8 bits, in official mode too.
#[wasm_bindgen]
#[derive(Default)]
pub struct TextModel {
    refiner: Rc<LmRefiner>,
    names: Vec<String>,
    bytes: usize,
    /// Bytes of memory that they were said to take.
    planned: usize,
    /// Of the models that went to the GPU, or tried to.
    ladders: Ladders,
}

#[wasm_bindgen]
impl TextModel {
    /// Without a model.
    #[wasm_bindgen(constructor)]
    pub fn new() -> TextModel {
        Self::default()
    }

    /// Adds the model of a stage, `document` or `chunk`, from the bytes of a GGUF file. Without a stage it is the one the
    /// file names, `chunk` where it names none. Where it will not go to a GPU, its weights are kept in one form only. All models
    /// together must fit into `budget` bytes of WebAssembly memory with a text of the usual size.
    pub fn add(&mut self, bytes: Uint8Array, stage: Option<String>, for_gpu: bool, budget: Option<f64>) -> Result<(), JsValue> {
        let len = bytes.length() as usize;
        let mut planned = 0;
        let gguf = streamed(&bytes, |directory| {
            let wanted = LmOptions::default().tokens();
            let plan = plan_of_file(directory, Kernel::Int8, wanted, !for_gpu).map_err(|e| failure(Code::InvalidModel, &e))?;
            // as a conversion, it ends at the largest number
            let budget = budget.map_or(usize::MAX, |budget| budget as usize);
            let plan = plan.within(budget.saturating_sub(self.planned)).map_err(|e| failure(Code::MemoryBudget, &e))?;
            planned = plan.total();
            reserve(planned - plan.cache)
        })?;
        let model = if for_gpu { LmModel::from_gguf(&gguf, Kernel::Int8) } else { LmModel::for_cpu(gguf, Kernel::Int8) };
        let model = model.map_err(|e| failure(Code::InvalidModel, &e))?;
        let wanted = stage.as_deref().map(stage_of).transpose()?;
        if let (Some(wanted), Some(found)) = (wanted, model.stage())
            && wanted != found
        {
            let message = format!("the model given for the stage `{}` is one for `{}`", name_of(wanted), name_of(found));
            return Err(error(Code::InvalidModel, &message));
        }
        let stage = wanted.or_else(|| model.stage()).unwrap_or(Stage::Chunk);
        let Some(refiner) = Rc::get_mut(&mut self.refiner) else {
            return Err(error(Code::InvalidArgument, "models can't be added while a text is refined"));
        };
        self.names.push(model.name().to_owned());
        self.bytes += len;
        self.planned += planned;
        *refiner = std::mem::take(refiner).with(stage, model);
        Ok(())
    }

    /// A task that gives these models on the GPU: at any cost, or where they are faster there. `progress(phase, done, total)` may
    /// throw, which ends it.
    #[wasm_bindgen(js_name = onGpu)]
    pub fn on_gpu(self, options: JsValue, progress: Function) -> Result<Task, JsValue> {
        let input: OpenInput = from_js(options)?;
        Ok(Task::new(async move {
            let moved = told(progress, async |progress| {
                let setup = Setup { identity: Some(input.identity()), variant: None, progress: Some(progress) };
                self.moved(input.demanded, &setup).await
            });
            Ok(moved.await??.into())
        }))
    }

    /// The models' names.
    #[wasm_bindgen(getter)]
    pub fn name(&self) -> String {
        self.names.join(" + ")
    }

    /// Bytes of their files.
    #[wasm_bindgen(getter)]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The tokens that it reads of a line.
    pub fn tokens(&self, line: &str) -> Vec<String> {
        let Some(model) = self.refiner.model(Stage::Chunk).or(self.refiner.model(Stage::Document)) else { return Vec::new() };
        model.line_tokens(line)
    }

    /// Where they run: `{ gpu, why, failures, times }`.
    #[wasm_bindgen(getter)]
    pub fn standing(&self) -> Result<JsValue, JsValue> {
        self.ladders.standing()
    }

    /// Starts refining a text.
    pub fn start(&self, text: String, options: JsValue) -> Result<TextSession, JsValue> {
        let options: RefineInput = from_js(options)?;
        let owner = Owner { refiner: Rc::clone(&self.refiner), text };
        let cell = Cell::try_new(owner, |owner| owner.refiner.start(&owner.text, options.into()).map(Some));
        let cell = cell.map_err(|e| failure(Code::InvalidArgument, &e))?;
        let (ladders, before, adapter) = (self.ladders.clone(), self.ladders.counts(), self.ladders.adapter());
        Ok(TextSession { cell: Rc::new(RefCell::new(Some(cell))), ladders, before, adapter })
    }
}

impl TextModel {
    async fn moved(mut self, demanded: bool, setup: &Setup<'_>) -> Result<Self, JsValue> {
        let mut refiner = std::mem::take(&mut self.refiner);
        let Some(models) = Rc::get_mut(&mut refiner) else {
            return Err(error(Code::InvalidArgument, "models can't move while a text is refined"));
        };
        for stage in [Stage::Document, Stage::Chunk] {
            let Some(model) = models.take(stage) else { continue };
            let Some(llama) = model.llama().map(Arc::clone) else {
                return Err(error(Code::InvalidArgument, "models that were added for the CPU can't move"));
            };
            let (cpu, quiet) = (Arc::clone(model.cpu()), Box::new(|_: &_| ()));
            let ladder = if demanded {
                TokenLadder::demand(llama, cpu, setup, quiet).await.map_err(|e: GpuError| refused(&e))?
            } else {
                TokenLadder::open(llama, cpu, Choice::Auto, setup, quiet).await
            };
            let ladder = Arc::new(ladder);
            self.ladders.0.push(Arc::clone(&ladder));
            *models = std::mem::take(models).with(stage, model.on_ladder(ladder));
        }
        self.refiner = refiner;
        Ok(self)
    }
}

/// What runs the models, where a GPU was tried.
#[derive(Default, Clone)]
struct Ladders(Vec<Arc<TokenLadder>>);

impl Ladders {
    fn counts(&self) -> GpuCounts {
        self.0.iter().map(|ladder| ladder.counts()).fold(GpuCounts::default(), |sum, counts| sum + counts)
    }

    /// Of the first model that is on one.
    fn adapter(&self) -> Option<String> {
        self.0.iter().find_map(|ladder| ladder.report()).map(|report| report.adapter)
    }

    fn standing(&self) -> Result<JsValue, JsValue> {
        let standings: Vec<_> = self.0.iter().map(|ladder| ladder.standing()).collect();
        let mut why: Vec<&str> = standings.iter().map(|standing| standing.why.as_str()).collect();
        why.dedup();
        let failures = standings.iter().map(|standing| standing.failures).sum();
        let times: Option<Vec<Times>> = self.0.iter().map(|ladder| ladder.times()).collect();
        let both = |a: Times, b: Times| Times { gpu: a.gpu + b.gpu, cpu: a.cpu + b.cpu };
        let times = times.and_then(|times| times.into_iter().reduce(both));
        standing_value(standings.iter().any(|standing| standing.gpu), &why.join("; "), failures, times)
    }
}

fn stage_of(name: &str) -> Result<Stage, JsValue> {
    match name {
        "document" => Ok(Stage::Document),
        "chunk" => Ok(Stage::Chunk),
        _ => Err(error(Code::InvalidArgument, &format!("there is no stage `{name}`; `document` and `chunk` are known"))),
    }
}

fn name_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Document => "document",
        Stage::Chunk => "chunk",
    }
}

/// What a session reads from, which lives as long as it.
struct Owner {
    refiner: Rc<LmRefiner>,
    text: String,
}

type Running<'a> = Option<LmSession<'a>>;

self_cell!(
    struct Cell {
        owner: Owner,
        #[not_covariant]
        dependent: Running,
    }
);

/// A text being refined.
#[wasm_bindgen]
pub struct TextSession {
    /// Not there while a step is taken.
    cell: Rc<RefCell<Option<Cell>>>,
    ladders: Ladders,
    before: GpuCounts,
    adapter: Option<String>,
}

#[wasm_bindgen]
impl TextSession {
    /// A task that gives the next event, `undefined` when there is none.
    pub fn step(&self) -> Task {
        let place = Rc::clone(&self.cell);
        Task::new(async move {
            let mut cell = place.take().ok_or_else(busy)?;
            let due = cell.with_dependent_mut(|_, session| session.as_mut().and_then(LmSession::due));
            let Some(mut due) = due else {
                place.replace(Some(cell));
                return Ok(JsValue::UNDEFINED);
            };
            let answer = due.read().await;
            let event = cell.with_dependent_mut(|_, session| session.as_mut().map(|session| session.take(due, answer)));
            place.replace(Some(cell));
            event.map_or(Ok(JsValue::UNDEFINED), |event| event_value(&event.map_err(|e| refusal(&e))?))
        })
    }

    /// The result of the steps that were taken.
    pub fn finish(self) -> Result<JsValue, JsValue> {
        let stats = self.adapter.map(|adapter| stats(adapter, self.before, self.ladders.counts()));
        let mut cell = self.cell.take().ok_or_else(busy)?;
        cell.with_dependent_mut(|owner, session| {
            let Some(session) = session.take() else { return Ok(JsValue::UNDEFINED) };
            refined_value(&owner.text, &session.result().map_err(|e| refusal(&e))?, stats)
        })
    }
}

fn refusal(error: &LmRefineError) -> JsValue {
    let code = match error {
        LmRefineError::Execute(_) | LmRefineError::Context { .. } | LmRefineError::Threshold { .. } => Code::InvalidArgument,
        _ => Code::Internal,
    };
    failure(code, error)
}

/// An event of a session.
fn event_value(event: &LmEvent) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Out<'a> {
        Read { stage: &'a str, tokens: usize, total: usize },
        Written { stage: &'a str, tokens: usize },
        Chunk { lines: [usize; 2], keep: Vec<f32>, program: &'a str },
        Document { keep: f32 },
    }
    to_js(&match event {
        LmEvent::Read { stage, done, total } => Out::Read { stage: name_of(*stage), tokens: *done, total: *total },
        LmEvent::Written { stage, tokens } => Out::Written { stage: name_of(*stage), tokens: *tokens },
        LmEvent::Chunk { first, last, program } => {
            Out::Chunk { lines: [*first, *last], keep: kept_lines(*first, *last, program), program }
        }
        LmEvent::Document { keep } => Out::Document { keep: *keep },
    })
}

/// For each line of a chunk, 0 where its program names it for removal and 1 elsewhere.
fn kept_lines(first: usize, last: usize, program: &str) -> Vec<f32> {
    let mut keep = vec![1.0; last + 1 - first];
    for statement in parse(program).program.iter() {
        if let Statement::RemoveLines { first: from, last: to } = statement {
            let (from, to) = ((*from).max(first), (*to).min(last));
            if from <= to {
                keep[from - first..=to - first].fill(0.0);
            }
        }
    }
    keep
}
