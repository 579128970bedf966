use std::ops::Range;

use memchr::memmem::Finder;

use super::blocks::blocks;
use super::change::Changes;
use super::index::{GramIndex, LONG_GRAM, SHORT_GRAM};
use super::removal::Run;
use super::rewrite::{Rewrite, Rewritten};
use crate::document::{Document, LineRange};

/// From this many normalisations on, an index of the text pays.
const INDEX_FROM: usize = 32;

/// Steps of work that a text of any length may take.
const BASE_WORK: u64 = 32 << 20;

/// Further steps for each byte of the text.
const WORK_PER_BYTE: u64 = 64;

/// Steps for each place that a rewritten block holds, against one for four bytes that are searched or copied.
const PLACE_WORK: usize = 16;

/// Most steps of work that the normalisations of one execution may take on a text of `text_bytes`; a step is about the
/// time it takes to search four bytes.
///
/// Far beyond what any sensible program needs. It stops programs that rewrite the same places thousands of times.
#[must_use]
pub const fn work_limit(text_bytes: usize) -> u64 {
    BASE_WORK + WORK_PER_BYTE * text_bytes as u64
}

/// What the normalisations of one execution have used up so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    max_growth: usize,
    /// How much longer than the original the text is by now; lines removed do not count.
    pub growth: i128,
    work: u64,
    max_work: u64,
}

impl Budget {
    pub const fn new(max_growth: usize, text_bytes: usize) -> Self {
        Self { max_growth, growth: 0, work: 0, max_work: work_limit(text_bytes) }
    }

    fn spend(&mut self, steps: usize) -> Result<(), Refused> {
        self.work = self.work.saturating_add(steps as u64);
        if self.work > self.max_work { Err(Refused::Work { limit: self.max_work }) } else { Ok(()) }
    }

    /// What `growth` will be after `count` replacements.
    fn grown(&self, count: usize, source: &str, target: &str) -> Result<i128, Refused> {
        // Lengths of strings in memory fit into 127 bits, and so do products of two of them.
        let per_match = target.len() as i128 - source.len() as i128;
        let growth = self.growth + per_match * count as i128;
        if per_match > 0 && growth > self.max_growth as i128 {
            return Err(Refused::Growth { growth: usize::try_from(growth).unwrap_or(usize::MAX), limit: self.max_growth });
        }
        Ok(growth)
    }
}

/// Carries out normalisations in the lines that stay.
///
/// Sources hold no newline, so no occurrence reaches beyond a line. Blocks of lines are rewritten each on its own, and
/// only when they hold the source; those that never were are searched in long stretches of the original text.
pub(super) struct Replacer<'d, 't> {
    document: &'d Document<'t>,
    /// Bytes of the document that the normalisations may touch; the indices know this part.
    scope: Range<usize>,
    blocks: Vec<Range<usize>>,
    /// For each block what it has become, if anything.
    rewritten: Vec<Option<Box<Rewritten>>>,
    long_index: Option<GramIndex>,
    short_index: Option<GramIndex>,
    budget: &'d mut Budget,
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

/// Why a normalisation was not carried out; the text is as before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    Growth { growth: usize, limit: usize },
    Work { limit: u64 },
}

/// Where a source occurs.
#[derive(Default)]
struct Found {
    /// Blocks, each with the number of occurrences in it.
    blocks: Vec<(u32, usize)>,
    /// The occurrences of all blocks, each in bytes from the start of its block as it stands now.
    offsets: Vec<usize>,
}

impl Found {
    fn add(&mut self, block: usize, offset: usize) {
        match self.blocks.last_mut() {
            Some((last, count)) if *last as usize == block => *count += 1,
            _ => self.blocks.push((block as u32, 1)),
        }
        self.offsets.push(offset);
    }
}

