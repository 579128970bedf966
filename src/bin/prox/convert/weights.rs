//! The safetensors files of a folder.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use half::{bf16, f16};
use memmap2::Mmap;
use safetensors::{Dtype, SafeTensors};

/// All files with the extension `.safetensors`, mapped into memory.
pub struct Weights {
    files: Vec<(PathBuf, Mmap)>,
}

impl Weights {
    pub fn open(folder: &Path) -> Result<Self> {
        let entries = std::fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e == "safetensors") {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            bail!("{} holds no .safetensors file; weights in PyTorch's own format are not read", folder.display());
        }
        let map = |path: PathBuf| -> Result<(PathBuf, Mmap)> {
            let file = File::open(&path).with_context(|| format!("can't open {}", path.display()))?;
            // SAFETY: the file is only read; whoever changes it meanwhile gets a wrong model, not a wrong program: all that is
            // taken from it is numbers and a header that is checked.
            #[allow(unsafe_code)]
            let map = unsafe { Mmap::map(&file) }.with_context(|| format!("can't map {}", path.display()))?;
            SafeTensors::read_metadata(&map).map_err(|error| anyhow!("{} is no safetensors file: {error}", path.display()))?;
            Ok((path, map))
        };
        Ok(Self { files: paths.into_iter().map(map).collect::<Result<_>>()? })
    }

    /// A tensor as floats.
    pub fn floats(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        for (path, map) in &self.files {
            let file = SafeTensors::deserialize(map).map_err(|error| anyhow!("{}: {error}", path.display()))?;
            let Ok(tensor) = file.tensor(name) else { continue };
            if tensor.shape() != shape {
                bail!("tensor `{name}` has the shape {:?}; the configuration asks for {shape:?}", tensor.shape());
            }
            let bytes = tensor.data();
            return Ok(match tensor.dtype() {
                Dtype::F32 => bytes.as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
                Dtype::F16 => bytes.as_chunks().0.iter().map(|&b| f16::from_le_bytes(b).to_f32()).collect(),
                Dtype::BF16 => bytes.as_chunks().0.iter().map(|&b| bf16::from_le_bytes(b).to_f32()).collect(),
                other => bail!("tensor `{name}` is stored as {other:?}; F32, F16 and BF16 are read"),
            });
        }
        Err(anyhow!("no file has the tensor `{name}`"))
    }
}

/// Rotary positions turn columns `i` and `i + width / 2` of a head in Hugging Face's order, neighbours in GGUF's: puts the
/// rows of a `[heads * width, cols]` matrix that way.
pub fn pair_columns(values: &[f32], heads: usize, cols: usize) -> Vec<f32> {
    let width = values.len() / cols / heads;
    let mut out = Vec::with_capacity(values.len());
    for head in values.chunks_exact(width * cols) {
        for i in 0..width / 2 {
            for j in [i, i + width / 2] {
                out.extend(&head[j * cols..(j + 1) * cols]);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_become_pairs() {
        // two heads of four rows, two columns
        let values: Vec<f32> = (0..16).map(|i| i as f32).collect();
        let rows: Vec<f32> = pair_columns(&values, 2, 2).chunks(2).map(|row| row[0] / 2.0).collect();
        assert_eq!(rows, [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    }
}
