//! HTML → text with one visible block a line, so that callers can start from a page.
//!
//! Tags come from `html5gum`, which follows the tokenization section of the HTML standard; there is no tree, so time
//! and memory are linear in the input however deep it nests. What shows: the text of the body, list items with a
//! bullet, table rows as one line with their cells apart by tabs, `pre` with its own line breaks. What does not:
//! scripts, styles, templates, form choices, `hidden` and `aria-hidden` parts, everything in the head.

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// Elements whose content never shows as text.
const SILENT: [&str; 16] = [
    "head", "title", "script", "style", "noscript", "template", "iframe", "object", "svg", "math", "canvas", "audio", "video",
    "select", "datalist", "textarea",
];
/// Elements that have no end tag.
const VOID: [&str; 14] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"];
/// Elements that share their line with what stands around them.
const INLINE: [&str; 46] = [
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "embed", "font", "i", "img",
    "input", "ins", "kbd", "label", "link", "mark", "meta", "meter", "nobr", "output", "progress", "q", "ruby", "s", "samp",
    "small", "span", "strike", "strong", "sub", "sup", "time", "u", "var", "wbr", "tt", "rt", "rp", "button",
];

/// Elements that may stand in the head; any other one begins the body.
const HEAD_CONTENT: [&str; 9] = ["base", "link", "meta", "noscript", "script", "style", "template", "title", "head"];

const BULLET: &str = "• ";

/// The visible text of an HTML page or fragment, one block a line, without blank lines.
///
/// Never fails: whatever is given reads as HTML in some way, as in browsers.
#[must_use]
pub fn html_to_text(html: &str) -> String {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page::default();
    for token in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Ok(Token::StartTag(tag)) => page.open(&tag),
            Ok(Token::EndTag(tag)) => page.close(&tag.name),
            Ok(Token::String(text)) => page.text(&String::from_utf8_lossy(&text)),
            Ok(_) => {}
            Err(never) => match never {},
        }
    }
    page.end_line();
    page.out
}

/// Whether a text looks like HTML: its first mark is a tag or a comment a page starts with.
#[must_use]
pub fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower: String = start.chars().take(16).flat_map(char::to_lowercase).collect();
    ["<!doctype html", "<html", "<head", "<body", "<!--"].iter().any(|tag| lower.starts_with(tag))
}

#[derive(Default)]
struct Page {
    out: String,
    line: String,
    /// White space seen since the last mark of the line.
    space: bool,
    /// A bullet waits for the text of its item.
    bullet: bool,
    /// A cell ended, and another may follow in the same line.
    cell: bool,
    preformatted: usize,
    /// The element being skipped and how many of its name are open inside.
    skipped: Option<(Vec<u8>, usize)>,
}

impl Page {
    fn open(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        let is = |names: &[&str]| names.iter().any(|n| n.as_bytes() == name);
        let void = is(&VOID);
        if let Some((skipped, depth)) = &mut self.skipped {
            let ended = match skipped.as_slice() {
                // their end tags may be left out: what can't stand inside ends them
                b"head" => !is(&HEAD_CONTENT),
                b"p" => !is_inline(name),
                _ => false,
            };
            if !ended {
                *depth += usize::from(skipped.as_slice() == name && !void);
                return;
            }
            self.skipped = None;
        }
        if !void && !tag.self_closing && (is(&SILENT) || is_hidden(tag)) && name != b"body" && name != b"html" {
            if !is_inline(name) {
                self.end_line();
            }
            self.skipped = Some((name.to_vec(), 1));
            return;
        }
        match name {
            b"br" | b"hr" => self.end_line(),
            b"td" | b"th" => self.cell = !self.line.is_empty(),
            b"li" => {
                self.end_line();
                self.bullet = true;
            }
            b"pre" => {
                self.end_line();
                self.preformatted += 1;
            }
            _ if is_inline(name) => {}
            _ => self.end_line(),
        }
    }

