//! Numbers about one line alone. The Python twin is `base` in `training/prox_train/features.py`; test vectors hold
//! both to the same answers. Shares lie in 0..1, counts are ln(1 + n).

use super::text::{Category, category, fold, for_each_word, stands_alone};
use crate::model::hashing::word_hash;

/// Names of the features of a line, in order. A model file names the same ones, so that a file trained on others is refused.
pub const BASE: [&str; 29] = [
    "chars",
    "words",
    "word_length",
    "digits",
    "uppers",
    "capitalised",
    "function_words",
    "commas",
    "terminal",
    "colon",
    "ellipsis",
    "separators",
    "bullet",
    "enumerated",
    "url",
    "at",
    "year",
    "clock",
    "copyright",
    "price",
    "lower_start",
    "quotes",
    "question",
    "parens",
    "other_chars",
    "sentence_ends",
    "all_caps",
    "code",
    "standing_alone",
];

/// Index of a feature by its name, checked when the crate is compiled.
pub(super) const fn index(name: &str) -> usize {
    let mut i = 0;
    while i < BASE.len() {
        if equal(BASE[i].as_bytes(), name.as_bytes()) {
            return i;
        }
        i += 1;
    }
    panic!("no such feature")
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

const BULLETS: &str = "•*-–—·▪◦●○■►▶✓✔";
const CLOSERS: &str = "\"'”’)]»";
const TERMINALS: &str = ".!?…。！？";
const SEPARATORS: &str = "|»›>/·•→";
const CODE: &str = "{}\\<>=_;";
const COMMAS: &str = ",，、;";
const QUOTES: &str = "\"“”";
const CURRENCY: &str = "$£€¥";
/// Only so much of a line is compared with other lines.
const FOLDED_CHARS: usize = 2000;

/// A line's own features and what the page needs of it.
pub(super) struct LineFacts {
    /// In the order of [`BASE`].
    pub row: [f64; BASE.len()],
    /// Words between spaces, two standing-alone characters counting as one more.
    pub words: usize,
    /// Long enough, and with the short words of running text.
    pub prose: bool,
    /// Sorted hashes of the words that carry content, each once.
    pub content: Vec<u32>,
    /// Hash of the folded line.
    pub folded: u32,
}

#[derive(Default)]
struct Counts {
    chars: usize,
    letters: usize,
    uppers: usize,
    digits: usize,
    nonspace: usize,
    alone: usize,
    commas: usize,
    separators: usize,
    quotes: usize,
    parens: usize,
    code: usize,
    sentence_ends: usize,
    at: bool,
    copyright: bool,
    question: bool,
    price: bool,
}

impl Counts {
    fn of(line: &str) -> Self {
        let mut n = Self::default();
        let mut chars = line.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let cat = category(c);
            n.chars += 1;
            n.letters += usize::from(matches!(cat, Category::Upper | Category::Lower | Category::OtherLetter));
            n.uppers += usize::from(cat == Category::Upper);
            n.digits += usize::from(cat == Category::Digit);
            n.nonspace += usize::from(cat != Category::Separator && !c.is_whitespace());
            if cat == Category::Lower || cat == Category::Upper {
                n.alone += usize::from(!c.is_ascii() && stands_alone(c));
                continue;
            }
            n.alone += usize::from(stands_alone(c));
            n.commas += usize::from(COMMAS.contains(c));
            n.separators += usize::from(SEPARATORS.contains(c));
            n.quotes += usize::from(QUOTES.contains(c));
            n.code += usize::from(CODE.contains(c));
            n.parens += usize::from(c == '(');
            n.at |= c == '@';
            n.copyright |= c == '©';
            n.question |= c == '?';
            n.sentence_ends += usize::from(match c {
                '。' | '！' | '？' => true,
                '.' | '!' | '?' => next.is_none_or(|next| " \"'”’)".contains(next)),
                _ => false,
            });
            n.price |= CURRENCY.contains(c) && {
                let mut ahead = chars.clone();
                match ahead.next() {
                    Some(' ') => ahead.next().is_some_and(|d| d.is_ascii_digit()),
                    Some(d) => d.is_ascii_digit(),
                    None => false,
                }
            };
        }
        n
    }
}

fn without_bullet(line: &str) -> &str {
    line.trim_start_matches(|c| c == ' ' || BULLETS.contains(c))
}

/// The line without its bullet, which is a feature of its own; the whole line where it is nothing else.
pub(super) fn bare(line: &str) -> &str {
    let rest = without_bullet(line);
    if rest.is_empty() { line } else { rest }
}

