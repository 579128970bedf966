//! What a llama model takes is known before, and no more is taken.

#[path = "support/tiny_llama.rs"]
mod tiny_llama;

use std::sync::Arc;

use peak_alloc::PeakAlloc;
use prox_wasm::backend::cpu::{CpuLlama, Kernel, plan_of_file};
use prox_wasm::backend::{Logits, OverBudget};
use prox_wasm::gguf::{GgufStream, TensorType};
use prox_wasm::model::llama::LlamaModel;
use tiny_llama::{Tiny, shapes, tokens};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One test, since all of a program's tests share its memory.
#[test]
fn plans_are_kept() {
    plans_of_models_in_memory_are_kept();
    plans_of_files_that_come_in_pieces_are_kept();
}

fn plans_of_models_in_memory_are_kept() {
    let larger = Tiny { width: 256, ffn: 704, blocks: 3, vocab: 2000, ty: TensorType::Q4_0, ..Tiny::default() };
    for tiny in shapes().into_iter().chain([larger]) {
        for (kernel, count) in [(Kernel::Float, 10), (Kernel::Int8, 10), (Kernel::Float, 1000), (Kernel::Int8, 1000)] {
            let before = MEMORY.current_usage();
            let mut bytes = tiny.bytes();
            bytes.shrink_to_fit();
            let model = Arc::new(LlamaModel::from_bytes(bytes).unwrap());
            let plan = CpuLlama::plan(&model, kernel, count);
            MEMORY.reset_peak_usage();
            let text = tokens(count, tiny.vocab);
            let llama = CpuLlama::new(model, kernel);
            llama.read(&text, &mut llama.cache(count), Logits::Last).unwrap();
            let taken = MEMORY.peak_usage() - before;
            // norms, names and lists are not counted
            assert!(taken < plan.total() + 40_000, "{taken} bytes taken, planned were {plan}");
            assert!(taken > plan.total() / 2, "{taken} bytes taken, planned were {plan}");
            let budget = plan.total() - 1;
            assert_eq!(plan.within(budget), Err(OverBudget { plan, budget }));
            assert_eq!(plan.within(plan.total()), Ok(plan));
            let refusal = plan.within(1000).unwrap_err().to_string();
            assert!(refusal.contains(&plan.total().to_string()) && refusal.contains("1000"), "{refusal}");
        }
    }
}

/// The file is never there twice: where the CPU alone has the model, neither is any weight.
fn plans_of_files_that_come_in_pieces_are_kept() {
    let large = Tiny { width: 512, heads: 8, head_width: 64, ffn: 1024, blocks: 6, vocab: 3000, ..Tiny::default() };
    let types = [TensorType::Q8_0, TensorType::Q4_0, TensorType::Q4_1, TensorType::Q4_K, TensorType::F16];
    for (tied, ty) in [true, false].into_iter().flat_map(|tied| types.map(|ty| (tied, ty))) {
        let tiny = Tiny { tied, ty, ..large.clone() };
        let file = tiny.bytes();
        for (kernel, count) in [(Kernel::Float, 10), (Kernel::Int8, 10), (Kernel::Int8, 250)] {
            let before = MEMORY.current_usage();
            MEMORY.reset_peak_usage();
            let mut stream = GgufStream::new(file.len() as u64);
            file.chunks(1 << 16).for_each(|piece| stream.push(piece).unwrap());
            let plan = plan_of_file(stream.directory().unwrap(), kernel, count, true).unwrap();
            let gguf = stream.finish().unwrap();
            let model = Arc::new(LlamaModel::from_gguf(&gguf).unwrap());
            drop(gguf);
            let llama = CpuLlama::new(model, kernel);
            llama.read(&tokens(count, tiny.vocab), &mut llama.cache(count), Logits::Last).unwrap();
            let (taken, kept) = (MEMORY.peak_usage() - before, MEMORY.current_usage() - before);
            let what = format!("{ty:?} {kernel:?}, tied {tied}: {taken} bytes taken, {kept} kept, planned were {plan}");
            // norms, names, lists and the piece that came last are not counted
            assert!(taken < plan.total() + 120_000, "{what}");
            assert!(taken > plan.total() / 2, "{what}");
            assert!(kept < plan.file + plan.weights + 60_000, "{what}");
            if kernel == Kernel::Int8 {
                // a third more than the file at most: scales and offsets have two to four times the bytes they have there
                assert!(kept < file.len() * 4 / 3 + 60_000, "{what}; the file has {} bytes", file.len());
            }
        }
    }
}
