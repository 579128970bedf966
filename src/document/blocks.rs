//! Passes over the bytes of a text in blocks of one size, in which compilers find vector instructions.

/// Bytes in a block: few enough for counts of bytes to fit in a byte.
pub(crate) const BLOCK: usize = 128;

/// Bytes shown after a block, enough to see a white-space character whole that begins in it.
pub(crate) const AHEAD: usize = 2;

/// Visits the blocks of a text in order, each with the bytes that follow it. The last one is filled up with spaces.
#[inline]
pub(crate) fn for_each_block(text: &str, mut visit: impl FnMut(&[u8; BLOCK + AHEAD])) {
    let mut rest = text.as_bytes();
    while let Some(block) = rest.first_chunk() {
        visit(block);
        rest = &rest[BLOCK..];
    }
    while !rest.is_empty() {
        let mut block = [b' '; BLOCK + AHEAD];
        block[..rest.len()].copy_from_slice(rest);
        visit(&block);
        rest = rest.get(BLOCK..).unwrap_or_default();
    }
}

/// Whether two bytes are a white-space character. There are no branches here, for these would keep the loops scalar.
#[inline(always)] // also where code is optimised for size
pub(crate) const fn is_space_of_two(a: u8, b: u8) -> bool {
    (a == 0xC2) & ((b == 0x85) | (b == 0xA0))
}

/// Whether three bytes are a white-space character.
#[inline(always)] // also where code is optimised for size
pub(crate) const fn is_space_of_three(a: u8, b: u8, c: u8) -> bool {
    let in_2000 = (b == 0x80) & ((c <= 0x8A) | (c == 0xA8) | (c == 0xA9) | (c == 0xAF)) | (b == 0x81) & (c == 0x9F);
    (a == 0xE1) & (b == 0x9A) & (c == 0x80) | (a == 0xE2) & in_2000 | (a == 0xE3) & (b == 0x80) & (c == 0x80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_beyond_ascii_are_those_of_the_standard_library() {
        for character in '\u{80}'..=char::MAX {
            let mut bytes = [0; 4];
            let is_space = match *character.encode_utf8(&mut bytes).as_bytes() {
                [a, b] => is_space_of_two(a, b),
                [a, b, c] => is_space_of_three(a, b, c),
                _ => false,
            };
            assert_eq!(is_space, character.is_whitespace(), "{character:?}");
        }
    }

    #[test]
    fn every_byte_is_shown_once_and_with_those_that_follow() {
        for length in 0..3 * BLOCK {
            let text: String = ('a'..='z').cycle().take(length).collect();
            let (mut shown, mut ahead) = (String::new(), String::new());
            for_each_block(&text, |block| {
                let (own, next) = block.split_at(BLOCK);
                assert!(shown.is_empty() || own.starts_with(ahead.trim_end().as_bytes()));
                shown.extend(own.iter().map(|&byte| char::from(byte)));
                ahead = next.iter().map(|&byte| char::from(byte)).collect();
            });
            assert_eq!(shown.trim_end(), text);
            assert!(shown.len() < length + BLOCK);
        }
    }
}
