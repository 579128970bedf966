//! What `examples/gpu_top1.rs` asks, in a browser: the best next token at each position of texts, read in chunks on the GPU. The npm package gives
//! no logits, so this is a module of its own; `tests/js/gpu_positions.mjs` builds it, runs it and compares.
//!
//! Natively there is nothing here.
#![cfg(target_arch = "wasm32")]

use std::fmt::Display;
use std::sync::Arc;

use js_sys::futures::future_to_promise;
use js_sys::{Function, Promise, Uint32Array};
use prox_wasm::backend::gpu::{Gpu, GpuLlama, Setup};
use prox_wasm::gguf::Gguf;
use prox_wasm::model::llama::LlamaModel;
use wasm_bindgen::prelude::*;

/// Reads each piece, at most `longest` tokens of the GGUF `file`'s model, and calls `said(adapter, best)` with the best tokens after each
/// of its tokens.
#[wasm_bindgen]
pub fn best(file: Vec<u8>, pieces: Vec<Uint32Array>, longest: usize, said: Function) -> Promise {
    future_to_promise(async move {
        let model = Arc::new(LlamaModel::from_gguf(&Gguf::parse(file).map_err(thrown)?).map_err(thrown)?);
        let gpu = Gpu::connect().await.map_err(thrown)?;
        let setup = Setup::default();
        let mut gpu = GpuLlama::scoring(gpu, Arc::clone(&model), longest, &setup).await.map_err(thrown)?;
        for piece in pieces {
            gpu.truncate(0);
            let logits = gpu.read_all(&piece.to_vec()).await.map_err(thrown)?;
            let best: Vec<u32> = logits.chunks_exact(model.vocab_size()).map(likeliest).collect();
            let report = gpu.gpu().report().to_string();
            said.call2(&JsValue::UNDEFINED, &report.into(), &Uint32Array::from(best.as_slice()))?;
        }
        Ok(JsValue::UNDEFINED)
    })
}

fn likeliest(logits: &[f32]) -> u32 {
    (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best }) as u32
}

fn thrown(error: impl Display) -> JsValue {
    js_sys::Error::new(&error.to_string()).into()
}
