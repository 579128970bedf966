//! Writes the first inputs of the targets to `corpus/`: worst cases, what the tests of the crate know, and what earlier
//! fuzzing found.
//!
//! Names come from the position, so that writing them again adds nothing.

use std::error::Error;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use fuzz::checks::{CHECKS, unpack, worst_cases};
use serde_json::Value;

/// One of so many test vectors becomes a seed.
const EVERY: usize = 8;

/// Longer vectors would slow fuzzing down; texts that grow take their place.
const MAX_SEED: usize = 4096;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = root.join("../tests/data");
    let executions = vectors(&data.join("executor_vectors.jsonl.gz"))?;
    let chunks = vectors(&data.join("chunk_vectors.jsonl.gz"))?;
    let page = fs::read(root.join("../examples/mill.html"))?;
    let text_page = fs::read(data.join("seed_page.txt"))?;
    for (target, _) in CHECKS {
        let mut seeds = worst_cases(target);
        seeds.extend(match target {
            "chunk" => chunks.iter().map(chunk).collect::<Vec<_>>(),
            "execute" => executions.iter().step_by(EVERY).flat_map(execution).collect(),
            "html_to_lines" => [page.as_slice(), text_page.as_slice()].map(|page| [&[0], page].concat()).to_vec(),
            // its worst cases are whole files
            "gguf" => Vec::new(),
            _ => executions.iter().step_by(EVERY).map(program).collect(),
        });
        // There is none before the first packing.
        seeds.extend(unpack(&data.join("fuzz").join(format!("{target}.gz"))).unwrap_or_default());
        let folder = root.join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        for (index, seed) in seeds.iter().enumerate().filter(|(_, seed)| seed.len() <= MAX_SEED || target == "gguf") {
            fs::write(folder.join(format!("seed-{index:04}")), seed)?;
        }
    }
    Ok(())
}

fn vectors(path: &PathBuf) -> Result<Vec<Value>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    BufReader::new(GzDecoder::new(file)).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a [u8] {
    case[field].as_str().unwrap_or_default().as_bytes()
}

fn program(case: &Value) -> Vec<u8> {
    [&[0], text(case, "program")].concat()
}

/// In both modes, under the default options.
fn execution(case: &Value) -> Vec<Vec<u8>> {
    let kind = if case["level"] == "doc" { 4 } else { 0 };
    let settings = |mode: u8| [0, 0, 100, kind | mode, 0, 0, 0, 0, 0, 255, 1];
    let input = |mode| [settings(mode).as_slice(), text(case, "program"), b"\0", text(case, "text")].concat();
    vec![input(0), input(1)]
}

fn chunk(case: &Value) -> Vec<u8> {
    let byte = |value: &Value| u8::try_from(value.as_u64().unwrap_or(0)).unwrap_or(127).min(127);
    let mut counts = [1; 16];
    for (count, tokens) in counts.iter_mut().zip(case["line_tokens"].as_array().into_iter().flatten()) {
        *count = byte(tokens);
    }
    [&[0, byte(&case["max_digits"]), byte(&case["max_token"])], counts.as_slice(), text(case, "text")].concat()
}
