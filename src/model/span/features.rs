//! What a candidate is judged by, as rows of a hashed table: a kind, a question and its answer make a row.

use std::collections::HashMap;

use super::SpanKind;
use super::lexicon::Lexicon;
use super::propose::Proposal;
use super::words::best_split;
use crate::model::hashing::{bucket, mix, word_hash};

const CODE_SIGNS: &str = "{}<>=;_\\|$#*+&@`~^";
const TERMINALS: &str = ".!?…。！？”\"";
/// Context words are of no more bytes.
const MAX_WORD: usize = 24;
/// Span texts that are told apart are of no more bytes.
const MAX_TEXT: usize = 24;
/// Lines on either side whose likeness to code counts.
const NEAR: usize = 3;

/// What a line is like.
pub(super) struct LineFacts {
    length: u32,
    code: f32,
    known: u32,
    words: u32,
    start: u32,
    terminal: bool,
}

impl LineFacts {
    /// Whether enough words of the line are known, as far as so few can tell.
    pub fn is_in_language(&self) -> bool {
        self.known * 2 + 2 >= self.words
    }

    pub fn of(line: &str, lexicon: &Lexicon) -> Self {
        let (mut code, mut shown) = (0u32, 0u32);
        for c in line.chars() {
            shown += u32::from(!c.is_whitespace());
            code += u32::from(CODE_SIGNS.contains(c));
        }
        let (mut known, mut words) = (0, 0);
        let mut lower = String::new();
        for word in line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            words += 1;
            if word.len() <= MAX_WORD && word.is_ascii() {
                lower.clear();
                lower.push_str(word);
                lower.make_ascii_lowercase();
                known += u32::from(lexicon.word(&lower) > 0);
            }
        }
        Self {
            length: octave(line.len()),
            code: code as f32 / shown.max(1) as f32,
            known,
            words,
            start: start_shape(line),
            terminal: line.ends_with(|c| TERMINALS.contains(c)),
        }
    }
}

/// How often something stands on the page: 0 once, 1 two or three times, then by powers of two.
fn octave(count: usize) -> u32 {
    count.checked_ilog2().unwrap_or(0)
}

/// How a line begins.
fn start_shape(line: &str) -> u32 {
    let mut chars = line.chars();
    let first = chars.next().unwrap_or(' ');
    let second = chars.next().unwrap_or(' ');
    match first {
        '[' | '(' => 1,
        '<' | '{' | '}' | '"' => 11,
        '^' | '↑' => 2,
        '•' | '·' | '–' => 3,
        '-' | '*' => 4,
        '>' | '$' | '#' | '%' => 5,
        '0'..='9' => 6,
        _ if first.is_uppercase() && second.is_uppercase() => 7,
        _ if first.is_uppercase() => 8,
        _ if first.is_lowercase() => 9,
        _ => 10,
    }
}

fn shape(c: Option<char>) -> u32 {
    match c {
        None => 0,
        Some(c) if c.is_ascii_punctuation() => 16 + u32::from(c),
        Some(c) if c.is_lowercase() => 1,
        Some(c) if c.is_uppercase() => 2,
        Some(c) if c.is_numeric() => 3,
        Some(c) if c.is_whitespace() => 4,
        Some(c) if c.is_alphabetic() => 5,
        Some('“' | '”' | '‘' | '’') => 6,
        Some('…') => 7,
        Some('→' | '»' | '›') => 8,
        Some(_) => 9,
    }
}

fn share(part: u32, of: u32) -> u32 {
    (8 * part).checked_div(of).unwrap_or(9)
}

fn code_class(share: f32) -> u32 {
    [0.004, 0.02, 0.05, 0.1, 0.2].iter().filter(|&&limit| share > limit).count() as u32
}

/// Known words and words of these lines.
fn counts(facts: &[LineFacts]) -> (u64, u64) {
    let sum = |count: fn(&LineFacts) -> u32| facts.iter().map(|fact| u64::from(count(fact))).sum();
    (sum(|fact| fact.known), sum(|fact| fact.words))
}

/// Whether a page is in the lexicon's language: so many of its words are known.
pub(super) fn is_in_language(facts: &[LineFacts]) -> bool {
    let (known, words) = counts(facts);
    known * 10 >= words * 7
}

/// What a page knows about its candidates.
pub(super) struct PageFacts<'p> {
    lines: Vec<LineFacts>,
    english: u32,
    code: u32,
    /// How often each kind and each span text stands on the page.
    kinds: [usize; SpanKind::ALL.len()],
    texts: HashMap<&'p str, usize>,
    /// Glued words that leave little doubt, 0 to 5 by powers of two; where spaces got lost, it is seldom only one.
    lost_spaces: u32,
}

