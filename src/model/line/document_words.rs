//! The word score of a document: a hashed linear model over its distinct words. The Python twin is
//! `training/prox_train/document_words.py`.

use super::text::{fold, for_each_word};
use crate::model::Matrix;
use crate::model::hashing::{bucket, word_hash};

/// Words that count of a line, its first ones.
const MAX_WORDS: usize = 64;

/// A weight for each hashed word. What fluent spam is about its words say, not how it is built.
#[derive(Debug, Clone)]
pub struct DocumentWords {
    /// One row of `1 << bits` weights.
    pub weights: Matrix,
    /// Size of the table.
    pub bits: u32,
}

impl DocumentWords {
    /// The words of trimmed lines.
    pub fn read(&self, lines: &[&str]) -> WeightedWords {
        let mut out = WeightedWords { rows: 1 << self.bits, ..WeightedWords::default() };
        for line in lines {
            let mut count = 0;
            for_each_word(&fold(line), |word| {
                if count < MAX_WORDS {
                    let row = bucket(word_hash(word), self.bits);
                    out.words.push((row as u32, self.weights.at(row)));
                    count += 1;
                }
            });
            out.ends.push(out.words.len());
        }
        out
    }
}

/// The words of each line of a document: rows of the table and their weights.
#[derive(Debug, Clone, Default)]
pub struct WeightedWords {
    words: Vec<(u32, f32)>,
    ends: Vec<usize>,
    /// Of the table.
    rows: usize,
}

impl WeightedWords {
    /// What they add to the document's calibrated keep logit. Each counts once, as much as the likeliest line it stands in is likely
    /// to stay (`keep`, one a line), so that menus and banners say nothing about an article; all of them together count as much as
    /// a single one.
    pub fn score(&self, keep: impl IntoIterator<Item = f32>) -> f32 {
        let mut most = vec![0f32; self.rows];
        let mut start = 0;
        for (&end, keep) in self.ends.iter().zip(keep) {
            for &(row, _) in &self.words[start..end] {
                let most = &mut most[row as usize];
                *most = most.max(keep);
            }
            start = end;
        }
        let (mut sum, mut square) = (0f64, 0f64);
        for &(row, weight) in &self.words[..start] {
            // the second time there is nothing left
            let keep = f64::from(std::mem::take(&mut most[row as usize]));
            sum += keep * f64::from(weight);
            square += keep * keep;
        }
        (sum / square.sqrt().max(1.0)) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::{Gguf, GgufWriter, TensorType};

    fn table() -> DocumentWords {
        let mut writer = GgufWriter::new();
        let mut weights = [0f32; 16];
        for (word, weight) in [("mill", 1.0), ("pills", -3.0)] {
            weights[bucket(word_hash(word), 4)] = weight;
        }
        let data = weights.iter().flat_map(|weight| weight.to_le_bytes()).collect();
        writer.tensor("w", &[16], TensorType::F32, data).unwrap();
        DocumentWords { weights: Matrix::load(&Gguf::parse(writer.finish()).unwrap(), "w", 1, 16).unwrap(), bits: 4 }
    }

    fn score(lines: &[(&str, f32)]) -> f32 {
        let (lines, keep): (Vec<_>, Vec<_>) = lines.iter().copied().unzip();
        table().read(&lines).score(keep)
    }

    #[test]
    fn each_word_counts_once() {
        assert_eq!(score(&[("Mill", 1.0)]), 1.0);
        assert_eq!(score(&[("mill mill", 1.0), ("MILL", 1.0)]), 1.0);
        assert!((score(&[("Mill", 1.0), ("pills", 1.0)]) - -2.0 / 2f32.sqrt()).abs() < 1e-6);
        assert_eq!(score(&[]), 0.0);
    }

    #[test]
    fn lines_that_go_do_not_count() {
        assert_eq!(score(&[("Mill", 1.0), ("pills", 0.0)]), 1.0);
        assert_eq!(score(&[("Mill", 0.5), ("mill", 0.25)]), 0.5);
        // as likely as the line that stays
        assert_eq!(score(&[("pills", 0.0), ("pills", 1.0)]), -3.0);
    }

    #[test]
    fn of_a_long_line_the_beginning_counts() {
        let long = format!("{}pills", "mill ".repeat(MAX_WORDS));
        assert_eq!(score(&[(&long, 1.0)]), 1.0);
        assert!(score(&[("mill", 1.0), ("pills", 1.0)]) < 0.0);
    }
}
