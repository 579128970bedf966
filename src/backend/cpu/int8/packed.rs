//! Weights in the order in which kernels read them.

use wide::u32x4;

use crate::gguf::{Scale, TensorType, unpack};
use crate::model::Matrix;

/// Rows of weights that kernels take at once.
pub const PANEL: usize = 16;

/// Bytes by which kernels ask for weights ahead of a single row of activations, which waits for nothing but memory. That may be
/// behind the end: a processor takes it as a hint.
#[cfg(target_arch = "x86_64")]
pub const AHEAD: usize = 4096;

/// Bytes of two weights of each row of a panel.
const PAIRS_OF_ROWS: usize = 2 * PANEL;

/// A quantised matrix in panels of sixteen rows: the first two weights of each row, the next two of each… A weight takes a byte, or half
/// of one where it has four bits.
#[derive(Debug, Clone)]
pub struct Packed {
    rows: usize,
    cols: usize,
    /// Elements that share a scale: 16 or 32.
    group: usize,
    quants: Quants,
    /// Of each panel's groups, sixteen each.
    scales: Vec<f32>,
    /// As `scales`; empty where the type has none.
    offsets: Vec<f32>,
}

#[derive(Debug, Clone)]
enum Quants {
    Bytes(Vec<i8>),
    /// What of the first eight rows lies in the low half of a byte, that of the others in the high half, all less the least.
    Nibbles {
        halves: Vec<u8>,
        least: i8,
    },
}

/// Sixteen rows of weights.
#[derive(Clone, Copy)]
pub struct Panel<'a> {
    /// Two of each row, then the next two.
    quants: &'a [i8],
    /// Sixteen for each group.
    scales: &'a [f32],
    /// Sixteen for each group of 32, or none.
    offsets: &'a [f32],
}

impl<'a> Panel<'a> {
    /// Groups of `PAIRS` x sixteen pairs of weights with their scales.
    #[inline(always)]
    pub fn groups<const PAIRS: usize>(&self) -> impl Iterator<Item = (&'a [[i8; PAIRS_OF_ROWS]; PAIRS], &'a [f32; PANEL])> {
        let weights = self.quants.as_chunks::<PAIRS_OF_ROWS>().0.as_chunks::<PAIRS>().0;
        weights.iter().zip(self.scales.as_chunks::<PANEL>().0)
    }

    /// The weights, two of each row, then the next two.
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    pub fn pairs(&self) -> &'a [[i8; PAIRS_OF_ROWS]] {
        self.quants.as_chunks().0
    }

    /// Offsets of a group, where there are any.
    #[inline(always)]
    pub fn offsets(&self, group: usize) -> Option<&'a [f32; PANEL]> {
        self.offsets.as_chunks::<PANEL>().0.get(group)
    }
}

impl Packed {
    /// The weights of `matrix`, unless they are floats.
    pub fn new(matrix: &Matrix) -> Option<Self> {
        let (ty, rows, cols) = (matrix.ty(), matrix.rows(), matrix.cols());
        let group = ty.group_len()?;
        let padded = rows.next_multiple_of(PANEL);
        let (len, groups) = (ty.block_len(), cols / group);
        let mut packed = Self {
            rows,
            cols,
            group,
            quants: match ty.least_of_sixteen() {
                Some(least) => Quants::Nibbles { halves: vec![0; padded * cols / 2], least },
                None => Quants::Bytes(vec![0; padded * cols]),
            },
            scales: vec![0.0; padded * groups],
            offsets: if ty.has_offsets() { vec![0.0; padded * groups] } else { Vec::new() },
        };
        let (mut quants, mut scales) = ([0; 256], [Scale::default(); 16]);
        for row in 0..rows {
            let (panel, lane) = (row / PANEL, row % PANEL);
            for (b, block) in matrix.stored(row).chunks_exact(ty.block_bytes()).enumerate() {
                unpack(ty, block, &mut quants[..len], &mut scales[..len / group]);
                let first = (panel * cols + b * len) * PANEL;
                for (i, pair) in quants[..len].as_chunks::<2>().0.iter().enumerate() {
                    packed.quants.put(first + i * PAIRS_OF_ROWS, lane, *pair);
                }
                for (i, scale) in scales[..len / group].iter().enumerate() {
                    let at = (panel * groups + b * len / group + i) * PANEL + lane;
                    packed.scales[at] = scale.scale;
                    if let Some(offset) = packed.offsets.get_mut(at) {
                        *offset = scale.offset;
                    }
                }
            }
        }
        Some(packed)
    }

