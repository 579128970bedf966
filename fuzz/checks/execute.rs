use prox_wasm::document::{Document, LineRange};
use prox_wasm::executor::{
    ChunkProgram, DropReason, Edit, ExecuteError, ExecuteOptions, Execution, Level, Mode, Operation, apply_edits, execute as run,
    execute_chunks, execute_program, undo,
};
use prox_wasm::program::{DiagnosticCode, MAX_DIAGNOSTICS, Program, Statement, official, parse};

use super::input::{Input, MAX_BYTES, grown};
use super::meter::Meter;

/// Ends the program and begins the text.
const END: char = '\0';

/// Above so many bytes times statements the plain means take too long to compare with.
const PLAIN_WORK: usize = 1 << 23;

/// The executor in both modes, at both levels and for several chunks: the result is one text, told in several ways.
pub fn execute(input: &[u8], meter: &mut Meter) {
    let mut input = Input::new(input);
    let (how_program, how_text, share, kind) = (input.byte(), input.byte(), input.byte(), input.byte());
    let options = ExecuteOptions {
        mode: if kind & 3 == 1 { Mode::Official } else { Mode::Strict },
        level: if kind & 4 == 0 { Level::Chunk } else { Level::Doc },
        threshold_1: threshold(input.byte(), 0.0),
        threshold_2: threshold(input.byte(), 0.95),
        error_op: errors(input.byte()),
        max_growth_bytes: growth(input.byte()),
        drop_short: kind & 8 != 0,
        scope: None,
    };
    let (first, last, parts) = (input.byte(), input.byte(), input.byte());
    // Of eight edits in a row the same are undone; none for 0, which all older inputs have.
    let undone = parts >> 3;
    let rest = input.text();
    let (program, text) = rest.split_once(END).unwrap_or((&rest, ""));
    let program = grown(program, how_program, MAX_BYTES * usize::from(share) / usize::from(u8::MAX));
    let text = grown(text, how_text, MAX_BYTES - program.len());

    let document = Document::new(&text);
    let line = |setting: u8| document.line_count() * usize::from(setting) / usize::from(u8::MAX);
    let scope = (kind & 16 != 0).then(|| LineRange::new(line(first), line(last)));
    let options = ExecuteOptions { scope, ..options };
    let scope = scope.unwrap_or_else(|| document.all_lines());
    let case = Case { document: &document, options: &options, is_one_program: true };
    let result = match kind & 3 {
        0 => {
            let result = meter.call(|| run(&text, &program, &options));
            case.check(result, || vec![(scope, plain_strict(&parse(&program).program))])
        }
        1 => {
            let result = meter.call(|| run(&text, &program, &options));
            case.check(result, || vec![(document.all_lines(), plain_official(&program, document.line_count()))])
        }
        2 => {
            let program = parse(&program).program;
            let result = meter.call(|| execute_program(&document, &program, &options));
            case.check(result, || vec![(scope, plain_strict(&program))])
        }
        _ => {
            let options = ExecuteOptions { level: Level::Chunk, scope: None, ..options };
            let case = Case { document: &document, options: &options, is_one_program: false };
            let chunks = chunks(&program, document.line_count(), usize::from(parts & 7) + 1);
            let result = meter.call(|| execute_chunks(&document, &chunks, &options));
            case.check(result, || chunks.iter().map(|chunk| (chunk.lines, plain_strict(&chunk.parsed.program))).collect())
        }
    };
    if let Some(execution) = result {
        case.check_undo(&execution, undone, meter);
    }
}

/// The default for 0, then odd ones, then those that mean something.
fn threshold(setting: u8, default: f64) -> f64 {
    const ODD: [f64; 8] = [0.0, 1.0, 2.0, -1.0, -0.0, 1e-300, f64::NAN, f64::INFINITY];
    match setting {
        0 => default,
        1..=8 => ODD[usize::from(setting) - 1],
        _ => f64::from(setting) / 250.0,
    }
}

const fn errors(setting: u8) -> usize {
    match setting {
        0 => 2,
        1 => 0,
        2 => 1,
        255 => usize::MAX,
        _ => setting as usize,
    }
}

/// At most the default: who allows a text to become larger than [`MAX_HEAP`](super::meter::MAX_HEAP) gets it.
fn growth(setting: u8) -> usize {
    match setting {
        0 => ExecuteOptions::default().max_growth_bytes,
        1 => 0,
        2..=23 => 1 << (setting - 1),
        _ => usize::from(setting),
    }
}

/// The program cut into so many parts at newlines, and the lines evenly.
fn chunks(program: &str, line_count: usize, count: usize) -> Vec<ChunkProgram> {
    let count = count.min(line_count);
    let mut rest = program;
    let parts = (0..count).map(|part| {
        let (text, after) = if part + 1 == count {
            (rest, "")
        } else {
            let cut = rest.floor_char_boundary(rest.len() / (count - part));
            rest.split_at(rest[cut..].find('\n').map_or(rest.len(), |newline| cut + newline))
        };
        rest = after;
        let lines = LineRange::new(line_count * part / count, line_count * (part + 1) / count - 1);
        ChunkProgram { lines, parsed: parse(text) }
    });
    parts.collect()
}

