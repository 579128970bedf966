use prox_wasm::html::html_to_text;

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
    if !html.contains(['<', '&']) {
        let words: Vec<&str> = html.split_ascii_whitespace().collect();
        let text = words.join(" ");
        let expected: Vec<&str> = Some(text.trim_end()).into_iter().filter(|text| !text.trim().is_empty()).collect();
        assert_eq!(lines, expected, "text without markup is one line");
    }
    assert_eq!(lines_of(&preformatted(&lines)), lines, "what was text reads the same again");
}

fn lines_of(html: &str) -> Vec<String> {
    html_to_text(html).split('\n').filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// A page that shows these lines as they are.
fn preformatted(lines: &[String]) -> String {
    let text = lines.join("\n").replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#13;");
    format!("<pre>{text}</pre>")
}
