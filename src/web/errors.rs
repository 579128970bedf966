//! Errors as JavaScript sees them: an `Error` with a stable `code`.

use std::fmt::Display;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// The codes; `pkg/lib/errors.js` lists the same ones.
#[derive(Clone, Copy)]
pub enum Code {
    InvalidArgument,
    #[cfg(feature = "refiner")]
    InvalidModel,
    #[cfg(feature = "refiner")]
    OutOfMemory,
    #[cfg(feature = "refiner")]
    Internal,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            #[cfg(feature = "refiner")]
            Self::InvalidModel => "invalid-model",
            #[cfg(feature = "refiner")]
            Self::OutOfMemory => "out-of-memory",
            #[cfg(feature = "refiner")]
            Self::Internal => "internal",
        }
    }
}

/// An `Error` with this code and message.
pub fn error(code: Code, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    // setting a property of a fresh object can't fail
    let _ = Reflect::set(&error, &"code".into(), &code.name().into());
    error.into()
}

/// A Rust error with this code; as `Display`, because `dyn Error` would keep the code for `Debug` too.
pub fn failure(code: Code, cause: &dyn Display) -> JsValue {
    error(code, &cause.to_string())
}
