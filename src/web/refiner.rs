//! Models and the texts they refine.

use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::errors::{self, Code, failure};
use super::values::{from_js, to_js};
use crate::document::utf16_offsets;
use crate::executor::Edit;
use crate::model::line::LineEvidence;
use crate::program::Diagnostic;
use crate::refiner::{Event, Judgement, RefineOptions, RefineSession, RefineStats, Refined, Refiner};

/// Options of `start`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct RefineInput {
    level: crate::refiner::Level,
    threshold: Option<f32>,
    doc_threshold: Option<f32>,
    normalize: Option<bool>,
    normalize_threshold: Option<f32>,
}

impl From<RefineInput> for RefineOptions {
    fn from(input: RefineInput) -> Self {
        let defaults = Self::default();
        Self {
            level: input.level,
            threshold: input.threshold.unwrap_or(defaults.threshold),
            doc_threshold: input.doc_threshold.unwrap_or(defaults.doc_threshold),
            normalize: input.normalize.unwrap_or(defaults.normalize),
            normalize_threshold: input.normalize_threshold.unwrap_or(defaults.normalize_threshold),
        }
    }
}

/// A model in memory.
#[wasm_bindgen]
pub struct LineModel {
    refiner: Refiner,
    bytes: usize,
}

#[wasm_bindgen]
impl LineModel {
    /// From the bytes of a GGUF file.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Uint8Array) -> Result<LineModel, JsValue> {
        let len = bytes.length() as usize;
        let refiner = Refiner::from_bytes(copied(&bytes)?).map_err(|e| failure(Code::InvalidModel, &e))?;
        Ok(Self { refiner, bytes: len })
    }

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

    /// The tokens that it reads of a line.
    pub fn tokens(&self, line: &str) -> Vec<String> {
        self.refiner.model().line_tokens(line)
    }

    /// What speaks for and against each line of a text.
    pub fn explain(&self, text: &str) -> Result<JsValue, JsValue> {
        evidence_value(&self.refiner, text)
    }

    /// Starts refining a text.
    pub fn start(&self, text: String, options: JsValue) -> Result<Session, JsValue> {
        let options: RefineInput = from_js(options)?;
        let session = self.refiner.start(text, options.into()).map_err(|e| failure(Code::InvalidArgument, &e))?;
        Ok(Session { session })
    }

    /// Starts refining a text anew with the verdicts that it got before.
    #[wasm_bindgen(js_name = startJudged)]
    pub fn start_judged(&self, text: String, document: f32, lines: Vec<f32>, options: JsValue) -> Result<Session, JsValue> {
        let options: RefineInput = from_js(options)?;
        let judgement = Judgement { document, lines };
        let started = self.refiner.start_judged(text, &judgement, options.into());
        Ok(Session { session: started.map_err(|e| failure(Code::InvalidArgument, &e))? })
    }
}

/// A text being refined.
#[wasm_bindgen(js_name = RefineSession)]
pub struct Session {
    session: RefineSession,
}

#[wasm_bindgen(js_class = RefineSession)]
impl Session {
    /// The next event, `undefined` when there is none.
    pub fn step(&mut self) -> Result<JsValue, JsValue> {
        self.session.step().map_or(Ok(JsValue::UNDEFINED), |event| event_value(&event))
    }

    /// The result.
    pub fn finish(self) -> Result<JsValue, JsValue> {
        let (text, refined) = self.session.finish_with_text().map_err(|e| failure(Code::Internal, &e))?;
        refined_value(&text, &refined, None)
    }
}

/// A model's bytes.
pub(super) fn copied(bytes: &Uint8Array) -> Result<Vec<u8>, JsValue> {
    let len = bytes.length() as usize;
    let mut copy = Vec::new();
    copy.try_reserve_exact(len).map_err(|_| {
        let message = format!("the model needs {len} bytes of memory, which this runtime does not give");
        errors::error(Code::OutOfMemory, &message)
    })?;
    copy.resize(len, 0);
    bytes.copy_to(&mut copy);
    Ok(copy)
}

/// The evidence on each line of a text, null for blank ones.
pub(super) fn evidence_value(refiner: &Refiner, text: &str) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Telling {
        word: String,
        adds: f32,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Out {
        words: f32,
        telling: Vec<Telling>,
        around: f32,
        in_main_text: bool,
        times: usize,
    }
    let out = |LineEvidence { words, telling, around, in_main_text, times }| Out {
        words,
        telling: telling.into_iter().map(|(word, adds)| Telling { word, adds }).collect(),
        around,
        in_main_text,
        times,
    };
    let lines: Vec<Option<Out>> = refiner.evidence(text).into_iter().map(|line| line.map(out)).collect();
    to_js(&lines)
}

/// An event of a session.
pub(super) fn event_value(event: &Event) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    #[serde(tag = "type", rename_all = "lowercase")]
    enum Out<'a> {
        Chunk { lines: [usize; 2], keep: &'a [f32] },
        Document { keep: f32 },
    }
    to_js(&match event {
        Event::Chunk { first, last, keep } => Out::Chunk { lines: [*first, *last], keep },
        Event::Document { keep } => Out::Document { keep: *keep },
    })
}

#[derive(Serialize)]
struct EditOut<'a> {
    #[serde(flatten)]
    edit: Edit,
    before: &'a str,
    after: &'a str,
}

/// Edits with what stood there, their spans in UTF-16 units.
fn edits<'a>(text: &'a str, edits: &'a [Edit]) -> Vec<EditOut<'a>> {
    let offsets: Vec<usize> = edits.iter().filter_map(|e| e.span).flatten().collect();
    let mut utf16 = utf16_offsets(text, &offsets).into_iter();
    edits
        .iter()
        .map(|edit| {
            let span = edit.span.and_then(|_| Some([utf16.next()?, utf16.next()?]));
            EditOut { edit: Edit { span, ..edit.clone() }, before: edit.before(text), after: edit.after() }
        })
        .collect()
}

/// What a GPU did for a document.
#[derive(Serialize)]
pub(super) struct GpuStats {
    pub adapter: String,
    pub submits: u64,
    pub dispatches: u64,
    pub readbacks: u64,
}

/// The result of a session.
pub(super) fn refined_value(text: &str, refined: &Refined, gpu: Option<GpuStats>) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Keep {
        keep: f32,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Stats {
        lines: usize,
        blank_lines: usize,
        removed_lines: usize,
        normalized: usize,
        chunks: usize,
        bytes_in: usize,
        bytes_out: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        gpu: Option<GpuStats>,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        text: &'a str,
        kept: bool,
        program: &'a str,
        edits: Vec<EditOut<'a>>,
        lines: Vec<Keep>,
        document: Keep,
        diagnostics: &'a [Diagnostic],
        stats: Stats,
    }
    let RefineStats { lines, blank_lines, removed_lines, normalized, chunks, bytes_in, bytes_out } = refined.stats;
    to_js(&Out {
        text: &refined.text,
        kept: refined.kept,
        program: &refined.program,
        edits: edits(text, &refined.edits),
        lines: refined.lines.iter().map(|&keep| Keep { keep }).collect(),
        document: Keep { keep: refined.document },
        diagnostics: &refined.diagnostics,
        stats: Stats { lines, blank_lines, removed_lines, normalized, chunks, bytes_in, bytes_out, gpu },
    })
}
