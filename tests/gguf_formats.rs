//! Block formats against the `gguf` package: `tests/gguf_formats.py` wrote what bytes and values must be.

use prox_wasm::gguf::{TensorType, dequantize, quantize};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    dequantized: Vec<Vector>,
    quantized: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    #[serde(rename = "type")]
    ty: u32,
    bytes: String,
    bits: Vec<u32>,
}

impl Vector {
    fn ty(&self) -> TensorType {
        TensorType::from_id(self.ty).unwrap()
    }

    fn bytes(&self) -> Vec<u8> {
        (0..self.bytes.len()).step_by(2).map(|i| u8::from_str_radix(&self.bytes[i..i + 2], 16).unwrap()).collect()
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("data/gguf_formats.json")).unwrap()
}

#[test]
fn every_type_is_read_as_ggml_defines_it() {
    let vectors = vectors().dequantized;
    let types: Vec<u32> = vectors.iter().map(|v| v.ty).collect();
    assert!(TensorType::ALL.iter().all(|ty| types.contains(&ty.id())));
    for vector in vectors {
        let mut found = vec![f32::NAN; vector.bits.len()];
        dequantize(vector.ty(), &vector.bytes(), &mut found);
        let found: Vec<u32> = found.iter().map(|x| x.to_bits()).collect();
        assert_eq!(found, vector.bits, "{:?}", vector.ty());
    }
}

#[test]
fn written_types_are_rounded_as_ggml_rounds_them() {
    for vector in vectors().quantized {
        let values: Vec<f32> = vector.bits.iter().map(|&bits| f32::from_bits(bits)).collect();
        assert_eq!(quantize(vector.ty(), &values), Some(vector.bytes()), "{:?}", vector.ty());
    }
    assert_eq!(quantize(TensorType::Q8_0, &[1.0; 33]), None);
    assert_eq!(quantize(TensorType::Q6_K, &[1.0; 256]), None);
}

#[test]
fn short_rows_leave_zeros() {
    for ty in TensorType::ALL {
        let mut out = vec![1.0; 512];
        dequantize(ty, &vec![0; ty.block_bytes() - 1], &mut out);
        assert!(out.iter().all(|&x| x == 0.0), "{ty:?}");
    }
}
