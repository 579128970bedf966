use std::fmt;
use std::ops::Range;

use memchr::memchr_iter;
use serde::{Deserialize, Serialize};

/// An inclusive range of 0-based line numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LineRange {
    /// The first line.
    pub first: usize,
    /// The last line, itself part of the range.
    pub last: usize,
}

impl LineRange {
    /// The range from `first` to `last`, both included.
    #[must_use]
    pub const fn new(first: usize, last: usize) -> Self {
        Self { first, last }
    }

    /// Whether `line` lies in the range.
    #[must_use]
    pub const fn contains(&self, line: usize) -> bool {
        self.first <= line && line <= self.last
    }
}

impl fmt::Display for LineRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.first, self.last)
    }
}

/// A borrowed text with the byte offsets of its lines.
///
/// Lines are what stands between `\n` characters and nothing else: a `\r` stays in its line, and a trailing `\n` makes
/// a last, empty line. A document therefore has at least one line, as `"".split("\n")` has in Python.
///
/// Building one takes a single pass and one `usize` per line, whatever the lengths of the lines.
#[derive(Debug, Clone)]
pub struct Document<'a> {
    text: &'a str,
    /// Byte offset of the first byte of each line; never empty.
    starts: Vec<usize>,
}

impl<'a> Document<'a> {
    /// Indexes the lines of `text`.
    #[must_use]
    pub fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        // Counting first costs little and saves the copies and the slack of a list that grows.
        let mut starts = Vec::with_capacity(1 + memchr_iter(b'\n', bytes).count());
        starts.push(0);
        starts.extend(memchr_iter(b'\n', bytes).map(|newline| newline + 1));
        Self { text, starts }
    }

    /// The whole text.
    #[must_use]
    pub const fn text(&self) -> &'a str {
        self.text
    }

    /// How many lines there are, at least one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.starts.len()
    }

    /// All lines as a range.
    #[must_use]
    pub fn all_lines(&self) -> LineRange {
        LineRange::new(0, self.line_count() - 1)
    }

    /// Line `index` without its `\n`; empty beyond the last line.
    #[must_use]
    pub fn line(&self, index: usize) -> &'a str {
        &self.text[self.line_span(index, index)]
    }

    /// The lines in order, without their `\n`.
    pub fn lines(&self) -> impl ExactSizeIterator<Item = &'a str> + '_ {
        (0..self.line_count()).map(|index| self.line(index))
    }

    /// The bytes of lines `first` to `last` (inclusive), without the `\n` after the last.
    ///
    /// Lines beyond the end of the document are ignored; a range that holds no line is an empty span.
    #[must_use]
    pub fn line_span(&self, first: usize, last: usize) -> Range<usize> {
        let start = self.line_start(first);
        if last < first || first >= self.line_count() {
            return start..start;
        }
        start..self.line_end(last)
    }

    /// Byte offset at which line `index` starts; the length of the text beyond the last line.
    #[must_use]
    pub fn line_start(&self, index: usize) -> usize {
        self.starts.get(index).copied().unwrap_or(self.text.len())
    }

    /// The line that byte `offset` stands in. A `\n` belongs to the line it ends; offsets beyond the text to the last line.
    #[must_use]
    pub fn line_of_byte(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// Byte offset of the end of line `index`, before its `\n`.
    fn line_end(&self, index: usize) -> usize {
        match self.starts.get(index.saturating_add(1)) {
            Some(next) => next - 1,
            None => self.text.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<&str> {
        Document::new(text).lines().collect()
    }

    #[test]
    fn only_newlines_split() {
        assert_eq!(lines(""), [""]);
        assert_eq!(lines("\n"), ["", ""]);
        assert_eq!(lines("a\r\nb\r\n"), ["a\r", "b\r", ""]);
        assert_eq!(lines("a\u{0b}b\u{85}c\u{2028}d"), ["a\u{0b}b\u{85}c\u{2028}d"]);
    }

    #[test]
    fn spans_cover_lines_without_the_last_newline() {
        let document = Document::new("ab\nc\n");
        assert_eq!(document.line_span(0, 0), 0..2);
        assert_eq!(document.line_span(0, 1), 0..4);
        assert_eq!(document.line_span(0, 99), 0..5);
        assert_eq!(document.line_span(2, 2), 5..5);
        assert_eq!(document.line_span(1, 0), 3..3);
        assert_eq!(document.line_span(9, usize::MAX), 5..5);
        assert_eq!(document.line(usize::MAX), "");
    }

    #[test]
    fn bytes_belong_to_lines() {
        let document = Document::new("ab\nc\n");
        let of_byte: Vec<_> = (0..8).map(|offset| document.line_of_byte(offset)).collect();
        assert_eq!(of_byte, [0, 0, 0, 1, 1, 2, 2, 2]);
    }

    #[test]
    fn many_lines_and_long_lines() {
        let many = "x\n".repeat(1_000_000);
        assert_eq!(Document::new(&many).line_count(), 1_000_001);
        let long = "x".repeat(10_000_000);
        assert_eq!(Document::new(&long).line(0).len(), 10_000_000);
    }
}
