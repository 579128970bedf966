use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use memchr::memmem::Finder;

use super::blocks::blocks;
use super::change::Changes;
use super::keys::{Keys, NotEnough};
use super::removal::Run;
use super::rewrite::{Replacement, Rewritten};
use crate::document::{Document, LineRange};

/// Up to so many normalisations, searching each block for each of them is faster than finding out which occur.
const SEARCH_ALL: usize = 32;

/// Bytes of a block, about: a replacement rewrites its whole block, so blocks are small; each is searched by itself, so
/// they are no single lines.
const BLOCK_BYTES: usize = 1024;

/// The same where so few normalisations come that rewriting matters less than searching.
const LARGE_BLOCK_BYTES: usize = 4096;
const FEW: usize = 8;

/// Steps of work that a text of any length may take.
const BASE_WORK: u64 = 32 << 20;

/// Further steps for each byte of the text.
const WORK_PER_BYTE: u64 = 160;

/// Steps for each place that a block holds when it is rewritten.
const PLACE_WORK: usize = 8;

/// Steps for finding and replacing one occurrence.
const MATCH_WORK: usize = 24;

/// Steps for beginning to search a block for one source, or to rewrite it.
const CALL_WORK: usize = 64;

/// Bytes that are copied in one step.
const STEP_BYTES: usize = 8;

/// Steps for a byte that is scanned for keys, and for an entry that is looked at there.
const KEY_WORK: u64 = 4;

/// Most steps of work that the normalisations of one execution may take on a text of `text_bytes`; a step is about a
/// nanosecond.
///
/// Far beyond what any sensible program needs. It stops programs that rewrite the same places thousands of times. What
/// would make a line longer than 4 GiB is refused as beyond it.
#[must_use]
pub const fn work_limit(text_bytes: usize) -> u64 {
    BASE_WORK + WORK_PER_BYTE * text_bytes as u64
}

/// A source, which is neither empty nor holds a newline, and what takes its place, which holds none either.
#[derive(Debug, Clone, Copy)]
pub(super) struct Normalisation<'p> {
    pub source: &'p str,
    pub target: &'p str,
}

/// What the normalisations of one execution have used up so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    max_growth: usize,
    /// Bytes added where a target is longer than its source.
    pub growth: usize,
    work: u64,
    max_work: u64,
}

impl Budget {
    pub const fn new(max_growth: usize, text_bytes: usize) -> Self {
        Self { max_growth, growth: 0, work: 0, max_work: work_limit(text_bytes) }
    }

    fn out_of_work(&self) -> Refused {
        Refused::Work { limit: self.max_work }
    }

    fn spend(&mut self, steps: usize) -> Result<(), Refused> {
        self.work = self.work.saturating_add(steps as u64);
        if self.work > self.max_work { Err(self.out_of_work()) } else { Ok(()) }
    }
}

/// What one normalisation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Replaced {
    pub count: usize,
    /// From the first to the last line it touched.
    pub lines: LineRange,
    /// From the first to the last place, in bytes of the original text.
    pub span: [usize; 2],
}

/// Why normalisations were not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The text would grow by at least `growth` bytes, and `normalisation`, an index, went beyond the limit.
    Growth {
        normalisation: usize,
        growth: usize,
        limit: usize,
    },
    Work {
        limit: u64,
    },
}

/// What all normalisations together did.
#[derive(Debug)]
pub(super) struct Outcome {
    pub changes: Changes,
    /// What each of them did; `None` where its source was not found.
    pub replaced: Vec<Option<Replaced>>,
}

