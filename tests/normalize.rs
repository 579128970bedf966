//! Normalisations: what is proposed, how verdicts become statements, and that the executor does exactly what was meant.

use std::path::PathBuf;

use proptest::prelude::*;
use prox_wasm::backend::span_probability;
use prox_wasm::decode::{SpanVerdict, Thresholds, Verdicts};
use prox_wasm::document::Document;
use prox_wasm::executor::{ExecuteOptions, Operation, execute, execute_program};
use prox_wasm::model::span::{MAX_LINE_SPANS, SpanModel};
use prox_wasm::program;
use prox_wasm::refiner::{Level, RefineOptions, Refined, Refiner};

fn refiner() -> Refiner {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/prox-nano.gguf");
    Refiner::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn span_model() -> SpanModel {
    refiner().model().spans.clone().expect("prox-nano has the part that judges spans")
}

/// Normalises every line, whatever the model thinks of it.
fn normalized(refiner: &Refiner, text: &str) -> Refined {
    let options = RefineOptions { level: Level::Chunk, threshold: 0.0, ..RefineOptions::default() };
    refiner.refine(text, options).unwrap()
}

const PIECES: [&str; 40] = [
    "the ",
    "inthe ",
    "field ofnatural ",
    "language",
    "\n",
    "\n",
    " ",
    "  ",
    ".",
    ". ",
    "earth.Miserable ",
    "[1]",
    " [12]",
    "[edit]",
    "[citation needed]",
    "â€™",
    "Ã©",
    "Â\u{a0}",
    "&amp;",
    "&#39;",
    "<p>",
    "</b>",
    "!!!",
    "?!?!",
    ".....",
    "\u{200b}",
    "\u{ad}",
    "\u{200d}",
    " (Paper Link)",
    "Read more »",
    " Share Tweet",
    "https://example.org/a?b=c ",
    "(www.example.org)",
    "↑",
    "^ ",
    "漢字",
    "🤷‍♂️",
    "theProtestant",
    "\r",
    "\t",
];

fn noisy_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![4 => proptest::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => any::<String>()];
    proptest::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spans_are_sound(text in noisy_text()) {
        let model = span_model();
        let lines: Vec<&str> = text.split('\n').map(str::trim).collect();
        let mut before = (0, 0);
        for candidate in model.propose(&lines) {
            let span = &candidate.span;
            let line = lines[candidate.line];
            prop_assert!((candidate.line, span.start) >= before, "in order and apart");
            prop_assert!(span.start < span.end && line.get(span.start..span.end).is_some_and(|source| source != span.target));
            prop_assert!(!span.target.contains('\n'));
            let probability = span_probability(&model, &candidate);
            prop_assert!((0.0..=1.0).contains(&probability), "{probability}");
            before = (candidate.line, span.end);
        }
    }

    #[test]
    fn programs_are_lossless_and_edits_add_up(text in noisy_text()) {
        let refined = normalized(&refiner(), &text);
        let again = execute(&text, &refined.program, &ExecuteOptions::default()).unwrap();
        prop_assert_eq!(&again.text, &refined.text);
        prop_assert_eq!(program::parse(&refined.program).program.to_string(), refined.program);
        let counts: usize = refined.edits.iter().map(|edit| match edit.operation {
            Operation::Normalize { count, .. } => count,
            _ => 0,
        }).sum();
        prop_assert_eq!(counts, refined.stats.normalized);
        prop_assert!(refined.diagnostics.iter().all(|d| d.severity != program::Severity::Error), "{:?}", refined.diagnostics);
    }
}

/// Small numbers, the same ones every time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

