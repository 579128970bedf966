//! Errors as JavaScript sees them: an `Error` with a stable `code`.

use std::error::Error;

use js_sys::Reflect;
use wasm_bindgen::JsValue;

/// The codes; `pkg/lib/errors.js` lists the same ones.
#[derive(Clone, Copy)]
pub enum Code {
    InvalidArgument,
    InvalidModel,
    OutOfMemory,
    #[cfg(feature = "gpu")]
    MemoryBudget,
    #[cfg(feature = "gpu")]
    Unsupported,
    Internal,
}

impl Code {
    fn name(self) -> &'static str {
        match self {
            Self::InvalidArgument => "invalid-argument",
            Self::InvalidModel => "invalid-model",
            Self::OutOfMemory => "out-of-memory",
            #[cfg(feature = "gpu")]
            Self::MemoryBudget => "memory-budget",
            #[cfg(feature = "gpu")]
            Self::Unsupported => "unsupported",
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

/// A Rust error with this code.
pub fn failure(code: Code, cause: &dyn Error) -> JsValue {
    error(code, &cause.to_string())
}

/// That a session was used while it was not there.
#[cfg(all(feature = "gpu", target_arch = "wasm32"))]
pub fn busy() -> JsValue {
    error(Code::Internal, "a step of this session is not finished")
}
