//! Floats → the bytes of a tensor, as ggml's reference code rounds them.

use half::{bf16, f16};

use super::TensorType;

/// `values` as stored bytes of `ty`, or `None` where the values make no whole blocks or the type is only read, not written:
/// written are the floats, Q8_0, Q4_0 and Q4_1.
pub fn quantize(ty: TensorType, values: &[f32]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(ty.row_bytes(values.len())?);
    match ty {
        TensorType::F32 => values.iter().for_each(|x| out.extend(x.to_le_bytes())),
        TensorType::F16 => values.iter().for_each(|x| out.extend(f16::from_f32(*x).to_le_bytes())),
        TensorType::BF16 => values.iter().for_each(|x| out.extend(bf16::from_f32(*x).to_le_bytes())),
        TensorType::Q8_0 => values.chunks_exact(32).for_each(|block| q8_0(block, &mut out)),
        TensorType::Q4_0 => values.chunks_exact(32).for_each(|block| q4_0(block, &mut out)),
        TensorType::Q4_1 => values.chunks_exact(32).for_each(|block| q4_1(block, &mut out)),
        _ => return None,
    }
    Some(out)
}

fn q8_0(block: &[f32], out: &mut Vec<u8>) {
    let scale = block.iter().fold(0f32, |max, x| max.max(x.abs())) / 127.0;
    let inverse = reciprocal(scale);
    out.extend(f16::from_f32(scale).to_le_bytes());
    out.extend(block.iter().map(|x| (x * inverse).round() as i8 as u8));
}

fn q4_0(block: &[f32], out: &mut Vec<u8>) {
    // the value furthest from zero, the first of equals, becomes -8
    let furthest = block.iter().fold(0f32, |far, &x| if x.abs() > far.abs() { x } else { far });
    let scale = furthest / -8.0;
    let inverse = reciprocal(scale);
    out.extend(f16::from_f32(scale).to_le_bytes());
    put_nibbles(block, |x| x * inverse + 8.5, out);
}

fn q4_1(block: &[f32], out: &mut Vec<u8>) {
    let max = block.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let min = block.iter().copied().fold(f32::INFINITY, f32::min);
    let scale = (max - min) / 15.0;
    let inverse = reciprocal(scale);
    out.extend(f16::from_f32(scale).to_le_bytes());
    out.extend(f16::from_f32(min).to_le_bytes());
    put_nibbles(block, |x| (x - min) * inverse + 0.5, out);
}

fn put_nibbles(block: &[f32], quant: impl Fn(f32) -> f32, out: &mut Vec<u8>) {
    let quant = |x: &f32| (quant(*x) as u8).min(15);
    let (low, high) = block.split_at(16);
    out.extend(low.iter().zip(high).map(|(l, h)| quant(l) | quant(h) << 4));
}

fn reciprocal(scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { 1.0 / scale }
}
