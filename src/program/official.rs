//! Programs as the official ProX code reads them (`execute_operations` in GAIR-NLP/ProX b3fcbb2).
//!
//! There is no grammar: each line that begins with a known prefix is an operation, and its arguments are found by
//! splitting at `(`, `)`, `,` and `=` wherever these stand. All its accidents are kept, because published corpora were
//! made with them.

use thiserror::Error;

use super::ast::Position;
use super::diagnostic::{DiagnosticCode, Diagnostics};
use super::python::parse_int;
use super::{MAX_PROGRAM_BYTES, MAX_STATEMENTS};

/// What one line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// `remove_lines(a=start, b=end)`; any two integers, in any order.
    RemoveLines {
        /// First line, 0-based.
        start: i128,
        /// Last line, inclusive.
        end: i128,
    },
    /// A `remove_lines` line with `all=True` anywhere in it.
    RemoveAll,
    /// `normalize(a=source)` or `normalize(a=source, b=target)`.
    Normalize {
        /// The string to look for, without its double quotes.
        source: String,
        /// What takes its place; `None` where there was one argument, which deletes the source.
        target: Option<String>,
    },
}

/// An operation and the line of the program it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperationAt {
    /// The operation.
    pub operation: Operation,
    /// Where it stands.
    pub position: Position,
}

/// A program text as the official code reads it.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// The operations in order.
    pub operations: Vec<OperationAt>,
    /// The reasons, one error for each that the official code counts.
    pub diagnostics: Diagnostics,
}

/// The program is too large to be read. The official code has no such limits.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// Too many bytes.
    #[error("the program has {bytes} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Size of the program.
        bytes: usize,
        /// [`MAX_PROGRAM_BYTES`].
        limit: usize,
    },
    /// Too many operations.
    #[error("the program has more than {limit} operations")]
    TooManyOperations {
        /// [`MAX_STATEMENTS`].
        limit: usize,
    },
}

/// Reads a program by the official rules, in time linear in its length.
///
/// # Errors
///
/// Only where the text exceeds [`MAX_PROGRAM_BYTES`] or [`MAX_STATEMENTS`].
pub fn read(text: &str) -> Result<Reading, ReadError> {
    if text.len() > MAX_PROGRAM_BYTES {
        return Err(ReadError::TooLarge { bytes: text.len(), limit: MAX_PROGRAM_BYTES });
    }
    let mut reading = Reading::default();
    for (index, line) in text.trim_matches(' ').split('\n').enumerate() {
        let position = Position { line: index + 1, column: 1 };
        let Some(operation) = reading.line(line, position) else { continue };
        if reading.operations.len() == MAX_STATEMENTS {
            return Err(ReadError::TooManyOperations { limit: MAX_STATEMENTS });
        }
        reading.operations.push(OperationAt { operation, position });
    }
    Ok(reading)
}

impl Reading {
    fn line(&mut self, line: &str, position: Position) -> Option<Operation> {
        if line.starts_with("remove_lines") {
            if line.contains("all=True") {
                return Some(Operation::RemoveAll);
            }
            let arguments = self.arguments(line, position)?;
            let operation = remove_lines(arguments);
            if operation.is_none() {
                self.bad_arguments(position, "remove_lines needs two arguments of the form name=integer");
            }
            return operation;
        }
        if line.starts_with("normalize") {
            let arguments = self.arguments(line, position)?;
            return self.normalize(arguments, position);
        }
        if !is_harmless(line) {
            self.diagnostics.warning(
                DiagnosticCode::IgnoredLine,
                Some(position),
                "the line does not begin with remove_lines or normalize and is ignored",
            );
        }
        None
    }

    /// What stands between the first `(` and the first `)` of the line.
    fn arguments<'a>(&mut self, line: &'a str, position: Position) -> Option<&'a str> {
        let Some(open) = line.find('(') else {
            self.diagnostics.error(DiagnosticCode::MissingParenthesis, Some(position), "there is no (");
            return None;
        };
        let start = open + 1;
        let end = line.find(')').unwrap_or_else(|| {
            self.diagnostics.error(
                DiagnosticCode::MissingParenthesis,
                Some(position),
                "there is no ), and the last character is lost",
            );
            // `line.find(")")` is -1 in Python, which as the end of a slice leaves out the last character.
            line.char_indices().next_back().map_or(0, |(last, _)| last)
        });
        // A slice that ends before it starts is empty in Python.
        Some(line.get(start..end).unwrap_or(""))
    }

    fn normalize(&mut self, arguments: &str, position: Position) -> Option<Operation> {
        // A third part is enough to know that the statement is ignored, however many follow.
        let parts: Vec<&str> = arguments.splitn(3, ',').collect();
        let (source, target) = match parts[..] {
            [source] => (value(source), Some(None)),
            [source, target] => (value(source), value(target).map(Some)),
            _ => {
                self.diagnostics.warning(
                    DiagnosticCode::IgnoredLine,
                    Some(position),
                    "normalize with more than one comma is ignored, also where they stand in quotes",
                );
                return None;
            }
        };
        let (Some(source), Some(target)) = (source, target) else {
            self.bad_arguments(position, "normalize needs arguments of the form name=\"string\"");
            return None;
        };
        let unquoted = |text: &str| text.trim_matches('"').to_owned();
        Some(Operation::Normalize { source: unquoted(source), target: target.map(unquoted) })
    }

    fn bad_arguments(&mut self, position: Position, message: &str) {
        self.diagnostics.error(DiagnosticCode::BadArguments, Some(position), message);
    }
}