/// Replaces every source by its target, one normalisation after the other, in the lines of `scope` that are not `removed`.
///
/// Sources hold no newline, so no occurrence reaches beyond a line, and what all normalisations do to a block of lines
/// does not depend on the others. So they are carried out block by block, on text that stays in the fastest cache.
///
/// # Errors
///
/// Where the budget does not suffice; it is then used up in part.
pub(super) fn replace_all(
    document: &Document<'_>,
    scope: LineRange,
    removed: &[Run],
    normalisations: &[Normalisation<'_>],
    budget: &mut Budget,
) -> Result<Outcome, Refused> {
    let text = &document.text()[document.line_span(scope.first, scope.last)];
    let is_dense = normalisations.len() <= SEARCH_ALL;
    let mut replacer = Replacer {
        normalisations,
        finders: if is_dense { normalisations.iter().map(|pair| Finder::new(pair.source)).collect() } else { Vec::new() },
        longest: normalisations.iter().map(|pair| pair.source.len()).max().unwrap_or(0),
        budget,
        tallies: vec![Tally::default(); normalisations.len()],
        current: Rewritten::default(),
        next: Rewritten::default(),
        matches: Vec::new(),
        places: Vec::new(),
        due: Due { queue: BinaryHeap::new(), is_queued: vec![false; if is_dense { 0 } else { normalisations.len() }] },
    };
    let keys = if is_dense { None } else { Some(Keys::new(text, normalisations)) };
    let mut changes = Changes::new();
    let block_bytes = if normalisations.len() <= FEW { LARGE_BLOCK_BYTES } else { BLOCK_BYTES };
    for span in blocks(document, scope, removed, block_bytes) {
        if u32::try_from(span.len()).is_err() {
            return Err(replacer.budget.out_of_work());
        }
        let original = &document.text()[span.clone()];
        let is_rewritten = match &keys {
            None => replacer.search_all(original, span.start)?,
            Some(keys) => replacer.search_due(original, span.start, keys)?,
        };
        if is_rewritten {
            replacer.current.write_changes(original, span.start, &mut changes);
        }
    }
    let replaced = replacer.tallies.into_iter().map(|tally| tally.replaced(document)).collect();
    Ok(Outcome { changes, replaced })
}

/// What one normalisation did so far.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    count: usize,
    /// In bytes of the document.
    start: usize,
    end: usize,
}

impl Tally {
    fn replaced(self, document: &Document<'_>) -> Option<Replaced> {
        let Self { count, start, end } = self;
        let lines = || LineRange::new(document.line_of_byte(start), document.line_of_byte(end));
        (count > 0).then(|| Replaced { count, lines: lines(), span: [start, end] })
    }
}

struct Replacer<'p, 'b> {
    normalisations: &'p [Normalisation<'p>],
    /// One for each normalisation where all are searched for.
    finders: Vec<Finder<'p>>,
    /// Bytes of the longest source.
    longest: usize,
    budget: &'b mut Budget,
    tallies: Vec<Tally>,
    /// The block as it stands, once it was rewritten, and room for what it becomes.
    current: Rewritten,
    next: Rewritten,
    matches: Vec<u32>,
    /// What the last rewriting changed; only noted where keys are used.
    places: Vec<Range<u32>>,
    due: Due,
}

/// Normalisations that may have something to do in a block, each once.
struct Due {
    /// The first of them on top.
    queue: BinaryHeap<Reverse<u32>>,
    is_queued: Vec<bool>,
}

impl Due {
    fn push(&mut self, index: u32) {
        if !std::mem::replace(&mut self.is_queued[index as usize], true) {
            self.queue.push(Reverse(index));
        }
    }

    fn pop(&mut self) -> Option<u32> {
        let Reverse(index) = self.queue.pop()?;
        self.is_queued[index as usize] = false;
        Some(index)
    }
}

impl Replacer<'_, '_> {
    /// Carries out all normalisations in one block that begins at `offset`; returns whether any found something.
    fn search_all(&mut self, original: &str, offset: usize) -> Result<bool, Refused> {
        self.budget.spend(self.normalisations.len() * (CALL_WORK + original.len()))?;
        let mut is_rewritten = false;
        for index in 0..self.normalisations.len() {
            let text = if is_rewritten { self.current.text() } else { original };
            self.matches.clear();
            self.matches.extend(self.finders[index].find_iter(text.as_bytes()).map(|offset| offset as u32));
            if !self.matches.is_empty() {
                self.rewrite(index, original, offset, &mut is_rewritten)?;
            }
        }
        Ok(is_rewritten)
    }

    /// The same for many normalisations, of which `keys` tell those that have something to do.
    fn search_due(&mut self, original: &str, offset: usize, keys: &Keys) -> Result<bool, Refused> {
        self.scan(original, 0..original.len(), keys, None)?;
        let mut is_rewritten = false;
        while let Some(index) = self.due.pop() {
            let text = if is_rewritten { self.current.text() } else { original };
            let source = self.normalisations[index as usize].source;
            // At worst a byte a step, for the preparation too.
            self.budget.spend(CALL_WORK + text.len() + source.len())?;
            let finder = Finder::new(source);
            self.matches.clear();
            self.matches.extend(finder.find_iter(text.as_bytes()).map(|offset| offset as u32));
            // An earlier normalisation may have taken away what was found.
            if self.matches.is_empty() {
                continue;
            }
            self.rewrite(index as usize, original, offset, &mut is_rewritten)?;
            self.scan_places(index, keys)?;
        }
        Ok(is_rewritten)
    }

