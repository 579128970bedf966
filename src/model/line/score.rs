//! The n-gram score: a hashed linear model over words and word pairs, and its neighbourhood on the page.
//! The Python twins are `training/prox_train/ngrams.py` and `score_features` in `features.py`.

use std::collections::HashMap;
use std::ops::Range;

use super::page::window_mean;
use super::text::{abridge, fold, for_each_word};
use crate::model::Matrix;
use crate::model::hashing::{bucket, mix, word_hash};

/// Names of the features made from the score, in order.
pub const SCORE: [&str; 12] = [
    "score",
    "score_2",
    "score_5",
    "score_15",
    "weighted_3",
    "weighted_10",
    "page",
    "page_weighted",
    "page_max",
    "in_block",
    "from_block_start",
    "to_block_end",
];

const LINE_START: u32 = 1;
const LINE_END: u32 = 2;
const WHOLE_LINE: u32 = 3;
const WHOLE_LINE_WORDS: usize = 6;
const MAX_WORDS: usize = 256;

/// The score as features take it.
pub(super) fn clip(score: f64) -> f64 {
    score.clamp(-8.0, 8.0)
}

/// A weight for each hashed n-gram.
#[derive(Debug, Clone)]
pub struct NgramTable {
    /// One row of `1 << bits` weights.
    pub weights: Matrix,
    /// Added to every score.
    pub bias: f32,
    /// Size of the table.
    pub bits: u32,
}

impl NgramTable {
    /// The log-odds that a trimmed line is kept, judged by its words alone.
    pub fn score(&self, line: &str) -> f64 {
        let mut rows = Vec::new();
        for part in Part::of(line) {
            part.for_each_ngram(self.bits, |row, _| rows.push(row));
        }
        rows.sort_unstable();
        let (mut sum, mut square) = (0.0, 0.0);
        for group in rows.chunk_by(|a, b| a == b) {
            let value = repeated(group.len());
            sum += value * f64::from(self.weights.at(group[0]));
            square += value * value;
        }
        sum / square.sqrt().max(1.0) + f64::from(self.bias)
    }

    /// What each distinct word adds to the [`score`](Self::score) of a trimmed line, folded and in order. With the bias they add
    /// up to it, but for what an empty part of a line adds; the words of an n-gram share what it adds.
    pub fn shares(&self, line: &str) -> Vec<(String, f64)> {
        let parts: Vec<Part> = Part::of(line).collect();
        let mut counts: HashMap<u32, usize> = HashMap::new();
        for part in &parts {
            part.for_each_ngram(self.bits, |row, _| *counts.entry(row as u32).or_insert(0) += 1);
        }
        let square: f64 = counts.values().map(|&n| repeated(n) * repeated(n)).sum();
        let size = square.sqrt().max(1.0);
        let mut shares: Vec<(String, f64)> = Vec::new();
        // words are told apart as the table does it, by their hashes
        let mut places: HashMap<u32, usize> = HashMap::new();
        for part in &parts {
            let mut of_word = Vec::new();
            for word in part.words() {
                let place = *places.entry(word_hash(word)).or_insert(shares.len());
                if place == shares.len() {
                    shares.push((word.to_owned(), 0.0));
                }
                of_word.push(place);
            }
            part.for_each_ngram(self.bits, |row, words| {
                let n = counts[&(row as u32)];
                let adds = repeated(n) / n as f64 * f64::from(self.weights.at(row)) / size;
                let each = adds / words.len() as f64;
                for word in words {
                    shares[of_word[word]].1 += each;
                }
            });
        }
        shares
    }
}

/// What an n-gram that stands `n` times in a line counts.
fn repeated(n: usize) -> f64 {
    1.0 + libm::log(n as f64)
}

/// The head or the tail of a line, folded.
struct Part {
    folded: String,
    /// Whether it is the whole line.
    is_line: bool,
}

impl Part {
    fn of(line: &str) -> impl Iterator<Item = Self> {
        let (head, tail) = abridge(line);
        let parts = [head, tail].into_iter().filter(|part| !part.is_empty());
        parts.map(move |part| Self { folded: fold(part), is_line: tail.is_empty() })
    }

