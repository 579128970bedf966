//! Model files on their way into WebAssembly memory.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;

use super::errors::{Code, error, failure};
use crate::gguf::{Directory, Gguf, GgufError, GgufStream};

/// Bytes that cross at once.
const PIECE: u32 = 1 << 20;

/// Bytes that are reserved in one go: no allocation may be half of the address space.
const RESERVED: usize = 1 << 26;

/// A GGUF file, tensor by tensor, so that it is never here twice. `look` sees its directory before memory is taken for its data.
pub fn streamed(bytes: &Uint8Array, mut look: impl FnMut(&Directory) -> Result<(), JsValue>) -> Result<Gguf, JsValue> {
    let len = bytes.length();
    let mut stream = GgufStream::new(len.into());
    let mut piece = Vec::new();
    let mut seen = false;
    for start in (0..len).step_by(PIECE as usize) {
        let part = bytes.subarray(start, start.saturating_add(PIECE).min(len));
        piece.resize(part.length() as usize, 0);
        part.copy_to(&mut piece);
        stream.push(&piece).map_err(|e| refused(&e))?;
        if let (false, Some(directory)) = (seen, stream.directory()) {
            look(directory)?;
            seen = true;
        }
    }
    stream.finish().map_err(|e| refused(&e))
}

/// Makes sure that so many bytes are to be had: where they are not, an allocation would end the program.
pub fn reserve(bytes: usize) -> Result<(), JsValue> {
    let mut blocks = Vec::new();
    for start in (0..bytes).step_by(RESERVED) {
        let mut block: Vec<u8> = Vec::new();
        block.try_reserve_exact(RESERVED.min(bytes - start)).map_err(|_| {
            let message = format!("the model needs {bytes} bytes of WebAssembly memory, which this runtime does not give");
            error(Code::OutOfMemory, &message)
        })?;
        blocks.push(block);
    }
    Ok(())
}

fn refused(cause: &GgufError) -> JsValue {
    let code = if matches!(cause, GgufError::OutOfMemory { .. }) { Code::OutOfMemory } else { Code::InvalidModel };
    failure(code, cause)
}
