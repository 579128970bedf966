use super::*;
use crate::program::Severity;

fn statements(text: &str) -> Vec<Statement> {
    let parsed = parse(text);
    assert_eq!(parsed.diagnostics.as_slice(), [], "{text}");
    parsed.program.iter().cloned().collect()
}

/// Code, line and column of each diagnostic, after checking that no statement came out.
fn faults(text: &str) -> Vec<(DiagnosticCode, usize, usize)> {
    let parsed = parse(text);
    assert!(parsed.program.is_empty(), "{text}");
    parsed.diagnostics.as_slice().iter().map(|d| (d.code, d.line, d.column)).collect()
}

fn remove(first: usize, last: usize) -> Statement {
    Statement::RemoveLines { first, last }
}

fn normalize(source: &str, target: &str) -> Statement {
    Statement::Normalize { source: source.into(), target: target.into() }
}

#[test]
fn every_function_and_alias() {
    assert_eq!(
        statements("keep_chunk()\nskip_chunk()\nuntouch_doc()\nkeep_doc()\ndrop_doc()"),
        [Statement::KeepChunk, Statement::KeepChunk, Statement::KeepChunk, Statement::KeepDoc, Statement::DropDoc]
    );
    assert_eq!(
        statements("remove_lines(1, 2)\nremove_lines(line_start=1, line_end=2)\nremove_lines(end=2,start=1)"),
        [remove(1, 2), remove(1, 2), remove(1, 2)]
    );
    assert_eq!(
        statements("normalize('a')\nnormalize(\"a\", 'b')\nnormalize(target_str=\"b\", source_str=\"a\")"),
        [normalize("a", ""), normalize("a", "b"), normalize("a", "b")]
    );
}

#[test]
fn layout_is_free() {
    assert_eq!(
        statements("\u{feff}```python\r\n# hi\r\n\t remove_lines ( 0 , 001 ) ; # why\r\n\r\nkeep_doc();\r\n```\r\n"),
        [remove(0, 1), Statement::KeepDoc]
    );
}

#[test]
fn strings_hold_anything() {
    assert_eq!(
        statements(r#"normalize("f(x), a=b # c;", '"\'\\\n\t\r\u00e9\uD83D\uDE42')"#),
        [normalize("f(x), a=b # c;", "\"'\\\n\t\ré🙂")]
    );
}

#[test]
fn faults_are_placed() {
    use DiagnosticCode::*;
    let cases = [
        ("hello world\n", UnknownFunction, 1),
        ("  Remove_lines(1, 2)", UnknownFunction, 3),
        ("- remove_lines(1, 2)", UnexpectedText, 1),
        ("remove_lines 1", MissingParenthesis, 14),
        ("remove_lines(1 2)", MissingParenthesis, 16),
        ("remove_lines(1, 2) x", UnexpectedText, 20),
        ("remove_lines(1, 2); keep_doc()", UnexpectedText, 21),
        ("remove_lines(1.0, 2)", BadNumber, 14),
        ("remove_lines(1234567890, 2)", BadNumber, 14),
        ("remove_lines(-1, 2)", LineOutOfRange, 14),
        ("remove_lines('1', 2)", WrongType, 14),
        ("remove_lines(1)", MissingArgument, 16),
        ("remove_lines()", MissingArgument, 15),
        ("remove_lines(1, 2, 3)", TooManyArguments, 20),
        ("remove_lines(start=1, line_start=2)", DuplicateArgument, 23),
        ("remove_lines(start=1, 2)", UnexpectedText, 23),
        ("remove_lines(1, start=2)", DuplicateArgument, 17),
        ("remove_lines(all=True)", UnknownArgument, 14),
        ("remove_lines(1, 2,)", UnexpectedText, 19),
        ("keep_doc(1)", TooManyArguments, 10),
        ("normalize(é)", UnexpectedText, 11),
        ("normalize('é', 5)", WrongType, 16),
        ("normalize('\\x')", BadEscape, 12),
        ("normalize('\\uD83D')", BadEscape, 12),
        ("normalize('\\u12é4')", BadEscape, 12),
        ("normalize('a)\n#", UnterminatedString, 11),
    ];
    for (text, code, column) in cases {
        assert_eq!(faults(text), [(code, 1, column)], "{text}");
    }
}

#[test]
fn a_cut_off_end_is_a_warning_wherever_it_is_cut() {
    let whole = r#"normalize(source_str="a\u0041", target_str="b")"#;
    for end in 1..whole.len() {
        for text in [format!("keep_doc()\n{}", &whole[..end]), format!("keep_doc()\n{} \n", &whole[..end])] {
            let parsed = parse(&text);
            assert_eq!(parsed.program.len(), 1, "{text}");
            assert_eq!(parsed.diagnostics.errors(), 0, "{text}: {:?}", parsed.diagnostics);
            let [diagnostic] = parsed.diagnostics.as_slice() else { panic!("{text}") };
            assert_eq!((diagnostic.code, diagnostic.severity), (DiagnosticCode::Truncated, Severity::Warning));
        }
    }
    assert_eq!(faults("remove_lines(1\n#"), [(DiagnosticCode::MissingParenthesis, 1, 15)]);
}

#[test]
fn fences_surround_the_program_or_are_stray() {
    let parsed = parse("keep_doc()\n```");
    assert_eq!(parsed.diagnostics.as_slice()[0].code, DiagnosticCode::StrayFence);
    assert_eq!(parsed.program.len(), 1);
    let parsed = parse("```\nkeep_doc()\n```\ndrop_doc()");
    assert_eq!(parsed.diagnostics.as_slice()[0].code, DiagnosticCode::AfterFence);
    assert_eq!(parsed.program.len(), 1);
}

#[test]
fn limits_refuse_the_whole_program() {
    assert_eq!(faults(&"#".repeat(MAX_PROGRAM_BYTES + 1)), [(DiagnosticCode::ProgramTooLarge, 0, 0)]);
    let parsed = parse(&"keep_doc()\n".repeat(MAX_STATEMENTS));
    assert_eq!((parsed.program.len(), parsed.diagnostics.errors()), (MAX_STATEMENTS, 0));
    assert_eq!(faults(&"keep_doc()\n".repeat(MAX_STATEMENTS + 1)), [(DiagnosticCode::TooManyStatements, MAX_STATEMENTS + 1, 1)]);
}
