//! What the line transformer reads of a page.

use super::document_words::WeightedWords;
use super::features::line_facts;
use super::lm::{LineLm, LmInput};
use super::page::{self, document_features, page_features};
use super::score::{NgramTable, SCORE, score_features};
use super::text::{abridge, fold};
use crate::model::hashing::{bucket, mix};
use crate::tokenizer::Bpe;

const HEAD_TOKENS: usize = 96;
const TAIL_TOKENS: usize = 32;

/// Columns of the feature matrix. Where a token LM reads the page, as many as [`SCORE`] has follow.
pub const FEATURES: usize = page::BASE_COLUMNS + page::COLUMNS + SCORE.len();

/// Lists of table rows, one a line, stored flat.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bags {
    items: Vec<u32>,
    ends: Vec<usize>,
}

impl Bags {
    pub(crate) fn push(&mut self, bag: &[u32]) {
        self.items.extend(bag);
        self.ends.push(self.items.len());
    }

    /// Number of bags.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bag of a line.
    pub fn get(&self, line: usize) -> &[u32] {
        let start = if line == 0 { 0 } else { self.ends[line - 1] };
        &self.items[start..self.ends[line]]
    }
}

/// A page as numbers: one entry per line that is not blank.
#[derive(Debug, Clone)]
pub struct PageInput {
    /// Token ids of each line, head then tail.
    pub tokens: Bags,
    /// Rows of the pair table, the ends of each part included.
    pub pairs: Bags,
    /// Numbers about each line, not yet normalised.
    pub features: Vec<f32>,
    /// How many a line.
    pub columns: usize,
    /// Words of each line.
    pub words: Vec<f32>,
    /// Features of the document, not yet normalised.
    pub document: Vec<f32>,
    /// Words that speak for or against the document, where the model has a table of them.
    pub document_words: Option<WeightedWords>,
    /// For a token LM.
    pub lm: Option<LmInput>,
}

impl PageInput {
    /// Reads the trimmed lines of a page; none may be empty.
    pub fn read(lines: &[&str], tokenizer: &Bpe, ngrams: &NgramTable, pair_bits: u32, lm: Option<&LineLm>) -> Self {
        let facts: Vec<_> = lines.iter().map(|line| line_facts(line)).collect();
        let scores: Vec<f64> = lines.iter().map(|line| ngrams.score(line)).collect();
        let words: Vec<f32> = facts.iter().map(|f| f.words as f32).collect();
        let columns = FEATURES + if lm.is_some() { SCORE.len() } else { 0 };
        let mut features = Vec::with_capacity(lines.len() * columns);
        let places = page_features(&facts);
        let scored = score_features(&words, &scores);
        for ((fact, place), score) in facts.iter().zip(&places).zip(&scored) {
            features.extend(fact.row.iter().chain(place).chain(score).map(|&x| x as f32));
            // zeros until the token LM has read the page
            features.resize(features.len() + columns - FEATURES, 0.0);
        }
        let (mut tokens, mut pairs) = (Bags::default(), Bags::default());
        for line in lines {
            read_tokens(line, tokenizer, pair_bits, &mut tokens, &mut pairs);
        }
        Self {
            tokens,
            pairs,
            features,
            columns,
            words,
            document_words: None,
            lm: lm.map(|lm| LmInput::read(lines, lm)),
            document: if lines.is_empty() {
                vec![0.0; page::DOCUMENT.len()]
            } else {
                document_features(&facts, &scores).to_vec()
            },
        }
    }

    /// Takes up what the token LM made of the lines: its score of each, and what is added to their vectors `[lines, width]`.
    pub fn take_lm(&mut self, scores: &[f64], vectors: Vec<f32>) {
        let Some(lm) = &mut self.lm else { return };
        lm.vectors = vectors;
        for (row, score) in self.features.chunks_exact_mut(self.columns).zip(score_features(&self.words, scores)) {
            for (feature, x) in row[FEATURES..].iter_mut().zip(score) {
                *feature = x as f32;
            }
        }
    }

    /// Tokens a word on the whole page: about 1.6 in the language the tokenizer was trained on, more in others.
    /// Lines that were cut do not count.
    pub fn tokens_per_word(&self) -> f32 {
        let (mut tokens, mut words) = (0usize, 0.0f32);
        for (line, count) in self.words.iter().enumerate() {
            let found = self.tokens.get(line).len();
            if found < HEAD_TOKENS {
                tokens += found;
                words += count;
            }
        }
        tokens as f32 / words.max(1.0)
    }

    /// Words in lines of prose, by which documents are told from menus.
    pub fn prose_words(&self) -> f32 {
        let place = page::DOCUMENT.iter().position(|&name| name == "doc_prose_words");
        place.and_then(|place| self.document.get(place)).map_or(0.0, |&log| libm::expm1f(log))
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// The tokens of a trimmed line.
pub(super) fn line_tokens(line: &str, tokenizer: &Bpe) -> Vec<u32> {
    let (mut tokens, mut pairs) = (Bags::default(), Bags::default());
    read_tokens(line, tokenizer, 1, &mut tokens, &mut pairs);
    tokens.items
}

fn read_tokens(line: &str, tokenizer: &Bpe, pair_bits: u32, tokens: &mut Bags, pairs: &mut Bags) {
    let (head, tail) = abridge(line);
    let start_of_part = tokenizer.vocab_size() as u32;
    let mut ids = Vec::new();
    for (part, limit) in [(head, HEAD_TOKENS), (tail, TAIL_TOKENS)] {
        if part.is_empty() {
            continue;
        }
        ids.clear();
        tokenizer.encode(&fold(part), &mut ids);
        ids.truncate(limit);
        let mut previous = start_of_part;
        for &id in ids.iter().chain([&(start_of_part + 1)]) {
            pairs.items.push(bucket(mix(previous, id), pair_bits) as u32);
            previous = id;
        }
        tokens.items.extend(&ids);
    }
    tokens.ends.push(tokens.items.len());
    pairs.ends.push(pairs.items.len());
}