struct Case<'a> {
    document: &'a Document<'a>,
    options: &'a ExecuteOptions,
    /// The error budget is that of the whole execution.
    is_one_program: bool,
}

impl Case<'_> {
    /// `plain` gives what the programs ask for in the lines they may touch. Returns the execution, if there is one.
    fn check(
        &self,
        result: Result<Execution, ExecuteError>,
        plain: impl FnOnce() -> Vec<(LineRange, Vec<Plain>)>,
    ) -> Option<Execution> {
        match result {
            Ok(execution) => {
                self.check_execution(&execution, plain);
                Some(execution)
            }
            Err(error) => {
                self.check_error(&error);
                None
            }
        }
    }

    fn check_execution(&self, execution: &Execution, plain: impl FnOnce() -> Vec<(LineRange, Vec<Plain>)>) {
        let original = self.document.text();
        assert!(execution.diagnostics.len() <= MAX_DIAGNOSTICS + 1);
        assert_eq!(execution.kept, execution.drop_reason.is_none());
        execution.edits.iter().for_each(|edit| self.check_edit(edit));
        assert!(execution.edits.is_sorted_by_key(|edit| edit.statement));
        if self.options.mode == Mode::Strict {
            self.check_removed(&execution.removed);
        }
        let counts_errors = self.is_one_program && (self.options.mode, self.options.level) != (Mode::Official, Level::Doc);
        if counts_errors && execution.errors >= self.options.error_op {
            let is_untouched = execution.text == original;
            let is_blank_or_short = matches!(execution.drop_reason, Some(DropReason::Empty | DropReason::TooShort));
            assert!(is_untouched || is_blank_or_short, "a program with too many errors changes nothing");
        }
        if !execution.kept {
            let operations: Vec<&Operation> = execution.edits.iter().map(|edit| &edit.operation).collect();
            assert_eq!((execution.text.as_str(), operations.as_slice()), ("", [&Operation::DropDoc].as_slice()));
            assert!(changes_lead_from(original, execution, original), "a dropped document has no changes");
            return;
        }
        assert!(changes_lead_from(original, execution, &execution.text));
        assert!(execution.text.len() <= original.len() + self.options.max_growth_bytes);
        assert!(!execution.edits.is_empty() || execution.text == original, "nothing changes without an edit");
        if self.options.level == Level::Doc {
            assert_eq!(execution.text, original);
            return;
        }
        let told: Vec<Plain> = execution.edits.iter().map(Plain::of_edit).collect();
        self.check_plainly(&execution.text, &[(self.document.all_lines(), told)]);
        let was_refused = execution.diagnostics.iter().any(|diagnostic| {
            use DiagnosticCode::*;
            matches!(diagnostic.code, ProgramRejected | EditsDiscarded | GrowthLimit | WorkLimit | MoreDiagnostics)
        });
        if !was_refused {
            self.check_plainly(&execution.text, &plain());
        }
    }

    /// All edits give the execution again, some of them what plain means give, none of them the original.
    fn check_undo(&self, execution: &Execution, undone: u8, meter: &mut Meter) {
        let (original, edits) = (self.document.text(), execution.edits.as_slice());
        let again = meter.call(|| apply_edits(original, edits)).expect("they fit");
        assert_eq!((&again.text, &again.edits, again.kept), (&execution.text, &execution.edits, execution.kept));
        assert!(again.changes == execution.changes);
        if undone == 0 || !execution.kept {
            return;
        }
        let is_undone = |index: usize| undone >> (index % 5) & 1 == 1;
        let indices: Vec<usize> = (0..edits.len()).filter(|&index| is_undone(index)).collect();
        // Without what others took away or put in, the work may be more than allowed.
        let Ok(rest) = meter.call(|| undo(original, edits, &indices)) else { return };
        assert!(changes_lead_from(original, &rest, &rest.text));
        let stays = edits.iter().enumerate().filter(|(index, _)| !is_undone(*index)).map(|(_, edit)| edit);
        let scope_of = |edit: &Edit| match edit.operation {
            Operation::Normalize { scope: Some([first, last]), .. } => LineRange::new(first, last),
            _ => self.document.all_lines(),
        };
        let plain = stays.map(|edit| match Plain::of_edit(edit) {
            Plain::Replace(_, source, target) => Plain::Replace(Some(scope_of(edit)), source, target),
            removal @ Plain::Remove(_) => removal,
        });
        self.check_plainly(&rest.text, &[(self.document.all_lines(), plain.collect())]);
    }

    fn check_error(&self, error: &ExecuteError) {
        let is_due = match error {
            ExecuteError::NoWords => self.options.mode == Mode::Official,
            ExecuteError::Growth { growth, limit } => growth > limit && self.options.mode == Mode::Official,
            ExecuteError::Work { .. } => self.options.mode == Mode::Official,
            ExecuteError::Threshold { value, .. } => !value.is_finite(),
            ExecuteError::Scope { scope, line_count } => scope.first > scope.last || scope.last >= *line_count,
            _ => false,
        };
        assert!(is_due, "{error}");
    }

    fn check_edit(&self, edit: &Edit) {
        let document = self.document;
        let [start, end] = edit.span.expect("the executor knows where");
        assert!(document.text().get(start..end).is_some(), "{edit:?}");
        let Some(LineRange { first, last }) = edit.lines() else { return };
        assert!(first <= last && last < document.line_count(), "{edit:?}");
        if let Some(scope) = self.options.scope.filter(|_| self.options.mode == Mode::Strict) {
            assert!(scope.contains(first) && scope.contains(last), "{edit:?} is not in {scope}");
        }
        assert!(edit.statement.is_some(), "{edit:?}");
        let lines = document.line_span(first, last);
        match &edit.operation {
            // One newline goes with the lines, the one before or the one after.
            Operation::RemoveLines { .. } => assert!(start + 1 >= lines.start && end <= lines.end + 1, "{edit:?}"),
            Operation::Normalize { count, .. } => assert!(*count > 0 && start >= lines.start && end <= lines.end, "{edit:?}"),
            Operation::DropDoc => unreachable!("has no lines"),
        }
    }

    fn check_removed(&self, removed: &[[i128; 2]]) {
        let mut next = 0;
        for [first, last] in removed {
            assert!(next <= *first && first <= last, "{removed:?}");
            next = last + 2;
        }
        assert!(next <= self.document.line_count() as i128 + 1);
    }

    /// Compares with the text that plain means give, if these are not too slow.
    fn check_plainly(&self, text: &str, programs: &[(LineRange, Vec<Plain>)]) {
        let statements: usize = programs.iter().map(|(_, statements)| statements.len()).sum();
        if statements.saturating_mul(self.document.text().len() + text.len()) > PLAIN_WORK {
            return;
        }
        let mut lines: Vec<Option<String>> = self.document.lines().map(|line| Some(line.to_owned())).collect();
        for (scope, statements) in programs {
            // Lines are removed before strings are replaced, so that no replacement meets a line that goes.
            for statement in statements {
                if let Plain::Remove(removed) = statement
                    && removed.first <= removed.last
                    && scope.contains(removed.first)
                    && scope.contains(removed.last)
                {
                    lines[removed.first..=removed.last].fill(None);
                }
            }
            for statement in statements {
                if let Plain::Replace(lines_of, source, target) = statement {
                    let (first, last) = lines_of.map_or((scope.first, scope.last), |lines| (lines.first, lines.last));
                    for line in lines[first..=last].iter_mut().flatten() {
                        *line = line.replace(source, target);
                    }
                }
            }
        }
        assert_eq!(lines.into_iter().flatten().collect::<Vec<_>>().join("\n"), text);
    }
}

