//! Cuts text into the pieces within which BPE merges, as llama.cpp's `gpt2` and `smollm` pre-tokenizers do.

use unicode_general_category::{GeneralCategory, get_general_category};

/// A pre-tokenizer, by the name GGUF files use (`tokenizer.ggml.pre`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreTokenizer {
    /// GPT-2's pattern: contractions, letters, numbers, other marks, white space.
    Gpt2,
    /// Each numeric character apart, GPT-2's pattern between them.
    SmolLm,
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
            _ => None,
        }
    }

    /// Calls `piece` with each piece in order; together they are the text.
    pub fn split<'a>(self, text: &'a str, mut piece: impl FnMut(&'a str)) {
        match self {
            Self::Gpt2 => gpt2(text, &mut piece),
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

fn piece_len(text: &str, first: char) -> usize {
    let run = |from: usize, wanted: Class| {
        text[from..].char_indices().find(|(_, c)| class(*c) != wanted).map_or(text.len(), |(at, _)| from + at)
    };
    let kind = class(first);
    if kind != Class::Space {
        return run(0, kind);
    }
    // one plain space belongs to the word behind it
    if first == ' '
        && let Some(next) = text[1..].chars().next()
        && class(next) != Class::Space
    {
        return run(1, class(next));
    }
    let end = run(0, Class::Space);
    let last = text[..end].chars().next_back().map_or(0, char::len_utf8);
    // the run leaves its last character to what follows, unless it is the only one or nothing follows
    if end == text.len() || end == last { end } else { end - last }
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
