//! Llama models: what must hold of any of them. Their numbers are compared with numpy's by `tests/llama_oracle.py`.

#[path = "support/fingerprint.rs"]
mod fingerprint;
#[path = "support/tiny_llama.rs"]
mod tiny_llama;

use std::sync::Arc;

use prox_wasm::backend::{
    Logits, TokenError,
    cpu::{CpuLlama, Kernel},
};
use prox_wasm::gguf::{Gguf, TensorType, Value};
use prox_wasm::model::llama::{LlamaError, LlamaModel, Names};
use tiny_llama::{Tiny, shapes, tokens};

fn cpu(bytes: Vec<u8>, kernel: Kernel) -> CpuLlama {
    CpuLlama::new(Arc::new(LlamaModel::from_bytes(bytes).unwrap()), kernel)
}

fn all() -> impl Iterator<Item = (Tiny, CpuLlama)> {
    let kernels = |tiny: Tiny| [Kernel::Float, Kernel::Int8].map(|kernel| (tiny.clone(), cpu(tiny.bytes(), kernel)));
    shapes().into_iter().flat_map(kernels)
}

fn bits(x: &[f32]) -> Vec<u32> {
    x.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn cutting_a_text_does_not_change_a_bit() {
    for (tiny, llama) in all() {
        let text = tokens(150, tiny.vocab);
        let mut cache = llama.cache(text.len());
        let whole = llama.read(&text, &mut cache, Logits::All).unwrap();
        assert_eq!((whole.len(), cache.len()), (text.len() * tiny.vocab, text.len()));
        assert!(whole.iter().all(|x| x.is_finite()));
        for pieces in [1, 7, 64] {
            let mut cache = llama.cache(text.len());
            let mut found = Vec::new();
            for piece in text.chunks(pieces) {
                found.extend(llama.read(piece, &mut cache, Logits::All).unwrap());
            }
            assert_eq!(bits(&found), bits(&whole), "pieces of {pieces}");
        }
        let mut cache = llama.cache(text.len());
        assert!(llama.read(&text[..100], &mut cache, Logits::None).unwrap().is_empty());
        let last = llama.read(&text[100..], &mut cache, Logits::Last).unwrap();
        assert_eq!(bits(&last), bits(&whole[whole.len() - tiny.vocab..]));
    }
}

#[cfg(feature = "threads")]
#[test]
fn threads_do_not_change_a_bit() {
    // wide enough for a single row to be shared
    let wide = Tiny { width: 256, ffn: 704, vocab: 4000, ty: TensorType::Q8_0, ..Tiny::default() };
    for tiny in shapes().into_iter().chain([wide]) {
        for kernel in [Kernel::Float, Kernel::Int8] {
            let llama = cpu(tiny.bytes(), kernel);
            let text = tokens(151, tiny.vocab);
            let read = || {
                let mut cache = llama.cache(text.len());
                let many = llama.read(&text[..150], &mut cache, Logits::All).unwrap();
                (bits(&many), bits(&llama.read(&text[150..], &mut cache, Logits::Last).unwrap()))
            };
            let with = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(read);
            let one = with(1);
            assert!([2, 3, 8].into_iter().all(|threads| with(threads) == one), "{kernel:?}");
        }
    }
}

/// `tests/js/kernels.test.mjs` asks the same of WebAssembly.
#[test]
fn the_bits_are_those_of_every_machine() {
    let wanted: std::collections::BTreeMap<String, String> = serde_json::from_str(include_str!("data/llama_bits.json")).unwrap();
    let found = [("float", Kernel::Float), ("int8", Kernel::Int8)]
        .map(|(name, kernel)| (name.to_owned(), format!("{:016x}", fingerprint::fingerprint(kernel))));
    assert_eq!(found.into_iter().collect::<std::collections::BTreeMap<_, _>>(), wanted);
}

#[test]
fn a_beginning_can_be_kept_for_other_endings() {
    let tiny = Tiny::default();
    let llama = cpu(tiny.bytes(), Kernel::Float);
    let text = tokens(60, tiny.vocab);
    let mut cache = llama.cache(60);
    llama.read(&text[..60], &mut cache, Logits::None).unwrap();
    cache.truncate(20);
    let found = llama.read(&text[30..50], &mut cache, Logits::Last).unwrap();
    let other = [&text[..20], &text[30..50]].concat();
    let exact = llama.read(&other, &mut llama.cache(60), Logits::Last).unwrap();
    assert_eq!(bits(&found), bits(&exact));
}

#[test]
fn earlier_tokens_do_not_see_later_ones_and_order_matters() {
    let tiny = Tiny::default();
    let llama = cpu(tiny.bytes(), Kernel::Float);
    let logits = |text: &[u32]| llama.read(text, &mut llama.cache(text.len()), Logits::All).unwrap();
    let (a, b) = (logits(&[5, 6, 7, 8]), logits(&[5, 6, 9, 8]));
    assert_eq!(a[..2 * tiny.vocab], b[..2 * tiny.vocab]);
    assert_ne!(a[2 * tiny.vocab..3 * tiny.vocab], b[2 * tiny.vocab..3 * tiny.vocab]);
    assert_ne!(a[3 * tiny.vocab..], b[3 * tiny.vocab..]);
    assert_ne!(logits(&[1, 2, 3])[2 * tiny.vocab..], logits(&[2, 1, 3])[2 * tiny.vocab..]);
}

#[test]
fn packed_sequences_have_the_states_they_have_alone() {
    for (tiny, llama) in all() {
        let text = tokens(400, tiny.vocab);
        let mut rest = text.as_slice();
        let mut sequences = Vec::new();
        // some empty, one longer than a pass
        for len in [3, 0, 16, 1, 12, 150, 2, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 0] {
            let (head, tail) = rest.split_at(len.min(rest.len()));
            sequences.push(head);
            rest = tail;
        }
        let packed = llama.states(&sequences, tiny.blocks).unwrap();
        let alone: Vec<f32> = sequences.iter().flat_map(|s| llama.states(&[s], tiny.blocks).unwrap()).collect();
        assert_eq!(packed.len(), sequences.iter().map(|s| s.len()).sum::<usize>() * tiny.width);
        assert_eq!(bits(&packed), bits(&alone));
        let embeddings = llama.states(&sequences, 0).unwrap();
        let mut row = vec![0.0; tiny.width];
        let model = LlamaModel::from_bytes(tiny.bytes()).unwrap();
        model.token_embd.row(sequences[0][0] as usize, &mut row);
        assert_eq!(embeddings[..tiny.width], row);
    }
}

#[test]
fn a_model_may_be_part_of_another_file() {
    let part = Tiny { names: ("proxline.lm", "lm."), ..Tiny::default() };
    let gguf = Gguf::parse(part.bytes()).unwrap();
    let model = LlamaModel::load(&gguf, Names { metadata: "proxline.lm", tensors: "lm." }).unwrap();
    let inner = CpuLlama::new(Arc::new(model), Kernel::Float);
    let plain = cpu(Tiny::default().bytes(), Kernel::Float);
    let text = tokens(9, 100);
    assert_eq!(inner.states(&[&text], 2), plain.states(&[&text], 2));
}

#[test]
fn what_cannot_be_read_is_named() {
    let tiny = Tiny::default();
    let llama = cpu(tiny.bytes(), Kernel::Float);
    let mut cache = llama.cache(8);
    let unknown = TokenError::Unknown { token: 100, vocab: 100 };
    assert_eq!(llama.read(&[1, 100], &mut cache, Logits::Last), Err(unknown.clone()));
    assert_eq!(llama.states(&[&[1], &[100]], 1), Err(unknown));
    assert_eq!(llama.read(&[1; 9], &mut cache, Logits::Last), Err(TokenError::CacheFull { tokens: 9, room: 8 }));
    assert!(cache.is_empty());
    assert_eq!(llama.states(&[&[1]], 3), Err(TokenError::Blocks { asked: 3, have: 2 }));
    assert_eq!(llama.read(&[], &mut cache, Logits::Last), Ok(Vec::new()));
}

/// Rounding activations to sixteen bits moves the logits by some ten-thousandths of their size, not more.
#[test]
fn the_integer_kernels_stay_near_the_floats() {
    for tiny in shapes() {
        let text = tokens(40, tiny.vocab);
        let [float, int8] = [Kernel::Float, Kernel::Int8].map(|kernel| {
            let llama = cpu(tiny.bytes(), kernel);
            llama.read(&text, &mut llama.cache(40), Logits::All).unwrap()
        });
        let square = |x: &mut dyn Iterator<Item = f32>| x.map(|x| x * x).sum::<f32>();
        let off = square(&mut float.iter().zip(&int8).map(|(a, b)| a - b)) / square(&mut float.iter().copied());
        let packed = tiny.ty.group_len().is_some();
        assert!(if packed { off > 0.0 && off.sqrt() < 2e-4 } else { off == 0.0 }, "{:?}: {}", tiny.ty, off.sqrt());
    }
}

#[test]
fn unsupported_models_are_named() {
    let refused = |change: &dyn Fn(&mut prox_wasm::gguf::GgufWriter)| {
        let mut writer = Tiny::default().writer();
        change(&mut writer);
        LlamaModel::from_bytes(writer.finish()).unwrap_err()
    };
    let key = |key: &'static str, value: Value| {
        refused(&move |w| {
            w.metadata(key, value.clone());
        })
    };
    let text = |error: LlamaError| error.to_string();
    assert!(text(key("general.architecture", Value::String("bert".into()))).contains("`bert`"));
    assert!(text(key("llama.expert_count", Value::Uint(8))).contains("mixture of experts"));
    assert!(text(key("llama.rope.scaling.type", Value::String("yarn".into()))).contains("yarn"));
    assert!(text(key("llama.attention.head_count_kv", Value::Uint(3))).contains("4 query heads"));
    assert!(text(key("llama.attention.value_length", Value::Uint(8))).contains("value heads (8 wide)"));
    assert!(text(key("llama.attention.key_length", Value::Uint(15))).contains("15"));
    assert!(text(key("llama.embedding_length", Value::Uint(63))).contains("asks for"));
    assert!(text(key("llama.rope.freq_base", Value::Float(0.0))).contains("must be over 0"));
    assert!(text(key("llama.block_count", Value::Uint(1))).contains("blk.1."));
    assert!(text(key("llama.block_count", Value::Uint(3))).contains("`blk.2.attn_norm.weight` is missing"));
    assert!(text(key("llama.vocab_size", Value::Uint(99))).contains("asks for 99"));
    let bias = refused(&|w| {
        w.tensor("blk.0.attn_q.bias", &[64], TensorType::F32, vec![0; 256]).unwrap();
    });
    assert!(text(bias).contains("blk.0.attn_q.bias"));
}

#[test]
fn damaged_models_are_refused_not_trusted() {
    let bytes = Tiny::default().bytes();
    let header = Gguf::parse(bytes.clone()).unwrap().tensors().iter().map(|t| t.start).min().unwrap();
    for cut in (0..bytes.len() - 1).step_by(bytes.len() / 40) {
        assert!(LlamaModel::from_bytes(bytes[..cut].to_vec()).is_err(), "cut to {cut} bytes");
    }
    let mut ran = 0;
    for at in (0..header).step_by(3) {
        for bit in [1, 0x10, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= bit;
            let Ok(model) = LlamaModel::from_bytes(damaged) else { continue };
            let llama = CpuLlama::new(Arc::new(model), Kernel::Float);
            llama.read(&[0, 1, 2], &mut llama.cache(3), Logits::Last).unwrap();
            ran += 1;
        }
    }
    assert!(ran > 0);
}
