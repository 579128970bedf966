//! The token LM under the line transformer against PyTorch: `training/prox_train/tiny.py` made a small model of random
//! weights in the layout of prox-small and wrote what its tokens, features and logits must be.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use prox_wasm::backend::cpu::{CpuLineBackend, Kernel};
use prox_wasm::backend::{LineBackend, PageRun};
use prox_wasm::gguf::Gguf;
use prox_wasm::model::line::{FEATURES, LineModel};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    text: String,
    lm_tokens: Vec<Vec<u32>>,
    lm_features: Vec<Vec<f32>>,
    logits: Vec<f32>,
    document: f32,
}

fn unpack(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name);
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
    bytes
}

fn vectors() -> Vec<Vector> {
    serde_json::from_slice(&unpack("small_vectors.json.gz")).unwrap()
}

fn model() -> LineModel {
    LineModel::from_bytes(unpack("small_model.gguf.gz")).unwrap()
}

fn lines(text: &str) -> Vec<&str> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn lines_are_read_as_in_training() {
    let model = Arc::new(model());
    let backend = CpuLineBackend::new(Arc::clone(&model));
    let lm = model.lm.as_ref().unwrap();
    let mut compared = 0;
    for vector in vectors() {
        let lines = lines(&vector.text);
        let mut page = model.read_page(&lines);
        backend.read_lines(&mut page);
        for (i, (tokens, features)) in vector.lm_tokens.iter().zip(&vector.lm_features).enumerate() {
            assert_eq!(&lm.tokens(lines[i]), tokens, "{:?}", lines[i]);
            let found = &page.features[i * page.columns + FEATURES..(i + 1) * page.columns];
            assert_eq!(found.len(), features.len());
            for (found, expected) in found.iter().zip(features) {
                assert!((found - expected).abs() < 2e-3, "{found}, PyTorch side {expected}; {:?}", lines[i]);
            }
            compared += 1;
        }
    }
    assert!(compared > 150, "only {compared} lines compared");
}

fn worst(kernel: Kernel) -> f32 {
    let model = Arc::new(model());
    let backend = CpuLineBackend::with_kernel(Arc::clone(&model), kernel);
    let (mut worst, mut spread) = (0f32, 0f32);
    for vector in vectors() {
        let mut run = PageRun::new(model.read_page(&lines(&vector.text)), &model.config);
        while run.step(&backend).is_some() {}
        let logits = run.finish(&backend);
        assert_eq!(logits.lines.len(), vector.logits.len());
        for (found, expected) in logits.lines.iter().zip(&vector.logits).chain([(&logits.document, &vector.document)]) {
            worst = worst.max((found - expected).abs());
            spread = spread.max(expected.abs());
        }
    }
    assert!(spread > 0.5, "the logits should differ from line to line");
    worst
}

#[test]
fn logits_agree_with_pytorch() {
    let (float, int8) = (worst(Kernel::Float), worst(Kernel::Int8));
    println!("{float:.6} off with float kernels, {int8:.6} off with integer kernels");
    assert!(float < 2e-3, "{float} off");
    assert!(int8 < 4e-3, "{int8} off");
}

#[test]
fn damaged_lms_are_refused_not_trusted() {
    let bytes = unpack("small_model.gguf.gz");
    let gguf = Gguf::parse(bytes.clone()).unwrap();
    // every key of the LM is needed, and so is every tensor
    for key in [
        "proxline.lm.tokenizer.pre",
        "proxline.lm.embedding_length",
        "lm.token_embd",
        "lm.blk.1.attn_v",
        "lm_proj.bias",
        "lm_score_up",
    ] {
        let at = bytes.windows(key.len()).position(|w| w == key.as_bytes()).unwrap();
        let mut damaged = bytes.clone();
        damaged[at + key.len() - 1] ^= 1;
        assert!(LineModel::from_bytes(damaged).is_err(), "{key}");
    }
    let header = gguf.tensors().iter().map(|t| t.start).min().unwrap();
    for at in (0..header).step_by(header / 150) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        if let Ok(model) = LineModel::from_bytes(damaged) {
            let model = Arc::new(model);
            let mut run = PageRun::new(model.read_page(&["A line of text, read by a damaged model.", "\u{7f}"]), &model.config);
            let backend = CpuLineBackend::new(Arc::clone(&model));
            while run.step(&backend).is_some() {}
            run.finish(&backend);
        }
    }
}
