//! Missing spaces between words and after sentences.

use super::SpanKind;
use super::lexicon::Lexicon;
use super::propose::Proposals;

const GLUED_LETTERS: std::ops::RangeInclusive<usize> = 4..=24;

/// Signs of words that are no prose: addresses, code, files, numbers.
const NO_WORDS: &str = "@/\\_=<>{}|#$~^`*+&%";

/// Two halves of a word, with what the lexicon says of them.
pub(super) struct Split {
    /// Bytes of the first half.
    pub at: usize,
    /// How well it reads: classes of both halves and of the pair.
    pub score: u32,
    /// By how much it reads better than any other split.
    pub margin: u32,
}

/// The split of a word in lower-case ASCII that reads best. Halves of one letter are `a`.
pub(super) fn best_split(word: &str, lexicon: &Lexicon) -> Option<Split> {
    let mut best: Option<Split> = None;
    for at in 1..word.len() {
        let (left, right) = word.split_at(at);
        let known = |half: &str| if half.len() > 1 || half == "a" { u32::from(lexicon.word(half)) } else { 0 };
        let classes = (known(left), known(right));
        if classes.0 == 0 || classes.1 == 0 {
            continue;
        }
        let score = classes.0 + classes.1 + 2 * u32::from(lexicon.pair(left, right));
        match &mut best {
            Some(best) if best.score >= score => best.margin = best.margin.min(best.score - score),
            best => {
                let margin = best.as_ref().map_or(31, |best| score - best.score);
                *best = Some(Split { at, score, margin });
            }
        }
    }
    best
}

/// Ends and beginnings that make a word of another, and are none themselves.
const ENDS: [&str; 12] = ["s", "es", "ed", "d", "ing", "er", "ers", "ly", "ness", "less", "able", "ism"];
const BEGINNINGS: [&str; 14] =
    ["un", "re", "non", "pre", "dis", "mis", "anti", "multi", "inter", "sub", "micro", "de", "co", "semi"];
const MIN_STEM: usize = 4;

/// Whether a word is a form of one that is known: `forgives`, `admiring`, `repurchased`.
fn is_derived(word: &str, lexicon: &Lexicon) -> bool {
    let known = |stem: &str| {
        let bytes = stem.as_bytes();
        let doubled = bytes.len() > MIN_STEM && bytes[bytes.len() - 1] == bytes[bytes.len() - 2];
        let y = stem.strip_suffix('i').map(|rest| format!("{rest}y"));
        stem.len() >= MIN_STEM
            && (lexicon.word(stem) > 0
                || lexicon.word(&format!("{stem}e")) > 0
                || (doubled && lexicon.word(&stem[..stem.len() - 1]) > 0)
                || y.is_some_and(|word| lexicon.word(&word) > 0))
    };
    let inflected = |word: &str| ENDS.iter().any(|end| word.strip_suffix(end).is_some_and(known));
    inflected(word)
        || BEGINNINGS.iter().any(|start| {
            word.strip_prefix(start).is_some_and(|rest| rest.len() >= MIN_STEM && (lexicon.word(rest) > 0 || inflected(rest)))
        })
}

/// Glued words, where the text is in the lexicon's language, and missing spaces after signs.
pub(super) fn words(line: &str, in_language: bool, lexicon: &Lexicon, out: &mut Proposals<'_>) {
    let mut at = 0;
    while at < line.len() {
        let token = &line[at..];
        let token = &token[..token.find(char::is_whitespace).unwrap_or(token.len())];
        if token.is_empty() {
            at += line[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        if token.len() <= 120 && !token.contains(|c: char| NO_WORDS.contains(c)) && !token.starts_with("www.") {
            segments(line, at..at + token.len(), in_language, lexicon, out);
        }
        at += token.len();
    }
}

/// The words of one token, and the signs between them.
fn segments(line: &str, token: std::ops::Range<usize>, in_language: bool, lexicon: &Lexicon, out: &mut Proposals<'_>) {
    let (start, end) = (token.start, token.end);
    let mut previous: Option<(usize, usize)> = None;
    let mut at = start;
    while at < end {
        let word = line[at..end].find(|c: char| !c.is_alphanumeric()).map_or(end, |len| at + len);
        if word == at {
            at += line[at..].chars().next().map_or(1, char::len_utf8);
            continue;
        }
        if let Some(before) = previous {
            seam(line, before, (at, word), out);
        }
        let apostrophe = |c: Option<char>| c.is_some_and(|c| matches!(c, '\'' | '’' | '-' | '‑' | '–'));
        let (left, right) = (line[start..at].chars().next_back(), line[word..end].chars().next());
        if in_language && !apostrophe(left) && !apostrophe(right) {
            glued(line, at, word, lexicon, out);
        }
        previous = Some((at, word));
        at = word;
    }
}

/// A sign between two words of one token.
fn seam(line: &str, before: (usize, usize), after: (usize, usize), out: &mut Proposals<'_>) {
    let (left, between, right) = (&line[before.0..before.1], &line[before.1..after.0], &line[after.0..after.1]);
    let ends = left.len() >= 2 && left.ends_with(char::is_lowercase);
    let mut letters = right.chars();
    let (first, second) = (letters.next(), letters.next());
    let upper = first.is_some_and(char::is_uppercase) && second.map_or(matches!(right, "I" | "A"), char::is_lowercase);
    let plain = |word: &str| !word.chars().skip(1).any(char::is_uppercase);
    let fits = match between {
        "." | "!" | "?" | "…" | ".”" | ".\"" | ".)" | ")" => upper && plain(left) && plain(right),
        "," | ";" => first.is_some_and(char::is_alphabetic) && (right.len() > 1 || matches!(right, "I" | "a")),
        _ => false,
    };
    if ends && fits {
        out.push(SpanKind::RunOn, before.1, after.0, format!("{between} "));
    }
}

fn glued(line: &str, start: usize, end: usize, lexicon: &Lexicon, out: &mut Proposals<'_>) {
    let word = &line[start..end];
    if !GLUED_LETTERS.contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return;
    }
    let lower = word.to_ascii_lowercase();
    if word.bytes().skip(1).all(|b| b.is_ascii_lowercase()) {
        if lexicon.word(&lower) == 0
            && !is_derived(&lower, lexicon)
            && let Some(Split { at, .. }) = best_split(&lower, lexicon)
        {
            out.push(SpanKind::Glue, start, end, format!("{} {}", &word[..at], &word[at..]));
        }
        return;
    }
    let bytes = word.as_bytes();
    let seam = |at: &usize| bytes[at - 1].is_ascii_lowercase() && bytes[*at].is_ascii_uppercase();
    let mut seams = (1..word.len()).filter(seam);
    if let (Some(at), None) = (seams.next(), seams.next()) {
        let (left, right) = word.split_at(at);
        let rest = |half: &str| half.len() > 1 && half.bytes().skip(1).all(|b| b.is_ascii_lowercase());
        if rest(left) && rest(right) && lexicon.word(&lower[..at]) > 0 && lexicon.word(&lower[at..]) > 0 {
            out.push(SpanKind::CaseGlue, start, end, format!("{left} {right}"));
        }
    }
}
