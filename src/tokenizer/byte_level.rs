//! GPT-2's printable stand-ins for bytes: vocabularies spell each token with one character a byte.

/// The character that stands for a byte: itself where it prints, else the next free one from U+0100 on.
pub fn char_of(byte: u8) -> char {
    if prints(byte) {
        return char::from(byte);
    }
    let before = (0..byte).filter(|&b| !prints(b)).count() as u32;
    char::from_u32(0x100 + before).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn prints(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_own_character() {
        let spelled: std::collections::HashSet<char> = (0..=255).map(char_of).collect();
        assert_eq!(spelled.len(), 256);
        assert_eq!(char_of(b' '), 'Ġ');
        assert_eq!(char_of(b'\n'), 'Ċ');
        assert_eq!(char_of(0xad), 'Ń');
    }
}
