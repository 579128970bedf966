use serde::{Deserialize, Serialize};

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
        /// The lines its program may touch, where these are not all.
        #[serde(skip_serializing_if = "Option::is_none")]
        scope: Option<[usize; 2]>,
    },
}

/// One edit, done because of one statement.
///
/// Deserializes from what it serializes to; of that, `op`, `lines` and for a normalisation `source` and `target` must be
/// there, and what is unknown is passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "FlatEdit")]
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
    pub(super) fn normalize(
        source: &str,
        target: &str,
        replaced: Replaced,
        scope: Option<LineRange>,
        statement: Option<usize>,
    ) -> Self {
        let operation = Operation::Normalize {
            lines: [replaced.lines.first, replaced.lines.last],
            source: source.to_owned(),
            target: target.to_owned(),
            count: replaced.count,
            scope: scope.map(|scope| [scope.first, scope.last]),
        };
        Self { operation, span: Some(replaced.span), statement, confidence: None }
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

/// An edit as it stands in JSON.
#[derive(Deserialize)]
struct FlatEdit {
    op: Op,
    lines: Option<[usize; 2]>,
    source: Option<String>,
    target: Option<String>,
    #[serde(default)]
    count: usize,
    scope: Option<[usize; 2]>,
    span: Option<[usize; 2]>,
    statement: Option<usize>,
    confidence: Option<f32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Op {
    DropDoc,
    RemoveLines,
    Normalize,
}

impl TryFrom<FlatEdit> for Edit {
    type Error = &'static str;

    fn try_from(flat: FlatEdit) -> Result<Self, Self::Error> {
        let lines = flat.lines.ok_or("the edit has no lines");
        let operation = match flat.op {
            Op::DropDoc => Operation::DropDoc,
            Op::RemoveLines => Operation::RemoveLines { lines: lines? },
            Op::Normalize => Operation::Normalize {
                lines: lines?,
                source: flat.source.ok_or("the normalisation has no source")?,
                target: flat.target.ok_or("the normalisation has no target")?,
                count: flat.count,
                scope: flat.scope,
            },
        };
        Ok(Self { operation, span: flat.span, statement: flat.statement, confidence: flat.confidence })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_come_back_from_json() {
        let operations = [
            Operation::DropDoc,
            Operation::RemoveLines { lines: [1, 2] },
            Operation::Normalize { lines: [0, 9], source: "a".into(), target: String::new(), count: 3, scope: Some([0, 20]) },
        ];
        for operation in operations {
            let edit = Edit { operation, span: Some([3, 4]), statement: Some(2), confidence: Some(0.5) };
            let json = serde_json::to_string(&edit).expect("plain data");
            assert_eq!(serde_json::from_str::<Edit>(&json).expect("the same"), edit);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = |json: &str| serde_json::from_str::<Edit>(json).expect_err("incomplete").to_string();
        assert!(error(r#"{"op":"remove_lines"}"#).contains("no lines"));
        assert!(error(r#"{"op":"normalize","lines":[0,0],"source":"a"}"#).contains("no target"));
        assert!(error(r#"{"op":"rewrite"}"#).contains("rewrite"));
        assert!(serde_json::from_str::<Edit>(r#"{"op":"drop_doc","before":"x"}"#).is_ok());
    }
}
