//! A GGUF file of a llama model, its weights stored another way.

use anyhow::{Context, Result, bail};
use prox_wasm::gguf::{Gguf, GgufWriter, TensorInfo, dequantize};
use prox_wasm::model::llama::LlamaModel;

use super::Storage;
use crate::args::ConvertArgs;

/// Tables of tokens, which [`Storage`] keeps finer.
const TABLES: [&str; 2] = ["token_embd.weight", "output.weight"];

/// Everything of the file as `args` want it; the number of tensors.
pub fn requantize(args: &ConvertArgs, writer: &mut GgufWriter) -> Result<usize> {
    let path = args.source.display();
    let bytes = std::fs::read(&args.source).with_context(|| format!("can't read {path}"))?;
    let file = Gguf::parse(bytes).with_context(|| format!("{path} is neither a folder nor a GGUF file"))?;
    LlamaModel::from_gguf(&file).with_context(|| format!("{path} holds no model that can be converted"))?;
    // how the weights were stored, and where
    let stale = ["general.file_type", "general.quantization_version", "general.alignment"];
    for (key, value) in file.metadata().iter().filter(|(key, _)| !stale.contains(key)) {
        writer.metadata(key, value.clone());
    }
    let mut storage = Storage::new(args.quantize, file.tensors().len());
    for tensor in file.tensors() {
        let values = floats(&file, tensor)?;
        storage.put(writer, &tensor.name, &tensor.dims, TABLES.contains(&tensor.name.as_str()), &values)?;
    }
    storage.finish();
    Ok(file.tensors().len())
}

fn floats(file: &Gguf, tensor: &TensorInfo) -> Result<Vec<f32>> {
    let Some(row_bytes) = tensor.ty.row_bytes(tensor.cols()) else { bail!("tensor `{}` has no whole rows", tensor.name) };
    let mut values = vec![0.0; tensor.rows() * tensor.cols()];
    for (row, out) in file.data(tensor).chunks_exact(row_bytes).zip(values.chunks_exact_mut(tensor.cols())) {
        dequantize(tensor.ty, row, out);
    }
    Ok(values)
}
