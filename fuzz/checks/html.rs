use prox_wasm::html::html_to_lines as lines_of;

use super::input::{Input, MAX_BYTES, grown};
use super::meter::Meter;

/// HTML to lines: none is blank, and each comes back from its own markup.
pub fn html_to_lines(input: &[u8], meter: &mut Meter) {
    let mut input = Input::new(input);
    let how = input.byte();
    let html = grown(&input.text(), how, MAX_BYTES);
    let lines = meter.call(|| lines_of(&html));
    for line in &lines {
        assert!(!line.trim().is_empty() && !line.contains('\n'), "{line:?} is no line");
        assert_eq!(line, line.trim_end());
    }
    assert_eq!(lines_of(&html), lines, "the same page gives the same lines");
    // Odd spaces and what never shows may go either way.
    let is_plain = |c: char| c.is_ascii_whitespace() || c.is_alphanumeric() || (c.is_ascii_graphic() && !matches!(c, '<' | '&'));
    if html.chars().all(is_plain) {
        let words: Vec<&str> = html.split_ascii_whitespace().collect();
        assert_eq!(lines.concat(), words.join(" "), "text without markup is one line");
    }
    assert_eq!(lines_of(&preformatted(&lines)), lines, "what was text reads the same again");
}

/// A page that shows these lines as they are.
fn preformatted(lines: &[String]) -> String {
    let text = lines.join("\n").replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#13;");
    format!("<pre>{text}</pre>")
}
