//! What fuzzing found worth keeping, and some worst cases, without a fuzzer: see `fuzz/README.md`.

use std::fs;
use std::path::PathBuf;

#[path = "../fuzz/checks/mod.rs"]
mod checks;

use prox_wasm::backend::cpu::Kernel;
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::lm::LmModel;

use checks::{CHECKS, Meter, unpack, worst_cases};

/// One of so many worst cases is run; fuzzing runs them all.
const EVERY: usize = 8;

fn data() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/fuzz")
}

/// Inputs on which a check once failed, by target.
fn failed(target: &str) -> Vec<Vec<u8>> {
    let files = fs::read_dir(data().join("failed")).into_iter().flatten().map(|entry| entry.expect("readable"));
    let of_target = files.filter(|file| file.file_name().to_string_lossy().starts_with(&format!("{target}-")));
    of_target.map(|file| fs::read(file.path()).expect("readable")).collect()
}

/// One test for all targets, because the memory of a call is counted for the whole process.
#[test]
fn inputs_from_fuzzing_pass_their_checks() {
    for (target, check) in CHECKS {
        let mut worst = Meter::default();
        let corpus = unpack(&data().join(format!("{target}.gz"))).expect("a packed corpus");
        assert!(corpus.len() >= 50, "{target} has {} inputs", corpus.len());
        let failed = failed(target);
        let dear = worst_cases(target);
        for input in corpus.iter().chain(&failed).chain(dear.iter().step_by(EVERY)) {
            check(input, &mut worst);
        }
        println!("{target}: {} inputs, worst call {worst:?}", corpus.len());
    }
}

/// Else their mutations would not get far.
#[test]
fn seeds_of_the_target_gguf_are_models() {
    let files = worst_cases("gguf");
    let [byte_level, sentence_piece, line, ..] = files.as_slice() else { panic!("{} files", files.len()) };
    for file in [byte_level, sentence_piece] {
        LmModel::from_bytes(file.clone(), Kernel::Int8).expect("a language model");
    }
    LineModel::from_bytes(line.clone()).expect("a line transformer");
}
