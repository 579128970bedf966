//! Noise of single characters: broken encodings, what shows nothing, repeated signs, runs of spaces.

use super::SpanKind;
use super::propose::Proposals;

/// The byte that Windows-1252 has for a character beyond ASCII; the five it leaves out stand for themselves.
fn windows_1252(c: char) -> Option<u8> {
    const SPECIAL: &str = "€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ";
    match u32::from(c) {
        code @ 0x80..=0xff => Some(code as u8),
        code if code < 0x80 => None,
        _ => SPECIAL.chars().position(|special| special == c).map(|place| 0x80 + place as u8),
    }
}

/// The character that the beginning of `text` is when read as UTF-8 byte by byte, and the bytes it takes of `text`.
fn misread(text: &str) -> Option<(char, usize)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let lead = windows_1252(first)?;
    let more = match lead {
        0xc2..=0xdf => 1,
        0xe0..=0xef => 2,
        0xf0..=0xf4 => 3,
        _ => return None,
    };
    let mut bytes = [lead, 0, 0, 0];
    for slot in &mut bytes[1..=more] {
        *slot = chars.next().and_then(windows_1252).filter(|byte| (0x80..=0xbf).contains(byte))?;
    }
    let c = std::str::from_utf8(&bytes[..=more]).ok()?.chars().next()?;
    let taken = text.len() - chars.as_str().len();
    ((!c.is_control() || windows_1252(c).is_some()) && c != '\u{fffd}').then_some((if c == '\u{a0}' { ' ' } else { c }, taken))
}

/// As [`misread`], with the forms of `â€` whose last byte was lost or straightened.
fn misread_or_damaged(text: &str) -> Option<(char, usize)> {
    misread(text).or_else(|| {
        let rest = text.strip_prefix("â€")?;
        let quote = rest.starts_with('"');
        Some((if quote { '—' } else { '”' }, text.len() - rest.len() + usize::from(quote)))
    })
}

/// Reads a text's characters as bytes, as often as that still gives UTF-8.
fn repaired(text: &str) -> String {
    let mut out = text.to_owned();
    for _ in 0..3 {
        let (mut next, mut at) = (String::with_capacity(out.len()), 0);
        while let Some(c) = out[at..].chars().next() {
            let (c, taken) = misread_or_damaged(&out[at..]).unwrap_or((c, c.len_utf8()));
            next.push(c);
            at += taken;
        }
        if next == out {
            break;
        }
        out = next;
    }
    out
}

pub(super) fn mojibake(line: &str, out: &mut Proposals<'_>) {
    let mut at = 0;
    while let Some(c) = line[at..].chars().next() {
        let start = at;
        while let Some((_, taken)) = misread_or_damaged(&line[at..]) {
            at += taken;
        }
        if at > start {
            out.push(SpanKind::Mojibake, start, at, repaired(&line[start..at]));
            continue;
        }
        at += c.len_utf8();
    }
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffc}')
}

pub(super) fn invisible(line: &str, out: &mut Proposals<'_>) {
    // Joiners shape emoji and many scripts; only next to these letters and signs they do nothing.
    let plain = |c: Option<char>| c.is_none_or(|c| (c as u32) < 0x250 || ('\u{2010}'..='\u{2027}').contains(&c));
    let mut run: Option<usize> = None;
    let mut chars = line.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !is_invisible(c) {
            continue;
        }
        let start = *run.get_or_insert(at);
        let end = at + c.len_utf8();
        if chars.peek().is_some_and(|&(_, next)| is_invisible(next)) {
            continue;
        }
        run = None;
        let (before, after) = (line[..start].chars().next_back(), line[end..].chars().next());
        let marks = line[start..end].chars().all(|c| !matches!(c, '\u{200c}'..='\u{200f}'));
        if marks || (plain(before) && plain(after)) {
            out.push(SpanKind::Invisible, start, end, "");
        }
    }
}

pub(super) fn punctuation(line: &str, out: &mut Proposals<'_>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let first = bytes[at];
        at += 1;
        let alike: &[u8] = match first {
            b'!' | b'?' => b"!?",
            b',' => b",",
            b';' => b";",
            b'.' => b".",
            _ => continue,
        };
        while at < bytes.len() && alike.contains(&bytes[at]) {
            at += 1;
        }
        let run = &line[start..at];
        let target = match (first, run.len()) {
            (b'.', 4..) => {
                let number = line[at..].trim();
                let leads = !number.is_empty() && number.len() <= 4 && number.bytes().all(|b| b.is_ascii_digit());
                if leads {
                    let before = line[..start].trim_end().len();
                    let after = line.len() - line[at..].trim_start().len();
                    out.push(SpanKind::Spaces, before, after, " ");
                    continue;
                }
                "..."
            }
            (b'.', _) | (_, 1) => continue,
            _ if run.bytes().all(|b| b == first) => &run[..1],
            (_, 2) => continue,
            _ if first == b'?' || run.contains('?') => "?!",
            _ => continue,
        };
        out.push(SpanKind::Punctuation, start, at, target);
    }
}

pub(super) fn spaces(line: &str, out: &mut Proposals<'_>) {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\u{a0}');
    let mut run: Option<(usize, usize)> = None;
    for (at, c) in line.char_indices() {
        if is_space(c) {
            let (_, count) = run.get_or_insert((at, 0));
            *count += 1;
        } else if let Some((start, count)) = run.take()
            && count > 1
            && start > 0
        {
            out.push(SpanKind::Spaces, start, at, " ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::propose::tests::{proposed, proposed_of};
    use super::*;

    #[test]
    fn encodings_are_repaired() {
        for (broken, whole) in [
            ("weâ€™ve", "we’ve"),
            ("WireGuardÂ®", "WireGuard®"),
            ("inglÃ©s", "inglés"),
            ("aÂ\u{a0}b", "a b"),
            ("sportsâ€\"and", "sports—and"),
            ("Ã¢â‚¬â„¢", "’"),
            ("â€œyesâ€\u{9d}", "“yes”"),
        ] {
            assert_eq!(proposed_of(SpanKind::Mojibake, broken), whole, "{broken}");
        }
        for sound in ["café", "“quoted”", "naïve Ünïcödé", "São Ão", "5 € – 6 €", "中文"] {
            assert_eq!(proposed(sound), [], "{sound}");
        }
    }

    #[test]
    fn joiners_stay_where_they_join() {
        assert_eq!(proposed_of(SpanKind::Invisible, "on\u{200b} Rails.\u{200d}"), "on Rails.");
        assert_eq!(proposed_of(SpanKind::Invisible, "soft\u{ad}ware\u{feff}"), "software");
        for sound in ["\u{1f937}\u{200d}♂", "می\u{200c}خواهم"] {
            assert_eq!(proposed(sound), [], "{sound}");
        }
    }

    #[test]
    fn signs_and_spaces_are_reduced() {
        for (noisy, clean) in [("good!!! Yes", "good! Yes"), ("what?!?!", "what?!"), ("and.....", "and..."), ("a,, b", "a, b")] {
            assert_eq!(proposed_of(SpanKind::Punctuation, noisy), clean, "{noisy}");
        }
        assert_eq!(proposed_of(SpanKind::Spaces, "Chapter one ....... 12"), "Chapter one 12");
        assert_eq!(proposed_of(SpanKind::Spaces, "two  words \t more"), "two words more");
        for sound in ["Well... yes?!", "one. two", "a, b; c"] {
            assert_eq!(proposed(sound), [], "{sound}");
        }
    }
}
