//! Texts packed into chunks.

use wasm_bindgen::prelude::*;

use super::json::Json;
use super::wire::answer;
use crate::document::{Document, Numbering, pack};

/// Packs lines under a token budget: JSON.
#[wasm_bindgen(js_name = packChunks)]
pub fn pack_chunks(text: &str, line_tokens: &[u32], max_tokens: u32, digits: u8) -> String {
    let document = Document::new(text);
    let (given, lines) = (line_tokens.len(), document.line_count());
    if given != lines {
        return answer(Err(format!("lineTokens has {given} entries, but the text has {lines} lines")));
    }
    let line_tokens: Vec<usize> = line_tokens.iter().map(|&tokens| tokens as usize).collect();
    let mut json = Json::default();
    json.list(pack(&line_tokens, max_tokens as usize), |json, chunk| {
        json.object(|json| {
            json.key("lines").pair([chunk.first_line, chunk.last_line]);
            json.key("tokens").plain(chunk.tokens);
            json.key("overLimit").plain(chunk.over_limit);
            json.key("text").string(&chunk.numbered_text(&document, Numbering { digits }));
        });
    });
    json.into_string()
}
