use thiserror::Error;

use super::change::Changes;
use super::edit::{Edit, Operation};
use super::execution::{DropReason, Execution, merged_ranges};
use super::removal::{Claims, Run, remove};
use super::replacer::{Budget, Normalisation, Outcome, Refused, replace_all};
use crate::document::{Document, LineRange};
use crate::program::{DiagnosticCode, Diagnostics, Program, Statement};

/// How many bytes longer than the original edits may make a text; those of an execution with default options never do.
const MAX_GROWTH_BYTES: usize = 16 << 20;

/// Why edits cannot be applied to a text. Edits are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EditsError {
    /// An edit that is not there was to be undone.
    #[error("there is no edit {index} to undo; there are {count}, counted from 0")]
    NoSuchEdit {
        /// The number given.
        index: usize,
        /// How many edits there are.
        count: usize,
    },
    /// The lines of an edit do not exist in this text.
    #[error("edit {edit} is for lines {lines}, but the text has {line_count} lines, counted from 0")]
    Lines {
        /// Which edit.
        edit: usize,
        /// Its lines, or those its program may touch.
        lines: LineRange,
        /// How many lines there are.
        line_count: usize,
    },
    /// The source of a normalisation is empty, or source or target holds a newline.
    #[error("edit {edit} has an empty source, or a newline in source or target")]
    Source {
        /// Which edit.
        edit: usize,
    },
    /// Two normalisations may touch lines of which some are the same and some not.
    #[error("edit {edit} may touch lines {scope}, which overlap lines {other} of another edit")]
    Scopes {
        /// Which edit.
        edit: usize,
        /// The lines it may touch.
        scope: LineRange,
        /// Those of an earlier one.
        other: LineRange,
    },
    /// The text would grow too long.
    #[error("edit {edit} would make the text grow by {growth} bytes or more, and the limit is {limit}")]
    Growth {
        /// Which edit.
        edit: usize,
        /// Bytes that the edits up to there add.
        growth: usize,
        /// 16 MiB.
        limit: usize,
    },
    /// The normalisations take too much work.
    #[error("the edits would take more than {limit} steps of work, the limit for a text of this length")]
    Work {
        /// [`work_limit`](super::work_limit) for the text.
        limit: u64,
    },
}

/// Applies edits, such as those of an [`Execution`] in either mode, to the text they were made for.
///
/// All edits of an execution give its text, its edits and its changes again. Without some of them, the others do what
/// they would have done had their statements stood alone: lines that are no longer removed are normalised like all
/// others, and a normalisation that only met the work of another finds nothing any more, which a diagnostic tells. No
/// guard looks at the result.
///
/// Where an edit drops the document, it is dropped.
///
/// # Errors
///
/// Where an edit does not fit the text.
pub fn apply_edits(text: &str, edits: &[Edit]) -> Result<Execution, EditsError> {
    apply(text, &edits.iter().enumerate().collect::<Vec<_>>())
}

/// Applies all `edits` of `text` but those whose numbers stand in `undone`.
///
/// The result depends on the set of undone edits only: to undo one more, or to take one back, give the same `edits` with
/// another set. No edit undone is [`apply_edits`]; all undone is the text as it was.
///
/// # Errors
///
/// Where an edit does not exist or does not fit the text.
pub fn undo(text: &str, edits: &[Edit], undone: &[usize]) -> Result<Execution, EditsError> {
    let mut stays = vec![true; edits.len()];
    for &index in undone {
        *stays.get_mut(index).ok_or(EditsError::NoSuchEdit { index, count: edits.len() })? = false;
    }
    apply(text, &edits.iter().enumerate().filter(|&(index, _)| stays[index]).collect::<Vec<_>>())
}