    fn words(&self) -> Vec<&str> {
        let mut words = Vec::new();
        for_each_word(&self.folded, |word| {
            if words.len() < MAX_WORDS {
                words.push(word);
            }
        });
        words
    }

    /// Calls `ngram` with the row of each word, each pair (the ends of the part are words of pairs) and each short line, and with the
    /// places of the words that make it up.
    fn for_each_ngram(&self, bits: u32, mut ngram: impl FnMut(usize, Range<usize>)) {
        let (mut previous, mut whole, mut count) = (LINE_START, WHOLE_LINE, 0);
        for_each_word(&self.folded, |word| {
            if count < MAX_WORDS {
                let hash = word_hash(word);
                ngram(bucket(hash, bits), count..count + 1);
                ngram(bucket(mix(previous, hash), bits), count.saturating_sub(1)..count + 1);
                whole = mix(whole, hash);
                previous = hash;
                count += 1;
            }
        });
        ngram(bucket(mix(previous, LINE_END), bits), count.saturating_sub(1)..count);
        if self.is_line && (1..=WHOLE_LINE_WORDS).contains(&count) {
            ngram(bucket(whole, bits), 0..count);
        }
    }
}

/// The stretch of lines with the greatest sum of score times the root of the words.
pub(super) fn best_block(scores: &[f64], weights: &[f64]) -> (usize, usize) {
    let (mut best, mut current, mut start, mut block) = (0.0, 0.0, 0, (0, 0));
    for (i, (score, weight)) in scores.iter().zip(weights).enumerate() {
        if current <= 0.0 {
            (current, start) = (0.0, i);
        }
        current += score.clamp(-3.0, 3.0) * weight.sqrt();
        if current > best {
            best = current;
            block = (start, i);
        }
    }
    block
}

/// The features of each line in the order of [`SCORE`]; `words`: those of each line.
pub(super) fn score_features(words: &[f32], scores: &[f64]) -> Vec<[f64; SCORE.len()]> {
    let a: Vec<f64> = scores.iter().map(|&s| clip(s)).collect();
    let w: Vec<f64> = words.iter().map(|&w| f64::from(w) + 1.0).collect();
    let aw: Vec<f64> = a.iter().zip(&w).map(|(a, w)| a * w).collect();
    let n = a.len().max(1) as f64;
    let near = [2, 5, 15].map(|radius| window_mean(&a, radius));
    let weighted = [3, 10].map(|radius| (window_mean(&aw, radius), window_mean(&w, radius)));
    let mean = a.iter().sum::<f64>() / n;
    let weighted_mean = aw.iter().sum::<f64>() / w.iter().sum::<f64>();
    let max = a.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (start, end) = best_block(&a, &w);
    let signed = |to: usize, from: usize| {
        let distance = libm::log1p(to.abs_diff(from) as f64);
        if to < from { -distance } else { distance }
    };
    (0..a.len())
        .map(|i| {
            [
                a[i],
                near[0][i],
                near[1][i],
                near[2][i],
                weighted[0].0[i] / weighted[0].1[i],
                weighted[1].0[i] / weighted[1].1[i],
                mean,
                weighted_mean,
                max,
                f64::from(u8::from((start..=end).contains(&i))),
                signed(i, start),
                signed(end, i),
            ]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::model::line::LineModel;

    #[test]
    fn shares_add_up_to_the_score() {
        let model = LineModel::from_bytes(include_bytes!("../../../models/prox-nano.gguf").to_vec()).unwrap();
        let long = "Share this page with friends. ".repeat(60);
        for line in ["Share", "share share SHARE", "Sign up for our newsletter!", "中文 ok", &long] {
            let shares = model.ngrams.shares(line);
            let sum = shares.iter().map(|(_, share)| share).sum::<f64>() + f64::from(model.ngrams.bias);
            assert!((sum - model.ngrams.score(line)).abs() < 1e-9, "{line}: {sum}");
            let mut words: Vec<&str> = shares.iter().map(|(word, _)| word.as_str()).collect();
            words.sort_unstable();
            assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        }
        assert!(model.ngrams.shares("").is_empty());
    }
}
