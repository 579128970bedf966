//! Pre-tokenizers against the `tokenizers` package: `tests/pre_tokenizer_vectors.py` wrote where its pieces begin.

use prox_wasm::tokenizer::PreTokenizer;
use serde_json::Value;

#[test]
fn texts_are_cut_as_tokenizers_cuts_them() {
    // a longer list may be named
    let path = std::env::var("PIECES").unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/pieces.json").into());
    let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(cases.len() >= 400);
    for case in &cases {
        let text = case["text"].as_str().unwrap();
        for name in ["gpt2", "smollm", "llama-bpe"] {
            let (mut starts, mut at) = (Vec::new(), 0);
            PreTokenizer::from_name(name).unwrap().split(text, |piece| {
                starts.push(at);
                at += piece.chars().count();
            });
            let wanted: Vec<usize> = case[name].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
            assert_eq!(starts, wanted, "{name}: {text:?}");
        }
    }
}
