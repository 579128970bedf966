//! Verdicts once given are enough for any other threshold: the same result as reading the text anew.

use std::path::PathBuf;

use prox_wasm::refiner::{Judgement, Level, RefineError, RefineOptions, Refined, Refiner};

fn refiner() -> Refiner {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("models/prox-nano.gguf");
    Refiner::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn judgement(refined: &Refined) -> Judgement {
    Judgement { document: refined.document, lines: refined.lines.clone() }
}

#[test]
fn every_threshold_gives_what_reading_anew_gives() {
    let refiner = refiner();
    let seed = include_str!("data/seed_page.txt");
    for text in [seed, "\n\n", "", "menu\n\nHome | About\n \nA line of words[edit] that are inthe text.\n"] {
        let first = judgement(&refiner.refine(text, RefineOptions::default()).unwrap());
        for level in [Level::Both, Level::Chunk, Level::Doc] {
            for percent in (0..=100).step_by(10) {
                let threshold = percent as f32 / 100.0;
                let options = RefineOptions {
                    level,
                    threshold,
                    doc_threshold: threshold,
                    normalize_threshold: 1.0 - threshold,
                    ..RefineOptions::default()
                };
                let anew = refiner.refine(text, options).unwrap();
                let again = refiner.start_judged(text.to_owned(), &first, options).unwrap().finish().unwrap();
                assert_eq!(again.stats.chunks, 0);
                assert_eq!(
                    (&again.text, &again.program, &again.edits, &again.lines, again.kept, again.document),
                    (&anew.text, &anew.program, &anew.edits, &anew.lines, anew.kept, anew.document)
                );
            }
        }
    }
}

#[test]
fn verdicts_of_another_text_are_refused() {
    let refiner = refiner();
    let start = |document, lines: &[f32]| {
        let judgement = Judgement { document, lines: lines.to_vec() };
        refiner.start_judged("one\ntwo".to_owned(), &judgement, RefineOptions::default()).map(|_| ())
    };
    assert_eq!(start(1.0, &[1.0, 0.0]), Ok(()));
    assert_eq!(start(1.0, &[1.0]), Err(RefineError::VerdictCount { lines: 2, found: 1 }));
    assert_eq!(start(1.0, &[0.5, 1.5]), Err(RefineError::Verdict { of: "line 1".into(), found: 1.5 }));
    assert_eq!(start(-1.0, &[0.5, 0.5]), Err(RefineError::Verdict { of: "the document".into(), found: -1.0 }));
}
