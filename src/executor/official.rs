//! What the official ProX code gives for a document and a program (GAIR-NLP/ProX b3fcbb2).
//!
//! [`apply`] is its `execute_operations`, [`guard`] its `execute_meta_operations`. Differences are defences only: ranges
//! are clamped before they are walked, growth and work are bounded, integers saturate at 128 bits, and a document
//! without words gives an error in place of an exception.

use memchr::{memchr, memrchr};

use super::change::Changes;
use super::decimal::Decimal;
use super::edit::Edit;
use super::error::ExecuteError;
use super::execution::{DropReason, Execution};
use super::options::{ExecuteOptions, Level};
use super::removal::{Claims, Run, remove};
use super::replacer::{Budget, Normalisation, Outcome, Refused, replace_all};
use crate::document::{Document, LineRange};
use crate::program::official::{Operation, OperationAt, read};
use crate::program::python::word_count;
use crate::program::{DiagnosticCode, Diagnostics};

/// The guard drops results of so many words, whatever the program did.
const SHORT_WORDS: usize = 10;

/// What the operations lead to before the guard looks at it.
#[derive(Debug, Clone)]
pub struct Applied {
    /// The edited text.
    pub text: String,
    /// `num_error_op`: what is wrong in the program, and merged ranges that reach beyond the last line.
    pub errors: usize,
    /// `remove_operations`: ranges merged and cut at the last line; may hold reversed ranges and negative numbers.
    pub removed: Vec<[i128; 2]>,
    /// `normalization_pairs`: sources and targets, also of those that are not applied.
    pub pairs: Vec<(String, String)>,
    /// What was done, in the order of the statements.
    pub edits: Vec<Edit>,
    /// The same as replacements of bytes of the original.
    pub changes: Changes,
    /// Reasons of the errors, and remarks.
    pub diagnostics: Diagnostics,
}

/// What the guard makes of an edited text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The edited text is returned.
    Edited,
    /// The original text is returned.
    Original,
    /// The empty text is returned, since too small a share is left.
    TooLittleLeft,
    /// The empty text is returned, since ten words or fewer are left.
    TooShort,
}

/// Reads and applies a program.
///
/// # Errors
///
/// Where the program or the growth or work it asks for exceeds a limit.
pub fn apply(text: &str, program: &str, options: &ExecuteOptions) -> Result<Applied, ExecuteError> {
    let reading = read(program)?;
    let mut diagnostics = reading.diagnostics;
    let document = Document::new(text);
    let removed = merged_intervals(&reading.operations, document.line_count(), &mut diagnostics);
    let runs = removed_runs(&document, &reading.operations);
    let (replacements, normalize_edits) = normalize(&document, &runs, &reading.operations, options)?;
    let (removals, mut edits) = remove(&document, &runs);
    let changes = removals.merge(replacements);
    edits.extend(normalize_edits);
    edits.sort_by_key(|edit| edit.statement);
    let pairs = reading.operations.into_iter().filter_map(|at| match at.operation {
        Operation::Normalize { source, target } => Some((source, target.unwrap_or_default())),
        Operation::RemoveLines { .. } | Operation::RemoveAll => None,
    });
    Ok(Applied {
        // Changes made here are in order and on character boundaries, so this always is `Some`.
        text: changes.apply(text).unwrap_or_else(|| text.to_owned()),
        errors: diagnostics.errors(),
        removed,
        pairs: pairs.collect(),
        edits,
        changes,
        diagnostics,
    })
}

/// Decides whether the edited text, the original or none is returned.
///
/// # Errors
///
/// [`ExecuteError::NoWords`] where the original has no words.
pub fn guard(original: &str, edited: &str, errors: usize, options: &ExecuteOptions) -> Result<Verdict, ExecuteError> {
    judge(word_count(original), word_count(edited), errors, options)
}