    /// Queues the normalisations after `last` that have something to do in a part of the text.
    fn scan(&mut self, text: &str, part: Range<usize>, keys: &Keys, last: Option<u32>) -> Result<(), Refused> {
        self.budget.spend(CALL_WORK + KEY_WORK as usize * part.len())?;
        let mut entries = (self.budget.max_work - self.budget.work) / KEY_WORK;
        let before = entries;
        let due = &mut self.due;
        let later = |found| {
            if last.is_none_or(|last| found > last) {
                due.push(found)
            }
        };
        let scanned = keys.scan(text, part, self.normalisations, &mut entries, later);
        self.budget.work += (before - entries) * KEY_WORK;
        scanned.map_err(|NotEnough| self.budget.out_of_work())
    }

    /// Finds what the last rewriting gives later normalisations to do.
    fn scan_places(&mut self, index: u32, keys: &Keys) -> Result<(), Refused> {
        // Lent out while parts of it are scanned.
        let current = std::mem::take(&mut self.current);
        let places = std::mem::take(&mut self.places);
        let mut scanned = 0;
        let parts = places.iter().filter_map(|place| {
            // What is new holds a changed place, so its key is not further away than it is long.
            let start = (place.start as usize).saturating_sub(self.longest).max(scanned);
            scanned = (place.end as usize + self.longest).min(current.text().len()).max(scanned);
            (start < scanned).then_some(start..scanned)
        });
        let parts: Vec<Range<usize>> = parts.collect();
        let done = parts.into_iter().try_for_each(|part| self.scan(current.text(), part, keys, Some(index)));
        self.current = current;
        self.places = places;
        done
    }

