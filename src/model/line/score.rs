//! The n-gram score: a hashed linear model over words and word pairs, and its neighbourhood on the page.
//! The Python twins are `training/prox_train/ngrams.py` and `score_features` in `features.py`.

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
        let mut rows = self.rows(line);
        rows.sort_unstable();
        let (mut sum, mut square) = (0.0, 0.0);
        for group in rows.chunk_by(|a, b| a == b) {
            let value = 1.0 + libm::log(group.len() as f64);
            sum += value * f64::from(self.weights.at(group[0]));
            square += value * value;
        }
        sum / square.sqrt().max(1.0) + f64::from(self.bias)
    }

    fn rows(&self, line: &str) -> Vec<usize> {
        let (head, tail) = abridge(line);
        let mut rows = Vec::new();
        for part in [head, tail] {
            if part.is_empty() {
                continue;
            }
            let folded = fold(part);
            let (mut previous, mut whole, mut count) = (LINE_START, WHOLE_LINE, 0);
            for_each_word(&folded, |word| {
                if count < MAX_WORDS {
                    let hash = word_hash(word);
                    rows.push(bucket(hash, self.bits));
                    rows.push(bucket(mix(previous, hash), self.bits));
                    whole = mix(whole, hash);
                    previous = hash;
                    count += 1;
                }
            });
            rows.push(bucket(mix(previous, LINE_END), self.bits));
            if tail.is_empty() && (1..=WHOLE_LINE_WORDS).contains(&count) {
                rows.push(bucket(whole, self.bits));
            }
        }
        rows
    }
}

/// The stretch of lines with the greatest sum of score times the root of the words.
fn best_block(scores: &[f64], weights: &[f64]) -> (usize, usize) {
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
