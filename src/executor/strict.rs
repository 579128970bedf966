use super::change::Changes;
use super::decimal::Decimal;
use super::edit::Edit;
use super::error::ExecuteError;
use super::execution::{DropReason, Execution, merged_ranges};
use super::measure::{character_count, has_at_most_words};
use super::options::{ExecuteOptions, Level};
use super::removal::{Claims, Run, remove};
use super::replacer::{Budget, Normalisation, Outcome, Refused, replace_all};
use crate::document::{Document, LineRange};
use crate::program::{DiagnosticCode, Diagnostics, Parsed, Position, Program, Statement};

/// With [`ExecuteOptions::drop_short`], documents of so many words go.
const SHORT_WORDS: usize = 10;

/// A program and the lines it may touch.
#[derive(Debug, Clone)]
pub struct ChunkProgram {
    /// The lines of the chunk it was written for.
    pub lines: LineRange,
    /// The program, with what its parser had to say.
    pub parsed: Parsed,
}

/// Applies a program that never was text, by the rules of strict mode.
///
/// The program touches the lines of [`ExecuteOptions::scope`]. [`ExecuteOptions::mode`] is not looked at.
///
/// # Errors
///
/// Where the options make no sense.
pub fn execute_program(document: &Document<'_>, program: &Program, options: &ExecuteOptions) -> Result<Execution, ExecuteError> {
    execute_parsed(document, Parsed::from(program.clone()), options)
}

/// Applies the programs of several chunks of one document in one pass, by the rules of strict mode.
///
/// Each chunk has an error budget of its own, so that a bad program voids only its own edits; the shares left are
/// judged for the whole document. [`Edit::statement`] counts through the programs in order. The options `mode`, `level`
/// and `scope` are not looked at.
///
/// # Errors
///
/// Where the options make no sense, or chunks do not exist, overlap or stand in the wrong order.
pub fn execute_chunks(
    document: &Document<'_>,
    chunks: &[ChunkProgram],
    options: &ExecuteOptions,
) -> Result<Execution, ExecuteError> {
    options.check()?;
    let mut previous: Option<LineRange> = None;
    for chunk in chunks {
        check_scope(document, chunk.lines)?;
        if let Some(LineRange { last: after, .. }) = previous.filter(|previous| chunk.lines.first <= previous.last) {
            return Err(ExecuteError::ChunkOrder { chunk: chunk.lines, after });
        }
        previous = Some(chunk.lines);
    }
    let mut session = Session::new(document, options);
    for (index, chunk) in chunks.iter().enumerate() {
        session.diagnostics.set_chunk(Some(index));
        session.chunk(chunk.lines, &chunk.parsed.program, chunk.parsed.diagnostics.clone());
    }
    session.diagnostics.set_chunk(None);
    Ok(session.finish())
}

/// Applies one program with what its parser had to say.
pub(super) fn execute_parsed(
    document: &Document<'_>,
    parsed: Parsed,
    options: &ExecuteOptions,
) -> Result<Execution, ExecuteError> {
    options.check()?;
    let scope = options.scope.unwrap_or_else(|| document.all_lines());
    check_scope(document, scope)?;
    let mut session = Session::new(document, options);
    match options.level {
        Level::Chunk => session.chunk(scope, &parsed.program, parsed.diagnostics),
        Level::Doc => session.verdict_only(&parsed.program, parsed.diagnostics),
    }
    Ok(session.finish())
}

fn check_scope(document: &Document<'_>, scope: LineRange) -> Result<(), ExecuteError> {
    if scope.first > scope.last || scope.last >= document.line_count() {
        return Err(ExecuteError::Scope { scope, line_count: document.line_count() });
    }
    Ok(())
}

/// What the programs of one document have led to so far.
struct Session<'d, 't> {
    document: &'d Document<'t>,
    options: &'d ExecuteOptions,
    diagnostics: Diagnostics,
    budget: Budget,
    /// Statements of the programs before.
    statements_before: usize,
    /// The statement that drops the document.
    dropped_by: Option<usize>,
    removed: Vec<Run>,
    replacements: Changes,
    edits: Vec<Edit>,
}

