//! SentencePiece's BPE against the package itself: `tests/spm_vectors.py` wrote the vocabulary and what must come out.

use prox_wasm::gguf::{Metadata, Value};
use prox_wasm::tokenizer::{Prefix, SentencePiece, Tokenizer, TokenizerError};
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    tokens: Vec<String>,
    scores: Vec<f64>,
    types: Vec<i64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("data/spm_vectors.json")).unwrap()
}

fn metadata(vectors: &Vectors) -> Metadata {
    let mut metadata = Metadata::default();
    metadata.insert("tokenizer.ggml.model", Value::String("llama".into()));
    metadata.insert("tokenizer.ggml.tokens", Value::Strings(vectors.tokens.clone()));
    metadata.insert("tokenizer.ggml.scores", Value::Floats(vectors.scores.clone()));
    metadata.insert("tokenizer.ggml.token_type", Value::Ints(vectors.types.clone()));
    metadata
}

#[test]
fn sentence_piece_gives_the_ids_of_the_package() {
    let vectors = vectors();
    let tokenizer = Tokenizer::from_metadata(&metadata(&vectors)).unwrap();
    assert_eq!(tokenizer.vocab_size(), vectors.tokens.len());
    assert!(vectors.cases.len() > 100);
    for case in &vectors.cases {
        let mut ids = Vec::new();
        tokenizer.encode(&case.text, &mut ids);
        assert_eq!(ids, case.ids, "{:?}", case.text);
    }
}

#[test]
fn prompts_are_their_parts() {
    let vectors = vectors();
    let tokenizer = SentencePiece::from_metadata(&metadata(&vectors)).unwrap();
    let encode = |text: &str| {
        let mut ids = Vec::new();
        tokenizer.encode(text, &mut ids);
        ids
    };
    let prompt = |text: &str, prefix| {
        let mut ids = Vec::new();
        tokenizer.encode_prompt(text, prefix, &mut ids);
        ids
    };
    let [unknown, start, end] = ["<unk>", "<s>", "</s>"].map(|s| vectors.tokens.iter().position(|t| t == s).unwrap() as u32);
    for text in ["the program", " lines", "\u{e9}\u{1f600}", "<", "<s", "a<b>"] {
        assert_eq!(prompt(text, Prefix::Start), encode(text));
        assert_eq!(prompt(text, Prefix::EachPart), encode(text));
        let parts = [vec![start], encode(text), vec![end, unknown]].concat();
        assert_eq!(prompt(&format!("<s>{text}</s><unk>"), Prefix::EachPart), parts);
    }
    assert_ne!(prompt("<s>the", Prefix::Start), prompt("<s>the", Prefix::EachPart));
    assert_eq!(prompt("the<s>", Prefix::Start), prompt("the<s>", Prefix::EachPart));
}

#[test]
fn lists_that_do_not_belong_together_are_named() {
    let vectors = vectors();
    let mut metadata = metadata(&vectors);
    metadata.insert("tokenizer.ggml.scores", Value::Floats(vec![0.0; 3]));
    let found = SentencePiece::from_metadata(&metadata).unwrap_err();
    let tokens = vectors.tokens.len();
    assert_eq!(found, TokenizerError::Lists { tokens, scores: 3, types: tokens });
    metadata.insert("tokenizer.ggml.model", Value::String("bert".into()));
    let found = Tokenizer::from_metadata(&metadata).unwrap_err();
    assert_eq!(found, TokenizerError::Model { found: "bert".into() });
}
