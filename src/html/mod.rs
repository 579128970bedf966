//! HTML → text with one visible block a line, so that callers can start from a page.
//!
//! Tags come from `html5gum`, which follows the tokenization section of the HTML standard. There is no tree: a stack of
//! the open elements, a few bytes each, says what is hidden, which list numbers its items and what a missing end tag
//! leaves open. Time and memory are linear in the input however it nests; of the hostile pages of 1 MiB in
//! `tests/html_hostile.rs` none takes a tenth of a second in a release build, or 32 MiB.
//!
//! Lines are those of `document.body.innerText` in browsers as far as the page alone tells, without its style sheets and
//! scripts. A line begins and ends with a block, a `br`, a table row, a line of `pre`; white space and no-break spaces
//! become one space, and cells stand apart by tabs. What is hidden by an attribute, an inline style, a closed `dialog` or
//! its kind (scripts, fallbacks, form choices and values, the head) does not show. The differences:
//!
//! * List items have the bullet or number that a reader sees and `innerText` leaves out. Numbers follow `start` and
//!   `value`; lists with letters or counting downwards have bullets, and so has an item outside any list.
//! * What a closed `details`, `hidden="until-found"` and a template with `shadowrootmode` hold is a part of the text, one
//!   step away from the reader at most.
//! * `aria-hidden` parts and the labels in drawings don't show: they are icons, doubles and things that open later.
//! * Buttons, inputs, pictures and custom elements stand apart from the text around them by a space. Browsers glue them in
//!   `innerText`, but they are boxes to the eye. Links in a row stay glued, as they look without a style sheet. Whether a
//!   custom element is a word or a card can't be told from the page: the space breaks no sentence, and a card has blocks
//!   inside.
//! * Soft hyphens, byte order marks and control characters are left out, as they don't show either; the readings of `ruby`
//!   have their parentheses; a formula is one line; empty cells and cells with blocks get no tab.
//! * An end tag that closes nothing ends the line if it is a block's, where browsers skip most of these.

mod attributes;
mod elements;
mod lines;
mod open_elements;
mod page;
mod reader;

use html5gum::Tokenizer;

use lines::Lines;
use page::{Feed, Page};
use reader::{Pause, PausingReader};

/// The visible text of an HTML page or fragment, one block a line, without blank lines.
///
/// Never fails: whatever is given reads as HTML in some way, as in browsers.
#[must_use]
pub fn html_to_text(html: &str) -> String {
    let mut lines = Lines::default();
    let tokens = Tokenizer::new_with_emitter(PausingReader::new(html), Feed::new(Page::new(&mut lines)));
    for token in tokens {
        // all else goes to the page
        let Err(Pause) = token;
    }
    lines.finish()
}

/// The lines of [`html_to_text`], none of them blank; none for a page without text.
#[must_use]
pub fn html_to_lines(html: &str) -> Vec<String> {
    let text = html_to_text(html);
    if text.is_empty() { Vec::new() } else { text.split('\n').map(String::from).collect() }
}

/// Whether a text looks like HTML: its first mark is a tag or a comment a page starts with.
#[must_use]
pub fn looks_like_html(text: &str) -> bool {
    let start = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let lower: String = start.chars().take(16).flat_map(char::to_lowercase).collect();
    ["<!doctype html", "<html", "<head", "<body", "<!--"].iter().any(|tag| lower.starts_with(tag))
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
        assert_eq!(html_to_text(html), "a e h");
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
    fn a_tag_may_have_any_number_of_attributes() {
        // on a small stack: html5gum calls itself for each of them
        let read = || {
            let attributes: String = (0..40_000).map(|i| format!(" a{}=\"b&amp;{i}\"", i % 50)).collect();
            html_to_lines(&format!("<p{attributes} hidden=\"\">unseen</p><p{attributes}>seen</p>"))
        };
        let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(read).unwrap();
        assert_eq!(thread.join().unwrap(), ["seen"]);
    }

    #[test]
    fn pages_are_told_from_text() {
        assert!(looks_like_html(" \n<!DOCTYPE HTML PUBLIC>"));
        assert!(!looks_like_html("x < y") && !looks_like_html("<3 you"));
    }
}