/// What one program asks for, as far as it makes sense.
struct Plan<'p> {
    removed: Vec<Run>,
    normalisations: Vec<(Normalisation<'p>, Origin)>,
    dropped_by: Option<usize>,
}

/// Where a normalisation comes from.
#[derive(Clone, Copy)]
struct Origin {
    statement: usize,
    position: Position,
}

/// After so many normalisations that each make the text too long, all those that could are left out.
const MAX_REFUSED: usize = 8;

impl<'d, 't> Session<'d, 't> {
    fn new(document: &'d Document<'t>, options: &'d ExecuteOptions) -> Self {
        Self {
            document,
            options,
            diagnostics: Diagnostics::new(),
            budget: Budget::new(options.max_growth_bytes, document.text().len()),
            statements_before: 0,
            dropped_by: None,
            removed: Vec::new(),
            replacements: Changes::new(),
            edits: Vec::new(),
        }
    }

    /// Takes over the edits of one program, all or none.
    fn chunk(&mut self, scope: LineRange, program: &Program, parsing: Diagnostics) {
        let errors_before = self.diagnostics.errors();
        self.diagnostics.append(parsing);
        let plan = self.plan(scope, program);
        self.statements_before += program.len();
        if self.is_rejected(errors_before) {
            return;
        }
        let growth_before = self.budget.growth;
        let (replacements, edits) = self.normalise(scope, &plan);
        // A normalisation can still turn out to be an error.
        if self.is_rejected(errors_before) {
            self.budget.growth = growth_before;
            return;
        }
        self.dropped_by = self.dropped_by.or(plan.dropped_by);
        self.removed.extend(plan.removed);
        self.replacements = std::mem::take(&mut self.replacements).merge(replacements);
        self.edits.extend(edits);
    }

    /// A program of a document refiner: only its first statement counts.
    fn verdict_only(&mut self, program: &Program, parsing: Diagnostics) {
        let errors_before = self.diagnostics.errors();
        self.diagnostics.append(parsing);
        let mut statements = program.statements().iter();
        let first = statements.next();
        let verdict = first.map(|at| &at.statement);
        if !matches!(verdict, Some(Statement::DropDoc | Statement::KeepDoc)) {
            self.diagnostics.warning(
                DiagnosticCode::NoVerdict,
                first.map(|at| at.position),
                "the program does not begin with drop_doc() or keep_doc(); the document is kept",
            );
        }
        for at in statements {
            self.diagnostics.warning(
                DiagnosticCode::IgnoredAtDocumentLevel,
                Some(at.position),
                "only the first statement counts at document level",
            );
        }
        if !self.is_rejected(errors_before) && verdict == Some(&Statement::DropDoc) {
            self.dropped_by = Some(0);
        }
    }

