//! Verdicts are a program: the answers to a fixed list of questions print losslessly as ProX statements, so no program
//! can be malformed and each statement has a confidence.

use crate::program::{Program, Statement};

/// What a model thinks of a document, as probabilities that something stays.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdicts {
    /// The document.
    pub document: f32,
    /// Each line of the text, blank ones included.
    pub lines: Vec<f32>,
}

/// What is less likely to stay than this goes. At 0 nothing goes, at 1 all that is not quite sure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// For the document; `None` where it is not in question.
    pub document: Option<f32>,
    /// For lines; `None` where they are not in question.
    pub lines: Option<f32>,
}

/// A program and how sure the model is of each statement, 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoredProgram {
    /// The statements.
    pub program: Program,
    /// One a statement.
    pub confidence: Vec<f32>,
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

    /// The program that says the same.
    pub fn program(&self, thresholds: Thresholds) -> ScoredProgram {
        let mut out = ScoredProgram { program: Program::new(), confidence: Vec::new() };
        let mut say = |statement, confidence| {
            out.program.push(statement);
            out.confidence.push(confidence);
        };
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
        if !any {
            let least = self.lines.iter().copied().fold(1.0, f32::min);
            say(Statement::KeepChunk, least);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(document: f32, lines: &[f32], thresholds: (Option<f32>, Option<f32>)) -> String {
        let verdicts = Verdicts { document, lines: lines.to_vec() };
        verdicts.program(Thresholds { document: thresholds.0, lines: thresholds.1 }).program.to_string()
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
        let verdicts = Verdicts { document: 0.75, lines: vec![0.25, 0.75, 0.5, 0.25] };
        let scored = verdicts.program(Thresholds { document: Some(0.5), lines: Some(0.6) });
        assert_eq!(scored.confidence, [0.75, 0.75, 0.625]);
    }

    #[test]
    fn blank_lines_go_with_both_neighbours_only() {
        let lines = Verdicts::spread(&[0.1, 0.2, 0.9], &[1, 3, 6], 9);
        assert_eq!(lines, [0.1, 0.1, 0.2, 0.2, 0.9, 0.9, 0.9, 0.9, 0.9]);
        assert_eq!(Verdicts::spread(&[], &[], 2), [1.0, 1.0]);
    }
}