    /// Bytes that [`new`](Self::new) would take for such a matrix; 0 for floats.
    pub fn bytes(ty: TensorType, rows: usize, cols: usize) -> usize {
        let Some(group) = ty.group_len() else { return 0 };
        let floats = if ty.has_offsets() { 2 } else { 1 };
        // One long row of a file is a panel here: the sum may be more than 32 bits hold although the file is not.
        let padded = rows.div_ceil(PANEL).saturating_mul(PANEL);
        let weights = padded.saturating_mul(cols) / if ty.least_of_sixteen().is_some() { 2 } else { 1 };
        padded.saturating_mul(cols / group).saturating_mul(floats * size_of::<f32>()).saturating_add(weights)
    }

    /// Row `index` as the floats of [`dequantize`](crate::gguf::dequantize) into `out`, which holds as many as there are columns.
    /// An index past the end gives zeros.
    pub fn row(&self, index: usize, out: &mut [f32]) {
        if index >= self.rows {
            return out.fill(0.0);
        }
        let (panel, lane) = (index / PANEL, index % PANEL);
        let (first, groups) = (panel * self.cols * PANEL, self.cols / self.group);
        for (at, out) in out.iter_mut().enumerate().take(self.cols) {
            let scale = (panel * groups + at / self.group) * PANEL + lane;
            let quant = self.quants.get(first + at / 2 * PAIRS_OF_ROWS, lane, at % 2);
            *out = f32::from(quant) * self.scales[scale];
            // adding nothing would make -0 of some types 0
            if let Some(offset) = self.offsets.get(scale) {
                *out += offset;
            }
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub(super) fn cols(&self) -> usize {
        self.cols
    }

    /// Elements that share a scale: 16 or 32.
    pub(super) fn group(&self) -> usize {
        self.group
    }

    /// Calls `each` with the panels from `first` on, `count` of them at most.
    #[inline(always)]
    pub(super) fn panels(&self, first: usize, count: usize, mut each: impl FnMut(Panel<'_>)) {
        let (size, groups) = (PANEL * self.cols, self.cols / self.group * PANEL);
        // of the panel at hand; small enough to stay in a cache
        let mut bytes = Vec::new();
        for p in first..(first + count).min(self.rows.div_ceil(PANEL)) {
            let quants = match &self.quants {
                Quants::Bytes(quants) => &quants[p * size..(p + 1) * size],
                Quants::Nibbles { halves, least } => {
                    bytes.resize(size, 0);
                    spread(&halves[p * size / 2..(p + 1) * size / 2], *least, &mut bytes);
                    &bytes
                }
            };
            each(Panel {
                quants,
                scales: &self.scales[p * groups..(p + 1) * groups],
                offsets: self.offsets.get(p * groups..(p + 1) * groups).unwrap_or(&[]),
            });
        }
    }
}

impl Quants {
    /// What [`put`](Self::put) put there, the first or the second of the two.
    fn get(&self, at: usize, lane: usize, second: usize) -> i8 {
        match self {
            Self::Bytes(bytes) => bytes[at + 2 * lane + second],
            Self::Nibbles { halves, least } => {
                let half = halves[at / 2 + 2 * lane % PANEL + second] >> (2 * lane / PANEL * 4);
                (half & 15) as i8 + *least
            }
        }
    }

    /// Two weights of the row `lane` of a panel; `at` is where those of its first row would be if each took a byte.
    fn put(&mut self, at: usize, lane: usize, pair: [i8; 2]) {
        match self {
            Self::Bytes(bytes) => bytes[at + 2 * lane..][..2].copy_from_slice(&pair),
            Self::Nibbles { halves, least } => {
                for (half, quant) in halves[at / 2 + 2 * lane % PANEL..].iter_mut().zip(pair) {
                    *half |= ((quant - *least) as u8 & 15) << (2 * lane / PANEL * 4);
                }
            }
        }
    }
}

/// A byte for each weight.
#[inline(always)]
fn spread(halves: &[u8], least: i8, out: &mut [i8]) {
    let (low, top) = (u32x4::splat(0x0f0f_0f0f), u32x4::splat(0x8080_8080));
    let less = u32x4::splat(u32::from_ne_bytes([least.unsigned_abs(); 4]));
    // the top bit of each byte is lent, so that nothing is taken from the next
    let weights = |quants: u32x4| ((quants | top) - less) ^ top;
    for (halves, out) in halves.as_chunks::<PANEL>().0.iter().zip(out.as_chunks_mut::<PANEL>().0.as_chunks_mut::<2>().0) {
        let words = halves.as_chunks::<4>().0;
        let words = u32x4::from(std::array::from_fn(|i| u32::from_ne_bytes(words[i])));
        for (quants, out) in [words & low, words >> 4 & low].into_iter().zip(out) {
            for (word, out) in weights(quants).to_array().into_iter().zip(out.as_chunks_mut::<4>().0) {
                *out = word.to_ne_bytes().map(|byte| byte as i8);
            }
        }
    }
}
