//! How fast the executor is, whether its time is linear, and the same work in Python; see README.md beside this file.

mod support;

use std::io;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, SamplingMode};
use prox_wasm::document::{DEFAULT_MAX_TOKENS, Document, Numbering, pack};
use prox_wasm::executor::{ExecuteOptions, Mode, execute};
use prox_wasm::html::html_to_text;
use prox_wasm::program;

use support::corpus::{Corpus, html};
use support::inputs::Input;
use support::program::{normalisations, removals};
use support::python;
use support::record::{MB, Record, median};

/// Sizes of the texts, in megabytes.
const SIZES: [usize; 3] = [1, 10, 100];
/// The size at which other things are varied.
const MIDDLE: usize = 10;
const STATEMENTS: [usize; 4] = [20, 200, 2_000, 20_000];
const MODES: [(Mode, &str); 2] = [(Mode::Strict, "strict"), (Mode::Official, "official")];
const PYTHON_SIZES: [usize; 2] = [1, 10];
const RUNS_BESIDE: usize = 7;

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--write-inputs") {
        return write_inputs();
    }
    let mut criterion = Criterion::default().sample_size(10).warm_up_time(Duration::from_millis(100)).configure_from_args();
    let mut record = Record::default();
    let mut group = criterion.benchmark_group("executor");
    // Runs take so long that each sample can be of one or a few.
    group.sampling_mode(SamplingMode::Flat);
    for size in SIZES {
        texts(&mut group, &mut record, Corpus::Web, size);
    }
    texts(&mut group, &mut record, Corpus::Cjk, MIDDLE);
    statements(&mut group, &mut record);
    parsers(&mut group, &mut record);
    others(&mut group, &mut record);
    group.finish();
    criterion.final_summary();
    // Without it Cargo only wants to know whether everything runs.
    if arguments.iter().any(|argument| argument == "--bench") {
        record.print();
        beside_python(&record)?;
    }
    Ok(())
}

fn write_inputs() -> io::Result<()> {
    for (corpus, size) in SIZES.map(|size| (Corpus::Web, size)).into_iter().chain([(Corpus::Cjk, MIDDLE)]) {
        let files = Input::new(corpus, size * MB).write(corpus, size)?;
        println!("{}\n{}", files.text.display(), files.program.display());
    }
    Ok(())
}

fn options(mode: Mode) -> ExecuteOptions {
    ExecuteOptions { mode, ..ExecuteOptions::default() }
}

/// Measures an execution, unless it leaves statements out: its time would mean nothing.
fn execution(
    group: &mut BenchmarkGroup<'_, WallTime>,
    record: &mut Record,
    id: (&str, &str),
    amount: usize,
    (text, program, mode): (&str, &str, Mode),
) {
    let options = options(mode);
    let fault = match execute(text, program, &options) {
        Ok(execution) if execution.errors == 0 && execution.kept => None,
        Ok(execution) => {
            Some(format!("{} errors, kept: {}; {:?}", execution.errors, execution.kept, execution.diagnostics.first()))
        }
        Err(error) => Some(error.to_string()),
    };
    if let Some(fault) = fault {
        println!("{} {}: not measured, for not all statements are carried out: {fault}", id.0, id.1);
        return;
    }
    record.measure(group, id, (amount, text.len()), || execute(text, program, &options));
}

/// Programs of 20 statements on one text.
fn texts(group: &mut BenchmarkGroup<'_, WallTime>, record: &mut Record, corpus: Corpus, size: usize) {
    // The largest take longer than that for ten samples.
    group.measurement_time(Duration::from_millis(if size > MIDDLE { 4_000 } else { 500 }));
    let Input { text, program: mixed } = Input::new(corpus, size * MB);
    let line_count = text.split('\n').count();
    let parameter = format!("{size} MB");
    let programs =
        [("mixed", mixed), ("20 removals", removals(20, line_count)), ("20 normalisations", normalisations(20, &text))];
    for (kind, program) in &programs {
        for (mode, mode_name) in MODES {
            let name = format!("{} {mode_name} {kind}", corpus.name());
            execution(group, record, (&name, &parameter), text.len(), (&text, program, mode));
        }
    }
}