    fn close(&mut self, name: &[u8]) {
        if let Some((skipped, depth)) = &mut self.skipped {
            if skipped.as_slice() == name {
                *depth -= 1;
                if *depth == 0 {
                    self.skipped = None;
                }
            }
            return;
        }
        match name {
            b"pre" => {
                self.end_line();
                self.preformatted = self.preformatted.saturating_sub(1);
            }
            b"td" | b"th" => self.space = true,
            b"li" => self.end_line(),
            _ if is_inline(name) => {}
            _ => self.end_line(),
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipped.is_some() {
            return;
        }
        if self.preformatted > 0 {
            for (i, part) in text.split('\n').enumerate() {
                if i > 0 {
                    self.end_line();
                }
                self.start_text(part);
                self.line.push_str(part);
            }
            return;
        }
        let mut rest = text;
        loop {
            let word_at = rest.find(|c: char| !c.is_ascii_whitespace()).unwrap_or(rest.len());
            self.space |= word_at > 0;
            rest = &rest[word_at..];
            if rest.is_empty() {
                return;
            }
            let word = &rest[..rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len())];
            self.start_text(word);
            if self.space && !self.line.is_empty() && !self.line.ends_with([' ', '\t']) {
                self.line.push(' ');
            }
            self.space = false;
            self.line.push_str(word);
            rest = &rest[word.len()..];
        }
    }

    /// Writes the bullet or tab that waits for text, if this is text.
    fn start_text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if std::mem::take(&mut self.bullet) {
            self.line.insert_str(0, BULLET);
        }
        if std::mem::take(&mut self.cell) && !self.line.is_empty() {
            self.line.push('\t');
        }
    }

    fn end_line(&mut self) {
        let line = self.line.trim_end();
        if !line.trim().is_empty() {
            if !self.out.is_empty() {
                self.out.push('\n');
            }
            self.out.push_str(line);
        }
        self.line.clear();
        self.space = false;
        self.cell = false;
    }
}

fn is_inline(name: &[u8]) -> bool {
    INLINE.iter().any(|n| n.as_bytes() == name)
}

fn is_hidden(tag: &StartTag<()>) -> bool {
    tag.attributes.iter().any(|(name, value)| match name.as_slice() {
        b"hidden" => value.as_slice() != b"until-found",
        b"aria-hidden" => value.as_slice() == b"true",
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_block_a_line() {
        let html = "<!doctype html><html><head><title>T</title><style>p{}</style></head><body><nav><ul><li><a href=/>Home</a>\
            <li>News &amp; more</ul></nav><h1>A  <b>bold</b>\n title</h1><p>One<br>two</p>three<script>if (a<b) x</script></body>";
        assert_eq!(html_to_text(html), "• Home\n• News & more\nA bold title\nOne\ntwo\nthree");
    }

    #[test]
    fn tables_and_preformatted_text_keep_their_rows() {
        let html = "<table><tr><td>a</td><td>b <i>c</i></td></tr><tr><th></th><td>d</td></tr></table><pre>x  = 1\n  y</pre>";
        assert_eq!(html_to_text(html), "a\tb c\nd\nx  = 1\n  y");
    }

    #[test]
    fn what_is_hidden_stays_hidden() {
        let html = "a<div hidden>b<div>c</div>d</div>e<span aria-hidden=true>f</span><select><option>g</select>h";
        assert_eq!(html_to_text(html), "a\ne\nh");
    }

    #[test]
    fn end_tags_may_be_left_out() {
        assert_eq!(html_to_text("<head><title>t</title><meta a><p>one<p hidden>two<p>three"), "one\nthree");
        assert_eq!(html_to_text("<title>t</title><p hidden>a <b>b</b></p>c"), "c");
    }

    #[test]
    fn an_item_with_a_block_keeps_its_bullet() {
        assert_eq!(html_to_text("<ul><li><p>one</p><p>two</p></li><li></li></ul>"), "• one\ntwo");
        assert_eq!(html_to_text("<p>a<p>b</div></ul>c"), "a\nb\nc");
    }

    #[test]
    fn deep_and_broken_pages_are_read_in_linear_time() {
        let deep = "<div>".repeat(200_000) + "x" + &"</div>".repeat(200_000);
        assert_eq!(html_to_text(&deep), "x");
        assert_eq!(html_to_text("<div hidden>never closed"), "");
        assert_eq!(html_to_text("a < b <"), "a < b <");
        assert_eq!(html_to_text(""), "");
    }

    #[test]
    fn pages_are_told_from_text() {
        assert!(looks_like_html(" \n<!DOCTYPE HTML PUBLIC>"));
        assert!(!looks_like_html("x < y") && !looks_like_html("<3 you"));
    }
}
