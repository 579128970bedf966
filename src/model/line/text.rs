//! Lines as the model reads them: folding, words, abridging. The Python twin is `training/prox_train/text.py`.

use unicode_general_category::{GeneralCategory as Gc, get_general_category};

/// A line longer than head and tail together is read as its head and its tail: what a long paragraph is shows there.
const HEAD_BYTES: usize = 768;
const TAIL_BYTES: usize = 256;

/// What the model wants to know of a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Lu.
    Upper,
    /// Ll.
    Lower,
    /// Lt, Lm, Lo.
    OtherLetter,
    /// Nd.
    Digit,
    /// Nl, No.
    OtherNumber,
    /// Mn, Mc, Me.
    Mark,
    /// Zs, Zl, Zp.
    Separator,
    /// All the rest.
    Other,
}

/// The category of a character.
pub fn category(c: char) -> Category {
    match c {
        'a'..='z' => Category::Lower,
        'A'..='Z' => Category::Upper,
        '0'..='9' => Category::Digit,
        ' ' => Category::Separator,
        _ if c.is_ascii() => Category::Other,
        _ => match get_general_category(c) {
            Gc::UppercaseLetter => Category::Upper,
            Gc::LowercaseLetter => Category::Lower,
            Gc::TitlecaseLetter | Gc::ModifierLetter | Gc::OtherLetter => Category::OtherLetter,
            Gc::DecimalNumber => Category::Digit,
            Gc::LetterNumber | Gc::OtherNumber => Category::OtherNumber,
            Gc::NonspacingMark | Gc::SpacingMark | Gc::EnclosingMark => Category::Mark,
            Gc::SpaceSeparator | Gc::LineSeparator | Gc::ParagraphSeparator => Category::Separator,
            _ => Category::Other,
        },
    }
}

/// Characters of scripts written without spaces: each counts as a word of its own.
pub fn stands_alone(c: char) -> bool {
    matches!(c as u32,
        0x0e00..=0x0eff | 0x2e80..=0x30ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x2_0000..=0x3_ffff)
}

/// Head and tail of a line; the tail is empty where the head is the whole line.
pub fn abridge(line: &str) -> (&str, &str) {
    if line.len() <= HEAD_BYTES + TAIL_BYTES {
        return (line, "");
    }
    let head = line.floor_char_boundary(HEAD_BYTES);
    let tail = line.ceil_char_boundary(line.len() - TAIL_BYTES);
    (&line[..head], &line[tail..])
}

/// Lower case, every decimal digit as 0: the model learns shapes of numbers, not numbers.
pub fn fold(text: &str) -> String {
    let mut lower = text.to_lowercase();
    if lower.is_ascii() {
        lower = lower.replace(|c: char| c.is_ascii_digit(), "0");
        return lower;
    }
    lower.chars().map(|c| if category(c) == Category::Digit { '0' } else { c }).collect()
}

/// Calls `word` with runs of letters, marks and numbers; everything else that is no space stands alone.
pub fn for_each_word<'a>(folded: &'a str, mut word: impl FnMut(&'a str)) {
    let mut run = None;
    for (at, c) in folded.char_indices() {
        let alone = stands_alone(c);
        let in_word = !alone && (c == '_' || !matches!(category(c), Category::Other | Category::Separator));
        if in_word {
            run.get_or_insert(at);
            continue;
        }
        if let Some(start) = run.take() {
            word(&folded[start..at]);
        }
        if alone || !c.is_whitespace() {
            word(&folded[at..at + c.len_utf8()]);
        }
    }
    if let Some(start) = run {
        word(&folded[start..]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let mut out = Vec::new();
        for_each_word(text, |w| out.push(w));
        out
    }

    #[test]
    fn words_and_folding() {
        assert_eq!(fold("Page 12 of ٣٤ – ÄÖ"), "page 00 of 00 – äö");
        assert_eq!(words("it's 00% naïve_x 中文ab"), ["it", "'", "s", "00", "%", "naïve_x", "中", "文", "ab"]);
    }

    #[test]
    fn long_lines_keep_head_and_tail() {
        let line = "é".repeat(600);
        let (head, tail) = abridge(&line);
        assert_eq!((head.len(), tail.len()), (768, 256));
        let odd = format!("x{line}");
        let (head, tail) = abridge(&odd);
        assert_eq!((head.len(), tail.len()), (767, 256));
        assert_eq!(abridge("short"), ("short", ""));
    }
}
