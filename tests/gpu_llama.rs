//! Llama models on the GPU against the CPU. Fails where there is no adapter; mesa-vulkan-drivers brings a software one.

#[path = "support/tiny_llama.rs"]
mod tiny_llama;

use std::sync::Arc;

use pollster::block_on;
use prox_wasm::backend::cpu::{CpuLlama, Kernel};
use prox_wasm::backend::gpu::{Gpu, GpuError, GpuLlama, ReadError, Setup};
use prox_wasm::backend::{Logits, TokenError};
use prox_wasm::model::llama::LlamaModel;
use tiny_llama::{Tiny, shapes, tokens};

const ROOM: usize = 300;

fn open(model: &Arc<LlamaModel>) -> GpuLlama {
    let gpu = block_on(Gpu::connect()).unwrap_or_else(|error| panic!("{error}\napt-get install mesa-vulkan-drivers"));
    block_on(GpuLlama::new(gpu, Arc::clone(model), ROOM, &Setup::default())).unwrap()
}

fn best(logits: &[f32]) -> usize {
    (0..logits.len()).fold(0, |best, i| if logits[i] > logits[best] { i } else { best })
}

#[test]
fn logits_are_those_of_the_cpu_however_a_text_is_cut() {
    for tiny in shapes() {
        let model = Arc::new(LlamaModel::from_bytes(tiny.bytes()).unwrap());
        let cpu = CpuLlama::new(Arc::clone(&model), Kernel::Float);
        let mut gpu = open(&model);
        let text = tokens(270, tiny.vocab);
        let mut cache = cpu.cache(text.len());
        let wanted = cpu.read(&text, &mut cache, Logits::All).unwrap();
        let bytes = gpu.gpu().counts().bytes;
        // one token at a time, then more than a submit takes
        for pieces in [[1, 1, 2, 7].as_slice(), &[270], &[30, 1, 1, 200]] {
            gpu.truncate(0);
            let mut at = 0;
            for piece in pieces {
                let found = block_on(gpu.read(&text[at..at + piece])).unwrap();
                at += piece;
                let wanted = &wanted[(at - 1) * tiny.vocab..at * tiny.vocab];
                let worst = found.iter().zip(wanted).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < 1e-3, "{pieces:?} at {at}: {worst}");
                assert_eq!((best(&found), found.len(), gpu.len()), (best(wanted), tiny.vocab, at));
            }
        }
        assert_eq!(gpu.gpu().counts().bytes, bytes, "buffers are made once");
    }
}

#[test]
fn what_can_not_be_read_changes_nothing() {
    let model = Arc::new(LlamaModel::from_bytes(Tiny::default().bytes()).unwrap());
    let mut gpu = open(&model);
    assert!(block_on(gpu.read(&[])).unwrap().is_empty() && gpu.is_empty());
    let first = block_on(gpu.read(&[1, 2, 3])).unwrap();
    assert_eq!(block_on(gpu.read(&[100])), Err(TokenError::Unknown { token: 100, vocab: 100 }.into()));
    assert_eq!(block_on(gpu.read(&[1; ROOM])), Err(TokenError::CacheFull { tokens: ROOM, room: ROOM - 3 }.into()));
    gpu.truncate(2);
    assert_eq!(block_on(gpu.read(&[3])).unwrap().len(), first.len());
    gpu.gpu().destroy();
    assert!(matches!(block_on(gpu.read(&[4])), Err(ReadError::Gpu(GpuError::Lost { .. }))));
    assert_eq!(gpu.len(), 3);
}
