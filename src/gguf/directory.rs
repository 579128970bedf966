//! What stands before the data in a GGUF file.

use super::{GgufError, Metadata, TensorInfo};

/// Metadata and tensors of a file, without their data.
#[derive(Debug, Clone)]
pub struct Directory {
    metadata: Metadata,
    tensors: Vec<TensorInfo>,
    /// Places in `tensors`, by name.
    by_name: Vec<u32>,
    /// Bytes before the data of tensors.
    header: usize,
}

impl Directory {
    /// # Errors
    /// [`GgufError::Duplicate`].
    pub(super) fn new(metadata: Metadata, tensors: Vec<TensorInfo>, header: usize) -> Result<Self, GgufError> {
        let name = |i: u32| tensors[i as usize].name.as_str();
        let mut by_name: Vec<u32> = (0..tensors.len() as u32).collect();
        by_name.sort_unstable_by_key(|&i| name(i));
        if let Some(pair) = by_name.windows(2).find(|pair| name(pair[0]) == name(pair[1])) {
            return Err(GgufError::Duplicate { what: "tensor", name: name(pair[0]).into() });
        }
        Ok(Self { metadata, tensors, by_name, header })
    }

    /// The key-value part.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// The key-value part alone.
    pub(super) fn into_metadata(self) -> Metadata {
        self.metadata
    }

    /// The tensors, in file order.
    pub fn tensors(&self) -> &[TensorInfo] {
        &self.tensors
    }

    /// The entry with this name.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.place(name).map(|place| &self.tensors[place])
    }

    /// Where in [`tensors`](Self::tensors) it is.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        let name_of = |i: &u32| self.tensors[*i as usize].name.as_str();
        self.by_name.binary_search_by_key(&name, name_of).ok().map(|at| self.by_name[at] as usize)
    }

    /// Bytes of the file before the data of its tensors: metadata and directory.
    pub fn header_bytes(&self) -> usize {
        self.header
    }
}
