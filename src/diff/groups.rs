use std::ops::Range;

use crate::document::Document;
use crate::executor::{Change, Execution};

/// Consecutive lines that changed, and the part of the refined text that stands in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    /// Lines of the original.
    pub lines: Range<usize>,
    /// The bytes of these lines, with the newline after each that has one.
    pub old: Range<usize>,
    /// Bytes of the refined text; whole lines, as many as are left.
    pub new: Range<usize>,
}

/// The changed lines in order; groups may follow on each other but share no line.
pub(super) fn groups(document: &Document<'_>, execution: &Execution) -> Vec<Group> {
    let length = document.text().len();
    if !execution.kept {
        return vec![Group { lines: 0..document.line_count(), old: 0..length, new: 0..0 }];
    }
    let mut groups: Vec<Group> = Vec::new();
    // What the changes so far added and took; the refined text lags by it.
    let (mut gained, mut lost) = (0, 0);
    let mut changes = execution.changes.iter().peekable();
    while let Some(Change { span: [start, mut end], after }) = changes.next() {
        let (gained_before, lost_before) = (gained, lost);
        gained += after.len();
        // Changes that touch are one: only together do they tell whether whole lines go.
        while let Some(next) = changes.next_if(|next| next.span[0] == end) {
            end = next.span[1];
            gained += next.after.len();
        }
        lost += end - start;
        let lines = touched(document, start, end, gained == gained_before);
        let old = document.line_start(lines.start)..document.line_start(lines.end);
        match groups.last_mut() {
            Some(last) if lines.start < last.lines.end => {
                last.lines.end = lines.end;
                last.old.end = old.end;
                last.new.end = gained + old.end - lost;
            }
            _ => {
                let new = gained_before + old.start - lost_before..gained + old.end - lost;
                groups.push(Group { lines, old, new });
            }
        }
    }
    groups
}

/// The lines that the bytes from `start` to `end` touch.
fn touched(document: &Document<'_>, start: usize, end: usize, is_removal: bool) -> Range<usize> {
    let (first, last) = (document.line_of_byte(start), document.line_of_byte(end));
    // Where whole lines go with their newlines, the next line stays as it was.
    let is_whole = is_removal && start == document.line_start(first) && end == document.line_start(last);
    if is_whole && first < last { first..last } else { first..last + 1 }
}
