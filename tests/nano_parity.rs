//! prox-nano against PyTorch: `training/prox_train/vectors.py` wrote what features, tokens and logits must be.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use prox_wasm::backend::cpu::{CpuLineBackend, Kernel};
use prox_wasm::backend::{LineBackend, PageRun};
use prox_wasm::gguf::Gguf;
use prox_wasm::model::line::{FEATURES, LineModel, feature_names};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vector {
    text: String,
    features: Vec<Vec<f32>>,
    document_features: Vec<f32>,
    tokens: Vec<Vec<u32>>,
    pairs: Vec<Vec<u32>>,
    logits: Vec<f32>,
    logits_before_quantising: Vec<f32>,
    document: f32,
    document_before_quantising: f32,
}

fn vectors() -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/nano_vectors.json.gz");
    let mut json = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut json).unwrap();
    serde_json::from_str(&json).unwrap()
}

fn model() -> LineModel {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/prox-nano.gguf");
    LineModel::from_bytes(std::fs::read(path).unwrap()).unwrap()
}

fn lines(text: &str) -> Vec<&str> {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect()
}

#[test]
fn features_and_tokens_are_those_of_training() {
    let (model, names) = (model(), feature_names());
    let mut compared = 0;
    for (n, vector) in vectors().iter().enumerate() {
        let lines = lines(&vector.text);
        let page = model.read_page(&lines);
        for (i, expected) in vector.features.iter().enumerate() {
            assert_eq!(page.tokens.get(i), vector.tokens[i], "tokens of page {n}, {:?}", lines[i]);
            assert_eq!(page.pairs.get(i), vector.pairs[i], "pairs of page {n}, {:?}", lines[i]);
            for ((found, expected), name) in page.features[i * FEATURES..].iter().zip(expected).zip(&names) {
                assert!((found - expected).abs() < 2e-4, "{name}: {found}, PyTorch side {expected}; page {n}, {:?}", lines[i]);
            }
            compared += 1;
        }
        for (found, expected) in page.document.iter().zip(&vector.document_features) {
            assert!((found - expected).abs() < 2e-4, "document feature of page {n}: {found}, PyTorch side {expected}");
        }
    }
    assert!(compared > 300, "only {compared} lines compared");
}

/// With the very weights of the file the answers may differ by float rounding only; against the weights before
/// quantising by what Q8_0 costs, which `training/` measures too.
#[test]
fn logits_agree_with_pytorch() {
    let model = Arc::new(model());
    let backend = CpuLineBackend::new(Arc::clone(&model));
    let (mut worst, mut worst_quantised, mut lines_in_all, mut windows) = (0f32, 0f32, 0, 0);
    for vector in vectors() {
        let mut run = PageRun::new(model.read_page(&lines(&vector.text)), &model.config);
        windows += run.window_count();
        while run.step(&backend as &dyn LineBackend).is_some() {}
        let logits = run.finish(&backend);
        assert_eq!(logits.lines.len(), vector.logits.len());
        let all = logits.lines.iter().zip(&vector.logits).zip(&vector.logits_before_quantising);
        for ((found, exact), full) in all.chain([((&logits.document, &vector.document), &vector.document_before_quantising)]) {
            worst = worst.max((found - exact).abs());
            worst_quantised = worst_quantised.max((found - full).abs());
            lines_in_all += 1;
        }
    }
    println!(
        "{lines_in_all} logits in {windows} windows: {worst:.6} off with the file's weights, {worst_quantised:.4} off before quantising"
    );
    assert!(windows > 20, "the vectors should hold pages of several windows");
    assert!(worst < 2e-3, "{worst} off with the file's own weights");
    assert!(worst_quantised < 0.25, "{worst_quantised} off the weights before quantising");
}

/// Integer kernels are not nano's default: this is what they would change.
#[test]
fn integer_kernels_move_the_logits_little() {
    let model = Arc::new(model());
    let backends = [Kernel::Float, Kernel::Int8].map(|kernel| CpuLineBackend::with_kernel(Arc::clone(&model), kernel));
    let (mut worst, mut square, mut turned, mut lines_in_all) = (0f32, 0f64, 0, 0);
    for vector in vectors() {
        let page = model.read_page(&lines(&vector.text));
        let [float, int8] = backends.each_ref().map(|backend| {
            let mut run = PageRun::new(page.clone(), &model.config);
            while run.step(backend).is_some() {}
            run.finish(backend)
        });
        let pairs = float.lines.iter().zip(&int8.lines).chain([(&float.document, &int8.document)]);
        for (float, int8) in pairs {
            worst = worst.max((float - int8).abs());
            square += f64::from(float - int8).powi(2);
            turned += usize::from((*float > 0.0) != (*int8 > 0.0));
            lines_in_all += 1;
        }
    }
    let root = (square / lines_in_all as f64).sqrt();
    println!("{lines_in_all} logits: int8 {worst:.1e} off at most, {root:.1e} in the root mean square, {turned} verdicts turned");
    assert!(worst > 0.0 && worst < 2e-3, "{worst}");
}

#[test]
fn damaged_models_are_refused_not_trusted() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/prox-nano.gguf");
    let bytes = std::fs::read(path).unwrap();
    for cut in [0, 3, 4, 100, 10_000, 200_000, bytes.len() / 2, bytes.len() - 1] {
        assert!(LineModel::from_bytes(bytes[..cut].to_vec()).is_err(), "cut to {cut} bytes");
    }
    let header = Gguf::parse(bytes.clone()).unwrap().tensors().iter().map(|t| t.start).min().unwrap();
    // flip bytes all over the header: an error or a model that still runs, never a panic
    for at in (0..header).step_by(header / 150) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x55;
        if let Ok(model) = LineModel::from_bytes(damaged) {
            let model = Arc::new(model);
            let mut run = PageRun::new(model.read_page(&["A line of text, read by a damaged model."]), &model.config);
            let backend = CpuLineBackend::new(Arc::clone(&model));
            while run.step(&backend).is_some() {}
            run.finish(&backend);
        }
    }
}
