//! The wasm-bindgen surface: conversions only. What it does is written in the modules below; how it is offered to
//! JavaScript, in `pkg/`.

mod errors;
mod execution;
#[cfg(feature = "html")]
mod html;
mod program;
#[cfg(feature = "refiner")]
mod refiner;
mod values;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(start)]
fn start() {
    console_error_panic_hook::set_once();
}