fn remove_lines(arguments: &str) -> Option<Operation> {
    let mut parts = arguments.split(',');
    let start = parse_int(value(parts.next()?)?)?;
    let end = parse_int(value(parts.next()?)?)?;
    Some(Operation::RemoveLines { start, end })
}

/// The value of an argument: what stands between its first and its second `=`.
fn value(argument: &str) -> Option<&str> {
    argument.split('=').nth(1)
}

/// Whether an ignored line needs no remark: blank, a comment, a fence or a statement that asks for nothing.
fn is_harmless(line: &str) -> bool {
    let line = line.trim();
    line.is_empty()
        || line.starts_with('#')
        || line.starts_with("```")
        || ["untouch_doc(", "keep_chunk(", "skip_chunk(", "keep_doc("].iter().any(|name| line.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_ok(text: &str) -> (Vec<Operation>, usize) {
        let reading = read(text).expect("within the limits");
        (reading.operations.into_iter().map(|at| at.operation).collect(), reading.diagnostics.errors())
    }

    fn remove(start: i128, end: i128) -> Operation {
        Operation::RemoveLines { start, end }
    }

    fn normalize(source: &str, target: Option<&str>) -> Operation {
        Operation::Normalize { source: source.into(), target: target.map(Into::into) }
    }

    #[test]
    fn lines_are_found_by_prefix() {
        assert_eq!(
            read_ok(" remove_lines(a=1, b=2)\n remove_lines(a=3, b=3)\nremove_linesX(a=4,b=5) junk"),
            (vec![remove(1, 2), remove(4, 5)], 0)
        );
        assert_eq!(read_ok("remove_lines # all=True"), (vec![Operation::RemoveAll], 0));
        assert_eq!(read_ok("Remove_lines(a=1,b=2)\n- x\n\n"), (vec![], 0));
    }

    #[test]
    fn missing_parentheses() {
        assert_eq!(read_ok("remove_lines"), (vec![], 1));
        assert_eq!(read_ok("remove_lines) (a=0,b=0)"), (vec![], 1));
        assert_eq!(read_ok("remove_lines(a=1, b=23"), (vec![remove(1, 2)], 1));
        assert_eq!(read_ok("remove_lines(a=1, b=2"), (vec![], 2));
        assert_eq!(read_ok("remove_lines("), (vec![], 2));
        assert_eq!(read_ok("normalize(a=\"b\", c=\"xé"), (vec![normalize("b", Some("x"))], 1));
    }

    #[test]
    fn arguments_are_split_wherever_signs_stand() {
        assert_eq!(read_ok("remove_lines(b=2, a=1=9, c)"), (vec![remove(2, 1)], 0));
        assert_eq!(read_ok("remove_lines(1, 2)"), (vec![], 1));
        assert_eq!(read_ok("normalize(s=\"x, y\", t=\"z\")"), (vec![], 0));
        assert_eq!(read_ok("normalize(s=\"x, y\")"), (vec![], 1));
        assert_eq!(read_ok("normalize(s=\"u?id=7\", t==d)"), (vec![normalize("u?id", Some(""))], 0));
        assert_eq!(read_ok("normalize(s=\"f(x)\", t=\"\")"), (vec![normalize("f(x", None)], 0));
        assert_eq!(read_ok("normalize(s=\"\"\"x\"\"\", t= \"q\" )"), (vec![normalize("x", Some(" \"q\" "))], 0));
        assert_eq!(read_ok("normalize()"), (vec![], 1));
    }

    #[test]
    fn limits_are_typed_errors() {
        assert!(matches!(read(&" ".repeat(MAX_PROGRAM_BYTES + 1)), Err(ReadError::TooLarge { .. })));
        let program = "remove_lines all=True\n".repeat(MAX_STATEMENTS + 1);
        assert!(matches!(read(&program), Err(ReadError::TooManyOperations { .. })));
    }
}
