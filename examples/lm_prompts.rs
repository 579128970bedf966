//! The tokens of texts and of whole prompts, as `tests/prompt_oracle.mjs` asks for them.
//!
//!     cargo run --example lm_prompts < REQUESTS.jsonl
//!
//! The first line is a SentencePiece vocabulary, `{"tokens", "scores", "types"}`. Each other asks for the tokens of a text,
//! `{"text"}`, or of a prompt, `{"stage": "document" | "chunk", "text", "strict": bool}`; the answer is a line with an array.

use std::error::Error;
use std::io::{BufRead, Write};

use prox_wasm::gguf::{Metadata, Value};
use prox_wasm::refiner::lm::{Prompter, Stage};
use prox_wasm::tokenizer::{Prefix, Tokenizer, Vocabulary};
use serde::Deserialize;

#[derive(Deserialize)]
struct Pieces {
    tokens: Vec<String>,
    scores: Vec<f64>,
    types: Vec<i64>,
}

#[derive(Deserialize)]
struct Request {
    stage: Option<String>,
    text: String,
    #[serde(default)]
    strict: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut lines = std::io::stdin().lock().lines();
    let pieces: Pieces = serde_json::from_str(&lines.next().ok_or("no vocabulary")??)?;
    let mut metadata = Metadata::default();
    metadata.insert("tokenizer.ggml.model", Value::String("llama".into()));
    metadata.insert("tokenizer.ggml.tokens", Value::Strings(pieces.tokens));
    metadata.insert("tokenizer.ggml.scores", Value::Floats(pieces.scores));
    metadata.insert("tokenizer.ggml.token_type", Value::Ints(pieces.types));
    metadata.insert("tokenizer.ggml.bos_token_id", Value::Uint(1));
    metadata.insert("tokenizer.ggml.eos_token_id", Value::Uint(2));
    let tokenizer = Tokenizer::from_metadata(&metadata)?;
    let vocabulary = Vocabulary::from_metadata(&metadata)?;
    let prompter = Prompter { tokenizer: &tokenizer, vocabulary: &vocabulary };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in lines {
        let Request { stage, text, strict } = serde_json::from_str(&line?)?;
        let stage = match stage.as_deref() {
            Some("document") => Some(Stage::Document),
            Some("chunk") => Some(Stage::Chunk),
            _ => None,
        };
        let tokens = match (stage, &tokenizer) {
            (Some(stage), _) if strict => prompter.strict(stage, &text, 2000),
            (Some(stage), _) => prompter.official(stage, &text),
            // as AutoTokenizer's fast tokenizer does it
            (None, Tokenizer::SentencePiece(pieces)) => {
                let mut tokens = vec![1];
                pieces.encode_prompt(&text, Prefix::EachPart, &mut tokens);
                tokens
            }
            (None, Tokenizer::ByteLevel(_)) => unreachable!("made above"),
        };
        serde_json::to_writer(&mut out, &tokens)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
