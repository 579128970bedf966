//! Writes GGUF version 3.

use std::io::{self, Write};

use thiserror::Error;

use super::{DEFAULT_ALIGNMENT, MAGIC, Metadata, TensorType, Value};

/// A tensor that can't be written.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// Data and extents disagree.
    #[error("tensor `{name}` with extents {dims:?} as {ty:?} takes {need} bytes, {have} were given")]
    Size {
        /// The tensor.
        name: String,
        /// Its extents, fastest first.
        dims: Vec<u64>,
        /// Its type.
        ty: TensorType,
        /// Bytes its extents ask for; 0 where they make no whole blocks.
        need: u64,
        /// Bytes given.
        have: usize,
    },
}

/// Collects metadata and tensors, then writes them as one file.
#[derive(Debug, Default)]
pub struct GgufWriter {
    metadata: Metadata,
    tensors: Vec<(String, Vec<u64>, TensorType, Vec<u8>)>,
}

impl GgufWriter {
    /// An empty file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a metadata key.
    pub fn metadata(&mut self, key: &str, value: Value) -> &mut Self {
        self.metadata.insert(key, value);
        self
    }

    /// Adds a tensor; `dims` with the fastest-running extent first.
    ///
    /// # Errors
    /// [`WriteError::Size`] where `data` is not what the extents ask for.
    pub fn tensor(&mut self, name: &str, dims: &[u64], ty: TensorType, data: Vec<u8>) -> Result<&mut Self, WriteError> {
        let row = dims.first().and_then(|&cols| ty.row_bytes(cols as usize)).unwrap_or(0) as u64;
        let need = dims.iter().skip(1).fold(row, |len, &n| len.saturating_mul(n));
        if need == 0 || need != data.len() as u64 {
            return Err(WriteError::Size { name: name.into(), dims: dims.to_vec(), ty, need, have: data.len() });
        }
        self.tensors.push((name.into(), dims.to_vec(), ty, data));
        Ok(self)
    }

    /// The file.
    pub fn finish(&self) -> Vec<u8> {
        let mut out = Vec::new();
        // Writing to memory cannot fail.
        let _ = self.write_to(&mut out);
        out
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut head = Vec::new();
        head.extend(MAGIC);
        head.extend(3u32.to_le_bytes());
        head.extend((self.tensors.len() as u64).to_le_bytes());
        head.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in self.metadata.iter() {
            put_string(&mut head, key);
            put_value(&mut head, value);
        }
        let mut offset = 0u64;
        for (name, dims, ty, data) in &self.tensors {
            put_string(&mut head, name);
            head.extend((dims.len() as u32).to_le_bytes());
            for dim in dims {
                head.extend(dim.to_le_bytes());
            }
            head.extend(ty.id().to_le_bytes());
            head.extend(offset.to_le_bytes());
            offset = (offset + data.len() as u64).next_multiple_of(DEFAULT_ALIGNMENT);
        }
        out.write_all(&head)?;
        let mut len = head.len();
        for (_, _, _, data) in &self.tensors {
            let padding = len.next_multiple_of(DEFAULT_ALIGNMENT as usize) - len;
            out.write_all(&[0; DEFAULT_ALIGNMENT as usize][..padding])?;
            out.write_all(data)?;
            len += padding + data.len();
        }
        Ok(())
    }
}

fn put_string(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

fn put_value(out: &mut Vec<u8>, value: &Value) {
    let tag = |out: &mut Vec<u8>, ty: u32| out.extend(ty.to_le_bytes());
    let array = |out: &mut Vec<u8>, ty: u32, len: usize| {
        out.extend(9u32.to_le_bytes());
        out.extend(ty.to_le_bytes());
        out.extend((len as u64).to_le_bytes());
    };
    match value {
        // u32 where it fits: llama.cpp asks for exactly that type for sizes
        Value::Uint(n) => match u32::try_from(*n) {
            Ok(small) => {
                tag(out, 4);
                out.extend(small.to_le_bytes());
            }
            Err(_) => {
                tag(out, 10);
                out.extend(n.to_le_bytes());
            }
        },
        Value::Int(n) => {
            tag(out, 11);
            out.extend(n.to_le_bytes());
        }
        Value::Float(x) => {
            tag(out, 6);
            out.extend((*x as f32).to_le_bytes());
        }
        Value::Bool(b) => {
            tag(out, 7);
            out.push(u8::from(*b));
        }
        Value::String(s) => {
            tag(out, 8);
            put_string(out, s);
        }
        Value::Strings(items) => {
            array(out, 8, items.len());
            items.iter().for_each(|s| put_string(out, s));
        }
        // i32 where all fit: llama.cpp asks for exactly that type for the kinds of tokens
        Value::Ints(items) => match items.iter().map(|&n| i32::try_from(n)).collect::<Result<Vec<_>, _>>() {
            Ok(small) => {
                array(out, 5, small.len());
                small.iter().for_each(|n| out.extend(n.to_le_bytes()));
            }
            Err(_) => {
                array(out, 11, items.len());
                items.iter().for_each(|n| out.extend(n.to_le_bytes()));
            }
        },
        Value::Floats(items) => {
            array(out, 6, items.len());
            items.iter().for_each(|x| out.extend((*x as f32).to_le_bytes()));
        }
        Value::Bools(items) => {
            array(out, 7, items.len());
            out.extend(items.iter().map(|&b| u8::from(b)));
        }
    }
}
