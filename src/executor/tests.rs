use super::*;
use crate::document::LineRange;
use crate::program::{DiagnosticCode, Parsed, Program, Statement, parse};

const LINES: &str = "alpha one\nbeta two\ngamma three\ndelta four\nepsilon five";

fn strict(text: &str, program: &str) -> Execution {
    run(text, program, &ExecuteOptions::default())
}

/// Executes and checks what holds for every execution.
fn run(text: &str, program: &str, options: &ExecuteOptions) -> Execution {
    let execution = execute(text, program, options).expect("options are sound");
    if execution.kept {
        assert_eq!(execution.changes.apply(text).as_deref(), Some(execution.text.as_str()));
    } else {
        assert_eq!(execution.text, "");
        assert!(matches!(execution.edits[..], [Edit { operation: Operation::DropDoc, .. }]));
    }
    execution
}

fn codes(execution: &Execution) -> Vec<DiagnosticCode> {
    execution.diagnostics.iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn lines_and_strings_are_edited() {
    let execution = strict(LINES, "remove_lines(1, 2)\nnormalize(' one', ' 1')\nremove_lines(4, 4)\nnormalize('a', 'A')");
    assert_eq!(execution.text, "AlphA 1\ndeltA four");
    assert_eq!(execution.removed, [[1, 2], [4, 4]]);
    assert_eq!((execution.kept, execution.errors, execution.drop_reason), (true, 0, None));
    let json = serde_json::to_value(&execution.edits).expect("plain data");
    let expected = serde_json::json!([
        {"op": "remove_lines", "lines": [1, 2], "span": [10, 31], "statement": 0},
        {"op": "normalize", "lines": [0, 0], "source": " one", "target": " 1", "count": 1, "span": [5, 9], "statement": 1},
        {"op": "remove_lines", "lines": [4, 4], "span": [41, 54], "statement": 2},
        {"op": "normalize", "lines": [0, 3], "source": "a", "target": "A", "count": 3, "span": [0, 36], "statement": 3},
    ]);
    assert_eq!(json, expected);
    assert_eq!(execution.edits[0].before(LINES), "beta two\ngamma three\n");
    assert_eq!((execution.edits[1].before(LINES), execution.edits[1].after()), (" one", " 1"));
}

#[test]
fn repeats_are_edited_once() {
    let execution = strict(LINES, "remove_lines(1, 1)\nremove_lines(0, 2)\nremove_lines(1, 2)");
    assert_eq!(execution.text, "delta four\nepsilon five");
    let edits: Vec<_> = execution.edits.iter().map(|edit| (edit.statement, edit.lines())).collect();
    let lines = |first, last| Some(LineRange::new(first, last));
    assert_eq!(edits, [(Some(0), lines(1, 1)), (Some(1), lines(0, 0)), (Some(1), lines(2, 2))]);
    assert_eq!(execution.removed, [[0, 2]]);
    assert_eq!(codes(&execution), [DiagnosticCode::AlreadyRemoved]);
}

#[test]
fn bad_statements_are_left_out_and_too_many_reject_the_program() {
    let bad = [
        ("remove_lines(3, 2)", DiagnosticCode::ReversedRange),
        ("remove_lines(4, 5)", DiagnosticCode::LineOutOfRange),
        ("normalize(' ', '')", DiagnosticCode::EmptySource),
        ("normalize('a\\nb', '')", DiagnosticCode::NewlineInString),
        ("normalize('a', '\\n')", DiagnosticCode::NewlineInString),
        ("nonsense()", DiagnosticCode::UnknownFunction),
    ];
    for (statement, code) in bad {
        let once = strict(LINES, &format!("{statement}\nremove_lines(0, 0)"));
        assert_eq!((codes(&once), once.errors, once.removed.len()), (vec![code], 1, 1), "{statement}");
        let twice = strict(LINES, &format!("{statement}\n{statement}\nremove_lines(0, 0)\ndrop_doc()"));
        assert_eq!(codes(&twice), [code, code, DiagnosticCode::ProgramRejected]);
        assert_eq!((twice.text.as_str(), twice.kept, twice.edits.len()), (LINES, true, 0));
    }
}

#[test]
fn harmless_statements_warn() {
    let execution = strict(LINES, "normalize('zeta')\nnormalize('one', 'one')\nremove_lines(0, 0)\nnormalize('one', '1')");
    assert_eq!(codes(&execution), [DiagnosticCode::NoChange, DiagnosticCode::SourceNotFound, DiagnosticCode::SourceNotFound]);
    assert_eq!((execution.errors, execution.edits.len()), (0, 1));
}

#[test]
fn the_scope_binds() {
    let options = ExecuteOptions { scope: Some(LineRange::new(1, 2)), ..ExecuteOptions::default() };
    let execution = run(LINES, "remove_lines(2, 2)\nnormalize('a', '')\nremove_lines(2, 3)", &options);
    assert_eq!(execution.text, "alpha one\nbet two\ndelta four\nepsilon five");
    assert_eq!(codes(&execution), [DiagnosticCode::OutsideScope]);
    assert_eq!(codes(&run(LINES, "drop_doc()", &options)), [DiagnosticCode::OutsideScope]);
    let options = ExecuteOptions { scope: Some(LineRange::new(1, 5)), ..ExecuteOptions::default() };
    let error = execute(LINES, "", &options).expect_err("line 5 does not exist");
    assert_eq!(error.to_string(), "the program is for lines 1 to 5, but the document has 5 lines, counted from 0");
}

#[test]
fn verdicts() {
    let dropped = strict(LINES, "remove_lines(0, 0)\ndrop_doc()\nkeep_doc()");
    assert_eq!((dropped.kept, dropped.drop_reason), (false, Some(DropReason::Program)));
    assert_eq!(dropped.edits[0].statement, Some(1));
    assert_eq!(codes(&dropped), [DiagnosticCode::ConflictingVerdict]);
    assert!(strict(LINES, "keep_doc()\ndrop_doc()").kept);
}

#[test]
fn document_level() {
    let options = ExecuteOptions { level: Level::Doc, ..ExecuteOptions::default() };
    assert!(!run(LINES, "# bad page\ndrop_doc()", &options).kept);
    for (program, expected) in [
        ("keep_doc()", vec![]),
        ("", vec![DiagnosticCode::NoVerdict]),
        ("untouch_doc()\ndrop_doc()", vec![DiagnosticCode::NoVerdict, DiagnosticCode::IgnoredAtDocumentLevel]),
        ("I would not drop this", vec![DiagnosticCode::UnknownFunction, DiagnosticCode::NoVerdict]),
        ("keep_doc()\nremove_lines(0, 0)", vec![DiagnosticCode::IgnoredAtDocumentLevel]),
    ] {
        let execution = run(LINES, program, &options);
        assert_eq!((execution.text.as_str(), codes(&execution)), (LINES, expected), "{program}");
    }
}

#[test]
fn the_guard_counts_characters() {
    let text = "漢字かな交じり文の長い段落です。これは残るべき本文です。\n広告";
    assert_eq!(strict(text, "remove_lines(1, 1)").text, text.lines().next().unwrap_or_default());
    let dropped = strict(text, "remove_lines(0, 1)");
    assert_eq!((dropped.drop_reason, codes(&dropped)), (Some(DropReason::TooLittleLeft), vec![DiagnosticCode::TooLittleLeft]));
    let options = ExecuteOptions { threshold_1: 0.5, ..ExecuteOptions::default() };
    let discarded = run(text, "remove_lines(0, 0)", &options);
    assert_eq!((discarded.text.as_str(), codes(&discarded)), (text, vec![DiagnosticCode::EditsDiscarded]));
    // A program that changes nothing cannot make the document go.
    let options = ExecuteOptions { threshold_2: 0.0, ..ExecuteOptions::default() };
    assert!(run(text, "a\nb", &options).kept && run(text, "", &options).kept);
}

#[test]
fn short_documents_go_only_on_demand() {
    assert!(strict("two words", "").kept);
    let options = ExecuteOptions { drop_short: true, ..ExecuteOptions::default() };
    assert_eq!(run("two words", "", &options).drop_reason, Some(DropReason::TooShort));
    assert!(run(LINES.repeat(2).as_str(), "", &options).kept);
}

#[test]
fn empty_documents_are_dropped_without_an_error() {
    for text in ["", " \n\u{3000}"] {
        let execution = strict(text, "remove_lines(0, 0)");
        assert_eq!((execution.drop_reason, codes(&execution)), (Some(DropReason::Empty), vec![DiagnosticCode::EmptyDocument]));
    }
}

#[test]
fn growth_is_bounded() {
    let options = ExecuteOptions { max_growth_bytes: 100, ..ExecuteOptions::default() };
    let bomb = "normalize('a', 'aaaaaaaaaa')\n".repeat(3);
    let execution = run("a and", &bomb, &options);
    assert_eq!(execution.errors, 2);
    assert_eq!(execution.diagnostics[0].message, "the text would grow by 198 bytes or more, and the limit is 100");
    let bomb = "normalize(source_str=\"a\", target_str=\"aaaaaaaaaa\")\n".repeat(9);
    let options = ExecuteOptions { mode: Mode::Official, ..ExecuteOptions::default() };
    assert!(matches!(execute("a", &bomb, &options), Err(ExecuteError::Growth { .. })));
}

#[test]
fn chunks_have_budgets_of_their_own() {
    let document = Document::new(LINES);
    let chunk = |first, last, program: &str| ChunkProgram { lines: LineRange::new(first, last), parsed: parse(program) };
    let chunks = [
        chunk(0, 1, "remove_lines(1, 1)\nnormalize('a', 'A')"),
        chunk(2, 3, "x\ny\nremove_lines(2, 2)"),
        chunk(4, 4, "remove_lines(4, 4)"),
    ];
    let execution = execute_chunks(&document, &chunks, &ExecuteOptions::default()).expect("in order");
    assert_eq!(execution.text, "AlphA one\ngamma three\ndelta four");
    assert_eq!(execution.edits.iter().map(|edit| edit.statement).collect::<Vec<_>>(), [Some(0), Some(1), Some(3)]);
    assert_eq!(
        execution.diagnostics.iter().map(|d| (d.chunk, d.line)).collect::<Vec<_>>(),
        [(Some(1), 1), (Some(1), 2), (Some(1), 0)]
    );
    let error = execute_chunks(&document, &[chunk(0, 1, ""), chunk(1, 2, "")], &ExecuteOptions::default());
    assert!(matches!(error, Err(ExecuteError::ChunkOrder { after: 1, .. })));
}

#[test]
fn programs_need_not_be_text() {
    let program: Program = [Statement::RemoveLines { first: 0, last: usize::MAX }, Statement::RemoveLines { first: 0, last: 3 }]
        .into_iter()
        .collect();
    let execution = execute_program(&Document::new(LINES), &program, &ExecuteOptions::default()).expect("sound");
    assert_eq!((execution.text.as_str(), execution.errors), ("epsilon five", 1));
    assert_eq!(Parsed::from(program).diagnostics.errors(), 0);
}

#[test]
fn official_accidents() {
    let options = ExecuteOptions { mode: Mode::Official, ..ExecuteOptions::default() };
    let text = "a b c d e f g h i j k l\nm n\no p";
    let execution = run(text, "remove_lines(x=2, y=9) junk\nnormalize(s=\"b\", t=\"B\")", &options);
    assert_eq!(execution.text, "a B c d e f g h i j k l\nm n");
    assert_eq!((execution.errors, execution.removed.as_slice()), (1, &[[2_i128, 2]][..]));
    assert_eq!(execution.edits.len(), 2);
    let short = run("one two", "", &options);
    assert_eq!((short.drop_reason, short.kept), (Some(DropReason::TooShort), false));
    assert_eq!(execute(" ", "", &options), Err(ExecuteError::NoWords));
    let options = ExecuteOptions { level: Level::Doc, ..options };
    assert!(!run(text, "I would not drop this", &options).kept);
    assert!(run(text, "Drop_Doc()", &options).kept);
}

#[test]
fn thresholds_must_be_numbers() {
    for mode in [Mode::Strict, Mode::Official] {
        let options = ExecuteOptions { mode, threshold_2: f64::NAN, ..ExecuteOptions::default() };
        assert!(matches!(execute("a", "", &options), Err(ExecuteError::Threshold { name: "threshold_2", .. })));
    }
}
