use std::collections::BTreeMap;

use super::change::Change;
use super::index::{GRAM, GramIndex};
use super::line_map::RewrittenLine;
use super::removal::{Run, is_removed};
use crate::document::{Document, LineRange};

/// Most bytes of text that the normalisations of one execution may look at or write.
///
/// Far beyond what any sensible program needs; it stops programs that rewrite one long line thousands of times.
pub const MAX_WORK_BYTES: u64 = 1 << 30;

/// What finding and rewriting a line costs on top of its bytes, in bytes.
const LINE_OVERHEAD: usize = 64;

/// From this many normalisations on, an index of the text pays.
const INDEX_FROM: usize = 24;

/// What the normalisations of one execution have used up so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    max_growth: usize,
    /// How much longer than the original the text is by now; lines removed do not count.
    pub growth: i128,
    work: u64,
}

impl Budget {
    pub const fn new(max_growth: usize) -> Self {
        Self { max_growth, growth: 0, work: 0 }
    }
}

/// Carries out normalisations in the lines that stay.
///
/// Sources hold no newline, so every line is searched and rewritten on its own, and only lines that may hold the source
/// are looked at.
pub(super) struct Replacer<'d, 't> {
    document: &'d Document<'t>,
    scope: LineRange,
    /// Lines that do not stay, in order.
    removed: &'d [Run],
    rewritten: BTreeMap<usize, RewrittenLine>,
    index: Option<GramIndex>,
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

impl<'d, 't> Replacer<'d, 't> {
    /// For normalisations of `sources`, and of no others, in the lines of `scope` that are not `removed`.
    pub fn new<'s>(
        document: &'d Document<'t>,
        scope: LineRange,
        removed: &'d [Run],
        sources: impl ExactSizeIterator<Item = &'s str>,
        budget: &'d mut Budget,
    ) -> Self {
        let mut replacer = Self { document, scope, removed, rewritten: BTreeMap::new(), index: None, budget };
        if sources.len() >= INDEX_FROM {
            replacer.index = GramIndex::new(replacer.text(), sources);
        }
        replacer
    }

    /// Replaces every `source`, which is neither empty nor holds a newline, by `target`; `None` where there is none.
    pub fn replace(&mut self, source: &str, target: &str) -> Result<Option<Replaced>, Refused> {
        let lines = self.candidates(source)?;
        self.check_growth(&lines, source, target)?;
        let mut replaced: Option<Replaced> = None;
        for line in lines {
            let Some((count, span)) = self.rewrite(line, source, target) else { continue };
            let before = replaced.unwrap_or(Replaced { count: 0, lines: LineRange::new(line, line), span });
            replaced = Some(Replaced {
                count: before.count + count,
                lines: LineRange::new(before.lines.first, line),
                span: [before.span[0], span[1]],
            });
        }
        Ok(replaced)
    }

