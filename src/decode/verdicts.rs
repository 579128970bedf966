//! Verdicts are a program: the answers to a fixed list of questions print losslessly as ProX statements, so no program
//! can be malformed and each statement has a confidence.

use std::collections::HashMap;
use std::ops::Range;

use super::sources::{Place, replaced, sources};
use crate::document::Document;
use crate::program::{Program, Statement};

/// No more spans of one document are normalised.
const MAX_SPANS: usize = 1 << 16;

/// What a model thinks of a document, as probabilities that something stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// The document.
    pub document: f32,
    /// Each line of the text, blank ones included.
    pub lines: Vec<f32>,
    /// Spans that may be noise, in order and without overlap.
    pub spans: Vec<SpanVerdict>,
}

/// What a model thinks of a span of the text.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanVerdict {
    /// The line.
    pub line: usize,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// What takes its place.
    pub target: String,
    /// Whether the span alone says too little, so that a statement names a word beside it.
    pub in_context: bool,
    /// The probability that it is noise and the target right.
    pub probability: f32,
}

/// What is less likely to stay than this goes. At 0 nothing goes, at 1 all that is not quite sure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// For the document; `None` where it is not in question.
    pub document: Option<f32>,
    /// For lines; `None` where they are not in question.
    pub lines: Option<f32>,
    /// Spans no less likely to be noise than this are normalised; `None` where they are not in question.
    pub spans: Option<f32>,
}

/// A program and how sure the model is of each statement, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredProgram {
    /// The statements.
    pub program: Program,
    /// One a statement.
    pub confidence: Vec<f32>,
    /// For each statement that normalises, how often its source should be found.
    pub counts: Vec<Option<usize>>,
}

impl Verdicts {
    /// Spreads verdicts on the lines that are not blank over all `line_count` lines: a blank line stays as long as a
    /// line next to it does. `line_of[i]`, ascending, is the place in the text of the line `keep[i]` is about.
    pub fn spread(keep: &[f32], line_of: &[usize], line_count: usize) -> Vec<f32> {
        let mut lines = vec![1.0; line_count];
        let (Some(&first), Some(&last)) = (line_of.first(), line_of.last()) else { return lines };
        for (&line, &keep) in line_of.iter().zip(keep) {
            lines[line] = keep;
        }
        let (before, after) = (lines[first], lines[last]);
        lines[..first].fill(before);
        lines[last + 1..].fill(after);
        for pair in line_of.windows(2) {
            let keep = lines[pair[0]].max(lines[pair[1]]);
            lines[pair[0] + 1..pair[1]].fill(keep);
        }
        lines
    }

    /// The program that says the same about this text.
    pub fn program(&self, document: &Document<'_>, thresholds: Thresholds) -> ScoredProgram {
        let mut out = ScoredProgram { program: Program::new(), confidence: Vec::new(), counts: Vec::new() };
        let mut say = |statement, confidence| out.say(statement, confidence, None);
        if let Some(threshold) = thresholds.document {
            if self.document < threshold {
                say(Statement::DropDoc, 1.0 - self.document);
                return out;
            }
            say(Statement::KeepDoc, self.document);
        }
        let Some(threshold) = thresholds.lines else { return out };
        let mut first = 0;
        let mut any = false;
        for run in self.lines.chunk_by(|a, b| (*a < threshold) == (*b < threshold)) {
            if run[0] < threshold {
                let kept: f32 = run.iter().sum();
                say(Statement::RemoveLines { first, last: first + run.len() - 1 }, 1.0 - kept / run.len() as f32);
                any = true;
            }
            first += run.len();
        }
        let least = self.lines.iter().copied().fold(1.0, f32::min);
        let before = out.program.len();
        if let Some(spans) = thresholds.spans {
            self.normalize(document, threshold, spans, &mut out);
        }
        if !any && out.program.len() == before {
            out.say(Statement::KeepChunk, least, None);
        }
        out
    }

    /// Adds a statement for each source; places that are replaced alike share one.
    fn normalize(&self, document: &Document<'_>, line_threshold: f32, threshold: f32, out: &mut ScoredProgram) {
        let stays = |line: usize| self.lines.get(line).is_some_and(|&keep| keep >= line_threshold);
        let chosen = self.spans.iter().filter(|span| span.probability >= threshold && stays(span.line));
        let chosen: Vec<&SpanVerdict> = chosen.take(MAX_SPANS).collect();
        if chosen.is_empty() {
            return;
        }
        let line_of = |line| document.line_span(line, line);
        let places: Vec<Place<'_>> = chosen
            .iter()
            .map(|verdict| Place {
                span: verdict.span.clone(),
                line: line_of(verdict.line),
                target: &verdict.target,
                in_context: verdict.in_context,
            })
            .collect();
        let lines: Vec<Range<usize>> = (0..document.line_count()).filter(|&line| stays(line)).map(line_of).collect();
        let mut statements: HashMap<&str, usize> = HashMap::new();
        let mut sums: Vec<(&str, String, f32, usize)> = Vec::new();
        for ((range, place), verdict) in sources(document.text(), &lines, &places).iter().zip(&places).zip(chosen) {
            let Some(range) = range else { continue };
            let source = &document.text()[range.clone()];
            let at = *statements.entry(source).or_insert_with(|| {
                sums.push((source, replaced(document.text(), range, place), 0.0, 0));
                sums.len() - 1
            });
            sums[at].2 += verdict.probability;
            sums[at].3 += 1;
        }
        for (source, target, sum, count) in sums {
            out.say(Statement::Normalize { source: source.into(), target }, sum / count as f32, Some(count));
        }
    }
}