/// The program that asks for these edits and nothing else, each a statement of its own.
///
/// Executed in strict mode on the same text without guards it makes the same edits, as long as none is limited to some
/// lines and no source is only white space.
#[must_use]
pub fn edits_to_program(edits: &[Edit]) -> Program {
    let statement = |edit: &Edit| match &edit.operation {
        Operation::DropDoc => Statement::DropDoc,
        Operation::RemoveLines { lines: [first, last] } => Statement::RemoveLines { first: *first, last: *last },
        Operation::Normalize { source, target, .. } => Statement::Normalize { source: source.clone(), target: target.clone() },
    };
    edits.iter().map(statement).collect()
}

/// An edit with its number in the caller's list.
type Numbered<'e> = (usize, &'e Edit);

fn apply(text: &str, edits: &[Numbered<'_>]) -> Result<Execution, EditsError> {
    let document = Document::new(text);
    for &(index, edit) in edits {
        check(&document, index, edit)?;
    }
    if let Some((_, drop)) = edits.iter().find(|(_, edit)| edit.operation == Operation::DropDoc) {
        let mut dropped = Execution::dropped(text, DropReason::Program, drop.statement, 0, Vec::new());
        dropped.edits[0].confidence = drop.confidence;
        return Ok(dropped);
    }
    let mut claims = Claims::new(document.all_lines());
    for (place, (_, edit)) in edits.iter().enumerate() {
        if let Operation::RemoveLines { lines: [first, last] } = edit.operation {
            claims.claim(LineRange::new(first, last), place);
        }
    }
    let runs = claims.into_runs();
    let mut diagnostics = Diagnostics::new();
    let mut done: Vec<(usize, Edit)> = Vec::with_capacity(edits.len());
    let (mut changes, removals) = remove(&document, &runs);
    for (run, removal) in runs.iter().zip(removals) {
        let given = edits[run.statement].1;
        done.push((run.statement, Edit { statement: given.statement, confidence: given.confidence, ..removal }));
    }
    let mut budget = Budget::new(MAX_GROWTH_BYTES, text.len());
    for scope in scopes(&document, edits)? {
        let members = edits.iter().enumerate().filter(|(_, (_, edit))| edit_scope(&document, edit) == Some(scope));
        let members: Vec<(usize, Numbered<'_>)> = members.map(|(place, &numbered)| (place, numbered)).collect();
        let replaced = normalize(&document, scope, &runs, &members, &mut budget, &mut diagnostics)?;
        changes = changes.merge(replaced.0);
        done.extend(replaced.1);
    }
    // Stable, so that the parts of one edit stay in the order of the lines.
    done.sort_by_key(|&(place, _)| place);
    Ok(Execution {
        // Changes made here are in order and on character boundaries, so this always is `Some`.
        text: changes.apply(text).unwrap_or_else(|| text.to_owned()),
        kept: true,
        errors: 0,
        removed: merged_ranges(runs.iter().map(|run| run.lines)),
        edits: done.into_iter().map(|(_, edit)| edit).collect(),
        changes,
        diagnostics: diagnostics.into_vec(),
        drop_reason: None,
    })
}

fn check(document: &Document<'_>, edit: usize, given: &Edit) -> Result<(), EditsError> {
    let line_count = document.line_count();
    for lines in [given.lines(), edit_scope(document, given)].into_iter().flatten() {
        if lines.first > lines.last || lines.last >= line_count {
            return Err(EditsError::Lines { edit, lines, line_count });
        }
    }
    match &given.operation {
        Operation::Normalize { source, target, .. } if source.is_empty() || source.contains('\n') || target.contains('\n') => {
            Err(EditsError::Source { edit })
        }
        _ => Ok(()),
    }
}

/// The lines a normalisation may touch; `None` for other edits.
fn edit_scope(document: &Document<'_>, edit: &Edit) -> Option<LineRange> {
    match edit.operation {
        Operation::Normalize { scope: Some([first, last]), .. } => Some(LineRange::new(first, last)),
        Operation::Normalize { scope: None, .. } => Some(document.all_lines()),
        Operation::DropDoc | Operation::RemoveLines { .. } => None,
    }
}

/// The different scopes in the order of the lines; they must not overlap.
fn scopes(document: &Document<'_>, edits: &[Numbered<'_>]) -> Result<Vec<LineRange>, EditsError> {
    let mut scopes: Vec<(LineRange, usize)> =
        edits.iter().filter_map(|&(index, edit)| Some((edit_scope(document, edit)?, index))).collect();
    scopes.sort_by_key(|(scope, _)| (scope.first, scope.last));
    scopes.dedup_by_key(|(scope, _)| *scope);
    match scopes.windows(2).find(|pair| pair[1].0.first <= pair[0].0.last) {
        Some(pair) => Err(EditsError::Scopes { edit: pair[1].1, scope: pair[1].0, other: pair[0].0 }),
        None => Ok(scopes.into_iter().map(|(scope, _)| scope).collect()),
    }
}

/// Carries out the normalisations of one scope, each with its place in the list of all edits.
fn normalize(
    document: &Document<'_>,
    scope: LineRange,
    runs: &[Run],
    members: &[(usize, Numbered<'_>)],
    budget: &mut Budget,
    diagnostics: &mut Diagnostics,
) -> Result<(Changes, Vec<(usize, Edit)>), EditsError> {
    let normalisations: Vec<Normalisation<'_>> = members
        .iter()
        .filter_map(|(_, (_, edit))| match &edit.operation {
            Operation::Normalize { source, target, .. } => Some(Normalisation { source, target }),
            Operation::DropDoc | Operation::RemoveLines { .. } => None,
        })
        .collect();
    let Outcome { changes, replaced } =
        replace_all(document, scope, runs, &normalisations, budget).map_err(|refused| match refused {
            Refused::Growth { normalisation, growth, limit } => {
                EditsError::Growth { edit: members[normalisation].1.0, growth, limit }
            }
            Refused::Work { limit } => EditsError::Work { limit },
        })?;
    let limited = Some(scope).filter(|&scope| scope != document.all_lines());
    let mut done = Vec::with_capacity(members.len());
    for ((&(place, (index, given)), Normalisation { source, target }), replaced) in
        members.iter().zip(normalisations).zip(replaced)
    {
        match replaced {
            Some(replaced) => {
                let edit = Edit::normalize(source, target, replaced, limited, given.statement);
                done.push((place, Edit { confidence: given.confidence, ..edit }));
            }
            None => diagnostics.info(
                DiagnosticCode::SourceNotFound,
                None,
                format!("edit {index} finds its source no more in the lines that stay"),
            ),
        }
    }
    Ok((changes, done))
}

#[cfg(test)]
mod tests {
    use super::super::{ChunkProgram, ExecuteOptions, execute, execute_chunks};
    use super::*;
    use crate::program::parse;

    const TEXT: &str = "one a\ntwo b\nthree a\nfour b\nfive a";

    fn executed(program: &str) -> Execution {
        execute(TEXT, program, &ExecuteOptions::default()).expect("sound")
    }

    #[test]
    fn any_subset_is_undone() {
        let execution = executed("remove_lines(1, 1)\nnormalize(' a', ' A')\nremove_lines(3, 4)\nnormalize('one', '1')");
        assert_eq!(execution.text, "1 A\nthree A");
        let text = |undone: &[usize]| undo(TEXT, &execution.edits, undone).expect("they fit").text;
        assert_eq!(text(&[]), execution.text);
        assert_eq!(text(&[0]), "1 A\ntwo b\nthree A");
        assert_eq!(text(&[1]), "1 a\nthree a");
        assert_eq!(text(&[2, 3]), "one A\nthree A\nfour b\nfive A");
        assert_eq!(text(&[3, 2, 1, 0, 0]), TEXT);
    }

    #[test]
    fn applying_all_edits_gives_the_execution_again() {
        let execution = executed("remove_lines(1, 1)\nremove_lines(0, 2)\nnormalize('f', 'F')\nnormalize('Fi', 'fi')");
        let again = apply_edits(TEXT, &execution.edits).expect("they fit");
        assert_eq!(again, Execution { diagnostics: Vec::new(), ..execution });
    }

    #[test]
    fn an_edit_that_met_the_work_of_another_finds_nothing_without_it() {
        let execution = executed("normalize('one', 'uno')\nnormalize('uno', '1')");
        let undone = undo(TEXT, &execution.edits, &[0]).expect("they fit");
        assert_eq!((undone.text.as_str(), undone.edits.len()), (TEXT, 0));
        assert_eq!(undone.diagnostics[0].code, DiagnosticCode::SourceNotFound);
    }

    #[test]
    fn dropped_documents_come_back() {
        let execution = executed("drop_doc()");
        assert!(!apply_edits(TEXT, &execution.edits).expect("it fits").kept);
        let undone = undo(TEXT, &execution.edits, &[0]).expect("it fits");
        assert_eq!((undone.text.as_str(), undone.kept), (TEXT, true));
    }

    #[test]
    fn scopes_of_chunks_hold() {
        let chunk = |first, last, program: &str| ChunkProgram { lines: LineRange::new(first, last), parsed: parse(program) };
        let chunks = [chunk(0, 1, "normalize('a', 'X')\nremove_lines(1, 1)"), chunk(2, 4, "normalize('b', 'Y')")];
        let execution = execute_chunks(&Document::new(TEXT), &chunks, &ExecuteOptions::default()).expect("sound");
        assert_eq!(execution.text, "one X\nthree a\nfour Y\nfive a");
        let again = apply_edits(TEXT, &execution.edits).expect("they fit");
        assert_eq!((again.text, again.edits), (execution.text, execution.edits.clone()));
        assert_eq!(undo(TEXT, &execution.edits, &[1]).expect("they fit").text, "one X\ntwo b\nthree a\nfour Y\nfive a");
    }

    #[test]
    fn edits_of_another_text_are_refused() {
        let edits = executed("remove_lines(4, 4)\nnormalize('a', '')").edits;
        let error = |edits: &[Edit]| apply_edits("x\ny", edits).expect_err("too short").to_string();
        assert_eq!(error(&edits), "edit 0 is for lines 4 to 4, but the text has 2 lines, counted from 0");
        assert!(error(&edits[1..]).starts_with("edit 0 is for lines 0 to 2"));
        let index = undo(TEXT, &edits, &[2]).expect_err("there are two");
        assert_eq!(index, EditsError::NoSuchEdit { index: 2, count: 2 });
        let mut bad = edits[1].clone();
        bad.operation = Operation::Normalize { lines: [0, 0], source: "a".into(), target: "\n".into(), count: 1, scope: None };
        assert_eq!(apply_edits(TEXT, &[bad]).expect_err("a newline"), EditsError::Source { edit: 0 });
    }

    #[test]
    fn scopes_must_not_overlap() {
        let edit = |scope| Edit {
            operation: Operation::Normalize { lines: [1, 1], source: "a".into(), target: "b".into(), count: 1, scope },
            span: None,
            statement: None,
            confidence: None,
        };
        let error = apply_edits(TEXT, &[edit(Some([0, 2])), edit(Some([1, 3]))]).expect_err("they overlap");
        assert_eq!(error.to_string(), "edit 1 may touch lines 1 to 3, which overlap lines 0 to 2 of another edit");
    }

    #[test]
    fn edits_print_as_a_program() {
        let execution = executed("remove_lines(1, 1)\nremove_lines(0, 2)\nnormalize('f', 'F')");
        let program = edits_to_program(&execution.edits);
        assert_eq!(
            program.to_string(),
            "remove_lines(line_start=1, line_end=1)\nremove_lines(line_start=0, line_end=0)\n\
             remove_lines(line_start=2, line_end=2)\nnormalize(source_str=\"f\", target_str=\"F\")"
        );
        assert_eq!(executed(&program.to_string()).text, execution.text);
    }
}
