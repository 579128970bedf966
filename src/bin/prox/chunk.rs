//! `prox chunk`.

use anyhow::{Result, bail};
use prox_wasm::document::{Document, Numbering, pack};
use serde::Deserialize;
use serde_json::json;

use crate::args::ChunkArgs;
use crate::input;
use crate::jsonl::{self, RecordError};

#[derive(Deserialize)]
struct Record {
    text: String,
    line_tokens: Option<Vec<usize>>,
}

pub fn run(args: &ChunkArgs) -> Result<usize> {
    if args.max_tokens == 0 {
        bail!("--max-tokens is 0; a chunk needs at least one token");
    }
    let refiner = input::load_model(&args.model)?;
    let tokenizer = &refiner.model().tokenizer;
    let numbering = Numbering::default();
    jsonl::run(&args.file, args.output.as_deref(), |record: Record| {
        let document = Document::new(&record.text);
        let line_tokens = match record.line_tokens {
            Some(given) if given.len() != document.line_count() => {
                let message = format!("line_tokens has {} entries, the text has {} lines", given.len(), document.line_count());
                return Err(RecordError::new("invalid-record", message));
            }
            Some(given) => given,
            None => {
                let mut ids = Vec::new();
                let count = |(i, line)| {
                    ids.clear();
                    tokenizer.encode(&numbering.line(i, line), &mut ids);
                    // one more for the start-of-text token that the official packer counts with every line
                    ids.len() + 1
                };
                document.lines().enumerate().map(count).collect()
            }
        };
        let chunks: Vec<_> = pack(&line_tokens, args.max_tokens)
            .iter()
            .map(|chunk| {
                json!({
                    "lines": [chunk.first_line, chunk.last_line],
                    "tokens": chunk.tokens,
                    "over_limit": chunk.over_limit,
                    "text": chunk.numbered_text(&document, numbering),
                })
            })
            .collect();
        Ok(json!({ "chunks": chunks }))
    })
}
