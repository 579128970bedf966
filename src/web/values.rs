//! Plain JavaScript values and Rust ones.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::errors::{Code, failure};

/// Options given from JavaScript; `undefined` and `null` stand for none.
pub fn from_js<T: DeserializeOwned + Default>(value: JsValue) -> Result<T, JsValue> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    serde_wasm_bindgen::from_value(value).map_err(|e| failure(Code::InvalidArgument, &e))
}

/// A plain JavaScript value; what Rust leaves out is missing.
pub fn to_js(value: &impl Serialize) -> Result<JsValue, JsValue> {
    value.serialize(&Serializer::json_compatible()).map_err(|e| failure(Code::Internal, &e))
}
