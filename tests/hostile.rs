//! Hostile and odd input: a clear error or a sensible result, nothing lost, no panic.

use std::path::PathBuf;

use prox_wasm::executor::{ExecuteOptions, execute};
use prox_wasm::refiner::{Event, Level, MAX_PAGE_LINES, RefineOptions, Refiner};

fn refiner() -> Refiner {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/prox-nano.gguf");
    Refiner::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn chunk_level() -> RefineOptions {
    RefineOptions { level: Level::Chunk, ..RefineOptions::default() }
}

#[test]
fn empty_and_blank_texts() {
    let refiner = refiner();
    for text in ["", "\n", " \n\t\r\n", "\u{a0}\n\u{3000}"] {
        let refined = refiner.refine(text, RefineOptions::default()).unwrap();
        assert_eq!(refined.lines.len(), text.split('\n').count(), "{text:?}");
        assert!(refined.text.trim().is_empty() && !refined.kept, "{text:?}: {refined:?}");
        assert_eq!(refined.stats.chunks, 0);
    }
}

#[test]
fn one_line_of_ten_megabytes() {
    let refiner = refiner();
    for unit in ["word ", "x", "漢字", "a\u{300}", "\u{feff}\u{200b}", "1,2;"] {
        let text = unit.repeat(10_000_000 / unit.len());
        let refined = refiner.refine(&text, chunk_level()).unwrap();
        assert_eq!(refined.lines.len(), 1);
        assert!(refined.text.is_empty() || refined.text == text, "a line stays whole or goes whole");
        assert_eq!(refined.stats.bytes_in, text.len());
    }
}

#[test]
fn texts_longer_than_a_page_are_read_page_by_page() {
    let refiner = refiner();
    let lines = MAX_PAGE_LINES + 300;
    let text: String = (0..lines).map(|i| format!("• {i}\n")).collect();
    let mut session = refiner.start(text.clone(), chunk_level()).unwrap();
    let (mut seen, mut documents) = (0, 0);
    while let Some(event) = session.step() {
        match event {
            Event::Chunk { first, last, keep } => {
                assert_eq!(keep.len(), last - first + 1);
                assert!(first <= seen && last < lines, "{first} to {last} after {seen}");
                seen = last + 1;
            }
            Event::Document { .. } => documents += 1,
        }
    }
    assert_eq!((seen, documents), (lines, 1));
    assert_eq!(session.finish().unwrap().lines.len(), lines + 1);
}

#[test]
fn odd_characters_and_line_ends() {
    let refiner = refiner();
    let texts =
        ["\r\n\r\n", "a\rb", "\0", "\u{2028}x\u{85}y", "🏳️‍🌈\n\u{10ffff}", "ẞ\nİ\nΣ", "\u{1f1e6}", "•", "•\n*\n-", "[000]x"];
    for text in texts {
        let kept_all = RefineOptions { threshold: 0.0, doc_threshold: 0.0, normalize: false, ..RefineOptions::default() };
        let refined = refiner.refine(text, kept_all).unwrap();
        assert_eq!(refined.lines.len(), text.split('\n').count());
        let all_blank = text.trim().is_empty();
        assert_eq!(refined.text, if all_blank { "" } else { text }, "threshold 0 keeps everything");
    }
}

#[test]
fn thresholds_must_be_probabilities() {
    let refiner = refiner();
    for threshold in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
        let error = refiner.refine("x", RefineOptions { threshold, ..RefineOptions::default() }).unwrap_err();
        assert!(error.to_string().contains("threshold"), "{error}");
    }
}

#[test]
fn nonsense_programs_change_nothing() {
    let text = "A first line that says something.\nA second line.\nA third one.";
    let deep = "(".repeat(100_000);
    let long = "remove_lines(".repeat(50_000);
    for program in
        ["", "💥", "remove_lines(", "remove_lines(line_start=5, line_end=9)", "drop_doc", "normalize(\"\", \"x\")", &deep, &long]
    {
        let done = execute(text, program, &ExecuteOptions::default()).unwrap();
        assert_eq!((done.text.as_str(), done.kept), (text, true), "{program:.40}");
    }
}
