//! Properties of the language and the executor on generated programs and texts.

use proptest::collection::vec;
use proptest::prelude::*;
use prox_wasm::document::{Document, LineRange, utf16_offsets};
use prox_wasm::executor::{Edit, ExecuteOptions, Execution, Level, Mode, Operation, execute, execute_program};
use prox_wasm::program::{Program, Statement, official, parse};

/// Any statement that the grammar can write.
fn statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        Just(Statement::DropDoc),
        Just(Statement::KeepDoc),
        Just(Statement::KeepChunk),
        (0..1_000_000_000_usize, 0..1_000_000_000_usize).prop_map(|(first, last)| Statement::RemoveLines { first, last }),
        (any::<String>(), any::<String>()).prop_map(|(source, target)| Statement::Normalize { source, target }),
    ]
}

/// A text of a few letters, so that short sources occur in it, and in what other statements make.
fn text() -> impl Strategy<Value = String> {
    "[ab é漢🙂\n]{0,60}"
}

/// A statement that means something for such a text.
fn fitting_statement() -> impl Strategy<Value = Statement> {
    prop_oneof![
        (0..12_usize, 0..4_usize).prop_map(|(first, more)| Statement::RemoveLines { first, last: first + more }),
        ("[ab é漢🙂]{1,5}", "[ab é漢🙂]{0,5}").prop_map(|(source, target)| Statement::Normalize { source, target }),
    ]
}

fn fitting_program() -> impl Strategy<Value = Program> {
    // From two dozen normalisations on the executor looks sources up in an index.
    prop_oneof![vec(fitting_statement(), 0..6), vec(fitting_statement(), 60..80)].prop_map(Program::from_iter)
}

/// Options under which edits are applied as they are.
fn unguarded(mode: Mode) -> ExecuteOptions {
    ExecuteOptions { mode, threshold_2: 2.0, error_op: usize::MAX, ..ExecuteOptions::default() }
}