/// The guard, given the words of the original and the edited text.
fn judge(original_words: usize, words: usize, errors: usize, options: &ExecuteOptions) -> Result<Verdict, ExecuteError> {
    if original_words == 0 {
        return Err(ExecuteError::NoWords);
    }
    // In this order and in these terms, because rounding decides at the borders.
    let share = words as f64 / original_words as f64;
    let is_accepted = errors < options.error_op;
    Ok(if share <= 1.0 - options.threshold_2 && is_accepted {
        Verdict::TooLittleLeft
    } else if words <= SHORT_WORDS {
        Verdict::TooShort
    } else if share >= options.threshold_1 && is_accepted {
        Verdict::Edited
    } else {
        Verdict::Original
    })
}

/// Reads, applies and guards.
pub(super) fn execute(text: &str, program: &str, options: &ExecuteOptions) -> Result<Execution, ExecuteError> {
    match options.level {
        Level::Doc => Ok(execute_document_level(text, program)),
        Level::Chunk => execute_chunk_level(text, program, options),
    }
}

fn execute_document_level(text: &str, program: &str) -> Execution {
    if program.contains("drop") {
        Execution::dropped(text, DropReason::Program, None, 0, Vec::new())
    } else if text.is_empty() {
        Execution::dropped(text, DropReason::Empty, None, 0, Vec::new())
    } else {
        Execution::unchanged(text, 0, Vec::new())
    }
}

fn execute_chunk_level(text: &str, program: &str, options: &ExecuteOptions) -> Result<Execution, ExecuteError> {
    let Applied { text: edited, errors, removed, edits, changes, mut diagnostics, pairs: _ } = apply(text, program, options)?;
    let verdict = judge_changes(text, &edited, &changes, errors, options)?;
    let (code, message) = match verdict {
        Verdict::Edited => {
            let diagnostics = diagnostics.into_vec();
            return Ok(Execution { text: edited, kept: true, errors, removed, edits, changes, diagnostics, drop_reason: None });
        }
        Verdict::Original if errors >= options.error_op => {
            let limit = options.error_op;
            (DiagnosticCode::ProgramRejected, format!("the program has {errors} errors and is rejected from {limit} on"))
        }
        Verdict::Original => {
            let limit = Decimal(options.threshold_1);
            (DiagnosticCode::EditsDiscarded, format!("the share of words that would be left is below {limit}"))
        }
        Verdict::TooLittleLeft => {
            let limit = Decimal(options.threshold_2);
            (DiagnosticCode::TooLittleLeft, format!("the share of words that would be left is at most 1 - {limit}"))
        }
        Verdict::TooShort => {
            (DiagnosticCode::TooShort, format!("no more than {SHORT_WORDS} words would be left, counted by white space"))
        }
    };
    diagnostics.warning(code, None, message);
    let diagnostics = diagnostics.into_vec();
    let execution = match verdict {
        Verdict::Edited | Verdict::Original => Execution::unchanged(text, errors, diagnostics),
        Verdict::TooLittleLeft => Execution::dropped(text, DropReason::TooLittleLeft, None, errors, diagnostics),
        Verdict::TooShort => Execution::dropped(text, DropReason::TooShort, None, errors, diagnostics),
    };
    Ok(Execution { removed, ..execution })
}

/// Bytes of the original that are counted at once, about.
const COUNTED_AT_ONCE: usize = 1 << 18;

/// The guard's verdict on `edited`, which `changes` make of `original`.
///
/// Only lines that changed are counted in both texts, and of the rest of the original no more than it takes: of a text
/// that loses words, every further word that stays raises the share that is left, so what is accepted with some of the
/// words is accepted with all.
fn judge_changes(
    original: &str,
    edited: &str,
    changes: &Changes,
    errors: usize,
    options: &ExecuteOptions,
) -> Result<Verdict, ExecuteError> {
    let (before, after) = changed_words(original, edited, changes);
    let mut words = 0;
    let mut rest = original;
    while !rest.is_empty() {
        let end = rest.floor_char_boundary(COUNTED_AT_ONCE);
        // Cut at the end of a line, which is the end of a word.
        let end = memchr(b'\n', &rest.as_bytes()[end..]).map_or(rest.len(), |length| end + length);
        let part;
        (part, rest) = rest.split_at(end);
        words += word_count(part);
        if before >= after && words > before && judge(words, words - before + after, errors, options)? == Verdict::Edited {
            return Ok(Verdict::Edited);
        }
    }
    judge(words, words - before + after, errors, options)
}