impl<'p> PageFacts<'p> {
    pub fn of(lines: &[&'p str], facts: Vec<LineFacts>, spans: &[(usize, Proposal)], lexicon: &Lexicon) -> Self {
        let (known, words) = counts(&facts);
        let coded = facts.iter().filter(|fact| fact.code > 0.05).count() as u64;
        let (mut kinds, mut texts) = ([0; SpanKind::ALL.len()], HashMap::new());
        for (line, span) in spans {
            kinds[span.kind as usize] += 1;
            *texts.entry(&lines[*line][span.start..span.end]).or_insert(0) += 1;
        }
        let lost = spans.iter().filter(|(line, span)| {
            let text = &lines[*line][span.start..span.end];
            span.kind == SpanKind::Glue && texts[text] == 1 && is_plain_glue(span, lexicon)
        });
        let lost_spaces = lost.count();
        Self {
            english: (8 * known).checked_div(words).unwrap_or(9) as u32,
            code: octave((64 * coded).checked_div(facts.len() as u64).unwrap_or(0) as usize + 1),
            lines: facts,
            kinds,
            texts,
            lost_spaces: octave(lost_spaces + 1).min(5),
        }
    }

    fn near_code(&self, line: usize) -> f32 {
        let near = &self.lines[line.saturating_sub(NEAR)..(line + NEAR + 1).min(self.lines.len())];
        near.iter().map(|fact| fact.code).sum::<f32>() / near.len() as f32
    }
}

/// Two common words in lower case that are known to follow each other.
fn is_plain_glue(span: &Proposal, lexicon: &Lexicon) -> bool {
    span.target
        .split_once(' ')
        .is_some_and(|(left, right)| !span.target.starts_with(|c: char| c.is_ascii_uppercase()) && lexicon.pair(left, right) > 0)
}

/// Collects rows.
struct Rows {
    rows: Vec<u32>,
    kind: u32,
    bits: u32,
}

impl Rows {
    fn push(&mut self, question: u32, answer: u32) {
        let hash = mix(mix(self.kind, question), answer);
        self.rows.push(bucket(hash, self.bits) as u32);
    }
}

/// The last word of `text`, or the first, in lower case with digits as 0; signs stand for themselves.
fn neighbour(text: &str, last: bool) -> String {
    let text = text.trim();
    let is_word = |c: char| c.is_alphanumeric();
    let word = if last {
        let start = text.trim_end_matches(is_word).len();
        if start == text.len() {
            text.chars().next_back().map_or("", |c| &text[text.len() - c.len_utf8()..])
        } else {
            &text[start..]
        }
    } else {
        let end = text.len() - text.trim_start_matches(is_word).len();
        if end == 0 { text.chars().next().map_or("", |c| &text[..c.len_utf8()]) } else { &text[..end] }
    };
    folded(&word[..word.floor_char_boundary(MAX_WORD)])
}

fn folded(text: &str) -> String {
    text.chars().map(|c| if c.is_numeric() { '0' } else { c.to_ascii_lowercase() }).collect()
}

/// The rows of one candidate, each once.
pub(super) fn rows(line: &str, at: usize, span: &Proposal, page: &PageFacts<'_>, lexicon: &Lexicon, bits: u32) -> Vec<u32> {
    let fact = &page.lines[at];
    let text = &line[span.start..span.end];
    // the words around are looked for near by, however long the line is
    let left = &line[line.ceil_char_boundary(span.start.saturating_sub(2 * MAX_WORD)).min(span.start)..span.start];
    let right = &line[span.end..line.floor_char_boundary(span.end + 2 * MAX_WORD).max(span.end)];
    let before = shape(left.chars().next_back());
    let after = shape(right.chars().next());
    let code = code_class(fact.code);
    let near = code_class(page.near_code(at));
    let english = share(fact.known, fact.words);
    let place = if span.start == 0 { 0 } else { 1 + u32::from(span.end == line.len()) };
    let mut out = Rows { rows: Vec::with_capacity(48), kind: span.kind as u32 + 1, bits };
    let first = shape(text.chars().next());
    let last = shape(text.chars().next_back());
    let repeats = octave(page.texts.get(text).copied().unwrap_or(1)).min(3);
    out.push(0, 0);
    out.push(1, fact.length);
    out.push(2, place);
    out.push(3, before);
    out.push(4, after);
    out.push(5, mix(before, after));
    out.push(6, code);
    out.push(7, near);
    out.push(8, mix(code, near));
    out.push(9, fact.start);
    out.push(10, english);
    out.push(11, page.english);
    out.push(12, u32::from(fact.terminal));
    out.push(13, octave(page.kinds[span.kind as usize]).min(5));
    out.push(14, repeats);
    out.push(15, page.code);
    out.push(16, octave(text.len()));
    out.push(17, mix(first, last));
    out.push(18, mix(place, fact.start));
    out.push(19, mix(place, before));
    let (previous, next) = (neighbour(left, true), neighbour(right, false));
    out.push(20, u32::from(lexicon.word(&previous)));
    out.push(21, u32::from(lexicon.word(&next)));
    if lexicon.word(&previous) >= 6 {
        out.push(22, word_hash(&previous));
    }
    if lexicon.word(&next) >= 6 {
        out.push(23, word_hash(&next));
    }
    match span.kind {
        SpanKind::Glue | SpanKind::CaseGlue => {
            let lost = page.lost_spaces;
            halves(&mut out, text, &span.target, (&previous, &next), [before, repeats, lost], lexicon);
        }
        SpanKind::RunOn => {
            let right = next.as_str();
            out.push(30, mix(u32::from(lexicon.word(&previous)), u32::from(lexicon.word(right))));
            out.push(31, word_hash(text));
            out.push(32, mix(octave(previous.len()), octave(right.len())));
            out.push(33, mix(word_hash(text), u32::from(lexicon.pair(&previous, right) > 0)));
            // what stands around the two words tells a host name or code
            let token = |text: &str, last: bool| {
                let mut words = text.split(|c: char| c.is_whitespace());
                let part = if last { words.next_back() } else { words.next() };
                part.unwrap_or("").chars().filter(|c| !c.is_alphanumeric()).take(3).map(|c| shape(Some(c))).fold(0, mix)
            };
            out.push(34, token(left, true));
            out.push(35, token(right_of(line, span), false));
        }
        _ => {
            out.push(30, word_hash(&folded(&text[..text.floor_char_boundary(MAX_TEXT)])));
            out.push(31, word_hash(&span.target[..span.target.floor_char_boundary(MAX_TEXT)]));
            out.push(32, mix(u32::from(text.contains(['?', '&', '='])), octave(text.len())));
        }
    }
    let mut rows = out.rows;
    rows.sort_unstable();
    rows.dedup();
    rows
}

fn right_of<'l>(line: &'l str, span: &Proposal) -> &'l str {
    &line[span.end..line.floor_char_boundary(span.end + 2 * MAX_WORD).max(span.end)]
}

