//! What models on the GPU have in common: how they are opened, and what is told of them.

use std::cell::RefCell;
use std::time::Duration;

use js_sys::Function;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::errors::{Code, failure};
use super::refiner::GpuStats;
use super::values::to_js;
use crate::backend::Times;
use crate::backend::gpu::{GpuCounts, GpuError, Identity, Phase, Progress};

/// Options of opening.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenInput {
    adapter: String,
    software: bool,
    /// Whether the GPU is wanted at any cost; else only if it is faster.
    pub demanded: bool,
}

impl OpenInput {
    pub fn identity(&self) -> Identity {
        Identity { name: self.adapter.clone(), software: self.software }
    }
}

/// Runs `work`, whose progress is told as `progress(phase, done, total)`; what that throws ends it. A phase that begins anew, as
/// with a second model, goes on from where it was.
pub async fn told<T>(progress: Function, work: impl AsyncFnOnce(&Progress<'_>) -> T) -> Result<T, JsValue> {
    let thrown = RefCell::new(None);
    // of each phase: what earlier models came to, and the last that was heard of this one
    let heard = RefCell::new([(0u64, 0u64); 3]);
    let tell = |phase: Phase, done: u64, total: Option<u64>| {
        let (index, name) = match phase {
            Phase::Upload => (0, "upload"),
            Phase::Compile => (1, "compile"),
            Phase::Warmup => (2, "warmup"),
        };
        let (earlier, last) = &mut heard.borrow_mut()[index];
        if done < *last {
            *earlier += *last;
        }
        *last = done;
        let (done, total) = (*earlier + done, total.map(|total| *earlier + total));
        let total = total.map_or(JsValue::NULL, |total| (total as f64).into());
        let said = progress.call3(&JsValue::UNDEFINED, &name.into(), &(done as f64).into(), &total);
        said.map_err(|error| *thrown.borrow_mut() = Some(error)).is_ok()
    };
    let value = work(&tell).await;
    thrown.take().map_or(Ok(value), Err)
}

pub fn refused(error: &GpuError) -> JsValue {
    let code = match error {
        GpuError::OutOfMemory { .. } => Code::OutOfMemory,
        _ => Code::Unsupported,
    };
    failure(code, error)
}

/// Where a model runs: `{ gpu, why, failures, times }`, the times in milliseconds on the GPU and on the CPU.
pub fn standing_value(gpu: bool, why: &str, failures: u64, times: Option<Times>) -> Result<JsValue, JsValue> {
    #[derive(Serialize)]
    struct Out<'a> {
        gpu: bool,
        why: &'a str,
        failures: u64,
        times: Option<[f64; 2]>,
    }
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let times = times.map(|times| [times.gpu, times.cpu].map(milliseconds));
    to_js(&Out { gpu, why, failures, times })
}

/// What was done on the adapter between two counts.
pub fn stats(adapter: String, before: GpuCounts, now: GpuCounts) -> GpuStats {
    GpuStats {
        adapter,
        submits: now.submits - before.submits,
        dispatches: now.dispatches - before.dispatches,
        readbacks: now.readbacks - before.readbacks,
    }
}
