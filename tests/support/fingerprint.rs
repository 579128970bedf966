//! The bits of answers, as one number.

use std::sync::Arc;

use prox_wasm::backend::Logits;
use prox_wasm::backend::cpu::{CpuLlama, Kernel};
use prox_wasm::model::llama::LlamaModel;

use crate::tiny_llama::{shapes, tokens};

/// A number made of the bits of the logits and states of all [`shapes`].
pub fn fingerprint(kernel: Kernel) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for tiny in shapes() {
        let llama = CpuLlama::new(Arc::new(LlamaModel::from_bytes(tiny.bytes()).unwrap()), kernel);
        let text = tokens(70, tiny.vocab);
        let logits = llama.read(&text, &mut llama.cache(70), Logits::All).unwrap();
        let states = llama.states(&[&text[..9], &text[9..20], &text[20..]], 1).unwrap();
        for x in logits.iter().chain(&states) {
            hash = (hash ^ u64::from(x.to_bits())).wrapping_mul(0x100_0000_01b3);
        }
    }
    hash
}
