use std::fmt::Write;
use std::ops::Range;

use super::groups::{Group, groups};
use crate::document::Document;
use crate::executor::Execution;

/// How a diff looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiffOptions {
    /// Name of the original in the head of the diff.
    pub from: String,
    /// Name of the refined text.
    pub to: String,
    /// How many unchanged lines are shown around changed ones.
    pub context: usize,
}

impl Default for DiffOptions {
    /// `original`, `refined`, three lines.
    fn default() -> Self {
        Self { from: "original".into(), to: "refined".into(), context: 3 }
    }
}

/// The execution as a unified diff of `original`, which `patch` and `git apply` take; empty where nothing changed.
///
/// Only `\n` ends a line, as everywhere in ProX. A dropped document loses all its lines.
#[must_use]
pub fn unified_diff(original: &str, execution: &Execution, options: &DiffOptions) -> String {
    let document = Document::new(original);
    let groups = groups(&document, execution);
    // A line that is changed back and forth, or an empty document that is dropped.
    let groups: Vec<Group> =
        groups.into_iter().filter(|group| original[group.old.clone()] != execution.text[group.new.clone()]).collect();
    if groups.is_empty() {
        return String::new();
    }
    let mut out = format!("--- {}\n+++ {}\n", one_line(&options.from), one_line(&options.to));
    let mut writer = Writer { document: &document, refined: &execution.text, context: options.context, shift: 0, out: &mut out };
    let is_near = |a: &Group, b: &Group| b.lines.start - a.lines.end <= options.context.saturating_mul(2);
    for hunk in groups.chunk_by(is_near) {
        writer.hunk(hunk);
    }
    out
}

fn one_line(name: &str) -> String {
    name.replace(['\n', '\r'], " ")
}

struct Writer<'a> {
    document: &'a Document<'a>,
    refined: &'a str,
    context: usize,
    /// How many lines the refined text is ahead of the original after the hunks so far.
    shift: isize,
    out: &'a mut String,
}

impl Writer<'_> {
    /// Writes groups that stand so close that their contexts touch.
    fn hunk(&mut self, groups: &[Group]) {
        let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return };
        let start = first.lines.start.saturating_sub(self.context);
        let end = last.lines.end.saturating_add(self.context);
        let bytes = self.document.line_start(start)..self.document.line_start(end);
        let old_count = count(&self.document.text()[bytes.clone()]);
        let gain: isize = groups.iter().map(|group| self.gain(group)).sum();
        let new_count = old_count.saturating_add_signed(gain);
        let new_start = start.saturating_add_signed(self.shift);
        let _ = writeln!(self.out, "@@ -{} +{} @@", range(start, old_count), range(new_start, new_count));
        self.shift += gain;
        let mut done = bytes.start;
        // Groups that follow on each other show first what goes, then what comes.
        for run in groups.chunk_by(|a, b| a.lines.end == b.lines.start) {
            let (Some(first), Some(last)) = (run.first(), run.last()) else { continue };
            self.lines(' ', &self.document.text()[done..first.old.start]);
            self.lines('-', &self.document.text()[first.old.start..last.old.end]);
            self.lines('+', &self.refined[first.new.start..last.new.end]);
            done = last.old.end;
        }
        self.lines(' ', &self.document.text()[done..bytes.end]);
    }

    /// How many lines more there are after the change than before.
    fn gain(&self, Group { old, new, .. }: &Group) -> isize {
        let count = |text: &str, range: &Range<usize>| count(&text[range.clone()]) as isize;
        count(self.refined, new) - count(self.document.text(), old)
    }

    fn lines(&mut self, sign: char, text: &str) {
        for line in text.split_inclusive('\n') {
            self.out.push(sign);
            self.out.push_str(line);
            if !line.ends_with('\n') {
                self.out.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
}

fn count(text: &str) -> usize {
    text.split_inclusive('\n').count()
}

/// First line, from 1, and number of lines; where there are none, the line before them.
fn range(start: usize, count: usize) -> String {
    format!("{},{count}", if count == 0 { start } else { start + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{ExecuteOptions, execute};

    fn diff(text: &str, program: &str, context: usize) -> String {
        let options = ExecuteOptions { threshold_2: 2.0, ..ExecuteOptions::default() };
        let execution = execute(text, program, &options).expect("sound");
        unified_diff(text, &execution, &DiffOptions { context, ..DiffOptions::default() })
    }

    #[test]
    fn hunks_have_context() {
        let text = "a\nb\nc\nd\ne\nf\ng\nh\n";
        assert_eq!(
            diff(text, "remove_lines(1, 1)\nnormalize('c', 'C')\nremove_lines(6, 6)", 1),
            "--- original\n+++ refined\n@@ -1,4 +1,3 @@\n a\n-b\n-c\n+C\n d\n@@ -6,3 +5,2 @@\n f\n-g\n h\n"
        );
        assert_eq!(diff(text, "remove_lines(0, 7)", 0), format!("{HEAD}@@ -1,8 +0,0 @@\n-a\n-b\n-c\n-d\n-e\n-f\n-g\n-h\n"));
        assert_eq!(diff(text, "keep_chunk()", 3), "");
    }

    const HEAD: &str = "--- original\n+++ refined\n";

    #[test]
    fn a_missing_last_newline_is_told() {
        let note = "\\ No newline at end of file\n";
        assert_eq!(diff("a\nb", "remove_lines(1, 1)", 3), format!("{HEAD}@@ -1,2 +1,1 @@\n-a\n-b\n{note}+a\n{note}"));
        assert_eq!(diff("a\n", "remove_lines(1, 1)", 3), format!("{HEAD}@@ -1,1 +1,1 @@\n-a\n+a\n{note}"));
        assert_eq!(diff("a\nb", "remove_lines(0, 0)", 3), format!("{HEAD}@@ -1,2 +1,1 @@\n-a\n b\n{note}"));
    }

    #[test]
    fn dropped_documents_lose_all_lines() {
        assert_eq!(diff("a\nb\n", "drop_doc()", 3), format!("{HEAD}@@ -1,2 +0,0 @@\n-a\n-b\n"));
        assert_eq!(diff("", "drop_doc()", 3), "");
    }
}
