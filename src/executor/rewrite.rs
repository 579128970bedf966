use std::ops::Range;

use super::change::Changes;

/// A part of a text that replacements made, and what stood there originally; bytes from the start of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    original: Range<usize>,
    current: Range<usize>,
}

/// A text as the replacements so far have left it, with its relation to the original.
#[derive(Debug, Clone, Default)]
pub(super) struct Rewritten {
    text: String,
    /// Disjoint, apart from each other and in order. What lies between two pieces is as it was.
    pieces: Vec<Piece>,
}

/// What one replacement did to a text.
#[derive(Debug)]
pub(super) struct Rewrite {
    pub result: Rewritten,
    /// From the first to the last place, in bytes of the original text.
    pub original: Range<usize>,
    /// The places, in bytes of the new text.
    pub places: Vec<Range<usize>>,
}

impl Rewritten {
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many parts of it are new.
    pub fn piece_count(&self) -> usize {
        self.pieces.len()
    }

    /// Replaces what stands at `matches`, offsets of `source_len` bytes each, in order, apart and not none.
    pub fn replace(&self, matches: &[usize], source_len: usize, target: &str) -> Rewrite {
        Rewrite::new(&self.text, &self.pieces, matches, source_len, target)
    }

    /// Adds the replacements that lead to this text from `original`, which starts at byte `offset` of its document.
    pub fn write_changes(&self, original: &str, offset: usize, changes: &mut Changes) {
        for piece in &self.pieces {
            let after = &self.text[piece.current.clone()];
            // Replacements may undo each other.
            if original[piece.original.clone()] != *after {
                changes.push([offset + piece.original.start, offset + piece.original.end], after);
            }
        }
    }
}

impl Rewrite {
    /// The first replacement in a text.
    pub fn first(text: &str, matches: &[usize], source_len: usize, target: &str) -> Self {
        Self::new(text, &[], matches, source_len, target)
    }

    fn new(old_text: &str, old_pieces: &[Piece], matches: &[usize], source_len: usize, target: &str) -> Self {
        let length = old_text.len() - matches.len() * source_len + matches.len() * target.len();
        let mut text = String::with_capacity(length);
        let mut done = 0;
        for &offset in matches {
            text.push_str(&old_text[done..offset]);
            text.push_str(target);
            done = offset + source_len;
        }
        text.push_str(&old_text[done..]);
        let mut weaver = Weaver {
            old: old_pieces,
            matches,
            source_len,
            target_len: target.len(),
            added: 0,
            removed: 0,
            passed: Piece { original: 0..0, current: 0..0 },
        };
        let mut pieces: Vec<Piece> = Vec::with_capacity(old_pieces.len() + matches.len());
        let mut places = Vec::with_capacity(matches.len());
        let mut original: Option<Range<usize>> = None;
        while let Some((piece, is_place)) = weaver.next_piece() {
            if is_place {
                places.push(piece.current.clone());
                let start = original.map_or(piece.original.start, |range| range.start);
                original = Some(start..piece.original.end);
            }
            match pieces.last_mut() {
                // Pieces that touch are one: a run of replaced characters then costs no more than one of them.
                Some(last) if last.original.end == piece.original.start => {
                    last.original.end = piece.original.end;
                    last.current.end = piece.current.end;
                }
                _ => pieces.push(piece),
            }
        }
        Self { result: Rewritten { text, pieces }, original: original.unwrap_or(0..0), places }
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
    use super::*;

    type Spans = Vec<([usize; 2], String)>;

    /// Replaces in turn and checks the pieces by making the new text from the old one.
    fn replace_all(original: &str, steps: &[(&str, &str)]) -> (String, Spans) {
        let mut now = Rewritten { text: original.to_owned(), pieces: Vec::new() };
        for (source, target) in steps {
            let matches: Vec<usize> = now.text().match_indices(source).map(|(offset, _)| offset).collect();
            if !matches.is_empty() {
                let rewrite = now.replace(&matches, source.len(), target);
                assert!(original.get(rewrite.original.clone()).is_some());
                now = rewrite.result;
            }
        }
        let mut changes = Changes::new();
        now.write_changes(original, 0, &mut changes);
        assert_eq!(changes.apply(original).as_deref(), Some(now.text()));
        let expected = steps.iter().fold(original.to_owned(), |text, (source, target)| text.replace(source, target));
        assert_eq!(now.text(), expected);
        (expected, changes.iter().map(|change| (change.span, change.after.to_owned())).collect())
    }

    #[test]
    fn separate_places_stay_separate() {
        let (text, changes) = replace_all("a b a c", &[("a", "xx"), ("c", "")]);
        assert_eq!(text, "xx b xx ");
        assert_eq!(changes.len(), 3);
        assert_eq!(changes[2].0, [6, 7]);
    }

    #[test]
    fn places_that_touch_are_one() {
        assert_eq!(replace_all("aaab", &[("a", "é")]).1, [([0, 3], "ééé".to_owned())]);
        assert_eq!(replace_all("aaab", &[("a", ""), ("b", "a"), ("a", "c")]).1, [([0, 4], "c".to_owned())]);
    }

    #[test]
    fn overlapping_replacements_join() {
        let (_, changes) = replace_all("abcd", &[("bc", "xy"), ("ax", "1"), ("yd", "2")]);
        assert_eq!(changes, [([0, 4], "12".to_owned())]);
    }

    #[test]
    fn a_match_across_a_deletion_covers_it() {
        let (_, changes) = replace_all("a-b-c", &[("-", ""), ("bc", "z")]);
        // The deletion before the match touches it.
        assert_eq!(changes, [([1, 5], "z".to_owned())]);
        let (_, changes) = replace_all("a-b--c", &[("--", ""), ("bc", "z")]);
        assert_eq!(changes, [([2, 6], "z".to_owned())]);
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