/// The refined text by the plainest means: statements in order, each on all lines, then the lines that stay.
fn refine_plainly(text: &str, program: &Program) -> String {
    let mut lines: Vec<Option<String>> = text.split('\n').map(|line| Some(line.to_owned())).collect();
    for statement in program.iter() {
        match statement {
            Statement::RemoveLines { first, last } if *last < lines.len() => lines[*first..=*last].fill(None),
            Statement::Normalize { source, target } if !source.trim().is_empty() => {
                for line in lines.iter_mut().flatten() {
                    *line = line.replace(source, target);
                }
            }
            _ => {}
        }
    }
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// Applies edits to the original by what they say of themselves, without their spans.
fn apply_edits(original: &str, edits: &[Edit]) -> String {
    let statements = edits.iter().flat_map(|edit| match &edit.operation {
        Operation::DropDoc => unreachable!("the document is kept"),
        Operation::RemoveLines { lines: [first, last] } => vec![(*first, *last, None)],
        Operation::Normalize { lines: [first, last], source, target, .. } => {
            vec![(*first, *last, Some((source, target)))]
        }
    });
    let mut lines: Vec<Option<String>> = original.split('\n').map(|line| Some(line.to_owned())).collect();
    for (first, last, replacement) in statements {
        for line in &mut lines[first..=last] {
            match replacement {
                None => *line = None,
                Some((source, target)) => *line = line.as_ref().map(|line| line.replace(source, target)),
            }
        }
    }
    lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn check(text: &str, execution: &Execution) {
    for edit in &execution.edits {
        let [start, end] = edit.span.expect("the executor knows where");
        assert!(text.get(start..end).is_some(), "{edit:?}");
    }
    if execution.kept {
        assert_eq!(execution.changes.apply(text).as_ref(), Some(&execution.text));
        assert_eq!(apply_edits(text, &execution.edits), execution.text);
    } else {
        assert_eq!(execution.text, "");
        assert!(execution.drop_reason.is_some());
    }
}

proptest! {
    #[test]
    fn printed_programs_parse_to_themselves(statements in vec(statement(), 0..8)) {
        let program = Program::from_iter(statements);
        let parsed = parse(&program.to_string());
        prop_assert_eq!(parsed.diagnostics.as_slice(), &[]);
        prop_assert_eq!(parsed.program, program);
    }

    #[test]
    fn edits_lead_to_the_refined_text(text in text(), program in fitting_program()) {
        let execution = execute_program(&Document::new(&text), &program, &unguarded(Mode::Strict)).expect("sound");
        check(&text, &execution);
        if !text.trim().is_empty() {
            prop_assert_eq!(&execution.text, &refine_plainly(&text, &program));
        }
    }

    #[test]
    fn strict_and_official_mode_agree_on_simple_programs(
        words in vec("[a-d]{1,4}", 40),
        ends in vec(0..40_usize, 0..12),
        removed in vec((0..8_usize, 0..3_usize), 0..4),
        replaced in vec(("[a-d]{1,3}", "[a-d]{0,3}"), 0..4),
    ) {
        let mut words = words;
        for end in ends {
            words[end].push('\n');
        }
        let text = words.join(" ");
        let line_count = text.split('\n').count();
        let removed = removed.into_iter().map(|(first, more)| {
            let first = first.min(line_count - 1);
            Statement::RemoveLines { first, last: (first + more).min(line_count - 1) }
        });
        let replaced = replaced.into_iter().map(|(source, target)| Statement::Normalize { source, target });
        let program = removed.chain(replaced).collect::<Program>().to_string();
        let strict = execute(&text, &program, &unguarded(Mode::Strict)).expect("sound");
        check(&text, &strict);
        let official = official_before_guard(&text, &program);
        prop_assert_eq!(strict.text, official.0);
        prop_assert_eq!((strict.errors, strict.removed), (official.1, official.2));
    }

    #[test]
    fn no_program_makes_anything_panic(text in ".{0,80}", program in program_like()) {
        let _ = official::read(&program);
        let parsed = parse(&program);
        // What is understood at all is understood for good.
        let again = parse(&parsed.program.to_string()).program;
        prop_assert!(again.iter().eq(parsed.program.iter()));
        for mode in [Mode::Strict, Mode::Official] {
            for level in [Level::Chunk, Level::Doc] {
                let options = ExecuteOptions { mode, level, max_growth_bytes: 1000, ..ExecuteOptions::default() };
                if let Ok(execution) = execute(&text, &program, &options) {
                    check(&text, &execution);
                }
            }
        }
    }

    #[test]
    fn a_scope_keeps_the_other_lines(text in text(), program in fitting_program(), first in 0..8_usize, more in 0..8_usize) {
        let document = Document::new(&text);
        let last = document.line_count() - 1;
        let scope = LineRange::new(first.min(last), (first + more).min(last));
        let options = ExecuteOptions { scope: Some(scope), ..unguarded(Mode::Strict) };
        let execution = execute_program(&document, &program, &options).expect("the scope exists");
        check(&text, &execution);
        let before = &text[..document.line_start(scope.first)];
        let before = before.strip_suffix('\n').unwrap_or(before);
        let after = &text[document.line_span(scope.first, scope.last).end..];
        if execution.kept {
            prop_assert!(execution.text.starts_with(before));
            // Where all lines of the scope go, one of the two newlines around it goes with them.
            prop_assert!(execution.text.ends_with(after.strip_prefix('\n').unwrap_or(after)));
        }
    }

    #[test]
    fn utf16_offsets_are_those_of_the_prefixes(text in any::<String>(), offsets in vec(0..200_usize, 0..20)) {
        let expected: Vec<usize> =
            offsets.iter().map(|&offset| text[..text.floor_char_boundary(offset)].encode_utf16().count()).collect();
        prop_assert_eq!(utf16_offsets(&text, &offsets), expected);
    }
}

/// Text before the guard, errors and removed ranges.
fn official_before_guard(text: &str, program: &str) -> (String, usize, Vec<[i128; 2]>) {
    let applied = prox_wasm::executor::official::apply(text, program, &unguarded(Mode::Official)).expect("small");
    (applied.text, applied.errors, applied.removed)
}

/// Arbitrary text, and the debris of programs.
fn program_like() -> impl Strategy<Value = String> {
    let debris = prop_oneof![
        Just("remove_lines("),
        Just("normalize("),
        Just("drop_doc("),
        Just("keep_chunk"),
        Just("start="),
        Just("line_end="),
        Just("source_str="),
        Just("all=True"),
        Just("0"),
        Just("1"),
        Just("-3"),
        Just("99999999999999999999"),
        Just("\""),
        Just("'"),
        Just("\\"),
        Just("\\u"),
        Just("d83d"),
        Just("é"),
        Just("🙂"),
        Just(","),
        Just(")"),
        Just(";"),
        Just("#"),
        Just("```"),
        Just("\n"),
        Just("\r"),
        Just(" "),
        Just("="),
        Just("a"),
        Just("\u{661}"),
    ];
    prop_oneof![any::<String>(), vec(debris, 0..40).prop_map(|parts| parts.concat())]
}
