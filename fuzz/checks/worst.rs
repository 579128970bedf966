//! Inputs that grow to a megabyte of what is dear: each a few bytes, so that a fuzzer can go on from them.

use super::input::GROWN;

/// The text repeated, and repeated on lines of its own.
const WHOLE: u8 = GROWN;
const LINES: u8 = GROWN | 0x08;
/// The second half of the text repeated after the first.
const TAIL: u8 = GROWN | 0x14;

/// The worst cases of a target.
pub fn worst_cases(target: &str) -> Vec<Vec<u8>> {
    match target {
        "parse_strict" | "parse_official" => {
            programs().into_iter().map(|(how, text)| [&[how], text.as_bytes()].concat()).collect()
        }
        "execute" => executions(),
        "chunk" => chunks(),
        "html_to_lines" => pages().into_iter().map(|(how, text)| [&[how], text.as_bytes()].concat()).collect(),
        "gguf" => super::models::files(),
        _ => panic!("no target {target}"),
    }
}

/// A text whose second half is `unit`, for [`TAIL`].
fn after(prefix: &str, unit: &str) -> (u8, String) {
    let units = prefix.len().div_ceil(unit.len());
    // Blank lines before a program or a page mean nothing.
    let padding = "\n".repeat(units * unit.len() - prefix.len());
    (TAIL, format!("{padding}{prefix}{}", unit.repeat(units)))
}

fn whole(text: &str) -> (u8, String) {
    (WHOLE, text.to_owned())
}

fn lines(text: &str) -> (u8, String) {
    (LINES, text.to_owned())
}

/// Long lines and many, well formed and not, for both readings.
fn programs() -> Vec<(u8, String)> {
    vec![
        whole("x"),
        whole("("),
        whole(" "),
        whole("\n"),
        whole("\r\n"),
        whole("#"),
        whole("```\n"),
        whole("\0"),
        whole("\u{feff}"),
        whole("\u{3000}"),
        whole("漢"),
        lines("x"),
        lines(" x\u{1}"),
        lines("(x"),
        lines("drop_doc()"),
        lines("keep_doc(1)"),
        lines("remove_lines"),
        lines("remove_lines(all=True"),
        lines("remove_lines(line_start=\u{1}, line_end=\u{1})"),
        lines("remove_lines(=1,=9)"),
        lines("remove_lines(start=999999999, end=0)"),
        lines("normalize('\u{1}')"),
        lines("normalize(=)"),
        lines("normalize(='\u{1}',=b)"),
        lines("normalize(source_str=\"a\u{1}\", target_str=\"b\")"),
        lines("normalize('unterminated \u{1}"),
        after("remove_lines(line_start=", "1"),
        after("remove_lines(line_start=", "-"),
        after("remove_lines(line_start=", "1_"),
        after("remove_lines(line_start=", "=1,"),
        after("remove_lines(line_start=", "\u{661}"),
        after("remove_lines(", "("),
        after("remove_lines(", " all=Tru"),
        after("normalize(source_str='", "a"),
        after("normalize(source_str='", "\\"),
        after("normalize(source_str='", "\\u00e9"),
        after("normalize(source_str='", "\\ud83d\\ude42"),
        after("normalize(source_str='", "\\ud83d"),
        after("normalize(source_str='", "\\'"),
        after("normalize(source_str='", "'"),
        after("normalize(source_str=\"", "\""),
        after("normalize(source_str=\"", ","),
        after("normalize(source_str=\"", "="),
        after("normalize(source_str=\"", "漢"),
        after("normalize(", "a"),
        after("normalize(", ")"),
        after("keep_doc()", " "),
        after("keep_doc()", ";"),
        after("keep_doc() #", "🙂"),
    ]
}

/// Many lines and long ones, each with counts that put it in a chunk of its own, or all in one.
fn chunks() -> Vec<Vec<u8>> {
    let mut cases = Vec::new();
    for (how, text) in [whole("\n"), whole("x"), lines("x"), whole("漢"), lines("🙂\u{1}"), whole("é\n\n")] {
        for (digits, budget, count) in [(3, 0, 1), (23, 0, 1), (0, 255, 0), (3, 192, 192), (3, 127, 9)] {
            cases.push([&[how, digits, budget], [count; 16].as_slice(), text.as_bytes()].concat());
        }
    }
    cases
}

