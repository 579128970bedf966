//! One document on its way, step by step: callers can show progress, yield and stop in between.

use super::{Judgement, Level, RefineError, RefineOptions, RefineStats, Refined, Refiner};
use crate::backend::{PageRun, sigmoid, span_probability};
use crate::decode::{Lenience, ScoredProgram, SpanVerdict, Thresholds, Verdicts, balance, favour_indented, indent};
use crate::document::Document;
use crate::executor::{Edit, ExecuteError, ExecuteOptions, Execution, Operation, execute_program};
use crate::model::span::SpanModel;

/// Longer documents are read as several pages of this many lines that are not blank, to bound memory.
pub const MAX_PAGE_LINES: usize = 8192;

/// Something the model found out.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// First verdicts on the lines `first..=last` of the text. Where windows overlap, the next one may change them.
    Chunk {
        /// First line, 0-based.
        first: usize,
        /// Last line, inclusive.
        last: usize,
        /// One probability a line that it is content.
        keep: Vec<f32>,
    },
    /// The verdict on the document, the last event.
    Document {
        /// The probability that it is worth keeping.
        keep: f32,
    },
}

/// A document being refined.
#[derive(Debug)]
pub struct RefineSession {
    refiner: Refiner,
    text: String,
    options: RefineOptions,
    line_count: usize,
    /// The lines that are not blank, with their trimmed byte spans.
    lines: Vec<usize>,
    spans: Vec<(usize, usize)>,
    /// Keep probabilities of finished pages.
    keep: Vec<f32>,
    /// The page in work and the index of its first line in `lines`.
    page: Option<(PageRun, usize)>,
    next_page: usize,
    document: f32,
    /// Whether the verdict on the document was given.
    told: bool,
    chunks: usize,
}

impl RefineSession {
    pub(super) fn new(refiner: Refiner, text: String, options: RefineOptions) -> Self {
        let (mut lines, mut spans) = (Vec::new(), Vec::new());
        let document = Document::new(&text);
        let line_count = document.line_count();
        for (i, line) in document.lines().enumerate() {
            let trimmed = line.trim();
            if !trimmed.is_empty() {
                let start = document.line_start(i) + (line.len() - line.trim_start().len());
                lines.push(i);
                spans.push((start, start + trimmed.len()));
            }
        }
        let keep = Vec::with_capacity(lines.len());
        Self {
            refiner,
            text,
            options,
            line_count,
            lines,
            spans,
            keep,
            page: None,
            next_page: 0,
            document: 1.0,
            told: false,
            chunks: 0,
        }
    }

    pub(super) fn judged(
        refiner: Refiner,
        text: String,
        judgement: &Judgement,
        options: RefineOptions,
    ) -> Result<Self, RefineError> {
        let mut session = Self::new(refiner, text, options);
        judgement.check(session.line_count)?;
        session.keep.extend(session.lines.iter().map(|&line| judgement.lines[line]));
        session.document = judgement.document;
        session.next_page = session.lines.len();
        Ok(session)
    }

    /// Runs one window of lines, or gives the verdict on the document. `None` when there is nothing more to do.
    pub fn step(&mut self) -> Option<Event> {
        loop {
            let Some((mut run, at)) = self.page.take().or_else(|| self.open_page()) else { return self.tell() };
            if let Some(window) = run.step(&*self.refiner.backend) {
                return Some(self.went(run, at, window));
            }
            self.close_page(run, at);
        }
    }

    /// As [`step`](Self::step), on a GPU and without blocking. A step that is given up loses the page in work.
    #[cfg(feature = "gpu")]
    pub async fn step_async(&mut self, ladder: &crate::backend::LadderBackend) -> Option<Event> {
        loop {
            let Some((mut run, at)) = self.page.take().or_else(|| self.open_page()) else { return self.tell() };
            if let Some(window) = run.step_async(ladder).await {
                return Some(self.went(run, at, window));
            }
            self.close_page(run, at);
        }
    }

    /// Takes back a page that went through a window.
    fn went(&mut self, run: PageRun, at: usize, window: (usize, usize)) -> Event {
        self.chunks += 1;
        let keep: Vec<f32> = run.logits(window).iter().map(|&z| sigmoid(z)).collect();
        let event = chunk_event(&self.lines[at + window.0..at + window.1], &keep);
        self.page = Some((run, at));
        event
    }

    /// Takes up the verdicts of a page whose windows all ran.
    fn close_page(&mut self, run: PageRun, at: usize) {
        let (words, tokens_per_word) = (run.page().words.clone(), run.page().tokens_per_word());
        let prose_words = run.page().prose_words();
        let mut logits = run.finish(&*self.refiner.backend);
        let config = &self.refiner.model.config;
        if let Some(shift) = config.line_balance {
            balance(&mut logits.lines, &words, shift);
        }
        if let Some((from, scale)) = config.line_lenience {
            let lenience = Lenience { from, scale };
            lenience.apply(&mut logits.lines, &words, tokens_per_word);
            logits.document += lenience.of_document(prose_words, tokens_per_word);
        }
        let page = at..at + logits.lines.len();
        let indents: Vec<usize> = self.spans[page].iter().map(|span| indent(whole_line(&self.text, span))).collect();
        favour_indented(&mut logits.lines, &indents);
        self.keep.extend(logits.lines.iter().map(|&z| sigmoid(z)));
        // a document is as good as its best page
        let keep = sigmoid(logits.document);
        self.document = if at == 0 { keep } else { self.document.max(keep) };
    }