    /// Checks each statement.
    fn plan<'p>(&mut self, scope: LineRange, program: &'p Program) -> Plan<'p> {
        let mut claims = Claims::new(scope);
        let mut normalisations = Vec::new();
        let mut verdict: Option<(&Statement, usize)> = None;
        for (index, at) in program.statements().iter().enumerate() {
            let statement = self.statements_before + index;
            match &at.statement {
                Statement::KeepChunk => {}
                Statement::RemoveLines { first, last } => {
                    let lines = LineRange::new(*first, *last);
                    if self.are_removable(lines, scope, at.position) && !claims.claim(lines, statement) {
                        self.diagnostics.info(
                            DiagnosticCode::AlreadyRemoved,
                            Some(at.position),
                            format!("lines {lines} are already removed by statements before"),
                        );
                    }
                }
                Statement::Normalize { source, target } => {
                    if self.is_replaceable(source, target, at.position) {
                        let origin = Origin { statement, position: at.position };
                        normalisations.push((Normalisation { source, target }, origin));
                    }
                }
                Statement::DropDoc if scope != self.document.all_lines() => self.diagnostics.error(
                    DiagnosticCode::OutsideScope,
                    Some(at.position),
                    format!("the program is for lines {scope} and cannot drop the whole document"),
                ),
                given @ (Statement::DropDoc | Statement::KeepDoc) => match verdict {
                    Some((first, _)) if first != given => self.diagnostics.warning(
                        DiagnosticCode::ConflictingVerdict,
                        Some(at.position),
                        format!("{first} came before and counts"),
                    ),
                    Some(_) => {}
                    None => verdict = Some((given, statement)),
                },
            }
        }
        let dropped_by = verdict.filter(|(given, _)| **given == Statement::DropDoc).map(|(_, statement)| statement);
        Plan { removed: claims.into_runs(), normalisations, dropped_by }
    }

    fn are_removable(&mut self, lines: LineRange, scope: LineRange, position: Position) -> bool {
        let line_count = self.document.line_count();
        let (code, message) = if lines.last < lines.first {
            (DiagnosticCode::ReversedRange, format!("line {} stands before line {}", lines.last, lines.first))
        } else if lines.last >= line_count {
            let message = format!("there is no line {}; the document has lines 0 to {}", lines.last, line_count - 1);
            (DiagnosticCode::LineOutOfRange, message)
        } else if lines.first < scope.first || lines.last > scope.last {
            (DiagnosticCode::OutsideScope, format!("lines {lines} are not all among lines {scope} of the program"))
        } else {
            return true;
        };
        self.diagnostics.error(code, Some(position), message);
        false
    }

    fn is_replaceable(&mut self, source: &str, target: &str, position: Position) -> bool {
        if source.trim().is_empty() {
            let message = "the source is empty or only white space, which stands everywhere";
            self.diagnostics.error(DiagnosticCode::EmptySource, Some(position), message);
        } else if source.contains('\n') || target.contains('\n') {
            let message = "source and target must not hold newlines, which would shift the line numbers";
            self.diagnostics.error(DiagnosticCode::NewlineInString, Some(position), message);
        } else if source == target {
            self.diagnostics.warning(DiagnosticCode::NoChange, Some(position), "source and target are the same");
        } else {
            return true;
        }
        false
    }

    /// Carries out the normalisations of a plan in the lines that stay.
    fn normalise(&mut self, scope: LineRange, plan: &Plan<'_>) -> (Changes, Vec<Edit>) {
        let limited = Some(scope).filter(|&scope| scope != self.document.all_lines());
        let (mut normalisations, mut origins): (Vec<_>, Vec<_>) = plan.normalisations.iter().copied().unzip();
        let growth_before = self.budget.growth;
        let mut refused = 0;
        while !normalisations.is_empty() {
            self.budget.growth = growth_before;
            match replace_all(self.document, scope, &plan.removed, &normalisations, &mut self.budget) {
                Ok(Outcome { changes, replaced }) => {
                    let mut edits = Vec::with_capacity(replaced.len());
                    for ((replaced, &Normalisation { source, target }), origin) in
                        replaced.into_iter().zip(&normalisations).zip(origins)
                    {
                        match replaced {
                            Some(replaced) => {
                                edits.push(Edit::normalize(source, target, replaced, limited, Some(origin.statement)));
                            }
                            None => self.diagnostics.warning(
                                DiagnosticCode::SourceNotFound,
                                Some(origin.position),
                                "the source does not occur in the lines that stay",
                            ),
                        }
                    }
                    return (changes, edits);
                }
                Err(Refused::Growth { normalisation, growth, limit }) => {
                    self.diagnostics.error(
                        DiagnosticCode::GrowthLimit,
                        Some(origins[normalisation].position),
                        format!("the text would grow by {growth} bytes or more, and the limit is {limit}"),
                    );
                    refused += 1;
                    if refused < MAX_REFUSED {
                        normalisations.remove(normalisation);
                        origins.remove(normalisation);
                    } else {
                        (normalisations, origins) = normalisations
                            .into_iter()
                            .zip(origins)
                            .filter(|(pair, _)| pair.target.len() <= pair.source.len())
                            .unzip();
                    }
                }
                Err(Refused::Work { limit }) => {
                    self.diagnostics.error(
                        DiagnosticCode::WorkLimit,
                        Some(origins[0].position),
                        format!("the normalisations take more than {limit} steps of work, and all are left out"),
                    );
                    break;
                }
            }
        }
        self.budget.growth = growth_before;
        (Changes::new(), Vec::new())
    }

    /// Whether the program whose first error came after `errors_before` others has too many.
    fn is_rejected(&mut self, errors_before: usize) -> bool {
        let errors = self.diagnostics.errors() - errors_before;
        let limit = self.options.error_op;
        if errors < limit {
            return false;
        }
        self.diagnostics.warning(
            DiagnosticCode::ProgramRejected,
            None,
            format!("the program has {errors} errors and is rejected from {limit} on; it changes nothing"),
        );
        true
    }

    /// Puts the parts together and looks at what is left.
    fn finish(mut self) -> Execution {
        let text = self.document.text();
        if text.trim().is_empty() {
            let message = "the document holds nothing but white space";
            self.diagnostics.info(DiagnosticCode::EmptyDocument, None, message);
            return self.dropped(DropReason::Empty);
        }
        if self.dropped_by.is_some() {
            return self.dropped(DropReason::Program);
        }
        let (removals, removal_edits) = remove(self.document, &self.removed);
        let changes = removals.merge(std::mem::take(&mut self.replacements));
        if let Some(reason) = self.guard(&changes) {
            match reason {
                Guarded::Drop(reason) => return self.dropped(reason),
                Guarded::Discard => return self.finish_with(Changes::new(), Vec::new(), Vec::new()),
            }
        }
        let mut edits = removal_edits;
        edits.append(&mut self.edits);
        // Stable, so that the parts of one statement stay in the order of the lines.
        edits.sort_by_key(|edit| edit.statement);
        let removed = merged_ranges(self.removed.iter().map(|run| run.lines));
        self.finish_with(changes, edits, removed)
    }

    /// Looks at the share of the document that `changes` leave.
    fn guard(&mut self, changes: &Changes) -> Option<Guarded> {
        // A program that changes nothing, be it rejected, cannot make the document go.
        if changes.is_empty() {
            return None;
        }
        let text = self.document.text();
        let total = character_count(text);
        let lost: usize = changes.iter().map(|change| character_count(&text[change.span[0]..change.span[1]])).sum();
        let gained: usize = changes.iter().map(|change| character_count(change.after)).sum();
        let left = total - lost + gained;
        let share = left as f64 / total as f64;
        let counts = format!("{left} of {total} characters would be left");
        if share <= 1.0 - self.options.threshold_2 {
            let message = format!("{counts}, a share of {} at most 1 - {}", Decimal(share), Decimal(self.options.threshold_2));
            self.diagnostics.warning(DiagnosticCode::TooLittleLeft, None, message);
            return Some(Guarded::Drop(DropReason::TooLittleLeft));
        }
        if share < self.options.threshold_1 {
            let message = format!("{counts}, a share of {} below {}", Decimal(share), Decimal(self.options.threshold_1));
            self.diagnostics.warning(DiagnosticCode::EditsDiscarded, None, message);
            return Some(Guarded::Discard);
        }
        None
    }

    fn finish_with(mut self, changes: Changes, edits: Vec<Edit>, removed: Vec<[i128; 2]>) -> Execution {
        let original = self.document.text();
        // Changes made here are in order and on character boundaries, so this always is `Some`.
        let text = changes.apply(original).unwrap_or_else(|| original.to_owned());
        if self.options.drop_short && has_at_most_words(&text, SHORT_WORDS) {
            let message = format!("no more than {SHORT_WORDS} words are left");
            self.diagnostics.warning(DiagnosticCode::TooShort, None, message);
            return self.dropped(DropReason::TooShort);
        }
        let errors = self.diagnostics.errors();
        let diagnostics = self.diagnostics.into_vec();
        Execution { text, kept: true, errors, removed, edits, changes, diagnostics, drop_reason: None }
    }

    fn dropped(self, reason: DropReason) -> Execution {
        let statement = self.dropped_by.filter(|_| reason == DropReason::Program);
        let errors = self.diagnostics.errors();
        Execution::dropped(self.document.text(), reason, statement, errors, self.diagnostics.into_vec())
    }
}

/// What becomes of a document of which too little would be left.
enum Guarded {
    Drop(DropReason),
    Discard,
}
