//! Candidates of one line. Where two overlap, the kind that is looked for first has it.

use std::collections::BTreeMap;

use super::lexicon::Lexicon;
use super::{SpanKind, characters, marks, words};

/// No more candidates of one line are looked at.
pub const MAX_LINE_SPANS: usize = 512;
/// Longest span; what is longer is no noise in a line but a line of noise.
const MAX_SPAN_BYTES: usize = 400;

/// A span of a line and what may take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What it is.
    pub kind: SpanKind,
    /// First byte in the line.
    pub start: usize,
    /// End in the line, exclusive.
    pub end: usize,
    /// The replacement.
    pub target: String,
}

/// The candidates of a line so far.
pub(super) struct Proposals<'l> {
    line: &'l str,
    found: BTreeMap<usize, Proposal>,
}

impl Proposals<'_> {
    pub fn push(&mut self, kind: SpanKind, start: usize, end: usize, target: impl Into<String>) {
        let sound = start < end && end - start <= MAX_SPAN_BYTES && self.found.len() < MAX_LINE_SPANS;
        let free = self.found.range(..end).next_back().is_none_or(|(_, before)| before.end <= start);
        let whole = self.line[..start].trim().is_empty() && self.line[end..].trim().is_empty();
        let target = target.into();
        // a line that would be left empty is the line verdict's business
        if sound && free && !(whole && target.trim().is_empty()) && self.line[start..end] != target {
            self.found.insert(start, Proposal { kind, start, end, target });
        }
    }
}

/// The candidates of a trimmed line, in order and without overlap; glued words only if it is in the lexicon's language.
pub(super) fn propose(line: &str, in_language: bool, lexicon: &Lexicon) -> Vec<Proposal> {
    let mut out = Proposals { line, found: BTreeMap::new() };
    without_lexicon(line, &mut out);
    words::words(line, in_language, lexicon, &mut out);
    out.found.into_values().collect()
}

fn without_lexicon(line: &str, out: &mut Proposals<'_>) {
    marks::urls(line, out);
    marks::tags(line, out);
    marks::ends(line, out);
    marks::brackets(line, out);
    marks::arrows(line, out);
    marks::entities(line, out);
    characters::mojibake(line, out);
    characters::invisible(line, out);
    characters::punctuation(line, out);
    characters::spaces(line, out);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What is proposed without knowledge of words.
    pub fn proposed(line: &str) -> Vec<Proposal> {
        let mut out = Proposals { line, found: BTreeMap::new() };
        without_lexicon(line, &mut out);
        out.found.into_values().collect()
    }

    /// The line with all proposals of one kind carried out.
    pub fn proposed_of(kind: SpanKind, line: &str) -> String {
        let mut out = line.to_owned();
        for span in proposed(line).iter().rev().filter(|span| span.kind == kind) {
            out.replace_range(span.start..span.end, &span.target);
        }
        out
    }

    #[test]
    fn earlier_kinds_win_and_many_are_cut() {
        let line = "See www.example.org/a..../b!!! now";
        let kinds: Vec<SpanKind> = proposed(line).iter().map(|span| span.kind).collect();
        assert_eq!(kinds, [SpanKind::Url, SpanKind::Punctuation]);
        let line = "x[1] ".repeat(10_000);
        assert_eq!(proposed(line.trim()).len(), MAX_LINE_SPANS);
    }
}