    /// All replacements, in bytes of the original text, in order.
    pub fn into_changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for (&line, rewritten) in &self.rewritten {
            changes.extend(rewritten.changes(self.document.line(line), self.document.line_start(line)));
        }
        changes
    }

    /// The lines in which `source` may occur, in order.
    fn candidates(&mut self, source: &str) -> Result<Vec<usize>, Refused> {
        let text = self.text();
        let base = self.document.line_start(self.scope.first);
        let mut lines = Vec::new();
        let mut line_end = 0;
        let mut add = |lines: &mut Vec<usize>, offset: usize| {
            let offset = base + offset;
            if offset >= line_end {
                let line = self.document.line_of_byte(offset);
                line_end = self.document.line_start(line + 1);
                if !is_removed(self.removed, line) {
                    lines.push(line);
                }
            }
        };
        let cost = match &self.index {
            Some(index) if source.len() >= GRAM => {
                let (occurrences, cost) = index.occurrences(text, source);
                occurrences.into_iter().for_each(|offset| add(&mut lines, offset));
                index.fresh_lines(source, &mut lines);
                cost
            }
            _ => {
                text.match_indices(source).for_each(|(offset, _)| add(&mut lines, offset));
                lines.extend(self.rewritten.keys());
                text.len()
            }
        };
        let cost = cost + lines.len();
        lines.sort_unstable();
        lines.dedup();
        // Each line is read, and perhaps written, once more.
        let lines_cost: usize = lines.iter().map(|&line| LINE_OVERHEAD + self.current(line).len()).sum();
        let work = &mut self.budget.work;
        *work = work.saturating_add(cost as u64).saturating_add(lines_cost as u64);
        if *work > MAX_WORK_BYTES {
            return Err(Refused::Work { limit: MAX_WORK_BYTES });
        }
        Ok(lines)
    }

    /// Refuses a replacement before it is begun if it would make the text too long.
    fn check_growth(&mut self, lines: &[usize], source: &str, target: &str) -> Result<(), Refused> {
        // Lengths of strings in memory fit into 127 bits, and so do products of two of them.
        let per_match = target.len() as i128 - source.len() as i128;
        let matches: usize = lines.iter().map(|&line| self.current(line).matches(source).count()).sum();
        let growth = self.budget.growth + per_match * matches as i128;
        let limit = self.budget.max_growth;
        if per_match > 0 && growth > limit as i128 {
            return Err(Refused::Growth { growth: usize::try_from(growth).unwrap_or(usize::MAX), limit });
        }
        self.budget.growth = growth;
        Ok(())
    }

    /// Rewrites one line; returns how often, and where in the original text.
    fn rewrite(&mut self, line: usize, source: &str, target: &str) -> Option<(usize, [usize; 2])> {
        let rewrite = match self.rewritten.get(&line) {
            Some(rewritten) => rewritten.replace(source, target)?,
            None => RewrittenLine::unchanged(self.document.line(line)).replace(source, target)?,
        };
        if let Some(index) = &mut self.index {
            index.note(line, rewrite.line.text(), &rewrite.places);
            // Lines that are rewritten again and again would fill the index; then plain search does better.
            if index.fresh_len() > self.document.text().len() {
                self.index = None;
            }
        }
        self.rewritten.insert(line, rewrite.line);
        let start = self.document.line_start(line);
        Some((rewrite.count, [start + rewrite.original.start, start + rewrite.original.end]))
    }

    /// A line as it stands now.
    fn current(&self, line: usize) -> &str {
        match self.rewritten.get(&line) {
            Some(rewritten) => rewritten.text(),
            None => self.document.line(line),
        }
    }

    /// The original text of the scope.
    fn text(&self) -> &'t str {
        &self.document.text()[self.document.line_span(self.scope.first, self.scope.last)]
    }
}

#[cfg(test)]
mod tests {
    use super::super::change::apply_changes;
    use super::*;

    fn unlimited() -> Budget {
        Budget::new(usize::MAX)
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
        apply_changes(text, &replacer.into_changes()).expect("in order")
    }

    #[test]
    fn with_and_without_an_index_the_result_is_that_of_plain_replacement() {
        let text = "the cat sat\non the mat\n\nthe the the\nthécat theat\n".repeat(3);
        let words = ["the ", "cat ", "at\u{20}the", "mat", "", "the cat", "xthe", "thé", "c"];
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
        let mut budget = unlimited();
        let mut replacer = Replacer::new(&document, LineRange::new(1, 2), &removed, ["x"].into_iter(), &mut budget);
        let replaced = replacer.replace("x", "y").expect("no limit").expect("found");
        assert_eq!(replaced, Replaced { count: 2, lines: LineRange::new(2, 2), span: [4, 6] });
        assert_eq!(apply_changes(document.text(), &replacer.into_changes()).as_deref(), Some("x\nx\nyy\nx"));
    }

    #[test]
    fn growth_is_refused_before_it_happens() {
        let document = Document::new("aa");
        let mut budget = Budget::new(4);
        let mut replacer = Replacer::new(&document, document.all_lines(), &[], ["a", "b"].into_iter(), &mut budget);
        assert_eq!(replacer.replace("a", "bbbb"), Err(Refused::Growth { growth: 6, limit: 4 }));
        assert_eq!(replacer.replace("a", "bbb").map(|done| done.map(|done| done.count)), Ok(Some(2)));
        assert_eq!(replacer.replace("b", "bb"), Err(Refused::Growth { growth: 10, limit: 4 }));
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
        assert!(budget.work < 100 * text.len() as u64, "{} for {}", budget.work, text.len());
    }
}
