//! Refining with models that write programs: a tiny model with weights out of a counter and prox-nano's vocabulary.

#[path = "support/tiny_lm.rs"]
mod tiny_lm;

use prox_wasm::backend::cpu::Kernel;
use prox_wasm::executor::{Mode, Operation};
use prox_wasm::gguf::{GgufStream, Value};
use prox_wasm::program::parse;
use prox_wasm::refiner::Level;
use prox_wasm::refiner::lm::{LmError, LmEvent, LmModel, LmOptions, LmRefineError, LmRefiner, Stage};
use tiny_lm::{file, without_tokenizer};

fn refiner() -> LmRefiner {
    let model = || LmModel::from_bytes(file(&[]), Kernel::Int8).unwrap();
    LmRefiner::new().with(Stage::Document, model()).with(Stage::Chunk, model())
}

fn page() -> String {
    let line = |i: usize| match i % 4 {
        0 => "Home | About | Contact | Share on Facebook".to_owned(),
        1 => {
            format!("The mill was rebuilt in the spring of 19{i:02}, when the valley was quiet, by people who had waited for it.")
        }
        2 => String::new(),
        _ => format!("Line {i} says \"something\" else, with words enough for the document to stay."),
    };
    (0..40).map(line).collect::<Vec<_>>().join("\n")
}

const SMALL: LmOptions =
    LmOptions { mode: Mode::Strict, level: Level::Both, chunk_tokens: 300, program_tokens: 60, doc_threshold: 0.5 };

#[test]
fn strict_programs_are_executed_chunk_by_chunk() {
    let (refiner, text) = (refiner(), page());
    let mut session = refiner.start(&text, LmOptions { level: Level::Chunk, ..SMALL }).unwrap();
    let (mut chunks, mut read) = (Vec::new(), 0);
    while let Some(event) = session.step().unwrap() {
        match event {
            LmEvent::Chunk { first, last, program } => {
                assert_eq!(parse(&program).diagnostics.errors(), 0, "{program}");
                chunks.push((first, last));
            }
            LmEvent::Read { stage, done, total } => {
                assert!(stage == Stage::Chunk && done < total);
                read += 1;
            }
            LmEvent::Written { tokens, .. } => assert!(tokens <= SMALL.program_tokens),
            LmEvent::Document { .. } => panic!("nobody asked"),
        }
    }
    assert!(chunks.len() > 2 && read > chunks.len(), "{chunks:?}, {read} reads");
    assert_eq!((chunks[0].0, chunks.last().unwrap().1), (0, 39));
    let refined = session.finish().unwrap();
    assert_eq!(refined.stats.chunks, chunks.len());
    assert!(refined.diagnostics.iter().all(|d| d.severity < prox_wasm::program::Severity::Error), "{:?}", refined.diagnostics);
    assert_eq!(refined.lines.len(), 40);
    let program = parse(&refined.program).program;
    for edit in &refined.edits {
        let statement = &program.statements()[edit.statement.unwrap()].statement.to_string();
        let name = if matches!(edit.operation, Operation::RemoveLines { .. }) { "remove_lines" } else { "normalize" };
        assert!(statement.starts_with(name), "{statement} for {edit:?}");
        assert!((0.0..=1.0).contains(&edit.confidence.unwrap()));
    }
}

#[test]
fn the_same_again_and_whether_or_not_chunks_share_a_cache() {
    let (refiner, text) = (refiner(), page());
    let whole = refiner.refine(&text, SMALL).unwrap();
    assert_eq!(refiner.refine(&text, SMALL).unwrap(), whole);
    // another order of models shares no cache between the stages; the verdict stays
    let document = refiner.refine(&text, LmOptions { level: Level::Doc, ..SMALL }).unwrap();
    assert_eq!(document.document, whole.document);
    assert!(whole.program.starts_with("keep_doc()") || whole.program == "drop_doc()");
    assert_eq!(whole.kept, whole.program != "drop_doc()" && !whole.text.is_empty());
    // a threshold decides
    for (doc_threshold, kept) in [(0.0, true), (1.0, whole.document == 1.0)] {
        let refined = refiner.refine(&text, LmOptions { level: Level::Doc, doc_threshold, ..SMALL }).unwrap();
        assert_eq!((refined.kept, refined.text.is_empty()), (kept, !kept));
    }
}

