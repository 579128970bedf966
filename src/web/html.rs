//! HTML to text.

use wasm_bindgen::prelude::*;

use crate::html;

/// The visible text of an HTML page, one block a line.
#[wasm_bindgen(js_name = htmlToText)]
pub fn html_to_text(html: &str) -> String {
    html::html_to_text(html)
}

/// The same as a list of lines.
#[wasm_bindgen(js_name = htmlToLines)]
pub fn html_to_lines(html: &str) -> Vec<String> {
    html::html_to_lines(html)
}