/// What a statement asks for.
enum Plain {
    Remove(LineRange),
    /// In these lines, or wherever the program may.
    Replace(Option<LineRange>, String, String),
}

impl Plain {
    fn of_edit(edit: &Edit) -> Self {
        let lines = edit.lines().expect("the document is kept");
        match &edit.operation {
            Operation::Normalize { source, target, .. } => Self::Replace(Some(lines), source.clone(), target.clone()),
            Operation::RemoveLines { .. } | Operation::DropDoc => Self::Remove(lines),
        }
    }
}

fn plain_strict(program: &Program) -> Vec<Plain> {
    let plain = program.iter().filter_map(|statement| match statement {
        Statement::RemoveLines { first, last } => Some(Plain::Remove(LineRange::new(*first, *last))),
        Statement::Normalize { source, target } => {
            let is_sound = !source.trim().is_empty() && !source.contains('\n') && !target.contains('\n');
            is_sound.then(|| Plain::Replace(None, source.clone(), target.clone()))
        }
        Statement::DropDoc | Statement::KeepDoc | Statement::KeepChunk => None,
    });
    plain.collect()
}

fn plain_official(program: &str, line_count: usize) -> Vec<Plain> {
    use official::Operation;

    let reading = official::read(program).expect("no limit is near");
    let plain = reading.operations.into_iter().filter_map(|at| match at.operation {
        Operation::RemoveAll => Some(Plain::Remove(LineRange::new(0, line_count - 1))),
        Operation::RemoveLines { start, end } => {
            let (first, last) = (start.max(0), end.min(line_count as i128 - 1));
            // Between 0 and the number of lines, so both fit.
            (first <= last).then(|| Plain::Remove(LineRange::new(first as usize, last as usize)))
        }
        // The official code spares one space, but only where it has a target.
        Operation::Normalize { source, target } => {
            let is_applied = !source.is_empty() && (source != " " || target.is_none());
            is_applied.then(|| Plain::Replace(None, source, target.unwrap_or_default()))
        }
    });
    plain.collect()
}

/// The changes lead from the original to the refined text, and their inverse back.
fn changes_lead_from(original: &str, execution: &Execution, refined: &str) -> bool {
    let back = execution.changes.invert(original).and_then(|inverse| inverse.apply(refined));
    execution.changes.apply(original).as_deref() == Some(refined) && back.as_deref() == Some(original)
}
