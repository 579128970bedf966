use serde::Serialize;

use super::groups::groups;
use crate::document::Document;
use crate::executor::Execution;

/// An operation of RFC 6902.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum PatchOperation<'a> {
    /// The value must be this one.
    Test {
        /// JSON Pointer to a line, such as `/3`.
        path: String,
        /// The line.
        value: &'a str,
    },
    /// The line goes, and those after it move up.
    Remove {
        /// JSON Pointer to a line.
        path: String,
    },
    /// The line becomes another.
    Replace {
        /// JSON Pointer to a line.
        path: String,
        /// What it becomes.
        value: &'a str,
    },
}

/// The execution as a JSON Patch (RFC 6902) for the array of the text's lines, `original.split("\n")`; the lines it leaves,
/// joined by `\n`, are the refined text.
///
/// It goes from the last line to the first, so that every path counts lines of the original, and tests each line before
/// it touches it: a patch for another text fails and changes nothing, and the tests hold what an undo needs.
#[must_use]
pub fn json_patch<'a>(original: &'a str, execution: &'a Execution) -> Vec<PatchOperation<'a>> {
    let document = Document::new(original);
    let mut patch = Vec::new();
    for group in groups(&document, execution).into_iter().rev() {
        let new = &execution.text[group.new];
        let reaches_end = group.lines.end == document.line_count();
        // The text of the last line is a line even where it is empty; elsewhere each line ends with a newline.
        let new: Vec<&str> = match new.strip_suffix('\n') {
            _ if reaches_end && execution.kept => new.split('\n').collect(),
            Some(lines) => lines.split('\n').collect(),
            None => Vec::new(),
        };
        for (place, line) in group.lines.enumerate().rev() {
            let old = document.line(line);
            let path = || format!("/{line}");
            match new.get(place) {
                Some(&same) if same == old => {}
                Some(value) => patch
                    .extend([PatchOperation::Test { path: path(), value: old }, PatchOperation::Replace { path: path(), value }]),
                None => {
                    patch.extend([PatchOperation::Test { path: path(), value: old }, PatchOperation::Remove { path: path() }])
                }
            }
        }
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::executor::{ExecuteOptions, execute};

    fn patch(text: &str, program: &str) -> String {
        let options = ExecuteOptions { threshold_2: 2.0, ..ExecuteOptions::default() };
        let execution = execute(text, program, &options).expect("sound");
        serde_json::to_string(&json_patch(text, &execution)).expect("plain data")
    }

    #[test]
    fn lines_are_tested_then_touched_from_the_end() {
        assert_eq!(
            patch("a\nb\nc", "normalize('a', 'A')\nremove_lines(2, 2)"),
            r#"[{"op":"test","path":"/2","value":"c"},{"op":"remove","path":"/2"},"#.to_owned()
                + r#"{"op":"test","path":"/0","value":"a"},{"op":"replace","path":"/0","value":"A"}]"#
        );
        assert_eq!(patch("a\nb", "keep_chunk()"), "[]");
    }

    /// Applies a patch as RFC 6902 says.
    fn apply(text: &str, patch: &[PatchOperation<'_>]) -> String {
        let mut lines: Vec<&str> = text.split('\n').collect();
        let line = |path: &str| path[1..].parse::<usize>().expect("a line number");
        for operation in patch {
            match operation {
                PatchOperation::Test { path, value } => assert_eq!(&lines[line(path)], value),
                PatchOperation::Remove { path } => drop(lines.remove(line(path))),
                PatchOperation::Replace { path, value } => lines[line(path)] = value,
            }
        }
        lines.join("\n")
    }

    #[test]
    fn every_pair_of_removals() {
        let options = ExecuteOptions { threshold_2: 2.0, ..ExecuteOptions::default() };
        for text in ["\n\n\nx\n\n\n", "a\nb\nc\nd\ne\nf", "a\n\nb\n\n\nc\n"] {
            let pairs = (0..7).flat_map(|first| (first..7).map(move |last| (first, last)));
            for (a, b) in pairs.clone() {
                for (c, d) in pairs.clone() {
                    let program = format!("remove_lines({a}, {b})\nremove_lines({c}, {d})\nnormalize('x', 'y')");
                    let execution = execute(text, &program, &options).expect("sound");
                    let patched = apply(text, &json_patch(text, &execution));
                    assert_eq!(patched, execution.text, "{text:?}, {program}");
                }
            }
        }
    }

    #[test]
    fn dropped_documents_lose_all_lines() {
        assert_eq!(
            patch("a\n", "drop_doc()"),
            r#"[{"op":"test","path":"/1","value":""},{"op":"remove","path":"/1"},"#.to_owned()
                + r#"{"op":"test","path":"/0","value":"a"},{"op":"remove","path":"/0"}]"#
        );
    }
}
