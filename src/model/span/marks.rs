//! Noise that markup and layout left behind: addresses, tags, entities, brackets, ends of lines.

use memchr::memchr2_iter;

use super::SpanKind;
use super::propose::Proposals;

/// What stands in brackets is no longer than this.
const MAX_LABEL: usize = 40;
/// The same of a tag.
const MAX_TAG: usize = 240;
/// So much must be left of a line whose end goes.
const MIN_REST: usize = 15;

const TAGS: &str = " a abbr article b blockquote br button center code dd div dl dt em embed figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i iframe img input label li link nav object ol p param pre q s script section small span strike strong style sub sup table tbody td th thead tr tt u ul video ";
const ENTITIES: [(&str, &str); 36] = [
    ("amp", "&"),
    ("quot", "\""),
    ("apos", "'"),
    ("lt", "<"),
    ("gt", ">"),
    ("nbsp", " "),
    ("rsquo", "’"),
    ("lsquo", "‘"),
    ("rdquo", "”"),
    ("ldquo", "“"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("hellip", "…"),
    ("copy", "©"),
    ("reg", "®"),
    ("trade", "™"),
    ("bull", "•"),
    ("middot", "·"),
    ("eacute", "é"),
    ("egrave", "è"),
    ("agrave", "à"),
    ("ccedil", "ç"),
    ("uuml", "ü"),
    ("ouml", "ö"),
    ("auml", "ä"),
    ("szlig", "ß"),
    ("ntilde", "ñ"),
    ("pound", "£"),
    ("euro", "€"),
    ("deg", "°"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("times", "×"),
    ("frac12", "½"),
    ("shy", ""),
    ("zwnj", ""),
];
const WIKI: [&str; 16] = [
    "edit",
    "edit source",
    "edit | edit source",
    "citation needed",
    "clarification needed",
    "better source needed",
    "who?",
    "when?",
    "where?",
    "which?",
    "why?",
    "by whom?",
    "according to whom?",
    "original research?",
    "failed verification",
    "page needed",
];
const LABELS: [&str; 14] = [
    "link",
    "links",
    "pdf",
    "click here",
    "external link",
    "link is external",
    "opens in new window",
    "opens in a new window",
    "opens in new tab",
    "opens in a new tab",
    "click to enlarge",
    "permalink",
    "read more",
    "via",
];
const INVITATIONS: [&str; 20] = [
    "read more",
    "continue reading",
    "read full article",
    "read the full article",
    "read full story",
    "read the full story",
    "read the rest",
    "read the rest of this entry",
    "read on",
    "keep reading",
    "learn more",
    "find out more",
    "see more",
    "view more",
    "show more",
    "more details",
    "full story",
    "click here",
    "click here to read more",
    "click here for more",
];
const TOOLS: [&str; 22] = [
    "Share",
    "Share this",
    "Tweet",
    "Tweet this",
    "Print",
    "Email",
    "E-mail",
    "Email this",
    "Pin It",
    "Pin",
    "Like",
    "Facebook",
    "Twitter",
    "LinkedIn",
    "WhatsApp",
    "Pinterest",
    "Reddit",
    "Google+",
    "StumbleUpon",
    "Digg",
    "Reply",
    "Comments",
];

fn before(line: &str, at: usize) -> Option<char> {
    line[..at].chars().next_back()
}

fn after(line: &str, at: usize) -> Option<char> {
    line[at..].chars().next()
}

/// Takes something out of a line: the space before it goes too, or the one after it at the line's start.
fn take_out(kind: SpanKind, line: &str, mut start: usize, mut end: usize, out: &mut Proposals<'_>) {
    let spaced_after = after(line, end).is_none_or(|c| !c.is_alphanumeric());
    let mut target = "";
    match before(line, start) {
        Some(' ') if spaced_after => start -= 1,
        Some(' ') => {}
        None => end = line.len() - line[end..].trim_start().len(),
        Some(c) if c.is_alphanumeric() && !spaced_after => target = " ",
        Some('.' | '!' | '?' | ',') if !spaced_after => target = " ",
        Some(_) => {}
    }
    if start > 0 || end < line.len() {
        out.push(kind, start, end, target);
    }
}

pub(super) fn urls(line: &str, out: &mut Proposals<'_>) {
    let mut at = 0;
    for start in memchr2_iter(b'h', b'w', line.as_bytes()) {
        if start < at {
            continue;
        }
        let rest = &line[start..];
        let head = ["https://", "http://", "www."].into_iter().find(|head| rest.starts_with(head));
        let (Some(head), true) = (head, before(line, start).is_none_or(|c| !c.is_alphanumeric())) else { continue };
        let stop = |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '“' | '”' | '\u{200b}');
        let end = start + rest.find(stop).unwrap_or(rest.len());
        let end = start + line[start..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '’', '*', '_']).len();
        at = end;
        // what identifies a document is content
        if end <= start + head.len() + 3 || line[start..end].contains("doi.org/") {
            continue;
        }
        let bracketed = matches!((before(line, start), after(line, end)), (Some('('), Some(')')) | (Some('['), Some(']')));
        if bracketed {
            take_out(SpanKind::Url, line, start - 1, end + 1, out);
        } else {
            take_out(SpanKind::Url, line, start, end, out);
        }
    }
}