/// Ever more statements on one text.
fn statements(group: &mut BenchmarkGroup<'_, WallTime>, record: &mut Record) {
    let text = Corpus::Web.text(MIDDLE * MB);
    let line_count = text.split('\n').count();
    for count in STATEMENTS {
        let parameter = format!("{count} statements");
        for (name, program) in [("n removals", removals(count, line_count)), ("n normalisations", normalisations(count, &text))] {
            execution(group, record, (name, &parameter), count, (&text, &program, Mode::Strict));
        }
    }
}

/// Reading programs, without executing them.
fn parsers(group: &mut BenchmarkGroup<'_, WallTime>, record: &mut Record) {
    let text = Corpus::Web.text(MIDDLE * MB);
    let line_count = text.split('\n').count();
    for count in &STATEMENTS[2..] {
        let text = removals(count / 2, line_count) + &normalisations(count / 2, &text);
        let (parameter, amounts) = (format!("{count} statements"), (text.len(), text.len()));
        record.measure(group, ("parse strict", &parameter), amounts, || program::parse(&text));
        record.measure(group, ("parse official", &parameter), amounts, || program::official::read(&text));
    }
}

/// What stands before the executor.
fn others(group: &mut BenchmarkGroup<'_, WallTime>, record: &mut Record) {
    for size in [1, MIDDLE] {
        let parameter = format!("{size} MB");
        let page = html(size * MB);
        record.measure(group, ("html_to_text", &parameter), (page.len(), page.len()), || html_to_text(&page));
        let text = Corpus::Web.text(size * MB);
        let document = Document::new(&text);
        // About what a tokenizer gives for a numbered line; which one does not matter to the packing.
        let line_tokens: Vec<usize> = document.lines().map(|line| 6 + line.len() / 4).collect();
        let amounts = (text.len(), text.len());
        record.measure(group, ("chunk pack", &parameter), amounts, || pack(&line_tokens, DEFAULT_MAX_TOKENS));
        record.measure(group, ("chunk pack, numbered text", &parameter), amounts, || {
            let chunks = pack(&line_tokens, DEFAULT_MAX_TOKENS);
            chunks.iter().map(|chunk| chunk.numbered_text(&document, Numbering::default()).len()).sum::<usize>()
        });
    }
}

/// The mixed programs by the official rules, here and in Python.
fn beside_python(record: &Record) -> io::Result<()> {
    println!("\n{:34} {:>18} {:>11} {:>11} {:>9}", "against Python", "amount", "Rust ms", "Python ms", "ratio");
    for (corpus, size) in PYTHON_SIZES.map(|size| (Corpus::Web, size)).into_iter().chain([(Corpus::Cjk, MIDDLE)]) {
        let (name, parameter) = (format!("{} official mixed", corpus.name()), format!("{size} MB"));
        // The filter of the command line leaves this out too.
        if !record.has(&name, &parameter) {
            continue;
        }
        let input = Input::new(corpus, size * MB);
        let options = options(Mode::Official);
        // Measured once more, right before Python, so that both find the machine in the same state.
        let mut seconds = Vec::new();
        let mut refined = None;
        for _ in 0..RUNS_BESIDE {
            let start = Instant::now();
            refined = execute(&input.text, &input.program, &options).ok();
            seconds.push(start.elapsed().as_secs_f64());
        }
        let rust = median(seconds);
        let run = match python::run(&input.write(corpus, size)?, RUNS_BESIDE) {
            Ok(run) => run,
            Err(reason) => {
                println!("left out: {reason}");
                break;
            }
        };
        let note = if refined.is_some_and(|refined| run.gave(&refined.text)) { "" } else { "  but the results differ" };
        let ratio = run.seconds / rust;
        println!("{name:34} {parameter:>18} {:>11.3} {:>11.3} {ratio:>9.1}{note}", rust * 1e3, run.seconds * 1e3);
    }
    Ok(())
}
