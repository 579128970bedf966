//! Official mode and the chunk packer against vectors made by running the official ProX code (commit b3fcbb2).
//!
//! `executor_vectors.jsonl.gz` holds executor cases, `chunk_vectors.jsonl.gz` cases of `trunc_text`; see the fields
//! below. The numbers in `removed` are strings, because some have more than 64 bits. All texts are invented.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;
use prox_wasm::document::{Document, Numbering, pack};
use prox_wasm::executor::{ExecuteError, ExecuteOptions, Execution, Level, Mode, execute, official};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// One run of `execute_operations` and `execute_meta_operations`. At document level only `expected` is given.
#[derive(Deserialize)]
struct ExecutorCase {
    id: String,
    level: Level,
    text: String,
    program: String,
    threshold_1: Option<f64>,
    threshold_2: Option<f64>,
    error_op: Option<usize>,
    /// The refined text; none where the official code raised.
    expected: Option<String>,
    errors: Option<usize>,
    removed: Option<Vec<[String; 2]>>,
    raised: Option<String>,
    /// The text before the guard; none where it is the expected one.
    processed: Option<String>,
    pairs: Option<Vec<(String, String)>>,
}

/// One run of `trunc_text`.
#[derive(Deserialize)]
struct ChunkCase {
    id: String,
    text: String,
    max_token: usize,
    max_digits: u8,
    chunks: Vec<String>,
    line_tokens: Vec<usize>,
}

fn cases<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let file = File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    BufReader::new(GzDecoder::new(file))
        .split(b'\n')
        .map(|line| serde_json::from_slice(&line.expect("readable")).expect("a case"))
        .collect()
}

fn options(case: &ExecutorCase) -> ExecuteOptions {
    let defaults = ExecuteOptions::default();
    ExecuteOptions {
        mode: Mode::Official,
        level: case.level,
        threshold_1: case.threshold_1.unwrap_or(defaults.threshold_1),
        threshold_2: case.threshold_2.unwrap_or(defaults.threshold_2),
        error_op: case.error_op.unwrap_or(defaults.error_op),
        ..defaults
    }
}

fn check_execution(case: &ExecutorCase, execution: &Execution) {
    let id = &case.id;
    assert_eq!(Some(&execution.text), case.expected.as_ref(), "{id}: text");
    assert_eq!(execution.kept, !execution.text.is_empty(), "{id}: kept");
    assert_eq!(execution.kept, execution.drop_reason.is_none(), "{id}: reason");
    if execution.kept {
        let refined = execution.changes.apply(&case.text);
        assert_eq!(refined.as_ref(), Some(&execution.text), "{id}: changes");
    }
}

/// What the official code does before its guard.
fn check_operations(case: &ExecutorCase, options: &ExecuteOptions) {
    let id = &case.id;
    let applied = official::apply(&case.text, &case.program, options).expect("within the limits");
    let removed: Vec<[String; 2]> = applied.removed.iter().map(|range| range.map(|line| line.to_string())).collect();
    assert_eq!(Some(applied.errors), case.errors, "{id}: errors");
    assert_eq!(Some(removed), case.removed, "{id}: removed");
    assert_eq!(Some(applied.pairs), case.pairs, "{id}: pairs");
    assert_eq!(Some(&applied.text), case.processed.as_ref().or(case.expected.as_ref()), "{id}: text before the guard");
}

#[test]
fn official_mode_gives_what_the_official_code_gives() {
    let cases: Vec<ExecutorCase> = cases("executor_vectors.jsonl.gz");
    assert_eq!(cases.len(), 3374);
    for case in &cases {
        let options = options(case);
        let result = execute(&case.text, &case.program, &options);
        match (&case.raised, &result) {
            (None, Ok(execution)) => check_execution(case, execution),
            (Some(name), Err(ExecuteError::NoWords)) => assert_eq!(name, "ZeroDivisionError", "{}", case.id),
            _ => panic!("{}: raised {:?}, but gave {result:?}", case.id, case.raised),
        }
        if case.level == Level::Chunk {
            check_operations(case, &options);
            if let Ok(execution) = result {
                let removed: Vec<_> = execution.removed.iter().map(|range| range.map(|line| line.to_string())).collect();
                assert_eq!((Some(execution.errors), Some(removed)), (case.errors, case.removed.clone()), "{}", case.id);
            }
        }
    }
}

#[test]
fn strict_mode_takes_every_program_without_an_error() {
    for case in cases::<ExecutorCase>("executor_vectors.jsonl.gz") {
        let options = ExecuteOptions { mode: Mode::Strict, ..options(&case) };
        let execution = execute(&case.text, &case.program, &options).expect("strict mode reports by diagnostics");
        if execution.kept {
            assert_eq!(execution.changes.apply(&case.text).as_ref(), Some(&execution.text), "{}", case.id);
        }
    }
}

#[test]
fn chunks_are_packed_and_numbered_as_by_the_official_code() {
    let cases: Vec<ChunkCase> = cases("chunk_vectors.jsonl.gz");
    assert_eq!(cases.len(), 200);
    for case in &cases {
        let document = Document::new(&case.text);
        assert_eq!(document.line_count(), case.line_tokens.len(), "{}", case.id);
        let numbering = Numbering { digits: case.max_digits };
        let chunks: Vec<String> =
            pack(&case.line_tokens, case.max_token).iter().map(|chunk| chunk.numbered_text(&document, numbering)).collect();
        assert_eq!(chunks, case.chunks, "{}", case.id);
    }
}
