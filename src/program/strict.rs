use super::ast::{Position, Program, Statement};
use super::cursor::{Cursor, Fault, Value};
use super::diagnostic::{DiagnosticCode, Diagnostics};
use super::{MAX_PROGRAM_BYTES, MAX_STATEMENTS};

/// A program text as the strict grammar reads it.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The statements that are well formed, in order.
    pub program: Program,
    /// What is wrong with the others, and how many errors that makes.
    pub diagnostics: Diagnostics,
}

impl From<Program> for Parsed {
    /// A program that never was text has no faults.
    fn from(program: Program) -> Self {
        Self { program, diagnostics: Diagnostics::new() }
    }
}

/// Reads a program text by the strict grammar.
///
/// One statement stands on a line, `name(argument, ...)`, with an optional `;` and `# comment`; blank lines, comment
/// lines and one surrounding code fence are allowed. An argument is a whole number of at most nine digits or a string in
/// `"` or `'` with the escapes `\\ \" \' \n \t \r \uXXXX`; it may be named (`line_start=3`), and named arguments follow
/// positional ones. A line that is no statement is left out with an error; a last statement without its end is left out
/// with a warning, because a generation that met its token limit looks like that. Nothing is executed by halves.
///
/// Never fails as a whole, except that a text over [`MAX_PROGRAM_BYTES`] or [`MAX_STATEMENTS`] gives an empty program
/// and an error. Takes time linear in the text.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let mut parser = Parser::default();
    if text.len() > MAX_PROGRAM_BYTES {
        parser.diagnostics.error(
            DiagnosticCode::ProgramTooLarge,
            None,
            format!("the program has {} bytes, more than the limit of {MAX_PROGRAM_BYTES}; nothing of it is read", text.len()),
        );
        return parser.finish();
    }
    let text = text.trim_start_matches('\u{feff}');
    // What follows the last sign is no later statement, so it must not hide that the one before was cut off.
    let text = text.trim_end();
    let line_count = text.split('\n').count();
    for (index, line) in text.split('\n').enumerate() {
        if !parser.line(index + 1, line, index + 1 == line_count) {
            break;
        }
    }
    parser.finish()
}

/// Where the parser stands relative to a code fence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Fence {
    #[default]
    None,
    Open,
    Closed,
}

#[derive(Default)]
struct Parser {
    program: Program,
    diagnostics: Diagnostics,
    fence: Fence,
    /// A statement was tried, well formed or not; no fence may open after it.
    started: bool,
}

impl Parser {
    /// Reads one line; false where reading must stop.
    fn line(&mut self, number: usize, line: &str, is_last: bool) -> bool {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let position = |offset: usize| Some(Position { line: number, column: line[..offset].chars().count() + 1 });
        if content.is_empty() || content.starts_with('#') {
            return true;
        }
        if content.starts_with("```") {
            self.fence(position(indent));
            return true;
        }
        self.started = true;
        if self.fence == Fence::Closed {
            self.diagnostics.error(
                DiagnosticCode::AfterFence,
                position(indent),
                "the program ended with its code fence; this line is left out",
            );
            return true;
        }
        let mut cursor = Cursor::new(line);
        cursor.skip_space();
        match statement(&mut cursor) {
            Ok(statement) => {
                if self.program.len() == MAX_STATEMENTS {
                    self.program = Program::new();
                    self.diagnostics.error(
                        DiagnosticCode::TooManyStatements,
                        position(indent),
                        format!("the program has more than {MAX_STATEMENTS} statements; nothing of it is executed"),
                    );
                    return false;
                }
                let start = Position { line: number, column: line[..indent].chars().count() + 1 };
                self.program.push_at(statement, start);
            }
            Err(fault) if fault.at_end && is_last => self.diagnostics.warning(
                DiagnosticCode::Truncated,
                position(indent),
                "the last statement is cut off and left out; was the limit of new tokens reached?",
            ),
            Err(fault) => self.diagnostics.error(fault.code, position(fault.offset), fault.message),
        }
        true
    }