pub(super) fn tags(line: &str, out: &mut Proposals<'_>) {
    let mut at = 0;
    while let Some(found) = line[at..].find('<') {
        let start = at + found;
        at = start + 1;
        let inner = line[at..].strip_prefix('/').unwrap_or(&line[at..]);
        let window = &inner[..inner.floor_char_boundary(MAX_TAG)];
        let Some(close) = window.find(['>', '<']).filter(|&close| window.as_bytes()[close] == b'>') else { continue };
        let name = &window[..window[..close].find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(close)];
        let known = !name.is_empty() && TAGS.contains(&format!(" {} ", name.to_ascii_lowercase()));
        let next = window.as_bytes()[name.len()];
        if known && matches!(next, b' ' | b'/' | b'>') {
            let end = line.len() - inner.len() + close + 1;
            at = end;
            take_out(SpanKind::Tag, line, start, end, out);
        }
    }
}

pub(super) fn entities(line: &str, out: &mut Proposals<'_>) {
    let mut at = 0;
    while let Some(found) = line[at..].find('&') {
        let start = at + found;
        at = start + 1;
        let window = &line[at..line.floor_char_boundary(at + 12)];
        let Some(close) = window.find(';') else { continue };
        let name = &window[..close];
        let numeric = name.strip_prefix('#').and_then(|number| {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?).filter(|c| !c.is_control()).map(|c| if c == '\u{a0}' { ' ' } else { c }.to_string())
        });
        let named = || ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, c)| (*c).to_owned());
        if let Some(target) = numeric.or_else(named) {
            at += close + 1;
            out.push(SpanKind::Entity, start, at, target);
        }
    }
}

/// Whether brackets hold numbers of references: `3`, `1, 2`, `4–6`, `note 2`.
fn is_citation(inner: &str) -> bool {
    let numbers = ["note ", "nb ", "ref "].iter().find_map(|word| inner.strip_prefix(word)).unwrap_or(inner);
    numbers.len() <= 16
        && numbers.starts_with(|c: char| c.is_ascii_digit())
        && numbers.ends_with(|c: char| c.is_ascii_digit())
        && numbers.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | ' ' | '-' | '–'))
        && numbers.split(|c: char| !c.is_ascii_digit()).all(|number| number.len() <= 3)
}

fn label_kind(open: u8, inner: &str) -> Option<SpanKind> {
    let folded = inner.trim().to_lowercase();
    let label = folded.trim_end_matches(['.', '…', '»', '→', ' ']);
    if open == b'[' && is_citation(&folded) {
        return Some(SpanKind::Citation);
    }
    if open == b'[' && WIKI.contains(&label) {
        return Some(SpanKind::WikiMark);
    }
    let words = label.split(' ').count();
    let names_link = words <= 3 && [" link", " links"].iter().any(|end| label.ends_with(end));
    let letters = label.chars().all(|c| c.is_alphabetic() || c == ' ' || c == '-');
    (LABELS.contains(&label) || (names_link && letters)).then_some(SpanKind::LinkLabel)
}

pub(super) fn brackets(line: &str, out: &mut Proposals<'_>) {
    let close_of = |open: usize| {
        let start = open + 1;
        let window = &line[start..line.floor_char_boundary(start + MAX_LABEL)];
        let close = if line.as_bytes()[open] == b'[' { ']' } else { ')' };
        let found = window.find(['[', '(', ']', ')']).filter(|&found| window[found..].starts_with(close))?;
        label_kind(line.as_bytes()[open], &window[..found]).map(|kind| (kind, start + found + 1))
    };
    let mut at = 0;
    while let Some(found) = line[at..].find(['[', '(']) {
        let start = at + found;
        at = start + 1;
        let Some((kind, mut end)) = close_of(start) else { continue };
        while line.as_bytes().get(end) == Some(&b'[')
            && let Some((next, further)) = close_of(end)
            && next == kind
        {
            end = further;
        }
        at = end;
        // at its line's start a number names the reference
        if kind != SpanKind::Citation || start > 0 {
            take_out(kind, line, start, end, out);
        }
    }
}

