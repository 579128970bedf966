//! Lengths of texts that mean something in every language.

use crate::document::{BLOCK, for_each_block, is_space_of_three, is_space_of_two};

/// Below this many bytes, a block is mostly filling.
const SHORT: usize = BLOCK / 4;

/// Characters that are not white space.
pub(super) fn character_count(text: &str) -> usize {
    if text.len() < SHORT {
        return text.chars().filter(|character| !character.is_whitespace()).count();
    }
    let mut count = 0;
    for_each_block(text, |block| {
        let mut in_block = 0_u8;
        for i in 0..BLOCK {
            let (a, b, c) = (block[i], block[i + 1], block[i + 2]);
            let is_first_byte = a & 0xC0 != 0x80;
            let is_ascii_space = (a.wrapping_sub(b'\t') < 5) | (a == b' ');
            let is_space = is_ascii_space | is_space_of_two(a, b) | is_space_of_three(a, b, c);
            in_block += u8::from(is_first_byte & !is_space);
        }
        count += usize::from(in_block);
    });
    count
}

/// Whether `text` has at most `limit` words; stops counting as soon as it has more.
///
/// Words stand between white space, except in scripts that write without spaces: there two characters count as one
/// word, which is about right for Chinese and errs on the side of keeping for the others.
pub(super) fn has_at_most_words(text: &str, limit: usize) -> bool {
    let mut half_words = 0_usize;
    let mut in_word = false;
    for character in text.chars() {
        if character.is_whitespace() {
            in_word = false;
        } else if is_written_without_spaces(character) {
            half_words += 1;
            in_word = false;
        } else if !in_word {
            half_words += 2;
            in_word = true;
        }
        if half_words > limit.saturating_mul(2) {
            return false;
        }
    }
    true
}

/// Letters of the scripts of Chinese, Japanese, Thai, Lao, Burmese and Khmer.
const fn is_written_without_spaces(character: char) -> bool {
    matches!(
        character,
        '\u{0E01}'..='\u{0EDF}'
            | '\u{1000}'..='\u{109F}'
            | '\u{1780}'..='\u{17DD}'
            | '\u{3041}'..='\u{30FF}'
            | '\u{3400}'..='\u{4DBF}'
            | '\u{4E00}'..='\u{9FFF}'
            | '\u{F900}'..='\u{FAFF}'
            | '\u{20000}'..='\u{323AF}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        assert_eq!(character_count(" a\tb\n\x0bc\r"), 3);
        assert_eq!(character_count(&"ab é \u{3000}".repeat(200)), 600);
        assert_eq!(character_count("é\u{a0}\u{3000}漢"), 2);
        // Blocks begin and end at every place of a character.
        for lead in 0..300 {
            let text = format!("{}{}", "x".repeat(lead), "é\u{a0}\u{3000}漢\u{2028} 🙂\u{200b}".repeat(50));
            assert_eq!(character_count(&text), lead + 200, "{lead}");
        }
    }

    #[test]
    fn words_of_all_scripts() {
        assert!(has_at_most_words("one two three", 3));
        assert!(!has_at_most_words("one two three four", 3));
        assert!(has_at_most_words("今日は天気", 3));
        assert!(!has_at_most_words("今日は天気がいい", 3));
        assert!(has_at_most_words("", 0));
    }
}