    fn fence(&mut self, position: Option<Position>) {
        match self.fence {
            Fence::None if !self.started => self.fence = Fence::Open,
            Fence::Open => self.fence = Fence::Closed,
            Fence::None | Fence::Closed => self.diagnostics.warning(
                DiagnosticCode::StrayFence,
                position,
                "this code fence does not surround the program; it is ignored",
            ),
        }
    }

    fn finish(self) -> Parsed {
        Parsed { program: self.program, diagnostics: self.diagnostics }
    }
}

/// The functions of the language, under all their names.
const FUNCTIONS: [(&str, Function); 7] = [
    ("remove_lines", Function::RemoveLines),
    ("normalize", Function::Normalize),
    ("keep_chunk", Function::KeepChunk),
    ("skip_chunk", Function::KeepChunk),
    ("untouch_doc", Function::KeepChunk),
    ("keep_doc", Function::KeepDoc),
    ("drop_doc", Function::DropDoc),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    RemoveLines,
    Normalize,
    KeepChunk,
    KeepDoc,
    DropDoc,
}

impl Function {
    fn named(name: &str) -> Option<Self> {
        FUNCTIONS.iter().find(|(known, _)| *known == name).map(|&(_, function)| function)
    }

    /// The names of each argument in positional order, the canonical one first.
    const fn parameters(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::RemoveLines => &[&["line_start", "start"], &["line_end", "end"]],
            Self::Normalize => &[&["source_str"], &["target_str"]],
            Self::KeepChunk | Self::KeepDoc | Self::DropDoc => &[],
        }
    }
}

fn statement(cursor: &mut Cursor<'_>) -> Result<Statement, Fault> {
    let start = cursor.offset();
    let name = cursor.identifier();
    if name.is_empty() {
        return Err(cursor.fault(DiagnosticCode::UnexpectedText, "expected the name of a function"));
    }
    let ends_in_name = cursor.rest().trim().is_empty();
    let Some(function) = Function::named(name) else {
        let known = FUNCTIONS.map(|(known, _)| known);
        return Err(Fault {
            code: DiagnosticCode::UnknownFunction,
            message: format!("no such function; there are {}", known.join(", ")),
            offset: start,
            at_end: ends_in_name && known.iter().any(|known| known.starts_with(name)),
        });
    };
    cursor.skip_space();
    if !cursor.eat('(') {
        return Err(cursor.fault(DiagnosticCode::MissingParenthesis, format!("expected ( after {name}")));
    }
    let arguments = arguments(cursor, function)?;
    cursor.skip_space();
    cursor.eat(';');
    cursor.skip_space();
    if !cursor.rest().is_empty() && !cursor.rest().starts_with('#') {
        return Err(cursor.fault(
            DiagnosticCode::UnexpectedText,
            "something follows the statement; write one statement a line, and comments after #",
        ));
    }
    build(function, arguments, cursor)
}

/// Values in positional order, with the byte offset each stands at.
type Arguments = [Option<(Value, usize)>; 2];