#[test]
fn the_executor_replaces_the_approved_places_and_no_others() {
    let words = ["a", "b", "ofthe", "ofthe", "x!!", "x", "the", "of", "é", "[1]", " ", "b.A"];
    let mut random = Random(7);
    let (mut approved_in_all, mut replaced_in_all, mut as_meant) = (0, 0, 0);
    for _ in 0..4000 {
        let text: Vec<String> = (0..1 + random.below(4))
            .map(|_| (0..1 + random.below(9)).map(|_| words[random.below(words.len())]).collect::<Vec<_>>().join(" "))
            .collect();
        let text = text.join("\n");
        let document = Document::new(&text);
        let mut spans = Vec::new();
        for line in 0..document.line_count() {
            let start = document.line_start(line);
            for (source, target, in_context) in
                [("ofthe", "of the", true), ("!!", "!", true), ("[1]", "", false), (".", ". ", true)]
            {
                for (at, _) in document.line(line).match_indices(source) {
                    if random.below(3) > 0 {
                        let span = start + at..start + at + source.len();
                        spans.push(SpanVerdict { line, span, target: target.into(), in_context, probability: 0.9 });
                    }
                }
            }
        }
        spans.sort_by_key(|span| span.span.start);
        let mut meant = text.clone();
        for span in spans.iter().rev() {
            meant.replace_range(span.span.clone(), &span.target);
        }
        let approved = spans.len();
        let verdicts = Verdicts { document: 1.0, lines: vec![1.0; document.line_count()], spans };
        let scored = verdicts.program(&document, Thresholds { document: None, lines: Some(0.5), spans: Some(0.5) });
        let done = execute_program(&document, &scored.program, &ExecuteOptions::default()).unwrap();
        let replaced: usize = scored.counts.iter().flatten().sum();
        approved_in_all += approved;
        replaced_in_all += replaced;
        let mut found = vec![None; scored.counts.len()];
        for edit in &done.edits {
            if let Operation::Normalize { count, .. } = edit.operation {
                found[edit.statement.unwrap()] = Some(count);
            }
        }
        // what is put in place may make a source of another; the refiner sees it by the counts, and leaves those out
        as_meant += usize::from(found == scored.counts);
        if found == scored.counts && replaced == approved && done.kept {
            assert_eq!(done.text, meant, "{text:?}\n{}", scored.program);
        }
    }
    assert!(as_meant > 3800, "only {as_meant} of 4000 texts");
    assert!(replaced_in_all * 10 > approved_in_all * 7, "{replaced_in_all} of {approved_in_all}");
}

#[test]
fn long_and_hostile_lines_are_bounded() {
    let (refiner, model) = (refiner(), span_model());
    let units = [
        "[1] ",
        "<p>",
        "&amp;",
        "www.a.bc ",
        "http",
        "(link) ",
        "!!",
        "a.B",
        "ofthe ",
        "â€™ ",
        "\u{200b}x",
        "  x",
        "<",
        "&",
        "[",
        "Share ",
        "ofthe",
    ];
    for unit in units {
        let line = unit.repeat((1 << 20) / unit.len());
        let spans = model.propose(&[line.trim()]);
        assert!(spans.len() <= MAX_LINE_SPANS, "{unit}: {}", spans.len());
    }
    let line = "ofthe text[1], and ".repeat(50_000);
    let refined = normalized(&refiner, &line);
    assert!(refined.stats.normalized <= MAX_LINE_SPANS, "{}", refined.stats.normalized);
    // many lines with the same noise, and many with noise of their own
    let alike = "a line ofthe text[1], and more!!!\n".repeat(1000);
    let refined = normalized(&refiner, &alike);
    assert!(refined.program.lines().count() < 10, "{}", &refined.program[..2000.min(refined.program.len())]);
    let different: String = (0..1000).map(|i| format!("line {i} ofthe text {i}[{}] and more!!!\n", i % 900)).collect();
    normalized(&refiner, &different);
}

#[test]
fn files_without_the_part_propose_nothing() {
    let bytes = std::fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/prox-nano.gguf")).unwrap();
    let key = b"proxline.span.bits";
    let at = bytes.windows(key.len()).position(|window| window == key).unwrap();
    let mut without = bytes;
    without[at..at + key.len()].copy_from_slice(b"proxline.none.bits");
    let refiner = Refiner::from_bytes(without).unwrap();
    let text = "A line about the field ofnatural language.";
    assert_eq!(normalized(&refiner, text).text, text);
}
