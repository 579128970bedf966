//! The wasm-bindgen surface: conversions only. What it does is written in the modules below; how it is offered to
//! JavaScript, in `pkg/`.
//!
//! Language and executor exchange strings and lists of numbers only, to be small; models, which come with an artifact
//! that is large anyway, use serde and JavaScript objects. The artifact for large models leaves them to the other one, which
//! is always there.

#[cfg(not(feature = "gpu"))]
mod chunks;
#[cfg(feature = "refiner")]
mod errors;
#[cfg(not(feature = "gpu"))]
mod execution;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod gpu;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod gpu_setup;
#[cfg(feature = "html")]
mod html;
#[cfg(not(feature = "gpu"))]
mod json;
#[cfg(all(feature = "lm", target_arch = "wasm32"))]
mod lm;
#[cfg(not(feature = "gpu"))]
mod program;
#[cfg(feature = "refiner")]
mod refiner;
#[cfg(all(feature = "lm", target_arch = "wasm32"))]
mod stream;
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
mod task;
#[cfg(feature = "refiner")]
mod values;
#[cfg(not(feature = "gpu"))]
mod wire;

/// Says what a panic was about; without models there is no room for it.
#[cfg(feature = "refiner")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}