impl<'d, 't> Replacer<'d, 't> {
    /// For normalisations of `sources`, and of no others, in the lines of `scope` that are not `removed`.
    pub fn new<'s>(
        document: &'d Document<'t>,
        scope: LineRange,
        removed: &[Run],
        sources: impl Iterator<Item = &'s str> + Clone,
        budget: &'d mut Budget,
    ) -> Self {
        let blocks = blocks(document, scope, removed);
        let scope = document.line_span(scope.first, scope.last);
        let text = &document.text()[scope.clone()];
        let index = |gram: usize, lengths: Range<usize>| {
            let fitting = sources.clone().filter(|source| lengths.contains(&source.len()));
            if fitting.clone().count() < INDEX_FROM { None } else { GramIndex::new(text, gram, fitting) }
        };
        let long_index = index(LONG_GRAM, LONG_GRAM..usize::MAX);
        let short_index = index(SHORT_GRAM, SHORT_GRAM..LONG_GRAM);
        let rewritten = blocks.iter().map(|_| None).collect();
        Self { document, scope, blocks, rewritten, long_index, short_index, budget }
    }

    /// Replaces every `source`, which is neither empty nor holds a newline, by `target`; `None` where there is none.
    pub fn replace(&mut self, source: &str, target: &str) -> Result<Option<Replaced>, Refused> {
        let finder = Finder::new(source);
        let index = match source.len() {
            SHORT_GRAM..LONG_GRAM => &self.short_index,
            _ => &self.long_index,
        };
        let found = match index {
            Some(index) if source.len() >= SHORT_GRAM => {
                let (found, steps) = self.look_up(index, source, &finder);
                self.budget.spend(steps)?;
                found
            }
            _ => {
                self.budget.spend(self.scope.len() / 4 + self.blocks.len())?;
                self.search(&finder)
            }
        };
        let growth = self.budget.grown(found.offsets.len(), source, target)?;
        let rewriting: usize = found.blocks.iter().map(|&(block, count)| self.rewriting_steps(block, count)).sum();
        self.budget.spend(rewriting)?;
        self.budget.growth = growth;
        Ok(self.rewrite(&found, source.len(), target))
    }

    /// All replacements, in bytes of the original text.
    pub fn into_changes(self) -> Changes {
        let places = self.rewritten.iter().flatten().map(|block| block.piece_count()).sum();
        let mut changes = Changes::with_capacity(places);
        for (span, rewritten) in self.blocks.into_iter().zip(self.rewritten) {
            if let Some(rewritten) = rewritten {
                rewritten.write_changes(&self.document.text()[span.clone()], span.start, &mut changes);
            }
        }
        changes
    }

    /// Finds occurrences by reading everything.
    fn search(&self, finder: &Finder<'_>) -> Found {
        let text = self.document.text().as_bytes();
        let mut found = Found::default();
        let mut block = 0;
        while block < self.blocks.len() {
            if let Some(rewritten) = &self.rewritten[block] {
                finder.find_iter(rewritten.text().as_bytes()).for_each(|offset| found.add(block, offset));
                block += 1;
                continue;
            }
            let first = block;
            block += 1;
            while block < self.blocks.len()
                && self.rewritten[block].is_none()
                && self.blocks[block - 1].end + 1 == self.blocks[block].start
            {
                block += 1;
            }
            let start = self.blocks[first].start;
            let mut holder = first;
            for offset in finder.find_iter(&text[start..self.blocks[block - 1].end]) {
                let offset = start + offset;
                if offset >= self.blocks[holder].end {
                    holder += self.blocks[holder..block].partition_point(|block| block.end <= offset);
                }
                found.add(holder, offset - self.blocks[holder].start);
            }
        }
        found
    }

    /// Finds occurrences through an index; also returns the steps it took.
    fn look_up(&self, index: &GramIndex, source: &str, finder: &Finder<'_>) -> (Found, usize) {
        let text = &self.document.text()[self.scope.clone()];
        let mut found = Found::default();
        // Blocks that were rewritten: what the index says of them is out of date.
        let mut stale: Vec<u32> = Vec::new();
        index.fresh_blocks(source, &mut stale);
        let mut steps = source.len() + index.cost(source) + stale.len();
        let mut holder = 0;
        let mut free_from = 0;
        for offset in index.occurrences(text, source) {
            let offset = self.scope.start + offset;
            if self.blocks.get(holder).is_some_and(|block| block.end <= offset) {
                holder += self.blocks[holder..].partition_point(|block| block.end <= offset);
            }
            // Beyond the last block, or in a line between two blocks, which does not stay.
            let Some(block) = self.blocks.get(holder).filter(|block| block.start <= offset) else { continue };
            if self.rewritten[holder].is_some() {
                stale.push(holder as u32);
            } else if offset >= free_from {
                found.add(holder, offset - block.start);
                free_from = offset + source.len();
            }
        }
        stale.sort_unstable();
        stale.dedup();
        for block in stale {
            let Some(rewritten) = &self.rewritten[block as usize] else { continue };
            steps += PLACE_WORK + rewritten.text().len() / 4;
            finder.find_iter(rewritten.text().as_bytes()).for_each(|offset| found.add(block as usize, offset));
        }
        (found, steps)
    }

    /// Steps that `count` replacements in a block take.
    fn rewriting_steps(&self, block: u32, count: usize) -> usize {
        let (length, places) = match &self.rewritten[block as usize] {
            Some(rewritten) => (rewritten.text().len(), rewritten.piece_count()),
            None => (self.blocks[block as usize].len(), 0),
        };
        length / 4 + PLACE_WORK * (1 + places + count)
    }

    /// Rewrites the blocks in which something was found.
    fn rewrite(&mut self, found: &Found, source_len: usize, target: &str) -> Option<Replaced> {
        let mut offsets = found.offsets.as_slice();
        let mut touched: Option<Range<usize>> = None;
        for &(block, count) in &found.blocks {
            let matches;
            (matches, offsets) = offsets.split_at(count);
            let span = self.blocks[block as usize].clone();
            let rewrite = match &self.rewritten[block as usize] {
                Some(rewritten) => rewritten.replace(matches, source_len, target),
                None => Rewrite::first(&self.document.text()[span.clone()], matches, source_len, target),
            };
            let Range { start, end } = rewrite.original;
            let (start, end) = (span.start + start, span.start + end);
            touched = Some(touched.map_or(start..end, |touched| touched.start.min(start)..touched.end.max(end)));
            for index in [&mut self.long_index, &mut self.short_index] {
                if let Some(notes) = index {
                    notes.note(block, rewrite.result.text(), &rewrite.places);
                    // Blocks that are rewritten again and again would fill the index; then plain search does better.
                    if notes.fresh_len() > 4096 + self.scope.len() / 16 {
                        *index = None;
                    }
                }
            }
            self.rewritten[block as usize] = Some(Box::new(rewrite.result));
        }
        touched.map(|Range { start, end }| Replaced {
            count: found.offsets.len(),
            lines: LineRange::new(self.document.line_of_byte(start), self.document.line_of_byte(end)),
            span: [start, end],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unlimited() -> Budget {
        Budget::new(usize::MAX, usize::MAX >> 8)
    }

    fn replace_all(text: &str, steps: &[(&str, &str)], is_indexed: bool) -> String {
        let document = Document::new(text);
        let mut budget = unlimited();
        let sources: Vec<&str> = steps.iter().map(|step| step.0).collect();
        let sources = sources.repeat(if is_indexed { INDEX_FROM } else { 1 });
        let mut replacer = Replacer::new(&document, document.all_lines(), &[], sources.into_iter(), &mut budget);
        for (source, target) in steps {
            replacer.replace(source, target).expect("within the limits");
        }
        replacer.into_changes().apply(text).expect("in order")
    }

    #[test]
    fn with_and_without_an_index_the_result_is_that_of_plain_replacement() {
        let text = "the cat sat\non the mat\n\nthe the the\nthécat theat\n".repeat(30);
        let words = ["the ", "cat ", "at\u{20}the", "mat", "", "the cat", "xthe", "thé", "c", "at", "tt", "é"];
        for (i, first) in words.iter().enumerate().filter(|(_, word)| !word.is_empty()) {
            for second in words.iter().filter(|word| !word.is_empty()) {
                for target in words {
                    let steps = [(*first, target), (*second, words[(i + 3) % words.len()]), ("the cat", "c"), ("catt", "!")];
                    let plain = steps.iter().filter(|step| !step.0.is_empty());
                    let plain = plain.fold(text.clone(), |text, (source, target)| text.replace(source, target));
                    assert_eq!(replace_all(&text, &steps, false), plain, "{steps:?}");
                    assert_eq!(replace_all(&text, &steps, true), plain, "{steps:?}, with an index");
                }
            }
        }
    }

    #[test]
    fn only_lines_of_the_scope_that_stay_are_touched() {
        let document = Document::new("x\nx\nxx\nx");
        let removed = [Run { lines: LineRange::new(1, 1), statement: 0 }];
        for repeats in [1, INDEX_FROM] {
            let mut budget = unlimited();
            let sources = ["x", "xx"].repeat(repeats);
            let mut replacer = Replacer::new(&document, LineRange::new(1, 2), &removed, sources.into_iter(), &mut budget);
            assert_eq!(replacer.replace("xx", "x").map(|done| done.map(|done| done.count)), Ok(Some(1)));
            let replaced = replacer.replace("x", "y").expect("no limit").expect("found");
            assert_eq!(replaced, Replaced { count: 1, lines: LineRange::new(2, 2), span: [4, 6] });
            assert_eq!(replacer.into_changes().apply(document.text()).as_deref(), Some("x\nx\ny\nx"));
        }
    }

    #[test]
    fn growth_is_refused_before_it_happens() {
        let document = Document::new("aa");
        let mut budget = Budget::new(4, 2);
        let mut replacer = Replacer::new(&document, document.all_lines(), &[], ["a", "b"].into_iter(), &mut budget);
        assert_eq!(replacer.replace("a", "bbbb"), Err(Refused::Growth { growth: 6, limit: 4 }));
        assert_eq!(replacer.replace("a", "bbb").map(|done| done.map(|done| done.count)), Ok(Some(2)));
        assert_eq!(replacer.replace("b", "bb"), Err(Refused::Growth { growth: 10, limit: 4 }));
    }

    #[test]
    fn endless_rewriting_is_refused() {
        let text = "ab ".repeat(100_000);
        let document = Document::new(&text);
        let mut budget = Budget::new(usize::MAX, text.len());
        let mut replacer = Replacer::new(&document, document.all_lines(), &[], ["a", "b"].into_iter(), &mut budget);
        let mut swap = (0..).map(|i| if i % 2 == 0 { replacer.replace("a", "b") } else { replacer.replace("b", "a") });
        let limit = work_limit(text.len());
        assert_eq!(swap.find(Result::is_err), Some(Err(Refused::Work { limit })));
    }

    #[test]
    fn thousands_of_distinct_sources_are_cheap() {
        let lines: Vec<String> = (0..20_000).map(|i| format!("see https://example.org/page/{i}/ for more")).collect();
        let text = lines.join("\n");
        let document = Document::new(&text);
        let mut budget = unlimited();
        let sources: Vec<String> = (0..lines.len()).map(|i| format!("https://example.org/page/{i}/ ")).collect();
        let all = sources.iter().map(String::as_str);
        let mut replacer = Replacer::new(&document, document.all_lines(), &[], all, &mut budget);
        for source in &sources {
            assert_eq!(replacer.replace(source, "").map(|done| done.map(|done| done.count)), Ok(Some(1)));
        }
        assert!(budget.work < 40 * text.len() as u64, "{} for {}", budget.work, text.len());
    }
}
