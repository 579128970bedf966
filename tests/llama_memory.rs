//! What a llama model takes is known before, and no more is taken.

#[path = "support/tiny_llama.rs"]
mod tiny_llama;

use std::sync::Arc;

use peak_alloc::PeakAlloc;
use prox_wasm::backend::cpu::{CpuLlama, Kernel};
use prox_wasm::backend::{Logits, OverBudget};
use prox_wasm::gguf::TensorType;
use prox_wasm::model::llama::LlamaModel;
use tiny_llama::{Tiny, shapes, tokens};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// One test, since all of a program's tests share its memory.
#[test]
fn plans_are_kept() {
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
