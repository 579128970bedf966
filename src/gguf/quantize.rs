//! Floats → the bytes of a tensor. All but Q4_K, which has a search of its own, are rounded as by ggml's reference code.

use half::{bf16, f16};

use super::TensorType;

/// `values` as stored bytes of `ty`, or `None` where the values make no whole blocks or the type is only read, not written:
/// written are the floats, Q8_0, Q5_0, Q4_0, Q4_1 and Q4_K.
pub fn quantize(ty: TensorType, values: &[f32]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(ty.row_bytes(values.len())?);
    match ty {
        TensorType::F32 => values.iter().for_each(|x| out.extend(x.to_le_bytes())),
        TensorType::F16 => values.iter().for_each(|x| out.extend(f16::from_f32(*x).to_le_bytes())),
        TensorType::BF16 => values.iter().for_each(|x| out.extend(bf16::from_f32(*x).to_le_bytes())),
        TensorType::Q8_0 => values.chunks_exact(32).for_each(|block| q8_0(block, &mut out)),
        TensorType::Q5_0 => values.chunks_exact(32).for_each(|block| q5_0(block, &mut out)),
        TensorType::Q4_0 => values.chunks_exact(32).for_each(|block| q4_0(block, &mut out)),
        TensorType::Q4_1 => values.chunks_exact(32).for_each(|block| q4_1(block, &mut out)),
        TensorType::Q4_K => values.chunks_exact(256).for_each(|block| q4_k(block, &mut out)),
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

fn q5_0(block: &[f32], out: &mut Vec<u8>) {
    let scale = furthest(block) / -16.0;
    let inverse = reciprocal(scale);
    out.extend(f16::from_f32(scale).to_le_bytes());
    let quants: Vec<u8> = block.iter().map(|x| ((x * inverse + 16.5) as u8).min(31)).collect();
    let fifth = quants.iter().enumerate().fold(0u32, |bits, (i, quant)| bits | u32::from(quant >> 4) << i);
    out.extend(fifth.to_le_bytes());
    let (low, high) = quants.split_at(16);
    out.extend(low.iter().zip(high).map(|(l, h)| l & 15 | h << 4));
}

fn q4_0(block: &[f32], out: &mut Vec<u8>) {
    let scale = furthest(block) / -8.0;
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

/// The value furthest from zero, the first of equals; it becomes the lowest quant.
fn furthest(block: &[f32]) -> f32 {
    block.iter().fold(0f32, |far, &x| if x.abs() > far.abs() { x } else { far })
}

/// Scale and minimum of a group of a Q4_K block: an element is about quant x scale - minimum, neither below 0.
#[derive(Clone, Copy)]
struct Fit {
    scale: f32,
    minimum: f32,
}

fn q4_k(block: &[f32], out: &mut Vec<u8>) {
    let groups = block.as_chunks::<32>().0;
    let fits: Vec<Fit> = groups.iter().map(fit).collect();
    let six_bits = |part: fn(&Fit) -> f32| {
        let step = f16::from_f32(fits.iter().map(part).fold(0.0, f32::max) / 63.0);
        let inverse = reciprocal(step.to_f32());
        (step, fits.iter().map(|fit| ((part(fit) * inverse).round() as u8).min(63)).collect::<Vec<_>>())
    };
    let (scale, scales) = six_bits(|fit| fit.scale);
    let (minimum, minima) = six_bits(|fit| fit.minimum);
    out.extend(scale.to_le_bytes());
    out.extend(minimum.to_le_bytes());
    // as `unpack` reads them: the upper four give their two high bits to the bytes of the lower four
    let upper_bits = |values: &[u8], i: usize| values[i] & 63 | values[i + 4] >> 4 << 6;
    out.extend((0..4).map(|i| upper_bits(&scales, i)));
    out.extend((0..4).map(|i| upper_bits(&minima, i)));
    out.extend((4..8).map(|i| scales[i] & 15 | minima[i] << 4));
    let quants: Vec<u8> = groups
        .iter()
        .zip(scales.iter().zip(&minima))
        .flat_map(|(group, (&s, &m))| {
            let (inverse, offset) = (reciprocal(scale.to_f32() * f32::from(s)), minimum.to_f32() * f32::from(m));
            group.map(|x| (((x + offset) * inverse).round() as u8).min(15))
        })
        .collect();
    for pair in quants.as_chunks::<64>().0 {
        out.extend((0..32).map(|i| pair[i] | pair[i + 32] << 4));
    }
}

/// The scale and minimum with the least squared error of some candidates: for several widths of a step the elements are
/// rounded, then the line through them is fitted. Large elements count more, as they do in products.
fn fit(group: &[f32; 32]) -> Fit {
    /// Tenths of a step by which the range of the quants is narrowed or widened.
    const WIDTHS: std::ops::RangeInclusive<i32> = -10..=10;
    let mean_square = group.iter().map(|x| x * x).sum::<f32>() / 32.0;
    let weight = |x: f32| mean_square.sqrt() + x.abs();
    let min = group.iter().copied().fold(0.0, f32::min);
    let max = group.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut best = Fit { scale: 0.0, minimum: -min };
    if max <= min {
        return best;
    }
    let mut least = f32::INFINITY;
    for tenths in WIDTHS {
        let inverse = (15.0 + 0.1 * tenths as f32) / (max - min);
        let quants = group.map(|x| ((x - min) * inverse).round().clamp(0.0, 15.0));
        // sums of weights times powers of x and quant
        let (mut one, mut q, mut qq, mut x1, mut xq) = (0f32, 0f32, 0f32, 0f32, 0f32);
        for (&x, quant) in group.iter().zip(quants) {
            let w = weight(x);
            one += w;
            q += w * quant;
            qq += w * quant * quant;
            x1 += w * x;
            xq += w * x * quant;
        }
        let determinant = one * qq - q * q;
        let (mut scale, mut offset) = ((one * xq - q * x1) / determinant, (qq * x1 - q * xq) / determinant);
        // also where all quants are one, so that the line could turn around it
        if determinant <= 1e-4 * one * qq || offset > 0.0 {
            (scale, offset) = (xq / qq, 0.0);
        }
        let error: f32 = group.iter().zip(quants).map(|(&x, quant)| weight(x) * (quant * scale + offset - x).powi(2)).sum();
        if scale > 0.0 && error < least {
            (least, best) = (error, Fit { scale, minimum: -offset });
        }
    }
    best
}

fn put_nibbles(block: &[f32], quant: impl Fn(f32) -> f32, out: &mut Vec<u8>) {
    let quant = |x: &f32| (quant(*x) as u8).min(15);
    let (low, high) = block.split_at(16);
    out.extend(low.iter().zip(high).map(|(l, h)| quant(l) | quant(h) << 4));
}

fn reciprocal(scale: f32) -> f32 {
    if scale == 0.0 { 0.0 } else { 1.0 / scale }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::dequantize;

    fn error(ty: TensorType, values: &[f32]) -> f32 {
        let mut read = vec![0.0; values.len()];
        dequantize(ty, &quantize(ty, values).unwrap(), &mut read);
        values.iter().zip(read).map(|(x, y)| (x - y) * (x - y)).sum::<f32>().sqrt()
    }

    #[test]
    fn q4_k_is_nearer_than_q4_0_and_exact_on_few_values() {
        // about a bell, as weights are
        let number = |i: usize| ((i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f32 / (1 << 24) as f32 - 0.5;
        let values: Vec<f32> = (0..4096).map(|i| (0..6).map(|k| number(6 * i + k)).sum::<f32>()).collect();
        let (ours, q4_0, q4_1) =
            (error(TensorType::Q4_K, &values), error(TensorType::Q4_0, &values), error(TensorType::Q4_1, &values));
        assert!(ours < 0.85 * q4_0 && ours < q4_1, "{ours} {q4_0} {q4_1}");
        let steps: Vec<f32> = (0..256).map(|i| (i % 16) as f32 * 63.0 - 315.0).collect();
        assert!(error(TensorType::Q4_K, &steps) < 1e-3);
        assert_eq!(error(TensorType::Q4_K, &[0.0; 256]), 0.0);
        assert!(error(TensorType::Q4_K, &[5.0; 256]) < 0.1 && error(TensorType::Q4_K, &[-5.0; 256]) < 0.1);
    }
}
