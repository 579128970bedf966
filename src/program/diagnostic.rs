use serde::Serialize;

use super::ast::Position;

/// Most diagnostics that are kept; one more tells how many were left out. Errors are counted all the same.
pub const MAX_DIAGNOSTICS: usize = 1000;

/// How grave a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing, nothing is wrong.
    Info,
    /// Suspicious; does not count against the program.
    Warning,
    /// The statement was not applied and counts against the error budget.
    Error,
}

/// What a [`Diagnostic`] is about. The kebab-case names are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DiagnosticCode {
    /// The program text exceeds [`MAX_PROGRAM_BYTES`](super::MAX_PROGRAM_BYTES).
    ProgramTooLarge,
    /// The program exceeds [`MAX_STATEMENTS`](super::MAX_STATEMENTS).
    TooManyStatements,
    /// Something else stands where the grammar wants a certain sign.
    UnexpectedText,
    /// The function is not part of the language.
    UnknownFunction,
    /// `(` or `)` is missing.
    MissingParenthesis,
    /// A number is not a plain decimal of at most nine digits.
    BadNumber,
    /// A string has no closing quote.
    UnterminatedString,
    /// A backslash is followed by something that is no escape.
    BadEscape,
    /// The function has no argument of that name.
    UnknownArgument,
    /// An argument is given twice.
    DuplicateArgument,
    /// An argument is missing.
    MissingArgument,
    /// There are more arguments than the function takes.
    TooManyArguments,
    /// A number stands where a string belongs, or the other way round.
    WrongType,
    /// The last statement was cut off, as at the token limit of a generation; it is skipped.
    Truncated,
    /// A code fence has no partner or stands inside the program.
    StrayFence,
    /// A statement follows the closing code fence.
    AfterFence,
    /// Official mode: the line is no operation and is ignored.
    IgnoredLine,
    /// Official mode: the arguments cannot be read.
    BadArguments,
    /// A line number is negative or beyond the last line.
    LineOutOfRange,
    /// The last line stands before the first.
    ReversedRange,
    /// The statement reaches outside the lines its program may touch.
    OutsideScope,
    /// All these lines are already removed by earlier statements.
    AlreadyRemoved,
    /// The source of a normalisation is empty or only white space.
    EmptySource,
    /// The source or target of a normalisation holds a newline, which would shift the line numbers.
    NewlineInString,
    /// Source and target of a normalisation are the same.
    NoChange,
    /// The source of a normalisation does not occur in the lines that stay.
    SourceNotFound,
    /// A normalisation would let the text grow beyond the limit.
    GrowthLimit,
    /// The normalisations would take more work than the limit allows.
    WorkLimit,
    /// Both `drop_doc()` and `keep_doc()` are given; the first counts.
    ConflictingVerdict,
    /// A program at document level does not begin with `drop_doc()` or `keep_doc()`; the document is kept.
    NoVerdict,
    /// A statement has no effect at document level.
    IgnoredAtDocumentLevel,
    /// The program has too many errors; none of its edits is applied.
    ProgramRejected,
    /// So little would be left that the document is dropped.
    TooLittleLeft,
    /// Less than `threshold_1` would be left, so the original text is returned.
    EditsDiscarded,
    /// The document is dropped for its length.
    TooShort,
    /// The document holds nothing but white space.
    EmptyDocument,
    /// More diagnostics were made than are kept.
    MoreDiagnostics,
}

/// Something the author of a program, or of a model, may want to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What it is about, for programs.
    pub code: DiagnosticCode,
    /// What it is about and what to do, for people.
    pub message: String,
    /// Line of the program text, from 1; 0 where the whole program is meant.
    pub line: usize,
    /// Column in that line in characters, from 1; 0 where the whole program is meant.
    pub column: usize,
    /// Index of the chunk whose program is meant, where several programs were executed together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<usize>,
}

/// Collects diagnostics, keeping at most [`MAX_DIAGNOSTICS`] while it goes on counting errors.
#[derive(Debug, Clone, Default)]
pub struct Diagnostics {
    kept: Vec<Diagnostic>,
    left_out: usize,
    errors: usize,
    chunk: Option<usize>,
}

impl Diagnostics {
    /// An empty collection.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes an error at `position`.
    pub fn error(&mut self, code: DiagnosticCode, position: Option<Position>, message: impl Into<String>) {
        self.errors += 1;
        self.push(Severity::Error, code, position, message);
    }

    /// Notes a warning at `position`.
    pub fn warning(&mut self, code: DiagnosticCode, position: Option<Position>, message: impl Into<String>) {
        self.push(Severity::Warning, code, position, message);
    }

    /// Notes a fact at `position`.
    pub fn info(&mut self, code: DiagnosticCode, position: Option<Position>, message: impl Into<String>) {
        self.push(Severity::Info, code, position, message);
    }

    /// How many errors were noted, kept or not.
    #[must_use]
    pub const fn errors(&self) -> usize {
        self.errors
    }

    /// Names the chunk that the next diagnostics are about.
    pub const fn set_chunk(&mut self, chunk: Option<usize>) {
        self.chunk = chunk;
    }

    /// The diagnostics kept so far.
    #[must_use]
    pub fn as_slice(&self) -> &[Diagnostic] {
        &self.kept
    }

    /// Takes over what `other` collected, with its counts.
    pub fn append(&mut self, other: Self) {
        self.errors += other.errors;
        self.left_out += other.left_out;
        for mut diagnostic in other.kept {
            diagnostic.chunk = diagnostic.chunk.or(self.chunk);
            self.keep(diagnostic);
        }
    }

    /// The diagnostics, the last of which tells how many were left out, if any were.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<Diagnostic> {
        if self.left_out > 0 {
            self.kept.push(Diagnostic {
                severity: Severity::Info,
                code: DiagnosticCode::MoreDiagnostics,
                message: format!("{} more diagnostics were left out; {MAX_DIAGNOSTICS} are kept", self.left_out),
                line: 0,
                column: 0,
                chunk: None,
            });
        }
        self.kept
    }

    fn push(&mut self, severity: Severity, code: DiagnosticCode, position: Option<Position>, message: impl Into<String>) {
        let (line, column) = position.map_or((0, 0), |position| (position.line, position.column));
        self.keep(Diagnostic { severity, code, message: message.into(), line, column, chunk: self.chunk });
    }

    fn keep(&mut self, diagnostic: Diagnostic) {
        if self.kept.len() < MAX_DIAGNOSTICS {
            self.kept.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn diagnostics_are_bounded_but_errors_are_counted() {
        let mut diagnostics = Diagnostics::new();
        for _ in 0..MAX_DIAGNOSTICS + 5 {
            diagnostics.error(DiagnosticCode::BadNumber, None, "x");
        }
        assert_eq!(diagnostics.errors(), MAX_DIAGNOSTICS + 5);
        let kept = diagnostics.into_vec();
        assert_eq!(kept.len(), MAX_DIAGNOSTICS + 1);
        assert!(kept[MAX_DIAGNOSTICS].message.starts_with("5 more"));
    }
}
