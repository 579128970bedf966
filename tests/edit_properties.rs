//! Properties of edits as data: undone in any subset, changes there and back, exports that independent tools apply.

use proptest::collection::vec;
use proptest::prelude::*;
use prox_wasm::diff::{DiffOptions, json_patch, unified_diff};
use prox_wasm::document::{Document, LineRange};
use prox_wasm::executor::{
    ChunkProgram, Edit, ExecuteOptions, Execution, Mode, Operation, apply_edits, edits_to_program, execute, execute_chunks,
    execute_program, undo,
};
use prox_wasm::program::{Parsed, Program, Statement};

/// A text of a few letters, so that short sources occur in it, and in what other statements make.
fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ab é漢🙂\n]{0,60}", "([ab é🙂]{0,30}\r?\n){10,60}"]
}

fn program() -> impl Strategy<Value = Program> {
    let statement = prop_oneof![
        (0..40_usize, 0..4_usize).prop_map(|(first, more)| Statement::RemoveLines { first, last: first + more }),
        ("[ab é漢🙂]{1,5}", "[ab é漢🙂]{0,5}").prop_map(|(source, target)| Statement::Normalize { source, target }),
    ];
    // With many normalisations the executor looks sources up in an index.
    prop_oneof![vec(statement.clone(), 0..8), vec(statement, 90..120)].prop_map(Program::from_iter)
}

fn unguarded() -> ExecuteOptions {
    ExecuteOptions { threshold_2: 2.0, error_op: usize::MAX, ..ExecuteOptions::default() }
}