const ARROWS: [char; 5] = ['↑', '↩', '↵', '⤴', '\u{fe0e}'];

pub(super) fn arrows(line: &str, out: &mut Proposals<'_>) {
    let rest = line.trim_end_matches(ARROWS);
    if rest.len() < line.len() && rest.trim().len() > 1 {
        out.push(SpanKind::Arrow, rest.trim_end().len(), line.len(), "");
    }
    if let Some(rest) = ["^ ", "↑ "].iter().find_map(|mark| line.strip_prefix(mark))
        && !rest.trim().is_empty()
    {
        out.push(SpanKind::Arrow, 0, line.len() - rest.len(), "");
    }
}

/// Invitations and tool words that end the line.
pub(super) fn ends(line: &str, out: &mut Proposals<'_>) {
    let bare = line.trim_end_matches([' ', '»', '›', '→', '>', '.', '…', ']', ')', '¬', '!', ':']);
    let tail = &bare[bare.ceil_char_boundary(bare.len().saturating_sub(MAX_LABEL))..];
    let mut longest = 0;
    for phrase in INVITATIONS {
        let at = tail.len().wrapping_sub(phrase.len());
        if tail.get(at..).is_some_and(|end| end.eq_ignore_ascii_case(phrase)) {
            longest = longest.max(phrase.len());
        }
    }
    if longest > 0 {
        let mut start = bare.len() - longest;
        let opens = before(line, start).is_some_and(|c| matches!(c, '[' | '('));
        start -= usize::from(opens);
        let kept = line[..start].trim_end().trim_end_matches(['|', '-', '–', '»', '›', '>', '·']).trim_end();
        if before(line, start).is_none_or(|c| !c.is_alphanumeric()) && kept.len() >= MIN_REST {
            out.push(SpanKind::ReadMore, kept.len(), line.len(), "");
            return;
        }
    }
    let (mut rest, mut count) = (line, 0);
    while count < 8 {
        let tool = TOOLS
            .iter()
            .filter(|tool| rest.strip_suffix(*tool).is_some_and(|left| left.ends_with(|c: char| !c.is_alphanumeric())));
        let Some(tool) = tool.max_by_key(|tool| tool.len()) else { break };
        rest = rest[..rest.len() - tool.len()].trim_end_matches([' ', '|', '·', '•', '/', ',']);
        count += 1;
    }
    let ended = rest.ends_with(['.', '!', '?', '"', '”', ')', '…']);
    if (count > 1 || (count == 1 && ended)) && rest.len() >= MIN_REST {
        out.push(SpanKind::ToolWords, rest.len(), line.len(), "");
    }
}

#[cfg(test)]
mod tests {
    use super::super::propose::tests::{proposed, proposed_of};
    use super::*;

    #[test]
    fn marks_go_with_their_space() {
        for (kind, noisy, clean) in [
            (SpanKind::WikiMark, "See also[edit]", "See also"),
            (SpanKind::Citation, "and Russia. [9]", "and Russia."),
            (SpanKind::Citation, "over.[29][30] Then", "over. Then"),
            (SpanKind::Citation, "as shown [1, 4–6], it", "as shown, it"),
            (SpanKind::LinkLabel, "Pretraining (Paper Link)", "Pretraining"),
            (SpanKind::LinkLabel, "the report [pdf] says", "the report says"),
            (SpanKind::Tag, "<p> The way <br/>you <b>get</b> there", "The way you get there"),
            (SpanKind::Tag, "one<br>two", "one two"),
            (SpanKind::Entity, "say &quot;hello&quot; &amp; &#39;a&#x27;", "say \"hello\" & 'a'"),
            (SpanKind::Url, "It works. https://e.org/a?b=1 (www.example.org) Yes", "It works. Yes"),
            (SpanKind::ReadMore, "The mill was rebuilt … [Read more...]", "The mill was rebuilt …"),
            (SpanKind::ReadMore, "The mill was rebuilt. Continue reading →", "The mill was rebuilt."),
            (SpanKind::ToolWords, "The mill was rebuilt. Share Tweet Pin It", "The mill was rebuilt."),
            (SpanKind::Arrow, "^ Smith, The mill. ↩︎", "Smith, The mill."),
        ] {
            assert_eq!(proposed_of(kind, noisy), clean, "{noisy}");
        }
    }

    #[test]
    fn nothing_is_left_empty() {
        for line in
            ["[edit]", "Read more »", "<div>", "(link)", "https://example.org/", "↑", "[12345]", "f(x)", "a < b > c", "AT&T; x"]
        {
            assert_eq!(proposed(line), [], "{line}");
        }
    }
}
