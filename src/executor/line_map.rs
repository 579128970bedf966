use std::ops::Range;

use super::change::Change;

/// A part of a line that replacements made, and what stood there originally; bytes within the line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    original: Range<usize>,
    current: Range<usize>,
}

/// A line as the replacements so far have left it, with its relation to the original line.
#[derive(Debug, Clone, Default)]
pub(super) struct RewrittenLine {
    text: String,
    /// Disjoint and in order. What lies between two pieces is as it was.
    pieces: Vec<Piece>,
}

/// What one replacement did to a line.
#[derive(Debug)]
pub(super) struct Rewrite {
    pub line: RewrittenLine,
    /// How many occurrences were replaced.
    pub count: usize,
    /// From the first to the last place, in bytes of the original line.
    pub original: Range<usize>,
    /// The places, in bytes of the new text.
    pub places: Vec<Range<usize>>,
}

impl RewrittenLine {
    /// A line nothing has happened to.
    pub fn unchanged(text: &str) -> Self {
        Self { text: text.to_owned(), pieces: Vec::new() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces all occurrences of `source`, left to right; `None` where there are none. `source` is not empty.
    pub fn replace(&self, source: &str, target: &str) -> Option<Rewrite> {
        let matches: Vec<usize> = self.text.match_indices(source).map(|(offset, _)| offset).collect();
        if matches.is_empty() {
            return None;
        }
        let mut text = String::with_capacity(self.text.len());
        let mut done = 0;
        for &offset in &matches {
            text.push_str(&self.text[done..offset]);
            text.push_str(target);
            done = offset + source.len();
        }
        text.push_str(&self.text[done..]);
        let mut weaver = Weaver {
            old: &self.pieces,
            matches: &matches,
            source_len: source.len(),
            target_len: target.len(),
            added: 0,
            removed: 0,
            passed: Piece { original: 0..0, current: 0..0 },
        };
        let mut pieces = Vec::with_capacity(self.pieces.len() + matches.len());
        let mut places = Vec::with_capacity(matches.len());
        let mut original: Option<Range<usize>> = None;
        while let Some((piece, is_place)) = weaver.next_piece() {
            if is_place {
                places.push(piece.current.clone());
                let start = original.map_or(piece.original.start, |range| range.start);
                original = Some(start..piece.original.end);
            }
            pieces.push(piece);
        }
        let line = Self { text, pieces };
        Some(Rewrite { line, count: matches.len(), original: original.unwrap_or(0..0), places })
    }

    /// The replacements that lead from `original`, which starts at byte `offset` of its document, to this line.
    pub fn changes<'a>(&'a self, original: &'a str, offset: usize) -> impl Iterator<Item = Change> + 'a {
        self.pieces.iter().filter_map(move |piece| {
            let after = &self.text[piece.current.clone()];
            // Replacements may undo each other.
            (original[piece.original.clone()] != *after)
                .then(|| Change { span: [offset + piece.original.start, offset + piece.original.end], after: after.to_owned() })
        })
    }
}

/// Joins the pieces of earlier replacements with the matches of a new one, in the order of the text.
struct Weaver<'a> {
    /// Pieces not passed yet, in bytes of the text before this replacement.
    old: &'a [Piece],
    /// Offsets of matches not passed yet.
    matches: &'a [usize],
    source_len: usize,
    target_len: usize,
    /// Bytes that the targets so far put in.
    added: usize,
    /// Bytes that the sources so far took out.
    removed: usize,
    /// The last old piece that was passed: from its end on, original and current text run in step.
    passed: Piece,
}

impl Weaver<'_> {
    /// The next piece of the new text, and whether the new replacement has a part in it.
    fn next_piece(&mut self) -> Option<(Piece, bool)> {
        let next_match = self.next_match();
        let next_old = self.old.first().map(|piece| piece.current.clone());
        let mut extent = match (next_old, next_match) {
            (None, None) => return None,
            (Some(old), None) => old,
            (None, Some(found)) => found,
            (Some(old), Some(found)) if old.end <= found.start => old,
            (Some(old), Some(found)) if found.end <= old.start => found,
            (Some(old), Some(found)) => old.start.min(found.start)..old.end.max(found.end),
        };
        let original_start = self.to_original(extent.start);
        let current_start = self.to_new(extent.start);
        let mut is_place = false;
        // Whatever overlaps the piece belongs to it and may make it longer. A piece that is empty, left by a deletion,
        // belongs to it only if it lies strictly inside, or is the piece itself.
        loop {
            if let Some(old) = self.old.first()
                && (old.current == extent || old.current.start < extent.end && old.current.end > extent.start)
            {
                extent.end = extent.end.max(old.current.end);
                self.passed = old.clone();
                self.old = &self.old[1..];
            } else if let Some(found) = self.next_match().filter(|found| found.start < extent.end) {
                extent.end = extent.end.max(found.end);
                self.removed += self.source_len;
                self.added += self.target_len;
                self.matches = &self.matches[1..];
                is_place = true;
            } else {
                break;
            }
        }
        let original = original_start..self.to_original(extent.end);
        Some((Piece { original, current: current_start..self.to_new(extent.end) }, is_place))
    }