/// Words of the lines that `changes` touch, in the original and in the edited text.
fn changed_words(original: &str, edited: &str, changes: &Changes) -> (usize, usize) {
    let bytes = original.as_bytes();
    let line_start = |offset: usize| memrchr(b'\n', &bytes[..offset]).map_or(0, |newline| newline + 1);
    let line_end = |offset: usize| memchr(b'\n', &bytes[offset..]).map_or(bytes.len(), |length| offset + length);
    let (mut before, mut after) = (0, 0);
    // What the changes so far added and took; the edited text lags by it.
    let (mut gained, mut lost) = (0, 0);
    let mut changes = changes.iter().peekable();
    while let Some(change) = changes.next() {
        let start = line_start(change.span[0]);
        let edited_start = start + gained - lost;
        gained += change.after.len();
        lost += change.span[1] - change.span[0];
        let mut end = line_end(change.span[1]);
        while let Some(next) = changes.next_if(|next| next.span[0] <= end) {
            gained += next.after.len();
            lost += next.span[1] - next.span[0];
            // Not for each change, of which one line may hold many.
            if next.span[1] > end {
                end = line_end(next.span[1]);
            }
        }
        before += word_count(&original[start..end]);
        after += word_count(&edited[edited_start..end + gained - lost]);
    }
    (before, after)
}

/// The list of removed ranges as the official code keeps it; counts those that reach beyond the last line as errors.
fn merged_intervals(operations: &[OperationAt], line_count: usize, diagnostics: &mut Diagnostics) -> Vec<[i128; 2]> {
    let mut intervals: Vec<[i128; 2]> = operations
        .iter()
        .filter_map(|at| match at.operation {
            Operation::RemoveLines { start, end } => Some([start, end]),
            Operation::RemoveAll | Operation::Normalize { .. } => None,
        })
        .collect();
    intervals.sort_by_key(|interval| interval[0]);
    let mut merged: Vec<[i128; 2]> = Vec::new();
    for [start, end] in intervals {
        match merged.last_mut() {
            Some(previous) if start <= previous[1].saturating_add(1) => previous[1] = previous[1].max(end),
            _ => merged.push([start, end]),
        }
    }
    let line_count = line_count as i128;
    merged.retain_mut(|[start, end]| {
        if *start >= line_count || *end >= line_count {
            diagnostics.error(
                DiagnosticCode::LineOutOfRange,
                None,
                format!("lines {start} to {end} reach beyond the last line, {}", line_count - 1),
            );
            *end = (*end).min(line_count - 1);
        }
        *start < line_count
    });
    merged
}

/// The lines that go, each with the statement that removes it first.
fn removed_runs(document: &Document<'_>, operations: &[OperationAt]) -> Vec<Run> {
    let mut claims = Claims::new(document.all_lines());
    for (statement, at) in operations.iter().enumerate() {
        let lines = match at.operation {
            Operation::RemoveAll => Some(document.all_lines()),
            Operation::RemoveLines { start, end } => existing_lines(start, end),
            Operation::Normalize { .. } => None,
        };
        if let Some(lines) = lines {
            claims.claim(lines, statement);
        }
    }
    claims.into_runs()
}

/// The part of a range that counts from 0, as far as line numbers go; `None` where nothing is left.
fn existing_lines(start: i128, end: i128) -> Option<LineRange> {
    let first = usize::try_from(start.max(0)).ok()?;
    // A line number that does not fit is beyond all lines.
    let last = if end < 0 { return None } else { usize::try_from(end).unwrap_or(usize::MAX) };
    (first <= last).then_some(LineRange::new(first, last))
}