/// Programs and texts in half of the room each, in all modes.
fn executions() -> Vec<Vec<u8>> {
    let removals = lines("remove_lines(start=\u{1}, end=\u{1})");
    let all = lines("remove_lines(start=0, end=\u{1})");
    let numbered = lines("normalize(source_str=\"word \u{1}\", target_str=\"\u{1}\")");
    let longer = (0, "normalize(source_str=\"e\", target_str=\"eee\")".to_owned());
    let doubling = lines("normalize(source_str=\"e\", target_str=\"ee\")");
    let short = (0, "normalize(source_str=\"x\", target_str=\"y\")\nremove_lines(start=0, end=0)".to_owned());
    let chain = (0, (0..9).map(|n| format!("normalize(source_str=\"{n}\", target_str=\"{}\")\n", n + 1)).collect());
    let common = (0, ["the ", "of", "at", "e ", "th", "and "].map(|s| format!("normalize(a=\"{s}\", b=\"{s}.\")\n")).concat());
    let (sentence, numbers) = ("the end of all the words and that was at eve ", "word \u{1}");
    let cases = [
        (&removals, lines("x")),
        (&all, lines("")),
        (&numbered, lines(numbers)),
        (&numbered, whole(numbers)),
        (&longer, whole("e")),
        (&longer, lines("e")),
        (&doubling, whole("e")),
        (&short, lines("x")),
        (&short, whole("x")),
        (&short, whole("x ")),
        (&chain, whole("0 ")),
        (&chain, lines("0")),
        (&common, whole(sentence)),
        (&common, lines(sentence)),
        (&common, whole("漢é")),
    ];
    let mut inputs = Vec::new();
    for kind in 0..4 {
        for ((how_program, program), (how_text, text)) in &cases {
            // Of the room, a part for the program; no guard and no limit on errors.
            let settings = [*how_program, *how_text, 100, kind, 0, 3, 255, 0, 0, 255, 3];
            inputs.push([settings.as_slice(), program.as_bytes(), b"\0", text.as_bytes()].concat());
        }
    }
    inputs
}

/// Markup that nests, never ends, or means more than it says.
fn pages() -> Vec<(u8, String)> {
    vec![
        whole("x"),
        whole("x "),
        whole("\n"),
        whole("\r"),
        whole("<"),
        whole("&"),
        whole("</"),
        whole("<!"),
        whole("\0"),
        whole("<p>"),
        whole("<p>x"),
        whole("<br>x"),
        whole("<div>"),
        whole("<div hidden>"),
        whole("<div hidden>x</div>"),
        whole("<p hidden>x"),
        whole("<ul><li>x"),
        whole("<li>"),
        whole("<td>x"),
        whole("<tr><td>x<td>y"),
        whole("<b><i>"),
        whole("<pre>x\n"),
        whole("<title>"),
        whole("<script>x</script>y"),
        whole("<a href=x>y</a> "),
        whole("<a\u{1}>"),
        whole("</a\u{1}>"),
        whole("<!--x-->"),
        whole("<![CDATA[x]]>"),
        whole("&amp;"),
        whole("&nGt;"),
        whole("&#65;"),
        whole("&#99999999;"),
        whole("&CounterClockwiseContourIntegra"),
        after("<pre>", "\n"),
        after("<pre>", "x\n"),
        after("<pre>", "\t"),
        after("<script>", "x"),
        after("<script>", "<"),
        after("<script>", "</scrip"),
        after("<style>", "<!--"),
        after("<textarea>", "&lt;"),
        after("<plaintext>", "<p>"),
        after("<!--", "-"),
        after("<!--", "<!--"),
        after("<!doctype ", "x "),
        after("<![CDATA[", "]"),
        after("&#", "1"),
        after("&#x", "f"),
        after("&", "a"),
        after("<", "a"),
        after("<a ", "b "),
        after("<a ", "b\u{1} "),
        after("<a ", "b\u{1}=c "),
        after("<a ", "hidden "),
        after("<a b=", "c"),
        after("<a b='", "&amp;"),
        after("<a b=\"", "<p>"),
        after("<a ", "b=\"c\" "),
        after("<a ", "b='c' "),
        after("<table>", "<td>"),
        after("<ul><li>", "x<b>"),
        after("<head>", "<meta x>"),
        after("<div hidden>", "<div>"),
        after("<svg>", "</svg"),
    ]
}
