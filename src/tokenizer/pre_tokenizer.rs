//! Cuts text into the pieces within which BPE merges, as llama.cpp's `gpt2`, `smollm` and `llama-bpe` pre-tokenizers do.

use unicode_general_category::{GeneralCategory, get_general_category};

/// A pre-tokenizer, by the name GGUF files use (`tokenizer.ggml.pre`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreTokenizer {
    /// GPT-2's pattern: contractions, letters, numbers, other marks, white space.
    Gpt2,
    /// Each numeric character apart, GPT-2's pattern between them.
    SmolLm,
    /// Llama 3's pattern: up to three numeric characters together, a mark before a word belongs to it, line feeds end pieces.
    LlamaBpe,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Number,
    Other,
}

fn class(c: char) -> Class {
    match c {
        'a'..='z' | 'A'..='Z' => Class::Letter,
        '0'..='9' => Class::Number,
        _ if c.is_whitespace() => Class::Space,
        _ if c.is_ascii() => Class::Other,
        _ if c.is_numeric() => Class::Number,
        _ => match get_general_category(c) {
            GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter => Class::Letter,
            _ => Class::Other,
        },
    }
}

impl PreTokenizer {
    /// The pre-tokenizer of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "gpt2" | "gpt-2" => Some(Self::Gpt2),
            "smollm" => Some(Self::SmolLm),
            "llama-bpe" | "llama3" | "llama-v3" => Some(Self::LlamaBpe),
            _ => None,
        }
    }

    /// Calls `piece` with each piece in order; together they are the text.
    pub fn split<'a>(self, text: &'a str, mut piece: impl FnMut(&'a str)) {
        match self {
            Self::Gpt2 => gpt2(text, &mut piece),
            Self::LlamaBpe => llama_bpe(text, &mut piece),
            Self::SmolLm => {
                let mut start = 0;
                for (at, c) in text.char_indices().filter(|(_, c)| c.is_numeric()) {
                    gpt2(&text[start..at], &mut piece);
                    start = at + c.len_utf8();
                    piece(&text[at..start]);
                }
                gpt2(&text[start..], &mut piece);
            }
        }
    }
}

const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

fn gpt2<'a>(mut text: &'a str, piece: &mut impl FnMut(&'a str)) {
    while let Some(first) = text.chars().next() {
        let len = match CONTRACTIONS.iter().find(|c| first == '\'' && text.starts_with(**c)) {
            Some(contraction) => contraction.len(),
            None => piece_len(text, first),
        };
        let (head, rest) = text.split_at(len);
        piece(head);
        text = rest;
    }
}

/// Where a run of characters of this class ends that begins at `from`.
fn run(text: &str, from: usize, wanted: Class) -> usize {
    text[from..].char_indices().find(|(_, c)| class(*c) != wanted).map_or(text.len(), |(at, _)| from + at)
}

fn piece_len(text: &str, first: char) -> usize {
    let kind = class(first);
    if kind != Class::Space {
        return run(text, 0, kind);
    }
    // one plain space belongs to the word behind it
    if first == ' '
        && let Some(next) = text[1..].chars().next()
        && class(next) != Class::Space
    {
        return run(text, 1, class(next));
    }
    spaces_len(text)
}

/// Of the white space that `text` begins with.
fn spaces_len(text: &str) -> usize {
    let end = run(text, 0, Class::Space);
    let last = text[..end].chars().next_back().map_or(0, char::len_utf8);
    // the run leaves its last character to what follows, unless it is the only one or nothing follows
    if end == text.len() || end == last { end } else { end - last }
}

/// Bytes of one of [`CONTRACTIONS`] in whatever case; the long s is an s.
fn contraction_len(text: &str) -> Option<usize> {
    let folded = |c: char| if c == 'ſ' { 's' } else { c.to_ascii_lowercase() };
    CONTRACTIONS.iter().find_map(|contraction| {
        let mut rest = text.chars();
        let fits = contraction.chars().all(|wanted| rest.next().map(folded) == Some(wanted));
        fits.then(|| text.len() - rest.as_str().len())
    })
}

fn llama_bpe<'a>(mut text: &'a str, piece: &mut impl FnMut(&'a str)) {
    while let Some(first) = text.chars().next() {
        let len = contraction_len(text).unwrap_or_else(|| llama_piece_len(text, first));
        let (head, rest) = text.split_at(len);
        piece(head);
        text = rest;
    }
}

fn llama_piece_len(text: &str, first: char) -> usize {
    let (kind, after) = (class(first), first.len_utf8());
    let next = text[after..].chars().next();
    if kind == Class::Letter {
        return run(text, 0, Class::Letter);
    }
    if kind == Class::Number {
        let numbers = text.char_indices().take(3).take_while(|(_, c)| class(*c) == Class::Number);
        return numbers.map(|(at, c)| at + c.len_utf8()).last().unwrap_or(after);
    }
    let is_break = |c: char| matches!(c, '\r' | '\n');
    if !is_break(first) && next.is_some_and(|c| class(c) == Class::Letter) {
        return run(text, after, Class::Letter);
    }
    // marks, behind one plain space or none, and the line feeds that follow
    let marks = if first == ' ' { 1 } else { 0 };
    if text[marks..].chars().next().is_some_and(|c| class(c) == Class::Other) {
        let end = run(text, marks, Class::Other);
        return text[end..].find(|c| !is_break(c)).map_or(text.len(), |at| end + at);
    }
    let spaces = &text[..run(text, 0, Class::Space)];
    spaces.rfind(is_break).map_or_else(|| spaces_len(text), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pre: PreTokenizer, text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        pre.split(text, |p| out.push(p));
        assert_eq!(out.concat(), text);
        out
    }

    #[test]
    fn gpt2_pattern() {
        assert_eq!(
            split(PreTokenizer::Gpt2, "I'm here, isn't it? 42x"),
            ["I", "'m", " here", ",", " isn", "'t", " it", "?", " 42", "x"]
        );
        assert_eq!(split(PreTokenizer::Gpt2, "a  b\n\nc \n"), ["a", " ", " b", "\n", "\n", "c", " \n"]);
        assert_eq!(split(PreTokenizer::Gpt2, "naïve 中文。"), ["naïve", " 中文", "。"]);
    }

    #[test]
    fn smollm_keeps_digits_apart() {
        assert_eq!(split(PreTokenizer::SmolLm, "in 2024 "), ["in", " ", "2", "0", "2", "4", " "]);
        assert_eq!(split(PreTokenizer::SmolLm, ""), Vec::<&str>::new());
    }
}
