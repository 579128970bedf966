//! The seed page: the program the bundled model writes for it, here and in JavaScript (`tests/js`) alike.
//!
//! After a new model: `PROX_UPDATE_GOLDEN=1 cargo test --test golden`, and read the difference.

use std::path::PathBuf;

use prox_wasm::refiner::{RefineOptions, Refined, Refiner};
use serde_json::{Value, json};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn seed_page() -> String {
    std::fs::read_to_string(path("tests/data/seed_page.txt")).unwrap()
}

fn refined(options: RefineOptions) -> Refined {
    let refiner = Refiner::from_bytes(std::fs::read(path("models/prox-nano.gguf")).unwrap()).unwrap();
    refiner.refine(&seed_page(), options).unwrap()
}

/// By the hand labels of the page: lines 0 and 19 to 22 are boilerplate, all others content.
#[test]
fn boilerplate_goes_and_every_prose_line_stays() {
    let refined = refined(RefineOptions { normalize: false, ..RefineOptions::default() });
    assert!(refined.kept);
    let text = seed_page();
    let lines: Vec<&str> = text.split('\n').collect();
    let kept: Vec<&str> = refined.text.split('\n').collect();
    for line in &lines[1..19] {
        assert!(kept.contains(line), "lost: {line}");
    }
    let boilerplate = [0, 19, 20, 21, 22];
    let gone = boilerplate.iter().filter(|&&i| !kept.contains(&lines[i])).count();
    assert!(gone >= 4, "only {gone} of {} boilerplate lines went:\n{}", boilerplate.len(), refined.program);
}

/// By hand: what is glued or left over in each line, and what it becomes.
const NORMALISATIONS: [(usize, &str, &str); 9] = [
    (2, "ofnatural", "of natural"),
    (2, "thetraining", "the training"),
    (6, "ofprogram", "of program"),
    (8, "demonstratea", "demonstrate a"),
    (10, "onlarge", "on large"),
    (12, "wheredata", "where data"),
    (14, "towardsmore", "towards more"),
    (16, " (Paper Link)", ""),
    (17, " (Repository Link)", ""),
];

#[test]
fn most_normalisations_are_found_and_no_false_one() {
    let refined = refined(RefineOptions::default());
    let (text, mut clean) = (seed_page(), seed_page());
    let mut found = 0;
    for (line, source, target) in NORMALISATIONS {
        assert!(text.split('\n').nth(line).unwrap().contains(source));
        if !refined.text.contains(source) {
            found += 1;
            clean = clean.replace(source, target);
        }
    }
    assert!(found >= 7, "only {found} of {}:\n{}", NORMALISATIONS.len(), refined.program);
    // what is changed is changed as by hand, and nothing else is
    let lines: Vec<&str> = clean.split('\n').collect();
    for line in refined.text.split('\n') {
        assert!(lines.contains(&line), "changed otherwise: {line}");
    }
}

#[test]
fn the_program_is_the_golden_one() {
    let refined = refined(RefineOptions::default());
    let found = json!({
        "program": refined.program,
        "text": refined.text,
        "lines": refined.lines,
        "document": refined.document,
    });
    let golden = path("tests/data/seed_page.golden.json");
    if std::env::var_os("PROX_UPDATE_GOLDEN").is_some() {
        std::fs::write(&golden, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
    }
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    assert_eq!((&found["program"], &found["text"]), (&expected["program"], &expected["text"]));
    // every bit: sums have one order, and no function depends on the machine
    let floats = |value: &Value| -> Vec<f32> { value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect() };
    assert_eq!(floats(&found["lines"]), floats(&expected["lines"]));
}

#[test]
fn the_page_offers_the_same_example() {
    assert_eq!(std::fs::read_to_string(path("www/example.txt")).unwrap(), seed_page());
}
