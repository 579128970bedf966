/// One statement of the language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `drop_doc()`: the document goes.
    DropDoc,
    /// `keep_doc()`: the document stays.
    KeepDoc,
    /// `keep_chunk()`, also written `skip_chunk()` and `untouch_doc()`: nothing to edit here.
    KeepChunk,
    /// `remove_lines(line_start=first, line_end=last)`: these lines go.
    RemoveLines {
        /// First line, 0-based. The grammar reads at most nine digits.
        first: usize,
        /// Last line, inclusive.
        last: usize,
    },
    /// `normalize(source_str="..", target_str="..")`: every `source` becomes `target`.
    Normalize {
        /// The string to look for, literally.
        source: String,
        /// What takes its place.
        target: String,
    },
}

/// A place in the text of a program; lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line of the program text.
    pub line: usize,
    /// Column in that line.
    pub column: usize,
}

/// A statement and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementAt {
    /// The statement.
    pub statement: Statement,
    /// Where it starts in the program text.
    pub position: Position,
}

/// Statements in the order they apply.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Program {
    statements: Vec<StatementAt>,
}

impl Program {
    /// An empty program, which changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { statements: Vec::new() }
    }

    /// Adds a statement that has no text; its position is the line it will be printed on.
    pub fn push(&mut self, statement: Statement) {
        let position = Position { line: self.statements.len() + 1, column: 1 };
        self.push_at(statement, position);
    }

    /// Adds a statement that stands at `position` of a program text.
    pub fn push_at(&mut self, statement: Statement, position: Position) {
        self.statements.push(StatementAt { statement, position });
    }

    /// The statements with their positions.
    #[must_use]
    pub fn statements(&self) -> &[StatementAt] {
        &self.statements
    }

    /// The statements alone.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Statement> + '_ {
        self.statements.iter().map(|at| &at.statement)
    }

    /// How many statements there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
}

impl FromIterator<Statement> for Program {
    fn from_iter<I: IntoIterator<Item = Statement>>(statements: I) -> Self {
        let mut program = Self::new();
        for statement in statements {
            program.push(statement);
        }
        program
    }
}
