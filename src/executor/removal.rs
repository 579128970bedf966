use std::ops::Range;

use super::change::Changes;
use super::edit::{Edit, Operation};
use crate::document::{Document, LineRange};

/// Lines that one statement removes and no earlier one did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub lines: LineRange,
    /// Whatever the caller counts by: its statement, or its edit.
    pub statement: usize,
}

/// Gives every line to the first statement that removes it.
///
/// A disjoint-set forest leads from each line to the next free one, so that any number of overlapping ranges costs
/// little more than the lines and the ranges themselves.
pub(super) struct Claims {
    scope: LineRange,
    /// For each line of the scope (and one past it): itself while free, else some line on the way to the next free one.
    next: Vec<usize>,
    runs: Vec<Run>,
}

impl Claims {
    /// Nothing is claimed yet in `scope`.
    pub fn new(scope: LineRange) -> Self {
        Self { scope, next: Vec::new(), runs: Vec::new() }
    }

    /// Claims `lines`, as far as they lie in the scope, for `statement`; returns whether any was still free.
    pub fn claim(&mut self, lines: LineRange, statement: usize) -> bool {
        let first = lines.first.max(self.scope.first);
        let last = lines.last.min(self.scope.last);
        if first > last {
            return false;
        }
        if self.next.is_empty() {
            self.next = (0..=self.scope.last - self.scope.first + 1).collect();
        }
        let base = self.scope.first;
        let last = last - base;
        let runs_before = self.runs.len();
        let mut line = self.free_from(first - base);
        while line <= last {
            let start = line;
            while line <= last && self.next[line] == line {
                self.next[line] = line + 1;
                line += 1;
            }
            self.runs.push(Run { lines: LineRange::new(base + start, base + line - 1), statement });
            line = self.free_from(line);
        }
        self.runs.len() > runs_before
    }

    /// The claimed runs by line.
    pub fn into_runs(mut self) -> Vec<Run> {
        self.runs.sort_unstable_by_key(|run| run.lines.first);
        self.runs
    }

    fn free_from(&mut self, mut line: usize) -> usize {
        while self.next[line] != line {
            let skip = self.next[self.next[line]];
            self.next[line] = skip;
            line = skip;
        }
        line
    }
}

/// The bytes that go with each of `runs`, which are in order: the lines and as many newlines.
///
/// A line takes the newline after it. Those at the end of the document, which have none after the last, take the one
/// before instead, so that what is left is what stays joined by newlines.
fn removed_spans(document: &Document<'_>, runs: &[Run]) -> Vec<Range<usize>> {
    let mut spans = Vec::with_capacity(runs.len());
    let mut next_line = document.line_count();
    for run in runs.iter().rev() {
        let LineRange { first, last } = run.lines;
        let at_end = last + 1 == next_line;
        if at_end {
            next_line = first;
            let newline_before = |line: usize| document.line_start(line).saturating_sub(1);
            let end = if last + 1 == document.line_count() { document.text().len() } else { newline_before(last + 1) };
            spans.push(newline_before(first)..end);
        } else {
            // No run further up reaches the end any more.
            next_line = usize::MAX;
            spans.push(document.line_start(first)..document.line_start(last + 1));
        }
    }
    spans.reverse();
    spans
}

/// The changes and edits that remove `runs`, which are in order.
pub(super) fn remove(document: &Document<'_>, runs: &[Run]) -> (Changes, Vec<Edit>) {
    let spans = removed_spans(document, runs);
    let edits = runs.iter().zip(&spans).map(|(run, span)| Edit {
        operation: Operation::RemoveLines { lines: [run.lines.first, run.lines.last] },
        span: Some([span.start, span.end]),
        statement: Some(run.statement),
        confidence: None,
    });
    let edits = edits.collect();
    let mut changes = Changes::with_capacity(spans.len());
    for Range { start, end } in spans {
        changes.push([start, end], "");
    }
    (changes, edits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every subset of the lines of a small text, in every way the first line may have been claimed.
    #[test]
    fn what_is_left_is_joined_by_newlines() {
        for text in ["a\nb\nc\nd", "a\n\n\nd\n", "", "\n", "a"] {
            let document = Document::new(text);
            let count = document.line_count();
            for removed in 0_u32..1 << count {
                let is_removed = |line: usize| removed >> line & 1 == 1;
                let mut claims = Claims::new(document.all_lines());
                for line in (0..count).filter(|&line| is_removed(line)) {
                    claims.claim(LineRange::new(line, line), line);
                }
                let (changes, _) = remove(&document, &claims.into_runs());
                let left: Vec<&str> = (0..count).filter(|&line| !is_removed(line)).map(|line| document.line(line)).collect();
                assert_eq!(changes.apply(text), Some(left.join("\n")), "{text:?} {removed:b}");
            }
        }
    }

    #[test]
    fn the_first_statement_keeps_its_lines() {
        let mut claims = Claims::new(LineRange::new(2, 9));
        assert!(claims.claim(LineRange::new(4, 5), 0));
        assert!(claims.claim(LineRange::new(0, 7), 1));
        assert!(!claims.claim(LineRange::new(3, 6), 2));
        assert!(claims.claim(LineRange::new(7, usize::MAX), 3));
        let runs: Vec<_> = claims.into_runs().iter().map(|r| (r.lines.first, r.lines.last, r.statement)).collect();
        assert_eq!(runs, [(2, 3, 1), (4, 5, 0), (6, 7, 1), (8, 9, 3)]);
    }

    #[test]
    fn many_large_ranges_are_cheap() {
        let mut claims = Claims::new(LineRange::new(0, 999_999));
        for statement in 0..1_000_000 {
            claims.claim(LineRange::new(0, 999_999 - statement % 7), statement);
        }
        assert_eq!(claims.into_runs().len(), 1);
    }
}