    fn next_match(&self) -> Option<Range<usize>> {
        self.matches.first().map(|&start| start..start + self.source_len)
    }

    fn to_original(&self, offset: usize) -> usize {
        self.passed.original.end + (offset - self.passed.current.end)
    }

    fn to_new(&self, offset: usize) -> usize {
        offset + self.added - self.removed
    }
}

#[cfg(test)]
mod tests {
    use super::super::change::apply_changes;
    use super::*;

    /// Replaces in turn and checks the pieces by making the new text from the old one.
    fn replace_all(original: &str, steps: &[(&str, &str)]) -> (String, Vec<Change>) {
        let mut line = RewrittenLine::unchanged(original);
        for (source, target) in steps {
            if let Some(rewrite) = line.replace(source, target) {
                assert!(original.get(rewrite.original.clone()).is_some());
                line = rewrite.line;
            }
        }
        let changes: Vec<Change> = line.changes(original, 0).collect();
        assert_eq!(apply_changes(original, &changes).as_deref(), Some(line.text()));
        let expected = steps.iter().fold(original.to_owned(), |text, (source, target)| text.replace(source, target));
        assert_eq!(line.text(), expected);
        (expected, changes)
    }

    #[test]
    fn separate_places_stay_separate() {
        let (text, changes) = replace_all("a b a c", &[("a", "xx"), ("c", "")]);
        assert_eq!(text, "xx b xx ");
        assert_eq!(changes.len(), 3);
        assert_eq!(changes[2].span, [6, 7]);
    }

    #[test]
    fn overlapping_replacements_join() {
        let (_, changes) = replace_all("abcd", &[("bc", "xy"), ("ax", "1"), ("yd", "2")]);
        assert_eq!(changes, [Change { span: [0, 4], after: "12".into() }]);
    }

    #[test]
    fn a_match_across_a_deletion_covers_it() {
        let (_, changes) = replace_all("a-b-c", &[("-", ""), ("bc", "z")]);
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[1], Change { span: [2, 5], after: "z".into() });
    }

    #[test]
    fn replacements_that_undo_each_other_leave_no_change() {
        assert_eq!(replace_all("aéa", &[("é", "ü"), ("ü", "é")]).1, []);
    }

    #[test]
    fn all_short_chains() {
        // Every pair of steps out of a small stock, on a text in which they meet in many ways.
        let stock = ["", "a", "b", "ab", "ba", "aa", "bab"];
        for source_1 in &stock[1..] {
            for target_1 in stock {
                for source_2 in &stock[1..] {
                    for target_2 in stock {
                        replace_all("abaabbab", &[(source_1, target_1), (source_2, target_2), ("b", "aab")]);
                    }
                }
            }
        }
    }
}