/// Rows about the two halves of a glued word.
fn halves(
    out: &mut Rows,
    text: &str,
    target: &str,
    (previous, next): (&str, &str),
    [before, repeats, lost]: [u32; 3],
    lexicon: &Lexicon,
) {
    let lower = target.to_ascii_lowercase();
    let Some((left, right)) = lower.split_once(' ') else { return };
    let classes = (u32::from(lexicon.word(left)), u32::from(lexicon.word(right)));
    let pair = u32::from(lexicon.pair(left, right));
    let around = (u32::from(lexicon.pair(previous, left)), u32::from(lexicon.pair(right, next)));
    let capital = u32::from(text.starts_with(|c: char| c.is_ascii_uppercase()));
    let split = best_split(&lower.replace(' ', ""), lexicon);
    out.push(40, classes.0);
    out.push(41, classes.1);
    out.push(42, mix(classes.0, classes.1));
    out.push(43, pair);
    out.push(44, around.0);
    out.push(45, around.1);
    out.push(46, mix(u32::from(pair > 0), mix(u32::from(around.0 > 0), u32::from(around.1 > 0))));
    out.push(47, mix(capital, before));
    out.push(48, mix(capital, repeats));
    out.push(49, mix(left.len().min(8) as u32, right.len().min(8) as u32));
    out.push(50, classes.0.min(classes.1));
    out.push(51, classes.0.max(classes.1));
    out.push(52, split.as_ref().map_or(99, |split| split.score / 2));
    out.push(53, split.map_or(99, |split| split.margin.min(12)));
    if classes.0 >= 8 || left.len() <= 3 {
        out.push(54, word_hash(left));
    }
    if classes.1 >= 8 || right.len() <= 3 {
        out.push(55, word_hash(right));
    }
    out.push(56, mix(capital, classes.0.max(classes.1)));
    out.push(59, lost);
    out.push(60, mix(lost, u32::from(pair > 0)));
    out.push(57, left.len().min(8) as u32);
    out.push(58, right.len().min(8) as u32);
}
