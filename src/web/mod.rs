//! The wasm-bindgen surface: conversions only. What it does is written in the modules below; how it is offered to
//! JavaScript, in `pkg/`.

mod convert;
mod errors;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use crate::executor;
use crate::html;
use crate::program;
use crate::refiner::{RefineSession, Refiner};
use convert::{ExecuteInput, RefineInput};
use errors::{Code, failure};

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}

/// Applies the program text to the text.
#[wasm_bindgen]
pub fn execute(text: &str, program: &str, options: JsValue) -> Result<JsValue, JsValue> {
    let options: ExecuteInput = convert::from_js(options)?;
    let done = executor::execute(text, program, &options.into()).map_err(|e| failure(Code::InvalidArgument, &e))?;
    convert::execution(text, &done)
}

/// Reads a program by the strict grammar.
#[wasm_bindgen(js_name = parseProgram)]
pub fn parse_program(text: &str) -> Result<JsValue, JsValue> {
    convert::parsed(&program::parse(text))
}

/// The visible text of an HTML page, one block a line.
#[wasm_bindgen(js_name = htmlToText)]
pub fn html_to_text(html: &str) -> String {
    html::html_to_text(html)
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
        let mut copy = Vec::new();
        copy.try_reserve_exact(len).map_err(|_| {
            let message = format!("the model needs {len} bytes of memory, which this runtime does not give");
            errors::error(Code::OutOfMemory, &message)
        })?;
        copy.resize(len, 0);
        bytes.copy_to(&mut copy);
        let refiner = Refiner::from_bytes(copy).map_err(|e| failure(Code::InvalidModel, &e))?;
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

    /// Starts refining a text.
    pub fn start(&self, text: String, options: JsValue) -> Result<Session, JsValue> {
        let options: RefineInput = convert::from_js(options)?;
        let session = self.refiner.start(text, options.into()).map_err(|e| failure(Code::InvalidArgument, &e))?;
        Ok(Session { session })
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
        self.session.step().map_or(Ok(JsValue::UNDEFINED), |event| convert::event(&event))
    }

    /// The result.
    pub fn finish(self) -> Result<JsValue, JsValue> {
        let (text, refined) = self.session.finish_with_text().map_err(|e| failure(Code::Internal, &e))?;
        convert::refined(&text, &refined)
    }
}