/// What some edits make of a text, by the plainest means.
fn apply_plainly<'e>(text: &str, edits: impl Iterator<Item = &'e Edit> + Clone) -> String {
    let mut lines: Vec<Option<String>> = text.split('\n').map(|line| Some(line.to_owned())).collect();
    for edit in edits.clone() {
        if let Operation::RemoveLines { lines: [first, last] } = edit.operation {
            lines[first..=last].fill(None);
        }
    }
    for edit in edits {
        if let Operation::Normalize { source, target, scope, .. } = &edit.operation {
            let [first, last] = scope.unwrap_or([0, lines.len() - 1]);
            for line in lines[first..=last].iter_mut().flatten() {
                *line = line.replace(source, target);
            }
        }
    }
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What must hold for any execution that kept the document.
fn check(text: &str, execution: &Execution) -> Result<(), TestCaseError> {
    let refined = &execution.text;
    prop_assert_eq!(execution.changes.apply(text), Some(refined.clone()));
    let inverse = execution.changes.invert(text).expect("they fit");
    prop_assert_eq!(inverse.apply(refined), Some(text.to_owned()));
    prop_assert_eq!(inverse.invert(refined), Some(execution.changes.clone()));
    check_offsets(text, execution);
    check_exports(text, execution)
}

/// Outside the changes, offsets lead to the same text on the other side.
fn check_offsets(text: &str, execution: &Execution) {
    let map = execution.changes.offset_map();
    let mut done = 0;
    for change in execution.changes.iter().map(|change| change.span).chain([[text.len(); 2]]) {
        for offset in done..change[0] {
            let refined = map.to_refined(offset);
            assert_eq!(execution.text.as_bytes()[refined], text.as_bytes()[offset]);
            assert_eq!(map.to_original(refined), offset);
        }
        done = change[1];
    }
    assert_eq!(map.to_refined(text.len()), execution.text.len());
    assert_eq!(map.to_original(execution.text.len()), text.len());
}

fn check_exports(text: &str, execution: &Execution) -> Result<(), TestCaseError> {
    for context in [0, 1, 3] {
        let diff = unified_diff(text, execution, &DiffOptions { context, ..DiffOptions::default() });
        prop_assert_eq!(diff.is_empty(), *text == execution.text);
        if context > 0 && !diff.is_empty() {
            let patch = diffy::Patch::from_str(&diff).map_err(|error| TestCaseError::fail(format!("{error}\n{diff}")))?;
            let patched = diffy::apply(text, &patch).map_err(|error| TestCaseError::fail(format!("{error}\n{diff}")))?;
            prop_assert_eq!(&patched, &execution.text, "{}", diff);
        }
    }
    let patch = serde_json::to_value(json_patch(text, execution)).expect("plain data");
    let patch: json_patch::Patch = serde_json::from_value(patch).expect("operations of RFC 6902");
    let mut lines = serde_json::to_value(text.split('\n').collect::<Vec<_>>()).expect("plain data");
    json_patch::patch(&mut lines, &patch).map_err(|error| TestCaseError::fail(error.to_string()))?;
    let lines: Vec<String> = serde_json::from_value(lines).expect("lines");
    prop_assert_eq!(lines.join("\n"), execution.text.as_str());
    Ok(())
}

proptest! {
    #[test]
    fn any_subset_of_edits_is_undone_and_applied_again(
        text in text(), program in program(), official in any::<bool>(), undone in vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let mode = if official { Mode::Official } else { Mode::Strict };
        // The official guard drops short texts; strict mode drops blank ones.
        let text = if official { format!("{text}\n{}", "w ".repeat(200)) } else { text };
        let execution = execute(&text, &program.to_string(), &ExecuteOptions { mode, ..unguarded() }).expect("sound");
        prop_assume!(execution.kept);
        let edits = &execution.edits;
        let again = apply_edits(&text, edits).expect("they fit");
        prop_assert_eq!(&again.text, &execution.text);
        prop_assert_eq!(&again.edits, edits);
        prop_assert_eq!(&again.changes, &execution.changes);

        let undone: Vec<usize> = if edits.is_empty() { vec![] } else { undone.iter().map(|i| i.index(edits.len())).collect() };
        let some = undo(&text, edits, &undone).expect("they fit");
        let stays = edits.iter().enumerate().filter(|(index, _)| !undone.contains(index)).map(|(_, edit)| edit);
        prop_assert_eq!(&some.text, &apply_plainly(&text, stays));
        check(&text, &some)?;

        let all: Vec<usize> = (0..edits.len()).collect();
        let none = undo(&text, edits, &all).expect("they fit");
        prop_assert_eq!((none.text.as_str(), none.edits.len(), none.changes.len()), (text.as_str(), 0, 0));
    }

    #[test]
    fn executions_lead_to_the_refined_text_and_back(text in text(), program in program()) {
        let execution = execute_program(&Document::new(&text), &program, &unguarded()).expect("sound");
        if execution.kept {
            check(&text, &execution)?;
        } else {
            check_exports(&text, &execution)?;
        }
        if execution.kept {
            let program = edits_to_program(&execution.edits).to_string();
            prop_assert_eq!(execute(&text, &program, &unguarded()).expect("sound").text, execution.text);
        }
    }

    #[test]
    fn edits_of_chunks_keep_their_scopes(text in text(), programs in vec(program(), 1..5)) {
        let document = Document::new(&text);
        let size = document.line_count().div_ceil(programs.len());
        let chunks = programs.into_iter().enumerate().map(|(index, program)| ChunkProgram {
            lines: LineRange::new(index * size, ((index + 1) * size).min(document.line_count()) - 1),
            parsed: Parsed::from(program),
        });
        let chunks: Vec<ChunkProgram> = chunks.filter(|chunk| chunk.lines.first <= chunk.lines.last).collect();
        let execution = execute_chunks(&document, &chunks, &unguarded()).expect("in order");
        prop_assume!(execution.kept);
        let again = apply_edits(&text, &execution.edits).expect("they fit");
        prop_assert_eq!(&again.text, &execution.text);
        prop_assert_eq!(&again.edits, &execution.edits);
        prop_assert_eq!(apply_plainly(&text, execution.edits.iter()), execution.text);
    }
}
