use serde::{Serialize, Serializer};

/// A replacement of bytes of the original text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Change<'a> {
    /// The bytes that are replaced, end exclusive; both ends lie on character boundaries.
    pub span: [usize; 2],
    /// What takes their place.
    pub after: &'a str,
}

/// Replacements of bytes of one text, disjoint and in order: the way from the original to the refined text and back.
///
/// All new text lies in one buffer, so that a million small changes take 24 bytes each and no allocation of their own.
/// Serializes as a list of [`Change`]s.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    spans: Vec<[usize; 2]>,
    /// Where the new text of each change ends in `after`.
    ends: Vec<usize>,
    after: String,
}

impl Changes {
    /// No changes.
    #[must_use]
    pub const fn new() -> Self {
        Self { spans: Vec::new(), ends: Vec::new(), after: String::new() }
    }

    pub(super) fn with_capacity(changes: usize) -> Self {
        Self { spans: Vec::with_capacity(changes), ends: Vec::with_capacity(changes), after: String::new() }
    }

    /// Adds a change behind all others.
    pub(super) fn push(&mut self, span: [usize; 2], after: &str) {
        debug_assert!(span[0] <= span[1] && self.spans.last().is_none_or(|last| last[1] <= span[0]));
        self.spans.push(span);
        self.after.push_str(after);
        self.ends.push(self.after.len());
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The changes in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Change<'_>> + '_ {
        let mut start = 0;
        self.spans.iter().zip(&self.ends).map(move |(&span, &end)| {
            let after = &self.after[start..end];
            start = end;
            Change { span, after }
        })
    }

    /// Makes the refined text; `None` where `original` is not the text these changes are for and they do not fit it.
    #[must_use]
    pub fn apply(&self, original: &str) -> Option<String> {
        let removed: usize = self.spans.iter().map(|[start, end]| end - start).sum();
        let mut text = String::with_capacity((original.len() + self.after.len()).saturating_sub(removed));
        let mut done = 0;
        for Change { span: [start, end], after } in self.iter() {
            text.push_str(original.get(done..start)?);
            text.push_str(after);
            // Rejects a span that ends inside a character.
            original.get(start..end)?;
            done = end;
        }
        text.push_str(original.get(done..)?);
        Some(text)
    }

    /// The changes that lead from the refined text back to `original`; `None` where these do not fit it.
    #[must_use]
    pub fn invert(&self, original: &str) -> Option<Self> {
        let mut inverse = Self::with_capacity(self.len());
        let mut shift = Shift::default();
        for Change { span: [start, end], after } in self.iter() {
            let start_after = start + shift.gained - shift.lost;
            inverse.push([start_after, start_after + after.len()], original.get(start..end)?);
            shift = shift.past(start, end, after);
        }
        Some(inverse)
    }

    /// Prepares for translating many offsets.
    #[must_use]
    pub fn offset_map(&self) -> OffsetMap {
        let mut shift = Shift::default();
        let pieces = self.iter().map(|Change { span: [start, end], after }| {
            let at = start + shift.gained - shift.lost;
            shift = shift.past(start, end, after);
            [start, end, at, at + after.len()]
        });
        OffsetMap { pieces: pieces.collect() }
    }

    /// Adds changes that all come after these.
    fn followed_by(mut self, other: &Self) -> Self {
        self.spans.extend(&other.spans);
        self.ends.extend(other.ends.iter().map(|end| self.after.len() + end));
        self.after.push_str(&other.after);
        self
    }

    /// Joins two lists that do not overlap each other.
    pub(super) fn merge(self, other: Self) -> Self {
        let (Some(last), Some(first)) = (self.spans.last(), other.spans.first()) else {
            return if self.is_empty() { other } else { self };
        };
        if last <= first {
            return self.followed_by(&other);
        }
        let mut merged = Self::with_capacity(self.len() + other.len());
        merged.after.reserve(self.after.len() + other.after.len());
        let (mut left, mut right) = (self.iter().peekable(), other.iter().peekable());
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some(l), Some(r)) if l.span <= r.span => left.next(),
                (_, Some(_)) => right.next(),
                (Some(_), None) => left.next(),
                (None, None) => return merged,
            };
            if let Some(change) = next {
                merged.push(change.span, change.after);
            }
        }
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// Bytes that the changes so far brought and took.
#[derive(Default, Clone, Copy)]
struct Shift {
    gained: usize,
    lost: usize,
}