/// Carries out the normalisations in the lines that stay.
///
/// The official code normalises first and removes lines afterwards. Neither sources nor targets can hold a newline, so
/// the order makes no difference to the text.
fn normalize(
    document: &Document<'_>,
    removed: &[Run],
    operations: &[OperationAt],
    options: &ExecuteOptions,
) -> Result<(Changes, Vec<Edit>), ExecuteError> {
    let applied: Vec<(usize, &str, &str)> = operations
        .iter()
        .enumerate()
        .filter_map(|(statement, at)| match &at.operation {
            Operation::Normalize { source, target } if is_applied(source, target.as_deref()) => {
                Some((statement, source.as_str(), target.as_deref().unwrap_or("")))
            }
            _ => None,
        })
        .collect();
    if applied.is_empty() {
        return Ok((Changes::new(), Vec::new()));
    }
    let normalisations: Vec<Normalisation<'_>> =
        applied.iter().map(|&(_, source, target)| Normalisation { source, target }).collect();
    let mut budget = Budget::new(options.max_growth_bytes, document.text().len());
    match replace_all(document, document.all_lines(), removed, &normalisations, &mut budget) {
        Ok(Outcome { changes, replaced }) => {
            let done = applied.into_iter().zip(replaced).filter_map(|((statement, source, target), replaced)| {
                Some(Edit::normalize(source, target, replaced?, None, Some(statement)))
            });
            let edits = done.collect();
            Ok((changes, edits))
        }
        Err(Refused::Growth { growth, limit, .. }) => Err(ExecuteError::Growth { growth, limit }),
        Err(Refused::Work { limit }) => Err(ExecuteError::Work { limit }),
    }
}

/// Whether the official code looks at a pair: one space is spared where a target is given, but not without one.
fn is_applied(source: &str, target: Option<&str>) -> bool {
    !(source.is_empty() || source == " " && target.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_words_make_the_difference() {
        let text = "one two\n\nthree  four five\nsix\n seven eight \nnine";
        let options = ExecuteOptions::default();
        let line_count = text.split('\n').count();
        for first in 0..line_count {
            for last in first..line_count {
                for (source, target) in [("e", ""), (" ", "x"), ("two", "a b"), ("six", ""), ("nine", " "), ("o", "o ")] {
                    let program = format!(
                        "remove_lines(a={first}, b={last})\nnormalize(a=\"{source}\", b=\"{target}\")\n{}",
                        "normalize(a=\"v\", b=\" \")"
                    );
                    let Applied { text: edited, changes, .. } = apply(text, &program, &options).expect("small");
                    let (before, after) = changed_words(text, &edited, &changes);
                    assert_eq!(word_count(text) - before + after, word_count(&edited), "{program}");
                }
            }
        }
    }

    #[test]
    fn counting_part_of_the_words_gives_the_verdict_of_all() {
        let lines: Vec<String> = (0..60_000).map(|line| format!("line {line} of a text")).collect();
        let text = lines.join("\n");
        assert!(text.len() > 3 * COUNTED_AT_ONCE);
        let last = lines.len() - 1;
        for removed in [0, 10, last / 2, last - 3010, last - 2990, last - 3, last - 2, last - 1, last] {
            for (threshold_1, threshold_2) in [(0.0, 0.95), (0.5, 0.95), (0.05, 0.9), (0.0, 1.0), (0.0, -1.0), (1.0, 2.0)] {
                for program in [
                    format!("remove_lines(a=0, b={removed})"),
                    format!("remove_lines(a={}, b={last})\nnormalize(a=\"of\", b=\"o f\")", last - removed),
                ] {
                    let options = ExecuteOptions { threshold_1, threshold_2, ..ExecuteOptions::default() };
                    let Applied { text: edited, changes, errors, .. } = apply(&text, &program, &options).expect("small");
                    assert_eq!(
                        judge_changes(&text, &edited, &changes, errors, &options),
                        guard(&text, &edited, errors, &options),
                        "{program}, {threshold_1}, {threshold_2}"
                    );
                }
            }
        }
    }
}