/// The facts about a trimmed line that is not empty.
pub(super) fn line_facts(line: &str) -> LineFacts {
    let n = Counts::of(line);
    let (mut chunks, mut capitalised, mut function_words) = (0usize, 0usize, 0usize);
    for chunk in line.split_whitespace() {
        chunks += 1;
        capitalised += usize::from(chunk.chars().next().is_some_and(|c| category(c) == Category::Upper));
        function_words +=
            usize::from(chunk.chars().take(5).count() <= 4 && chunk.chars().all(|c| category(c) == Category::Lower));
    }
    let words = chunks + n.alone / 2;
    let per_chunk = chunks.max(1) as f64;
    let nonspace = n.nonspace.max(1) as f64;
    let flag = |b: bool| f64::from(u8::from(b));
    let ln1 = |count: usize| libm::log1p(count as f64);
    let bare = line.trim_end_matches(|c| CLOSERS.contains(c));
    let unbulleted = without_bullet(line);
    let function_share = function_words as f64 / per_chunk;
    let row = [
        ln1(n.chars),
        ln1(words),
        (n.nonspace as f64 / per_chunk).min(20.0),
        n.digits as f64 / nonspace,
        n.uppers as f64 / n.letters.max(1) as f64,
        capitalised as f64 / per_chunk,
        function_share,
        ln1(n.commas),
        flag(bare.ends_with(|c| TERMINALS.contains(c))),
        flag(line.ends_with([':', '：'])),
        flag(line.ends_with("...") || line.ends_with('…')),
        ln1(n.separators),
        flag(line.starts_with(|c| BULLETS.contains(c))),
        flag(is_enumerated(unbulleted)),
        flag(line.contains("http://") || line.contains("https://") || line.contains("www.")),
        flag(n.at),
        flag(has_year(line)),
        flag(line.as_bytes().windows(4).any(|w| w[0].is_ascii_digit() && w[1] == b':' && w[2..].iter().all(u8::is_ascii_digit))),
        flag(n.copyright),
        flag(n.price),
        flag(unbulleted.chars().next().is_some_and(|c| category(c) == Category::Lower)),
        ln1(n.quotes),
        flag(n.question),
        ln1(n.parens),
        1.0 - (n.letters + n.digits) as f64 / nonspace,
        ln1(n.sentence_ends),
        flag(n.letters > 1 && n.letters == n.uppers),
        n.code as f64 / nonspace,
        n.alone as f64 / nonspace,
    ];
    let cut = line.char_indices().nth(FOLDED_CHARS).map_or(line.len(), |(at, _)| at);
    let folded = fold(&line[..cut]);
    LineFacts {
        row,
        words,
        prose: (words >= 20 && function_share > 0.15) || n.alone >= 40,
        content: content_words(&folded),
        folded: word_hash(&folded),
    }
}

fn content_words(folded: &str) -> Vec<u32> {
    let mut hashes = Vec::new();
    for_each_word(folded, |word| {
        let mut chars = word.chars();
        let first = chars.next();
        let carries = chars.clone().nth(2).is_some() || (chars.next().is_none() && first.is_some_and(stands_alone));
        if carries {
            hashes.push(word_hash(word));
        }
    });
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn is_enumerated(line: &str) -> bool {
    let rest = line.strip_prefix('(').unwrap_or(line).as_bytes();
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let mark = match (digits, rest.first()) {
        (1..=3, _) => digits,
        (0, Some(b'a'..=b'z')) => 1,
        _ => return false,
    };
    matches!(rest.get(mark), Some(b'.' | b')')) && rest.get(mark + 1) == Some(&b' ')
}

fn has_year(line: &str) -> bool {
    line.as_bytes().split(|b| !b.is_ascii_digit()).any(|run| run.len() == 4 && (run.starts_with(b"19") || run.starts_with(b"20")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_a_line() {
        let on = |line: &str, name: &str| line_facts(line).row[index(name)] > 0.0;
        assert!(on("1. First", "enumerated") && on("• (12) x", "enumerated") && on("a) x", "enumerated"));
        assert!(!on("1.5 litres", "enumerated") && !on("1234. x", "enumerated"));
        assert!(on("in 1999.", "year") && !on("in 19990", "year"));
        assert!(on("for $ 5", "price") && !on("$ 5"[1..].trim(), "price"));
        assert!(on("at 12:30", "clock") && on("He said \"no.\"", "terminal") && on("(c) © x", "copyright"));
        assert!(on("• x", "bullet") && on("well…", "ellipsis") && on("→ x", "separators"));
    }

    #[test]
    fn chinese_text_is_not_one_word() {
        let facts = line_facts("您的邮箱地址不会被公开。 必填项已用 * 标注");
        assert!(facts.words > 8, "{}", facts.words);
    }
}
