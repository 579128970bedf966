//! How common words and word pairs are: 24 bits of each one's hash and a class of its frequency.

use crate::gguf::{Gguf, TensorInfo, TensorType};

use super::super::MatrixError;
use super::super::hashing::{mix, word_hash};

/// Buckets, by the first 12 bits of the hash.
const BUCKETS: usize = 1 << 12;

/// Words or word pairs with a frequency class from 1 (rare) to 15. One of some thousand others is taken for one of them.
#[derive(Debug, Clone)]
pub struct Lexicon {
    /// Where each bucket's entries begin, and the end.
    starts: Vec<u32>,
    /// 12 more bits of the hash, then the class.
    entries: Vec<u16>,
}

impl Lexicon {
    /// From the tensors `name.count`, entries of each bucket, and `name.entry`, two bytes an entry.
    pub(super) fn load(gguf: &Gguf, name: &str) -> Result<Self, MatrixError> {
        let counts = bytes(gguf, &format!("{name}.count"), Some(BUCKETS))?;
        let entries = bytes(gguf, &format!("{name}.entry"), None)?;
        let mut starts = Vec::with_capacity(BUCKETS + 1);
        let mut sum = 0u32;
        starts.push(0);
        for &count in counts {
            sum += u32::from(count);
            starts.push(sum);
        }
        if sum as usize * 2 != entries.len() {
            let (rows, cols) = (1, sum as usize * 2);
            return Err(MatrixError::Shape {
                name: format!("{name}.entry"),
                found_rows: 1,
                found_cols: entries.len(),
                rows,
                cols,
            });
        }
        let entries = entries.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        Ok(Self { starts, entries })
    }

    fn class(&self, hash: u32) -> u8 {
        let hash = hash.wrapping_mul(0x85eb_ca6b);
        let bucket = (hash >> 20) as usize;
        let wanted = (hash >> 8) as u16 & 0xfff;
        let entries = &self.entries[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        entries.iter().find(|&&entry| entry >> 4 == wanted).map_or(0, |&entry| (entry & 15) as u8)
    }

    /// The class of a word in lower case; 0 where it is unknown.
    pub(super) fn word(&self, word: &str) -> u8 {
        self.class(word_hash(word))
    }

    /// The class of two words that follow each other.
    pub(super) fn pair(&self, first: &str, second: &str) -> u8 {
        self.class(mix(word_hash(first), word_hash(second)))
    }
}

fn bytes<'a>(gguf: &'a Gguf, name: &str, len: Option<usize>) -> Result<&'a [u8], MatrixError> {
    let info: &TensorInfo = gguf.tensor(name).ok_or_else(|| MatrixError::Missing { name: name.into() })?;
    let cols = len.unwrap_or(info.len);
    if info.ty != TensorType::I8 || info.len != cols {
        let (found_rows, found_cols) = (info.rows(), info.cols());
        return Err(MatrixError::Shape { name: name.into(), found_rows, found_cols, rows: 1, cols });
    }
    Ok(gguf.data(info))
}
