use std::ops::Range;

use serde::Serialize;

/// A replacement of bytes of the original text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The bytes that are replaced, end exclusive; both ends lie on character boundaries.
    pub span: [usize; 2],
    /// What takes their place.
    pub after: String,
}

impl Change {
    pub(super) const fn removal(span: Range<usize>) -> Self {
        Self { span: [span.start, span.end], after: String::new() }
    }
}

/// Applies changes that are disjoint and in order, as those of an [`Execution`](super::Execution) are.
///
/// `None` where they are not, or do not lie on character boundaries of `original`.
#[must_use]
pub fn apply_changes(original: &str, changes: &[Change]) -> Option<String> {
    let mut text = String::with_capacity(original.len());
    let mut done = 0;
    for Change { span: [start, end], after } in changes {
        text.push_str(original.get(done..*start)?);
        text.push_str(after);
        // Rejects a span that ends before it starts or inside a character.
        original.get(*start..*end)?;
        done = *end;
    }
    text.push_str(original.get(done..)?);
    Some(text)
}

/// Merges two lists of changes that are in order and do not overlap each other.
pub(super) fn merge_changes(left: Vec<Change>, right: Vec<Change>) -> Vec<Change> {
    if left.is_empty() {
        return right;
    }
    let mut merged = left;
    merged.extend(right);
    // A stable sort finds the two runs and merges them in linear time.
    merged.sort_by_key(|change| change.span);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(start: usize, end: usize, after: &str) -> Change {
        Change { span: [start, end], after: after.into() }
    }

    #[test]
    fn changes_apply_in_order() {
        let changes = [change(0, 1, "x"), change(1, 1, "y"), change(3, 4, "")];
        assert_eq!(apply_changes("abcd", &changes).as_deref(), Some("xybc"));
    }

    #[test]
    fn bad_changes_are_refused() {
        assert_eq!(apply_changes("é", &[change(0, 1, "")]), None);
        assert_eq!(apply_changes("ab", &[change(1, 0, "")]), None);
        assert_eq!(apply_changes("ab", &[change(0, 9, "")]), None);
        assert_eq!(apply_changes("ab", &[change(1, 2, ""), change(0, 1, "")]), None);
    }
}
