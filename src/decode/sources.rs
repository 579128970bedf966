//! Sources of `normalize()` statements: a statement replaces its source wherever it stands, so the source takes in as
//! many words around a span as it needs to stand nowhere else.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// Words taken in to the left and to the right, step by step.
const CONTEXTS: [(usize, usize); 6] = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 3)];
/// Bytes of context on either side are at most so many.
const MAX_CONTEXT: usize = 96;
/// Bytes of a source that it is looked up by.
const KEY: usize = 4;
/// So many sources may begin with the same key.
const MAX_ALIKE: usize = 32;
/// So often sources are widened and looked up again; what is ambiguous then is left out.
const MAX_ROUNDS: usize = 16;

/// A place of a text that is to be replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place<'t> {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The line it stands in.
    pub line: Range<usize>,
    /// What takes its place.
    pub target: &'t str,
    /// Whether its source holds at least a word beside it.
    pub in_context: bool,
}

/// For each place the range of the text that its statement names as source; `None` where no source means only places that
/// are to be replaced alike. `places` are in order and disjoint; `lines` are those a statement reaches.
pub(super) fn sources(text: &str, lines: &[Range<usize>], places: &[Place<'_>]) -> Vec<Option<Range<usize>>> {
    let mut level: Vec<usize> = places.iter().map(|place| usize::from(place.in_context)).collect();
    for (place, level) in level.iter_mut().enumerate() {
        while *level < CONTEXTS.len() && !is_sound(text, &range(text, places, place, *level)) {
            *level += 1;
        }
    }
    let mut ranges = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let chosen = |place| (level[place] < CONTEXTS.len()).then(|| range(text, places, place, level[place]));
        ranges = (0..places.len()).map(chosen).collect();
        let ambiguous = ambiguous(text, lines, places, &ranges);
        if ambiguous.is_empty() {
            break;
        }
        for place in ambiguous {
            level[place] += 1;
            ranges[place] = None;
        }
    }
    ranges
}

/// The executor wants more than white space.
fn is_sound(text: &str, range: &Range<usize>) -> bool {
    let source = &text[range.clone()];
    source.len() > 1 && !source.trim().is_empty()
}

/// A place and the words around it, but nothing of the places before and after it.
fn range(text: &str, places: &[Place<'_>], index: usize, level: usize) -> Range<usize> {
    let Place { span, line, in_context, .. } = &places[index];
    let from = index.checked_sub(1).map_or(0, |before| places[before].span.end).max(line.start);
    let to = places.get(index + 1).map_or(usize::MAX, |after| after.span.start).min(line.end);
    let (mut left, mut right) = CONTEXTS[level];
    let before = &text[text.ceil_char_boundary(from.max(span.start.saturating_sub(MAX_CONTEXT))).min(span.start)..span.start];
    let after = &text[span.end..text.floor_char_boundary(to.min(span.end + MAX_CONTEXT)).max(span.end)];
    if left == 1 && right == 0 && before.trim().is_empty() {
        (left, right) = (0, 1);
    }
    // a place within a word takes in the rest of the word first
    let inside = |c: Option<char>| c.is_some_and(|c| !c.is_whitespace());
    if level > 0 && *in_context {
        let parts = (inside(text[span.clone()].chars().next()), inside(before.chars().next_back()), inside(after.chars().next()));
        right += usize::from(parts.1 && parts.2 && right == 0);
    }
    let start = span.start - (before.len() - words_start(before, left));
    let end = span.end + words_end(after, right);
    start..end
}

/// Where the last `count` words of `text` begin.
fn words_start(text: &str, count: usize) -> usize {
    let mut rest = text;
    for _ in 0..count {
        rest = rest.trim_end().trim_end_matches(|c: char| !c.is_whitespace());
    }
    rest.len()
}

/// Where the first `count` words of `text` end.
fn words_end(text: &str, count: usize) -> usize {
    let mut rest = text;
    for _ in 0..count {
        rest = rest.trim_start().trim_start_matches(|c: char| !c.is_whitespace());
    }
    text.len() - rest.len()
}

/// Places whose source stands elsewhere too or overlaps with itself, or is another's with another target.
fn ambiguous(text: &str, lines: &[Range<usize>], places: &[Place<'_>], ranges: &[Option<Range<usize>>]) -> Vec<usize> {
    // the statements, and where each is meant to find its source
    let mut statements: HashMap<(&str, String), usize> = HashMap::new();
    let (mut members, mut meant): (Vec<Vec<usize>>, Vec<HashSet<usize>>) = (Vec::new(), Vec::new());
    let mut by_key: HashMap<&[u8], Vec<usize>> = HashMap::new();
    let mut sources: Vec<&str> = Vec::new();
    let mut bad: Vec<bool> = Vec::new();
    for (index, place) in places.iter().enumerate() {
        let Some(range) = &ranges[index] else { continue };
        let source = &text[range.clone()];
        let target = replaced(text, range, place);
        let statement = *statements.entry((source, target)).or_insert_with(|| {
            let alike = by_key.entry(&source.as_bytes()[..source.len().min(KEY)]).or_default();
            members.push(Vec::new());
            meant.push(HashSet::new());
            sources.push(source);
            bad.push(alike.len() >= MAX_ALIKE);
            if alike.len() < MAX_ALIKE {
                alike.push(sources.len() - 1);
            }
            sources.len() - 1
        });
        members[statement].push(index);
        meant[statement].insert(range.start);
    }
    let mut begins = vec![false; 1 << 16];
    let mut lengths = [false; KEY + 1];
    for key in by_key.keys() {
        begins[usize::from(u16::from_le_bytes([key[0], key[1]]))] = true;
        lengths[key.len()] = true;
    }
    let mut found_until = vec![0; sources.len()];
    let bytes = text.as_bytes();
    for line in lines {
        for at in line.start..line.end.saturating_sub(1) {
            if !begins[usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]))] {
                continue;
            }
            for len in (2..=KEY).filter(|&len| lengths[len] && at + len <= line.end) {
                for &statement in by_key.get(&bytes[at..at + len]).map_or(&[][..], Vec::as_slice) {
                    let stands = bytes[at..line.end].starts_with(sources[statement].as_bytes());
                    if stands {
                        bad[statement] |= at < found_until[statement] || !meant[statement].contains(&at);
                        found_until[statement] = at + sources[statement].len();
                    }
                }
            }
        }
    }
    (0..sources.len()).filter(|&statement| bad[statement]).flat_map(|statement| std::mem::take(&mut members[statement])).collect()
}

