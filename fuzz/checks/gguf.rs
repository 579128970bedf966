use std::sync::Arc;

use prox_wasm::backend::cpu::{CpuLineBackend, CpuLlama, Kernel, plan_of_file};
use prox_wasm::backend::{Logits, PageRun};
use prox_wasm::gguf::{Gguf, GgufStream, TensorType, dequantize};
use prox_wasm::model::line::LineModel;
use prox_wasm::model::llama::LlamaModel;
use prox_wasm::refiner::lm::LmModel;
use prox_wasm::tokenizer::{Tokenizer, Vocabulary};

use super::meter::Meter;

/// Bytes that reading a header may hold for each of its own: a byte of an array becomes an integer of eight.
const HEADER: usize = 9;

/// Bytes that tokenizers and names may hold for each of the header's; the data of tensors is copied nowhere.
const LOADED: usize = 16;

/// What small files may take besides: tables of a fixed size.
const FIXED: usize = 32 << 10;

/// Models with more weights than this are loaded, not run.
const MAX_WEIGHTS: usize = 1 << 19;

/// Bytes of a file that come at once.
const PIECE: usize = 777;

/// Tokens read of a model that can be run.
const TOKENS: [u32; 3] = [1, 0, 2];

/// Model files: read, loaded as every kind of model there is, and run where they are small. What is taken beyond the file is a
/// small multiple of its header, its vectors as floats, and what the plan of a language model says.
pub fn gguf(input: &[u8], meter: &mut Meter) {
    let file = input.to_vec();
    let Ok(gguf) = meter.call_within(HEADER * input.len() + FIXED, || Gguf::parse(file)) else { return };
    // again, now that it is known how long the header is
    let file = input.to_vec();
    let _ = meter.call_within(HEADER * gguf.header_bytes() + FIXED, || Gguf::parse(file));
    let vectors = gguf.tensors().iter().filter(|tensor| tensor.rows() == 1).map(|tensor| tensor.cols() * size_of::<f32>());
    let loaded = LOADED * gguf.header_bytes() + vectors.sum::<usize>() + FIXED;
    for tensor in gguf.tensors() {
        assert_eq!(gguf.data(tensor).len(), tensor.len, "`{}` lies in the file", tensor.name);
        let mut row = vec![0.0; tensor.cols().min(1 << 12) / 256 * 256];
        dequantize(tensor.ty, gguf.data(tensor), &mut row);
        assert!(tensor.ty != TensorType::I8 || row.iter().all(|x| x.abs() <= 128.0));
    }
    if let Ok(tokenizer) = meter.call_within(loaded, || Tokenizer::from_metadata(gguf.metadata())) {
        let mut tokens = Vec::new();
        tokenizer.encode("A line, 12 of them.\n", &mut tokens);
        assert!(tokens.iter().all(|&token| (token as usize) < tokenizer.vocab_size()));
    }
    // a vocabulary has no tokenizer's rules
    let _ = meter.call_within(loaded, || Vocabulary::from_metadata(gguf.metadata()));
    if let Ok(model) = meter.call_within(loaded, || LlamaModel::from_gguf(&gguf)) {
        let model = Arc::new(model);
        let weights: usize = model.matrices().map(|matrix| matrix.rows() * matrix.cols()).sum();
        if weights <= MAX_WEIGHTS && model.config.shape.head_width * model.config.shape.heads <= 4096 {
            for kernel in [Kernel::Float, Kernel::Int8] {
                llama(&model, kernel, meter);
            }
            let plan = CpuLlama::plan(&model, Kernel::Int8, TOKENS.len());
            let _ = meter.call_within(loaded + plan.weights, || LmModel::from_gguf(&gguf, Kernel::Int8));
            in_pieces(input, loaded, meter);
        }
    }
    if let Ok(model) = meter.call_within(loaded, || LineModel::from_gguf(&gguf)) {
        let model = Arc::new(model);
        let backend = CpuLineBackend::new(Arc::clone(&model));
        let page = model.read_page(&["A line, 12 of them.", "Home", "Another line of the page"]);
        let logits = meter.call(|| {
            let mut run = PageRun::new(page, &model.config);
            while run.step(&backend).is_some() {}
            run.finish(&backend)
        });
        assert_eq!(logits.lines.len(), 3);
        if let Some(spans) = &model.spans {
            meter.call(|| spans.propose(&["field ofnatural history (Read more)"]));
        }
    }
}

/// A file that comes in pieces is the same file, and nothing of it is there twice.
fn in_pieces(input: &[u8], loaded: usize, meter: &mut Meter) {
    let stream = || {
        let mut stream = GgufStream::new(input.len() as u64);
        input.chunks(PIECE).try_for_each(|piece| stream.push(piece)).and_then(|()| stream.finish())
    };
    let gguf = meter.call_within(HEADER * input.len() + FIXED, stream).expect("what can be read in one piece");
    let plan = plan_of_file(gguf.directory(), Kernel::Int8, TOKENS.len(), true).expect("a llama model");
    // its data are here already
    let _ = meter.call_within(loaded + plan.total(), || LmModel::for_cpu(gguf, Kernel::Int8));
}

/// What the plan says covers all that running takes.
fn llama(model: &Arc<LlamaModel>, kernel: Kernel, meter: &mut Meter) {
    let plan = CpuLlama::plan(model, kernel, TOKENS.len());
    let tokens: Vec<u32> = TOKENS.iter().map(|&token| token.min(model.vocab_size() as u32 - 1)).collect();
    // the file is there already; vectors and lists of small sizes are not planned
    let room = plan.total() - plan.file + FIXED + 64 * 1024;
    let logits = meter.call_within(room, || {
        let llama = CpuLlama::new(Arc::clone(model), kernel);
        llama.read(&tokens, &mut llama.cache(TOKENS.len()), Logits::Last)
    });
    let logits = logits.expect("tokens of the vocabulary are read");
    assert_eq!(logits.len(), model.vocab_size());
}