/// Reads what stands between the parentheses, and the closing one.
fn arguments(cursor: &mut Cursor<'_>, function: Function) -> Result<Arguments, Fault> {
    let parameters = function.parameters();
    let mut values: Arguments = [None, None];
    let mut next_positional = Some(0);
    cursor.skip_space();
    if cursor.eat(')') {
        return Ok(values);
    }
    loop {
        cursor.skip_space();
        let start = cursor.offset();
        let slot = match name_of_argument(cursor)? {
            Some(name) => {
                next_positional = None;
                parameters.iter().position(|names| names.contains(&name)).ok_or_else(|| Fault {
                    code: DiagnosticCode::UnknownArgument,
                    message: unknown_argument(name, parameters),
                    offset: start,
                    at_end: false,
                })?
            }
            None => {
                let slot = next_positional
                    .ok_or_else(|| cursor.fault(DiagnosticCode::UnexpectedText, "a positional argument follows a named one"))?;
                next_positional = Some(slot + 1);
                slot
            }
        };
        let at = cursor.offset();
        let value = cursor.value()?;
        let fault = |code, message: String| Fault { code, message, offset: start, at_end: false };
        match values.get_mut(slot).filter(|_| slot < parameters.len()) {
            None => {
                let message = format!("the function takes {} arguments", parameters.len());
                return Err(fault(DiagnosticCode::TooManyArguments, message));
            }
            Some(Some(_)) => {
                return Err(fault(DiagnosticCode::DuplicateArgument, "this argument is given twice".into()));
            }
            Some(empty) => *empty = Some((value, at)),
        }
        cursor.skip_space();
        if cursor.eat(')') {
            return Ok(values);
        }
        if !cursor.eat(',') {
            return Err(cursor.fault(DiagnosticCode::MissingParenthesis, "expected , or ) after the argument"));
        }
    }
}

/// Consumes `name =` if the argument has a name.
fn name_of_argument<'a>(cursor: &mut Cursor<'a>) -> Result<Option<&'a str>, Fault> {
    let name = cursor.identifier();
    if name.is_empty() {
        return Ok(None);
    }
    cursor.skip_space();
    if !cursor.eat('=') {
        return Err(cursor.fault(DiagnosticCode::UnexpectedText, "expected = after the name of the argument; text needs quotes"));
    }
    cursor.skip_space();
    Ok(Some(name))
}

fn unknown_argument(name: &str, parameters: &[&[&str]]) -> String {
    const LONGEST_QUOTED: usize = 32;
    let name = &name[..name.len().min(LONGEST_QUOTED)];
    if parameters.is_empty() {
        return format!("no argument {name}; the function takes none");
    }
    let known: Vec<&str> = parameters.iter().flat_map(|names| names.iter().copied()).collect();
    format!("no argument {name}; there are {}", known.join(", "))
}

fn build(function: Function, [first, second]: Arguments, cursor: &Cursor<'_>) -> Result<Statement, Fault> {
    let missing = |argument: usize| Fault {
        at_end: false,
        ..cursor.fault(
            DiagnosticCode::MissingArgument,
            format!("{} is missing", function.parameters().get(argument).map_or("an argument", |names| names[0])),
        )
    };
    Ok(match function {
        Function::KeepChunk => Statement::KeepChunk,
        Function::KeepDoc => Statement::KeepDoc,
        Function::DropDoc => Statement::DropDoc,
        Function::RemoveLines => Statement::RemoveLines {
            first: line_number(first.ok_or_else(|| missing(0))?)?,
            last: line_number(second.ok_or_else(|| missing(1))?)?,
        },
        Function::Normalize => Statement::Normalize {
            source: string(first.ok_or_else(|| missing(0))?)?,
            target: second.map(string).transpose()?.unwrap_or_default(),
        },
    })
}

fn line_number((value, offset): (Value, usize)) -> Result<usize, Fault> {
    let Value::Number(number) = value else {
        let message = "a line is given by its number, without quotes".into();
        return Err(Fault { code: DiagnosticCode::WrongType, message, offset, at_end: false });
    };
    usize::try_from(number).map_err(|_| Fault {
        code: DiagnosticCode::LineOutOfRange,
        message: format!("there is no line {number}; lines count from 0"),
        offset,
        at_end: false,
    })
}

fn string((value, offset): (Value, usize)) -> Result<String, Fault> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Number(_) => {
            let message = "expected a string; put it in quotes".into();
            Err(Fault { code: DiagnosticCode::WrongType, message, offset, at_end: false })
        }
    }
}

#[cfg(test)]
#[path = "strict_tests.rs"]
mod tests;