impl Shift {
    const fn past(self, start: usize, end: usize, after: &str) -> Self {
        Self { gained: self.gained + after.len(), lost: self.lost + end - start }
    }
}

/// Translates byte offsets between the original and the refined text, each in logarithmic time.
///
/// An offset inside a replaced part goes to the start of what stands there on the other side. Where text was inserted,
/// the offset of the place goes to the end of what was inserted.
#[derive(Debug, Clone)]
pub struct OffsetMap {
    /// Start and end in the original, start and end in the refined text.
    pieces: Vec<[usize; 4]>,
}

impl OffsetMap {
    /// From an offset in the original to the one in the refined text.
    #[must_use]
    pub fn to_refined(&self, offset: usize) -> usize {
        self.map(offset, 0, 2)
    }

    /// From an offset in the refined text to the one in the original.
    #[must_use]
    pub fn to_original(&self, offset: usize) -> usize {
        self.map(offset, 2, 0)
    }

    fn map(&self, offset: usize, from: usize, to: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece[from] <= offset);
        match self.pieces[..after].last() {
            None => offset,
            Some(piece) if offset < piece[from + 1] => piece[to],
            Some(piece) => piece[to + 1] + (offset - piece[from + 1]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(list: &[(usize, usize, &str)]) -> Changes {
        let mut changes = Changes::new();
        for &(start, end, after) in list {
            changes.push([start, end], after);
        }
        changes
    }

    #[test]
    fn changes_apply_in_order_and_back() {
        let changes = changes(&[(0, 1, "x"), (1, 1, "yé"), (3, 4, "")]);
        let refined = changes.apply("abcd").expect("they fit");
        assert_eq!(refined, "xyébc");
        let inverse = changes.invert("abcd").expect("they fit");
        assert_eq!(inverse.apply(&refined).as_deref(), Some("abcd"));
        assert_eq!(inverse.invert(&refined), Some(changes));
    }

    #[test]
    fn changes_of_another_text_are_refused() {
        assert_eq!(changes(&[(0, 1, "")]).apply("é"), None);
        assert_eq!(changes(&[(0, 9, "")]).apply("ab"), None);
        assert_eq!(changes(&[(0, 9, "")]).invert("ab"), None);
    }

    #[test]
    fn lists_are_merged_by_place() {
        let merged = changes(&[(0, 1, "a"), (8, 9, "d")]).merge(changes(&[(2, 3, "b"), (4, 4, "c")]));
        assert_eq!(merged, changes(&[(0, 1, "a"), (2, 3, "b"), (4, 4, "c"), (8, 9, "d")]));
        assert_eq!(merged.clone().merge(Changes::new()), merged);
        assert_eq!(Changes::new().merge(merged.clone()), merged);
        assert_eq!(changes(&[(0, 1, "a")]).merge(changes(&[(1, 1, "b")])), changes(&[(0, 1, "a"), (1, 1, "b")]));
    }

    #[test]
    fn offsets_move_with_the_text() {
        // "abcdef" becomes "aXYZef": bcd is replaced; nothing before it moves.
        let map = changes(&[(1, 4, "XYZ!"), (5, 6, "")]).offset_map();
        let refined: Vec<usize> = (0..8).map(|offset| map.to_refined(offset)).collect();
        assert_eq!(refined, [0, 1, 1, 1, 5, 6, 6, 7]);
        let original: Vec<usize> = (0..8).map(|offset| map.to_original(offset)).collect();
        assert_eq!(original, [0, 1, 1, 1, 1, 4, 6, 7]);
    }

    #[test]
    fn they_serialize_as_a_list() {
        let json = serde_json::to_string(&changes(&[(1, 2, "x")])).expect("plain data");
        assert_eq!(json, r#"[{"span":[1,2],"after":"x"}]"#);
    }
}
