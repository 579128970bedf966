//! Spans of lines that may be noise: rules propose them, each with its replacement and the rows of a hashed table that
//! it is judged by. Rules may propose what is legitimate text; the model's weights say which is which.

mod characters;
mod features;
mod kind;
mod lexicon;
mod marks;
mod propose;
mod words;

use crate::gguf::{Gguf, MetadataError};

use super::{Matrix, MatrixError};
use features::{LineFacts, PageFacts, is_in_language};

pub use kind::SpanKind;
pub use lexicon::Lexicon;
pub use propose::{MAX_LINE_SPANS, Proposal};

/// No more candidates of one page are looked at.
pub const MAX_PAGE_SPANS: usize = 1 << 16;

/// A proposed span on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Index of its line among those given.
    pub line: usize,
    /// The span and its replacement.
    pub span: Proposal,
    /// Rows of the weight table, ascending.
    pub rows: Vec<u32>,
}

/// The part of a model that judges spans. Files may lack it.
#[derive(Debug, Clone)]
pub struct SpanModel {
    words: Lexicon,
    /// One row of `1 << bits` weights.
    pub weights: Matrix,
    /// For each kind in the order of [`SpanKind::ALL`]: calibration, sum of weights x scale + shift.
    pub calibration: [(f32, f32); SpanKind::ALL.len()],
    bits: u32,
}

/// The key that says a file has this part.
const BITS: &str = "proxline.span.bits";

impl SpanModel {
    /// Reads the part from a file, `None` where it is not in there.
    ///
    /// # Errors
    /// Where it is there but does not fit.
    pub fn from_gguf<E: From<MetadataError> + From<MatrixError>>(gguf: &Gguf) -> Result<Option<Self>, E> {
        if gguf.metadata().get(BITS).is_none() {
            return Ok(None);
        }
        let bits = gguf.metadata().uint(BITS, 8, 20)? as u32;
        let kinds = SpanKind::ALL.len();
        let scale = Matrix::load_vector(gguf, "span.scale", kinds)?;
        let shift = Matrix::load_vector(gguf, "span.shift", kinds)?;
        Ok(Some(Self {
            words: Lexicon::load(gguf, "span.lexicon")?,
            weights: Matrix::load(gguf, "span.weight", 1, 1 << bits)?,
            calibration: std::array::from_fn(|kind| (scale[kind], shift[kind])),
            bits,
        }))
    }

    /// The candidates of a page, line by line in order and without overlap. `lines` are trimmed.
    pub fn propose(&self, lines: &[&str]) -> Vec<Candidate> {
        let facts: Vec<LineFacts> = lines.iter().map(|line| LineFacts::of(line, &self.words)).collect();
        let in_language = is_in_language(&facts);
        let mut spans = Vec::new();
        for (at, line) in lines.iter().enumerate() {
            let in_language = in_language && facts[at].is_in_language();
            spans.extend(propose::propose(line, in_language, &self.words).into_iter().map(|span| (at, span)));
            if spans.len() >= MAX_PAGE_SPANS {
                break;
            }
        }
        let page = PageFacts::of(lines, facts, &spans, &self.words);
        let rows = spans.iter().map(|(at, span)| features::rows(lines[*at], *at, span, &page, &self.words, self.bits));
        let rows: Vec<Vec<u32>> = rows.collect();
        spans.into_iter().zip(rows).map(|((line, span), rows)| Candidate { line, span, rows }).collect()
    }
}
