use serde::Serialize;

use super::replacer::Replaced;
use crate::document::LineRange;

/// What an [`Edit`] does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Operation {
    /// The document is dropped.
    DropDoc,
    /// Lines are removed, each with one newline.
    RemoveLines {
        /// First and last line of the input text, 0-based, inclusive.
        lines: [usize; 2],
    },
    /// A string is replaced wherever it occurs in the lines that stay.
    Normalize {
        /// First and last line in which it occurs.
        lines: [usize; 2],
        /// What is replaced.
        source: String,
        /// What takes its place.
        target: String,
        /// How often it is replaced.
        count: usize,
    },
}

/// One edit, done because of one statement.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Edit {
    /// What is done, tagged by `op`.
    #[serde(flatten)]
    pub operation: Operation,
    /// Bytes of the original text from the first to the last place the edit touches, end exclusive.
    ///
    /// Removed lines include the newline that goes with them. Where an earlier statement rewrote the place, the span
    /// covers what that one replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<[usize; 2]>,
    /// Index of the statement that asked for it; none where the guard decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<usize>,
    /// How sure the model was, from 0 to 1; the executor leaves it empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
}

impl Edit {
    /// What one normalisation did.
    pub(super) fn normalize(source: &str, target: &str, replaced: Replaced, statement: usize) -> Self {
        let operation = Operation::Normalize {
            lines: [replaced.lines.first, replaced.lines.last],
            source: source.to_owned(),
            target: target.to_owned(),
            count: replaced.count,
        };
        Self { operation, span: Some(replaced.span), statement: Some(statement), confidence: None }
    }

    /// The lines touched; `None` for a whole document.
    #[must_use]
    pub const fn lines(&self) -> Option<LineRange> {
        match self.operation {
            Operation::DropDoc => None,
            Operation::RemoveLines { lines: [first, last] } | Operation::Normalize { lines: [first, last], .. } => {
                Some(LineRange::new(first, last))
            }
        }
    }

    /// What stood there: the removed part of `original`, or the source of the normalisation.
    ///
    /// Cut out on demand, so that an edit over many lines costs no memory.
    #[must_use]
    pub fn before<'a>(&'a self, original: &'a str) -> &'a str {
        match &self.operation {
            Operation::Normalize { source, .. } => source,
            Operation::DropDoc | Operation::RemoveLines { .. } => {
                self.span.and_then(|[start, end]| original.get(start..end)).unwrap_or("")
            }
        }
    }

    /// What stands there now.
    #[must_use]
    pub fn after(&self) -> &str {
        match &self.operation {
            Operation::Normalize { target, .. } => target,
            Operation::DropDoc | Operation::RemoveLines { .. } => "",
        }
    }
}
