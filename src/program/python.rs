//! The corners of Python's string handling that the official code's results depend on (CPython 3.11, Unicode 14).

use crate::document::{AHEAD, BLOCK, for_each_block, is_space_of_three, is_space_of_two};

/// More digits than this make `int()` raise `ValueError`, whatever their value.
const MAX_INT_DIGITS: usize = 4300;

/// Whether `str.isspace` holds: what `str.split()` splits at.
///
/// Unlike [`char::is_whitespace`] this includes U+001C to U+001F.
#[must_use]
pub const fn is_space(character: char) -> bool {
    matches!(
        character,
        '\t'..='\r'
            | '\x1c'..=' '
            | '\u{85}'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
    )
}

/// `len(text.split())`: the number of maximal runs of characters that are not white space.
#[must_use]
pub fn word_count(text: &str) -> usize {
    let mut words = 0;
    // What begins at each byte, from `AHEAD` bytes before the block: bit 0 stands for white space of two or three
    // bytes, bit 1 for one of three.
    let mut begins = [0_u8; AHEAD + BLOCK];
    // Whether each byte, from the one before the block, is part of white space. A text begins as after a space.
    let mut is_space = [1_u8; 1 + BLOCK];
    for_each_block(text, |block| {
        begins.copy_within(BLOCK.., 0);
        is_space[0] = is_space[BLOCK];
        for i in 0..BLOCK {
            let (a, b, c) = (block[i], block[i + 1], block[i + 2]);
            begins[AHEAD + i] = u8::from(is_space_of_two(a, b)) | (u8::from(is_space_of_three(a, b, c)) * 0b11);
        }
        for i in 0..BLOCK {
            let byte = block[i];
            let is_ascii_space = (byte.wrapping_sub(b'\t') < 5) | (byte.wrapping_sub(0x1C) < 5);
            let begins = begins[i + 2] | begins[i + 1] | (begins[i] >> 1);
            is_space[1 + i] = (u8::from(is_ascii_space) | begins) & 1;
        }
        let mut in_block = 0;
        for i in 0..BLOCK {
            in_block += is_space[i] & !is_space[1 + i];
        }
        words += usize::from(in_block);
    });
    words
}

/// `int(text)`; `None` where that raises.
///
/// Takes an optional sign, digits of any script and single underscores between them, with white space around. Values
/// beyond 128 bits saturate.
#[must_use]
pub fn parse_int(text: &str) -> Option<i128> {
    let text = text.trim_matches(is_int_space);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value: i128 = 0;
    let mut digit_count = 0;
    let mut after_digit = false;
    for character in digits.chars() {
        if character == '_' && after_digit {
            after_digit = false;
            continue;
        }
        let digit = i128::from(digit_value(character)?);
        digit_count += 1;
        if digit_count > MAX_INT_DIGITS {
            return None;
        }
        // Downwards for negative numbers, whose range is larger by one.
        let signed = if negative { -digit } else { digit };
        value = value.saturating_mul(10).saturating_add(signed);
        after_digit = true;
    }
    after_digit.then_some(value)
}

/// White space around a number: C's `isspace` for ASCII, which lacks U+001C to U+001F, and `str.isspace` beyond.
const fn is_int_space(character: char) -> bool {
    match character {
        '\x1c'..='\x1f' => false,
        _ => is_space(character),
    }
}

/// Value of a decimal digit (general category Nd) of any script.
#[must_use]
pub fn digit_value(character: char) -> Option<u8> {
    let code = u32::from(character);
    let after = ZEROS.partition_point(|&zero| zero <= code);
    let zero = ZEROS[..after].last()?;
    u8::try_from(code - zero).ok().filter(|&value| value < 10)
}

/// The zeros of all decimal digit runs of Unicode 14, each followed by its nine other digits.
///
/// A table of our own, because the official results were made with Unicode 14: digits that came later are none there.
const ZEROS: [u32; 66] = [
    0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6, 0xE50, 0xED0, 0xF20, 0x1040,
    0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0,
    0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650,
    0x116C0, 0x11730, 0x118E0, 0x11950, 0x11C50, 0x11D50, 0x11DA0, 0x16A60, 0x16AC0, 0x16B50, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC,
    0x1D7F6, 0x1E140, 0x1E2F0, 0x1E950, 0x1FBF0,
];

#[cfg(test)]
mod tests {
    use unicode_general_category::{GeneralCategory, get_general_category};

    use super::*;

    #[test]
    fn integers() {
        let good = [
            ("+1", 1),
            (" 1 ", 1),
            ("001", 1),
            ("1_0", 10),
            ("-7", -7),
            ("٢", 2),
            ("１٢", 12),
            ("\u{a0}1\u{3000}", 1),
            ("\t\x0b1\r", 1),
            ("170141183460469231731687303715884105728", i128::MAX),
            ("-170141183460469231731687303715884105728", i128::MIN),
            ("-999999999999999999999999999999999999999999", i128::MIN),
        ];
        for (text, value) in good {
            assert_eq!(parse_int(text), Some(value), "{text}");
        }
        let bad = ["", " ", "+", "1.0", "0x1", "\"1\"", "1__0", "_1", "1_", "+_1", "²", "−1", "- 1", "\u{200b}1", "\x1c1", "1 2"];
        for text in bad {
            assert_eq!(parse_int(text), None, "{text}");
        }
    }

    #[test]
    fn the_digit_limit_counts_digits_only() {
        assert_eq!(parse_int(&"0".repeat(4300)), Some(0));
        assert_eq!(parse_int(&"0".repeat(4301)), None);
        assert_eq!(parse_int(&format!("0{}", "_0".repeat(4299))), Some(0));
    }

    #[test]
    fn digits_agree_with_the_unicode_tables_but_for_those_since_unicode_14() {
        const SINCE: [u32; 11] =
            [0x10D40, 0x116D0, 0x116DA, 0x11BF0, 0x11DE0, 0x11F50, 0x16130, 0x16D70, 0x1CCF0, 0x1E4F0, 0x1E5F1];
        for character in '\0'..=char::MAX {
            let is_digit = get_general_category(character) == GeneralCategory::DecimalNumber;
            let code = u32::from(character);
            let is_new = SINCE.iter().any(|&zero| (zero..zero + 10).contains(&code));
            assert!(digit_value(character).is_some() == is_digit || is_new, "{code:X}");
        }
        assert_eq!(digit_value('\u{1D7FF}'), Some(9));
    }

    #[test]
    fn words() {
        assert_eq!(word_count(" a\x1cb\u{200b}c\u{3000}d\n"), 3);
        assert_eq!(word_count("\u{feff}"), 1);
        assert_eq!(word_count(""), 0);
        // Blocks begin and end at every place of a word.
        for lead in 0..300 {
            let text = format!("{}{}", "x".repeat(lead), " ab é\u{a0}c\x1cd\u{2028}".repeat(200));
            assert_eq!(word_count(&text), usize::from(lead > 0) + 800, "{lead}");
            let text =
                format!("{}{}", "x".repeat(lead), "\u{3000}\u{85}\u{a0}漢\u{3001}\u{205f}\u{202f}🙂\u{200b}\u{2029}".repeat(50));
            assert_eq!(word_count(&text), usize::from(lead > 0) + 100, "{lead}");
        }
    }
}
