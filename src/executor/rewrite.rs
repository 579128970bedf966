use std::ops::Range;

use super::change::Changes;

/// A part of a text that replacements made, and what stood there originally; bytes from the start of the text.
///
/// They have 32 bits, because there may be as many as there are characters; no text is longer than these can say.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    original: Range<u32>,
    current: Range<u32>,
}

/// A range of bytes as strings take it.
const fn wide(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// A text as the replacements so far have left it, with its relation to the original.
#[derive(Debug, Default)]
pub(super) struct Rewritten {
    text: String,
    /// Disjoint, apart from each other and in order. What lies between two pieces is as it was.
    pieces: Vec<Piece>,
}

/// Occurrences of one source and what takes their place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Replacement<'a> {
    /// Offsets of the occurrences, in order, apart from each other and not none.
    pub matches: &'a [u32],
    pub source_len: u32,
    pub target: &'a str,
}

impl Rewritten {
    /// Starts anew from a text nothing has happened to.
    pub fn reset(&mut self, text: &str) {
        self.text.clear();
        self.text.push_str(text);
        self.pieces.clear();
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many parts of it are new.
    pub fn piece_count(&self) -> usize {
        self.pieces.len()
    }

    /// Makes `self` what `old` becomes by a replacement.
    ///
    /// Calls `place` with each place, in bytes of the new text; returns the bytes of the original text from the first to
    /// the last place. Neither text is longer than 32 bits can say.
    pub fn replace_in(&mut self, old: &Self, replacement: Replacement<'_>, mut place: impl FnMut(Range<u32>)) -> Range<usize> {
        let Replacement { matches, source_len, target } = replacement;
        self.text.clear();
        self.text.reserve(old.text.len() - matches.len() * source_len as usize + matches.len() * target.len());
        let mut done = 0;
        for &offset in matches {
            self.text.push_str(&old.text[done..offset as usize]);
            self.text.push_str(target);
            done = (offset + source_len) as usize;
        }
        self.text.push_str(&old.text[done..]);
        let mut weaver = Weaver {
            old: &old.pieces,
            matches,
            source_len,
            target_len: target.len() as u32,
            added: 0,
            removed: 0,
            passed: Piece { original: 0..0, current: 0..0 },
        };
        self.pieces.clear();
        let mut original: Option<Range<u32>> = None;
        while let Some((piece, is_place)) = weaver.next_piece() {
            if is_place {
                place(piece.current.clone());
                let start = original.map_or(piece.original.start, |range| range.start);
                original = Some(start..piece.original.end);
            }
            match self.pieces.last_mut() {
                // Pieces that touch are one: a run of replaced characters then costs no more than one of them.
                Some(last) if last.original.end == piece.original.start => {
                    last.original.end = piece.original.end;
                    last.current.end = piece.current.end;
                }
                _ => self.pieces.push(piece),
            }
        }
        wide(&original.unwrap_or(0..0))
    }

    /// Adds the replacements that lead to this text from `original`, which starts at byte `offset` of its document.
    pub fn write_changes(&self, original: &str, offset: usize, changes: &mut Changes) {
        for piece in &self.pieces {
            let after = &self.text[wide(&piece.current)];
            let place = wide(&piece.original);
            // Replacements may undo each other.
            if original[place.clone()] != *after {
                changes.push([offset + place.start, offset + place.end], after);
            }
        }
    }
}

/// Joins the pieces of earlier replacements with the matches of a new one, in the order of the text.
struct Weaver<'a> {
    /// Pieces not passed yet, in bytes of the text before this replacement.
    old: &'a [Piece],
    /// Offsets of matches not passed yet.
    matches: &'a [u32],
    source_len: u32,
    target_len: u32,
    /// Bytes that the targets so far put in.
    added: u32,
    /// Bytes that the sources so far took out.
    removed: u32,
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

    fn next_match(&self) -> Option<Range<u32>> {
        self.matches.first().map(|&start| start..start + self.source_len)
    }

    fn to_original(&self, offset: u32) -> u32 {
        self.passed.original.end + (offset - self.passed.current.end)
    }

    fn to_new(&self, offset: u32) -> u32 {
        offset + self.added - self.removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Spans = Vec<([usize; 2], String)>;

    /// Replaces in turn and checks the pieces by making the new text from the old one.
    fn replace_all(original: &str, steps: &[(&str, &str)]) -> (String, Spans) {
        let (mut now, mut next) = (Rewritten::default(), Rewritten::default());
        now.reset(original);
        for (source, target) in steps {
            let matches: Vec<u32> = now.text().match_indices(source).map(|(offset, _)| offset as u32).collect();
            if !matches.is_empty() {
                let mut places = Vec::new();
                let replacement = Replacement { matches: &matches, source_len: source.len() as u32, target };
                let range = next.replace_in(&now, replacement, |place| places.push(place));
                assert!(original.get(range).is_some());
                assert!(places.iter().all(|place| next.text()[wide(place)].contains(target)));
                std::mem::swap(&mut now, &mut next);
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
