//! HTML of any shape becomes lines: no panic, no blank line, no tag left, linear in the input.

use proptest::prelude::*;
use prox_wasm::html::{html_to_lines, html_to_text, looks_like_html};

/// Pieces that pages are made of, broken ones among them.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "<p>", "</p>", "<div>", "</div>", "<ul>", "<li>", "</li>", "</ul>", "<br>", "<b>", "</b>", "<td>", "<tr>", "</table>",
            "<pre>", "</pre>", "<script>", "</script>", "<head>", "</head>", "<title>", "</title>", "<body>", "<p hidden>",
            "<div hidden>", "<span aria-hidden=true>", "</span>", "<!--", "-->", "<![CDATA[", "<a href='", "'", "\"", ">", "<",
            "<ol>", "</ol>", "<ol start=3>", "<li value=7>", "<dialog>", "</dialog>", "<p style='display:none'>", "<svg>", "</svg>", "<x-y hidden>",
            "</x-y>", "<dt>", "<dd>", "<table>", "</tr>", "</td>", "<button>", "<template>", "</template>", "</br>", "<plaintext>", "&nbsp;",
            "&shy;", "&#8203;", "&#13;", "\u{2028}", "\u{feff}",
            "&amp;", "&#x41;", "&#xD800;", "&unknown;", "\n", "\t", "\r\n", "\0", "</", "<textarea>", "</select>", "<svg/>",
        ]).prop_map(String::from),
        2 => "[ -~]{0,12}",
        1 => "\\PC{0,6}",
    ];
    proptest::collection::vec(piece, 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn lines_are_never_blank(html in pieces()) {
        let text = html_to_text(&html);
        prop_assert!(!looks_like_html(&html) || html.contains('<'));
        for line in text.split('\n').filter(|_| !text.is_empty()) {
            prop_assert!(!line.trim().is_empty(), "{html:?} gives {text:?}");
            prop_assert_eq!(line, line.trim_end());
        }
    }

    #[test]
    fn lines_are_those_of_the_text(html in pieces()) {
        let lines = html_to_lines(&html);
        prop_assert_eq!(lines.join("\n"), html_to_text(&html));
        let preformatted = html.contains("<pre") || html.contains("<plaintext");
        for line in &lines {
            prop_assert!(!line.contains('\n') && !line.contains(|c: char| c.is_control() && c != '\t'), "{html:?} gives {line:?}");
            prop_assert!(!line.trim().is_empty() && (preformatted || line == line.trim()), "{html:?} gives {line:?}");
        }
    }

    /// Whatever was left open or hidden in one part of a page ends with the part.
    #[test]
    fn a_closed_section_hides_nothing_after_it(
        inside in proptest::collection::vec(proptest::sample::select(vec![
            "<p hidden>", "<span hidden>", "</span>", "<x-y hidden>", "<ul><li>", "<dialog>", "<div hidden>", "<svg>", "<b>", "text", "<p>",
            "</p>", "<li>", "<select>", "<video>", "<pre>", "<ol><li hidden>",
        ]), 0..12),
    ) {
        let lines = html_to_lines(&format!("<section>{}</section><p>after</p>", inside.concat()));
        prop_assert_eq!(lines.last().map(String::as_str), Some("after"), "{}", inside.concat());
    }

    #[test]
    fn plain_words_come_through(words in proptest::collection::vec("[a-z]{1,9}", 1..30)) {
        let html = format!("<div><p>{}</p></div>", words.join("\n <b>x</b> "));
        prop_assert_eq!(html_to_text(&html), words.join(" x "));
    }

    #[test]
    fn what_was_text_reads_the_same_again(words in proptest::collection::vec("[A-Za-z0-9]{1,9}( [a-z]{1,9}){0,4}", 1..20)) {
        let html: String = words.iter().map(|w| format!("<p>{w}")).collect();
        prop_assert_eq!(html_to_text(&html), words.join("\n"));
    }
}