    /// The last event, once.
    fn tell(&mut self) -> Option<Event> {
        let told = std::mem::replace(&mut self.told, true);
        (!told).then_some(Event::Document { keep: self.document })
    }

    /// Verdicts on spans of the lines that stay, which are read without the others.
    fn span_verdicts(&self, model: &SpanModel) -> Vec<SpanVerdict> {
        let stays = |&i: &usize| self.keep[i] >= self.options.threshold;
        let kept: Vec<usize> = (0..self.lines.len()).filter(stays).collect();
        let mut out = Vec::new();
        for page in kept.chunks(MAX_PAGE_LINES) {
            let lines: Vec<&str> = page.iter().map(|&i| &self.text[self.spans[i].0..self.spans[i].1]).collect();
            for candidate in model.propose(&lines) {
                let (i, span) = (page[candidate.line], &candidate.span);
                let start = self.spans[i].0;
                out.push(SpanVerdict {
                    line: self.lines[i],
                    span: start + span.start..start + span.end,
                    in_context: span.kind.needs_context(),
                    probability: span_probability(model, &candidate),
                    target: candidate.span.target,
                });
            }
        }
        out
    }

    /// The next page and the index of its first line, if there is one.
    fn open_page(&mut self) -> Option<(PageRun, usize)> {
        let at = self.next_page;
        if at == self.lines.len() {
            return None;
        }
        self.next_page = (at + MAX_PAGE_LINES).min(self.lines.len());
        let lines: Vec<&str> = self.spans[at..self.next_page].iter().map(|&(start, end)| &self.text[start..end]).collect();
        let model = self.refiner.model();
        Some((PageRun::new(model.read_page(&lines), &model.config), at))
    }

    /// The refined text and all there is to say about it. Steps that were not taken are taken now.
    ///
    /// # Errors
    /// [`RefineError::Execute`] where the executor refuses; a program made of verdicts gives it no reason to.
    pub fn finish(self) -> Result<Refined, RefineError> {
        Ok(self.finish_with_text()?.1)
    }

    /// As [`finish`](Self::finish), and gives the text back, which the spans of the edits count in.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_with_text(mut self) -> Result<(String, Refined), RefineError> {
        while self.step().is_some() {}
        let RefineOptions { level, threshold, doc_threshold, normalize, normalize_threshold } = self.options;
        let thresholds = Thresholds {
            document: (level != Level::Chunk).then_some(doc_threshold),
            lines: (level != Level::Doc).then_some(threshold),
            spans: (normalize && level != Level::Doc).then_some(normalize_threshold),
        };
        let dropped = thresholds.document.is_some_and(|threshold| self.document < threshold);
        let spans = match &self.refiner.model().spans {
            Some(model) if thresholds.spans.is_some() && !dropped => self.span_verdicts(model),
            _ => Vec::new(),
        };
        let lines = Verdicts::spread(&self.keep, &self.lines, self.line_count);
        let verdicts = Verdicts { document: self.document, lines, spans };
        let document = Document::new(&self.text);
        let (scored, mut done) = execute_as_meant(&document, verdicts.program(&document, thresholds))?;
        for edit in &mut done.edits {
            edit.confidence = edit.statement.and_then(|i| scored.confidence.get(i).copied());
        }
        let normalized = done.edits.iter().filter_map(normalized_places).sum();
        let removed_lines = done.removed.iter().map(|[first, last]| (last - first + 1) as usize).sum();
        let refined = Refined {
            stats: RefineStats {
                lines: self.line_count,
                blank_lines: self.line_count - self.lines.len(),
                removed_lines,
                normalized,
                chunks: self.chunks,
                bytes_in: self.text.len(),
                bytes_out: done.text.len(),
            },
            text: done.text,
            kept: done.kept,
            program: scored.program.to_string(),
            edits: done.edits,
            document: verdicts.document,
            lines: verdicts.lines,
            diagnostics: done.diagnostics,
        };
        Ok((self.text, refined))
    }
}

/// How often a normalisation was carried out.
fn normalized_places(edit: &Edit) -> Option<usize> {
    match edit.operation {
        Operation::Normalize { count, .. } => Some(count),
        _ => None,
    }
}

/// Executes a program. What one normalisation puts in place may, once in a blue moon, make a source of another; those that
/// find their source at other places than meant are left out.
fn execute_as_meant(document: &Document<'_>, mut scored: ScoredProgram) -> Result<(ScoredProgram, Execution), ExecuteError> {
    let mut tries = 0;
    loop {
        let done = execute_program(document, &scored.program, &ExecuteOptions::default())?;
        let mut found = vec![None; scored.counts.len()];
        for edit in &done.edits {
            if let Some(statement) = edit.statement {
                found[statement] = normalized_places(edit);
            }
        }
        if found == scored.counts || !done.kept {
            return Ok((scored, done));
        }
        tries += 1;
        scored = scored.without(|i| scored.counts[i].is_some() && (found[i] != scored.counts[i] || tries > 2));
    }
}

fn chunk_event(lines: &[usize], keep: &[f32]) -> Event {
    let (first, last) = (lines[0], lines[lines.len() - 1]);
    let offsets: Vec<usize> = lines.iter().map(|line| line - first).collect();
    Event::Chunk { first, last, keep: Verdicts::spread(keep, &offsets, last - first + 1) }
}

/// A line with the white space before it, from its trimmed span.
fn whole_line<'a>(text: &'a str, &(start, end): &(usize, usize)) -> &'a str {
    let before = text[..start].bytes().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    &text[start - before..end]
}
