//! Blocks of ggml's quantised types → integers with their scales → floats.

use half::{bf16, f16};

use super::TensorType;

/// Scale and offset of a group: an element is quant x scale + offset.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scale {
    /// Times the quant.
    pub scale: f32,
    /// Added to that; 0 where the type has none.
    pub offset: f32,
}

/// A row of `ty` stored in `stored`, as floats; what `stored` does not reach becomes 0. The values are ggml's bit by bit.
pub fn dequantize(ty: TensorType, stored: &[u8], out: &mut [f32]) {
    out.fill(0.0);
    match ty {
        TensorType::F32 => fill(out, stored, f32::from_le_bytes),
        TensorType::F16 => fill(out, stored, |b| f16::from_le_bytes(b).to_f32()),
        TensorType::BF16 => fill(out, stored, |b| bf16::from_le_bytes(b).to_f32()),
        TensorType::I8 => fill(out, stored, |b| f32::from(i8::from_le_bytes(b))),
        _ => {
            // adding nothing would make -0 of some types 0
            let (group, offsets) = (ty.group_len().unwrap_or(1), ty.has_offsets());
            let (mut quants, mut scales) = ([0; 256], [Scale::default(); 16]);
            let (quants, scales) = (&mut quants[..ty.block_len()], &mut scales[..ty.block_len() / group]);
            for (block, out) in stored.chunks_exact(ty.block_bytes()).zip(out.chunks_exact_mut(ty.block_len())) {
                unpack(ty, block, quants, scales);
                let groups = quants.chunks_exact(group).zip(scales.iter());
                for ((quants, s), out) in groups.zip(out.chunks_exact_mut(group)) {
                    for (quant, out) in quants.iter().zip(out.iter_mut()) {
                        *out = f32::from(*quant) * s.scale;
                    }
                    if offsets {
                        out.iter_mut().for_each(|x| *x += s.offset);
                    }
                }
            }
        }
    }
}

/// Whether all elements of the rows in `stored` are finite, which for blocks their scales tell.
pub fn is_finite(ty: TensorType, stored: &[u8]) -> bool {
    let scales: &[usize] = match ty {
        TensorType::F32 => return stored.as_chunks().0.iter().all(|b| f32::from_le_bytes(*b).is_finite()),
        TensorType::F16 => return stored.as_chunks().0.iter().all(|b| f16::from_le_bytes(*b).is_finite()),
        TensorType::BF16 => return stored.as_chunks().0.iter().all(|b| bf16::from_le_bytes(*b).is_finite()),
        TensorType::I8 => return true,
        TensorType::Q4_0 | TensorType::Q5_0 | TensorType::Q8_0 => &[0],
        TensorType::Q4_1 | TensorType::Q5_1 | TensorType::Q4_K | TensorType::Q5_K => &[0, 2],
        TensorType::Q6_K => &[208],
    };
    let finite = |block: &[u8], at: usize| f16::from_le_bytes([block[at], block[at + 1]]).is_finite();
    stored.chunks_exact(ty.block_bytes()).all(|block| scales.iter().all(|&at| finite(block, at)))
}

fn fill<const N: usize>(out: &mut [f32], stored: &[u8], value: impl Fn([u8; N]) -> f32) {
    for (bytes, out) in stored.as_chunks::<N>().0.iter().zip(out) {
        *out = value(*bytes);
    }
}

/// The integers of one block and the scale of each group of them. Does nothing for floats.
///
/// `block` has [`TensorType::block_bytes`], `quants` [`TensorType::block_len`] elements; there is a scale for each
/// [`TensorType::group_len`] of them.
pub fn unpack(ty: TensorType, block: &[u8], quants: &mut [i8], scales: &mut [Scale]) {
    let float = |at: usize| f16::from_le_bytes([block[at], block[at + 1]]).to_f32();
    match ty {
        TensorType::F32 | TensorType::F16 | TensorType::BF16 | TensorType::I8 => {}
        TensorType::Q4_0 => {
            scales[0].scale = float(0);
            nibbles(&block[2..], quants);
            quants.iter_mut().for_each(|q| *q -= 8);
        }
        TensorType::Q4_1 => {
            scales[0] = Scale { scale: float(0), offset: float(2) };
            nibbles(&block[4..], quants);
        }
        TensorType::Q5_0 => {
            scales[0].scale = float(0);
            nibbles(&block[6..], quants);
            fifth_bits(&block[2..6], quants);
            quants.iter_mut().for_each(|q| *q -= 16);
        }
        TensorType::Q5_1 => {
            scales[0] = Scale { scale: float(0), offset: float(2) };
            nibbles(&block[8..], quants);
            fifth_bits(&block[4..8], quants);
        }
        TensorType::Q8_0 => {
            scales[0].scale = float(0);
            for (quant, byte) in quants.iter_mut().zip(&block[2..]) {
                *quant = *byte as i8;
            }
        }
        TensorType::Q4_K => {
            k_scales(float(0), float(2), &block[4..16], scales);
            for (bytes, quants) in block[16..].chunks_exact(32).zip(quants.chunks_exact_mut(64)) {
                nibbles(bytes, quants);
            }
        }
        TensorType::Q5_K => {
            k_scales(float(0), float(2), &block[4..16], scales);
            let high = &block[16..48];
            for (i, (bytes, quants)) in block[48..].chunks_exact(32).zip(quants.chunks_exact_mut(64)).enumerate() {
                nibbles(bytes, quants);
                for (j, quant) in quants.iter_mut().enumerate() {
                    *quant |= ((high[j % 32] >> (2 * i + j / 32) & 1) << 4) as i8;
                }
            }
        }
        TensorType::Q6_K => {
            let (low, high) = (&block[..128], &block[128..192]);
            for (scale, byte) in scales.iter_mut().zip(&block[192..208]) {
                scale.scale = float(208) * f32::from(*byte as i8);
            }
            for (i, quant) in quants.iter_mut().enumerate() {
                // each half of 128 takes 64 bytes of low and 32 of high bits
                let (half, quarter, j) = (i / 128, i % 128 / 32, i % 32);
                let four = low[64 * half + 32 * (quarter % 2) + j] >> (4 * (quarter / 2)) & 15;
                let two = high[32 * half + j] >> (2 * quarter) & 3;
                *quant = (four | two << 4) as i8 - 32;
            }
        }
    }
}

/// Low halves of all bytes, then the high halves.
fn nibbles(bytes: &[u8], quants: &mut [i8]) {
    let (low, high) = quants.split_at_mut(quants.len() / 2);
    for ((byte, low), high) in bytes.iter().zip(low).zip(high) {
        *low = (byte & 15) as i8;
        *high = (byte >> 4) as i8;
    }
}

fn fifth_bits(bits: &[u8], quants: &mut [i8]) {
    for (i, quant) in quants.iter_mut().enumerate() {
        *quant |= ((bits[i / 8] >> (i % 8) & 1) << 4) as i8;
    }
}

/// Eight scales and minima of six bits in twelve bytes: the first four of each in the low bits of four bytes, the others
/// with four bits in the last four bytes and two in the high bits of the first eight.
fn k_scales(scale: f32, minimum: f32, packed: &[u8], scales: &mut [Scale]) {
    for (i, out) in scales.iter_mut().enumerate() {
        let (s, m) = if i < 4 {
            (packed[i] & 63, packed[i + 4] & 63)
        } else {
            (packed[i + 4] & 15 | packed[i - 4] >> 6 << 4, packed[i + 4] >> 4 | packed[i] >> 6 << 4)
        };
        *out = Scale { scale: scale * f32::from(s), offset: -(minimum * f32::from(m)) };
    }
}