/// What a source becomes.
pub(super) fn replaced(text: &str, range: &Range<usize>, place: &Place<'_>) -> String {
    [&text[range.start..place.span.start], place.target, &text[place.span.end..range.end]].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sources for spans given by the text they hold, each at its first place after the one before.
    fn found(text: &str, spans: &[(&str, &str, bool)]) -> Vec<Option<String>> {
        let mut at = 0;
        let mut starts = vec![0];
        starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
        let lines: Vec<Range<usize>> =
            starts.iter().map(|&start| start..start + text[start..].find('\n').unwrap_or(text.len() - start)).collect();
        let places: Vec<Place<'_>> = spans
            .iter()
            .map(|&(span, target, in_context)| {
                let start = at + text[at..].find(span).unwrap();
                at = start + span.len();
                let line = lines.iter().find(|line| line.contains(&start)).unwrap().clone();
                Place { span: start..at, line, target, in_context }
            })
            .collect();
        sources(text, &lines, &places).into_iter().map(|range| range.map(|range| text[range].to_owned())).collect()
    }

    fn some(sources: &[&str]) -> Vec<Option<String>> {
        sources.iter().map(|source| Some((*source).to_owned())).collect()
    }

    #[test]
    fn sources_take_in_the_words_they_need() {
        let glue = |word| (word, "x y", true);
        assert_eq!(found("the field ofnatural language", &[glue("ofnatural")]), some(&["field ofnatural"]));
        assert_eq!(found("thetraining data", &[glue("thetraining")]), some(&["thetraining data"]));
        assert_eq!(found("alot", &[glue("alot")]), some(&["alot"]));
        // the same elsewhere, not to be touched
        assert_eq!(found("an alot of\nan alot", &[glue("alot")]), some(&["an alot of"]));
        assert_eq!(found("a[1] b[1]", &[("[1]", "", false)]), some(&["a[1]"]));
        // everywhere alike: one bare source
        assert_eq!(found("a[1] b[1]", &[("[1]", "", false), ("[1]", "", false)]), some(&["[1]", "[1]"]));
        // sentences that run on take both words
        assert_eq!(found("on earth.Miserable staff", &[(".", ". ", true)]), some(&["earth.Miserable"]));
        assert_eq!(found("a  b", &[("  ", " ", true)]), some(&["a  b"]));
        assert_eq!(found("x\nx", &[("x", "y", false)]), [None]);
    }

    #[test]
    fn contexts_do_not_reach_into_other_places() {
        let sources = found("inthe ofthe inthe ofthe", &[("inthe", "in the", true), ("ofthe", "of the", true)]);
        assert_eq!(sources, [None, Some("ofthe inthe".to_owned())], "the first cannot be told from the third");
        let sources = found("go inthe ofthe sea", &[("inthe", "in the", true), ("ofthe", "of the", true)]);
        assert_eq!(sources, some(&["go inthe", "ofthe sea"]));
    }
}