    /// Replaces what stands at `matches`.
    fn rewrite(&mut self, index: usize, original: &str, offset: usize, is_rewritten: &mut bool) -> Result<(), Refused> {
        let Normalisation { source, target } = self.normalisations[index];
        let count = self.matches.len();
        let added = target.len().saturating_sub(source.len()).saturating_mul(count);
        let growth = self.budget.growth.saturating_add(added);
        if growth > self.budget.max_growth && added > 0 {
            return Err(Refused::Growth { normalisation: index, growth, limit: self.budget.max_growth });
        }
        self.budget.growth = growth;
        if !std::mem::replace(is_rewritten, true) {
            self.current.reset(original);
        }
        let length = self.current.text().len().saturating_add(added);
        if u32::try_from(length).is_err() {
            return Err(self.budget.out_of_work());
        }
        let places = PLACE_WORK * self.current.piece_count() + MATCH_WORK * count;
        self.budget.spend(CALL_WORK + length / STEP_BYTES + places)?;
        let replacement = Replacement { matches: &self.matches, source_len: source.len() as u32, target };
        let (has_keys, places) = (self.finders.is_empty(), &mut self.places);
        places.clear();
        let place = |place| {
            if has_keys {
                places.push(place)
            }
        };
        let Range { start, end } = self.next.replace_in(&self.current, replacement, place);
        std::mem::swap(&mut self.current, &mut self.next);
        let tally = &mut self.tallies[index];
        if tally.count == 0 {
            tally.start = offset + start;
        }
        tally.count += count;
        tally.end = offset + end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<'p>(steps: &[(&'p str, &'p str)]) -> Vec<Normalisation<'p>> {
        steps.iter().map(|&(source, target)| Normalisation { source, target }).collect()
    }

    /// Replaces all, with as many further normalisations that find nothing as it takes to use keys.
    fn replace(text: &str, steps: &[(&str, &str)], has_keys: bool) -> String {
        let document = Document::new(text);
        let mut normalisations = pairs(steps);
        let nothing = Normalisation { source: "\u{1}nothing", target: "" };
        normalisations.extend(vec![nothing; if has_keys { SEARCH_ALL } else { 0 }]);
        let mut budget = Budget::new(usize::MAX, text.len());
        let outcome = replace_all(&document, document.all_lines(), &[], &normalisations, &mut budget).expect("in bounds");
        outcome.changes.apply(text).expect("in order")
    }

    #[test]
    fn with_and_without_keys_the_result_is_that_of_plain_replacement() {
        let text = "the cat sat\non the mat\n\nthe the the\nthécat theat\n".repeat(30);
        let words = ["the ", "cat ", "at\u{20}the", "mat", "", "the cat", "xthe", "thé", "c", "at", "tt", "é"];
        for (i, first) in words.iter().enumerate().filter(|(_, word)| !word.is_empty()) {
            for second in words.iter().filter(|word| !word.is_empty()) {
                for target in words {
                    let third = words[(i + 3) % words.len()];
                    let steps = [(*first, target), (*second, third), ("the cat", "c"), ("catt", "!"), ("sat", "the the mat")];
                    let plain = steps.iter().fold(text.clone(), |text, (source, target)| text.replace(source, target));
                    assert_eq!(replace(&text, &steps, false), plain, "{steps:?}");
                    assert_eq!(replace(&text, &steps, true), plain, "{steps:?}, with keys");
                }
            }
        }
    }

    #[test]
    fn only_lines_of_the_scope_that_stay_are_touched() {
        let document = Document::new("x\nx\nxx\nx");
        let removed = [Run { lines: LineRange::new(1, 1), statement: 0 }];
        for repeats in [1, SEARCH_ALL] {
            let mut budget = Budget::new(usize::MAX, 8);
            let normalisations = pairs(&[("xx", "x"), ("x", "y")].repeat(repeats));
            let outcome = replace_all(&document, LineRange::new(1, 2), &removed, &normalisations, &mut budget).expect("small");
            let replaced = Some(Replaced { count: 1, lines: LineRange::new(2, 2), span: [4, 6] });
            assert_eq!(outcome.replaced[..2], [replaced, replaced]);
            assert_eq!(outcome.changes.apply(document.text()).as_deref(), Some("x\nx\ny\nx"));
        }
    }

    #[test]
    fn growth_is_refused_before_it_happens() {
        let document = Document::new("aa");
        let replace = |steps: &[(&str, &str)]| {
            let mut budget = Budget::new(4, 2);
            replace_all(&document, document.all_lines(), &[], &pairs(steps), &mut budget).map(|done| done.replaced.len())
        };
        assert_eq!(replace(&[("c", "d"), ("a", "bbbb")]), Err(Refused::Growth { normalisation: 1, growth: 6, limit: 4 }));
        assert_eq!(replace(&[("a", "bbb")]), Ok(1));
        // What shrinks gives nothing back.
        assert_eq!(
            replace(&[("a", "bbb"), ("bbb", "a"), ("a", "bb")]),
            Err(Refused::Growth { normalisation: 2, growth: 6, limit: 4 })
        );
    }

    #[test]
    fn endless_rewriting_is_refused() {
        let text = "ab ".repeat(10_000);
        let document = Document::new(&text);
        for count in [SEARCH_ALL, 4000] {
            let mut budget = Budget::new(usize::MAX, text.len());
            budget.max_work = 32 * text.len() as u64;
            let normalisations = pairs(&[("a", "b"), ("b", "a")].repeat(count / 2));
            let refused = replace_all(&document, document.all_lines(), &[], &normalisations, &mut budget).map(drop);
            assert_eq!(refused, Err(Refused::Work { limit: 32 * text.len() as u64 }));
        }
    }

    #[test]
    fn thousands_of_distinct_sources_are_cheap() {
        let lines: Vec<String> = (0..20_000).map(|i| format!("see https://example.org/page/{i}/ for more")).collect();
        let text = lines.join("\n");
        let document = Document::new(&text);
        let mut budget = Budget::new(0, text.len());
        let sources: Vec<String> = (0..lines.len()).map(|i| format!("https://example.org/page/{i}/ ")).collect();
        let normalisations: Vec<_> = sources.iter().map(|source| Normalisation { source, target: "" }).collect();
        let outcome = replace_all(&document, document.all_lines(), &[], &normalisations, &mut budget).expect("in bounds");
        assert!(outcome.replaced.iter().all(|replaced| replaced.is_some_and(|replaced| replaced.count == 1)));
        assert!(budget.work < 40 * text.len() as u64, "{} for {}", budget.work, text.len());
    }
}