impl ScoredProgram {
    fn say(&mut self, statement: Statement, confidence: f32, count: Option<usize>) {
        self.program.push(statement);
        self.confidence.push(confidence);
        self.counts.push(count);
    }

    /// Without some of its statements.
    #[must_use]
    pub fn without(&self, is_left_out: impl Fn(usize) -> bool) -> Self {
        let mut out = Self { program: Program::new(), confidence: Vec::new(), counts: Vec::new() };
        for (index, statement) in self.program.iter().enumerate().filter(|(index, _)| !is_left_out(*index)) {
            out.say(statement.clone(), self.confidence[index], self.counts[index]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(document: f32, lines: &[f32], thresholds: (Option<f32>, Option<f32>)) -> String {
        let verdicts = Verdicts { document, lines: lines.to_vec(), spans: Vec::new() };
        let text = "\n".repeat(lines.len().saturating_sub(1));
        let thresholds = Thresholds { document: thresholds.0, lines: thresholds.1, spans: Some(0.5) };
        verdicts.program(&Document::new(&text), thresholds).program.to_string()
    }

    #[test]
    fn runs_become_statements() {
        let lines = [0.1, 0.2, 0.9, 0.5, 0.49];
        let expected = "keep_doc()\nremove_lines(line_start=0, line_end=1)\nremove_lines(line_start=4, line_end=4)";
        assert_eq!(printed(0.8, &lines, (Some(0.5), Some(0.5))).trim_end(), expected);
        assert_eq!(printed(0.8, &lines, (None, Some(0.0))).trim_end(), "keep_chunk()");
        assert_eq!(printed(0.2, &lines, (Some(0.5), Some(0.5))).trim_end(), "drop_doc()");
        assert_eq!(printed(0.2, &[], (None, None)).trim_end(), "");
    }

    #[test]
    fn confidences_stand_beside_their_statements() {
        let verdicts = Verdicts { document: 0.75, lines: vec![0.25, 0.75, 0.5, 0.25], spans: Vec::new() };
        let thresholds = Thresholds { document: Some(0.5), lines: Some(0.6), spans: None };
        let scored = verdicts.program(&Document::new("\n\n\n"), thresholds);
        assert_eq!(scored.confidence, [0.75, 0.75, 0.625]);
    }

    #[test]
    fn spans_become_statements_in_lines_that_stay() {
        let text = "menu[edit]\nOne[edit] ofthe\nTwo[edit]";
        let span = |line, source: &str, target: &str, in_context, probability| {
            let line_start = text.match_indices('\n').map(|(at, _)| at + 1).nth(line - 1).unwrap();
            let start = line_start + text[line_start..].find(source).unwrap();
            SpanVerdict { line, span: start..start + source.len(), target: target.into(), in_context, probability }
        };
        let spans =
            vec![span(1, "[edit]", "", false, 1.0), span(1, "ofthe", "of the", true, 0.75), span(2, "[edit]", "", false, 0.5)];
        let verdicts = Verdicts { document: 1.0, lines: vec![0.0, 1.0, 1.0], spans };
        let program = |lines, spans| {
            verdicts.program(&Document::new(text), Thresholds { document: None, lines: Some(lines), spans: Some(spans) })
        };
        let scored = program(0.5, 0.5);
        let expected = "remove_lines(line_start=0, line_end=0)\nnormalize(source_str=\"[edit]\", target_str=\"\")\n\
            normalize(source_str=\"ofthe\", target_str=\"of the\")";
        assert_eq!((scored.program.to_string().as_str(), scored.confidence[1], scored.counts[1]), (expected, 0.75, Some(2)));
        // the first line stays now, and what is in it is not approved
        let source = |scored: &ScoredProgram, at: usize| scored.program.statements()[at].statement.to_string();
        assert!(source(&program(0.0, 0.8), 0).starts_with("normalize(source_str=\"One[edit]\""));
        assert_eq!(program(0.0, 1.1).program.to_string(), "keep_chunk()");
    }

    #[test]
    fn blank_lines_go_with_both_neighbours_only() {
        let lines = Verdicts::spread(&[0.1, 0.2, 0.9], &[1, 3, 6], 9);
        assert_eq!(lines, [0.1, 0.1, 0.2, 0.2, 0.9, 0.9, 0.9, 0.9, 0.9]);
        assert_eq!(Verdicts::spread(&[], &[], 2), [1.0, 1.0]);
    }
}