#[test]
fn official_mode_takes_whatever_the_model_writes() {
    let (refiner, text) = (refiner(), page());
    let refined = refiner.refine(&text, LmOptions { mode: Mode::Official, ..SMALL }).unwrap();
    // weights out of a counter write no programs
    assert!(refined.kept && refined.edits.is_empty() && refined.text == text, "{}", refined.program);
    assert!(!refined.program.is_empty());
}

#[test]
fn texts_without_anything_to_do() {
    let refiner = refiner();
    for text in ["", "\n\n", "  \t"] {
        let refined = refiner.refine(text, SMALL).unwrap();
        assert_eq!((refined.text.trim(), refined.stats.chunks), ("", 0));
    }
    // a line over the limit is left alone, its neighbours are not
    let long = "word ".repeat(2000);
    let text = format!("Home | About\n{long}\nShare on Facebook");
    let refined = refiner.refine(&text, LmOptions { level: Level::Chunk, ..SMALL }).unwrap();
    assert_eq!(refined.stats.chunks, 2);
    assert!(refined.text.contains(&long[..100]));
    // without models nothing happens
    assert_eq!(LmRefiner::new().refine("a\nb", SMALL).unwrap().text, "a\nb");
}

#[test]
fn what_does_not_fit_is_refused_with_numbers() {
    let refiner = refiner();
    let error = refiner.start("text", LmOptions { chunk_tokens: 1950, ..SMALL }).unwrap_err();
    assert_eq!(error, LmRefineError::Context { chunk: 1950, around: 64, program: 60, total: 2074, context: 2048 });
    let error = refiner.start("text", LmOptions { doc_threshold: f32::NAN, ..SMALL }).unwrap_err();
    assert!(matches!(error, LmRefineError::Threshold { .. }));
    // a document of any length is cut to what the model reads
    let long = page().repeat(30);
    assert!(refiner.refine(&long, LmOptions { level: Level::Doc, ..SMALL }).unwrap().document <= 1.0);
}

#[test]
fn files_that_are_no_such_models_say_why() {
    let load = |bytes: Vec<u8>| LmModel::from_bytes(bytes, Kernel::Float).unwrap_err();
    assert_eq!(load(file(&[("prox.stage", Value::String("page".into()))])), LmError::Stage { found: "page".into() });
    assert!(matches!(load(file(&[("tokenizer.ggml.eos_token_id", Value::Uint(1 << 40))])), LmError::Tokenizer(_)));
    assert!(matches!(load(without_tokenizer()), LmError::Tokenizer(_)));
    assert!(matches!(load(b"GGUF".to_vec()), LmError::Gguf(_)));
    let model = LmModel::from_bytes(file(&[("prox.stage", Value::String("document".into()))]), Kernel::Float).unwrap();
    assert_eq!(model.stage(), Some(Stage::Document));
}

#[test]
fn models_that_come_in_pieces_for_the_cpu_alone_write_the_same() {
    let bytes = tiny_lm::writing();
    let mut stream = GgufStream::new(bytes.len() as u64);
    bytes.chunks(1000).for_each(|piece| stream.push(piece).unwrap());
    let streamed = LmModel::for_cpu(stream.finish().unwrap(), Kernel::Int8).unwrap();
    assert!(streamed.llama().is_none());
    let whole = LmModel::from_bytes(bytes, Kernel::Int8).unwrap();
    assert!(whole.llama().is_some());
    let refine = |model| LmRefiner::new().with(Stage::Chunk, model).refine(&page(), SMALL).unwrap();
    let (found, wanted) = (refine(streamed), refine(whole));
    assert!(wanted.program.lines().count() > 1, "{}", wanted.program);
    assert_eq!((found.program, found.text), (wanted.program, wanted.text));
}
