/// Converts byte offsets of `text` to offsets in UTF-16 code units, the ones JavaScript strings use.
///
/// `offsets` may come in any order; the results stand in the same order. An offset inside a character counts as the
/// start of that character, one beyond the text as its end. The text is read once, however many offsets there are.
#[must_use]
pub fn utf16_offsets(text: &str, offsets: &[usize]) -> Vec<usize> {
    let mut converted: Vec<usize> = offsets.iter().map(|&offset| text.floor_char_boundary(offset)).collect();
    if text.is_ascii() {
        return converted;
    }
    if converted.is_sorted() {
        let mut counter = Counter::new(text);
        for offset in &mut converted {
            *offset = counter.advance_to(*offset);
        }
        return converted;
    }
    let mut order: Vec<usize> = (0..converted.len()).collect();
    order.sort_unstable_by_key(|&index| converted[index]);
    let mut counter = Counter::new(text);
    for index in order {
        converted[index] = counter.advance_to(converted[index]);
    }
    converted
}

/// Counts UTF-16 units up to ever greater byte offsets.
struct Counter<'a> {
    bytes: &'a [u8],
    offset: usize,
    units: usize,
}

impl<'a> Counter<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), offset: 0, units: 0 }
    }

    /// UTF-16 units before byte `offset`, which is not below the offset of the call before.
    fn advance_to(&mut self, offset: usize) -> usize {
        // One unit for each leading byte, and a second where four bytes make a surrogate pair.
        self.units += self.bytes[self.offset..offset]
            .iter()
            .map(|&byte| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0))
            .sum::<usize>();
        self.offset = offset;
        self.units
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "aé漢🙂z";

    #[test]
    fn every_boundary_matches_the_standard_library() {
        let boundaries: Vec<usize> = (0..=TEXT.len()).filter(|&i| TEXT.is_char_boundary(i)).collect();
        let expected: Vec<usize> = boundaries.iter().map(|&i| TEXT[..i].encode_utf16().count()).collect();
        assert_eq!(utf16_offsets(TEXT, &boundaries), expected);
    }

    #[test]
    fn order_is_kept() {
        assert_eq!(utf16_offsets(TEXT, &[10, 0, 6, 6, 1]), [5, 0, 3, 3, 1]);
    }

    #[test]
    fn offsets_inside_characters_and_beyond_the_text() {
        assert_eq!(utf16_offsets(TEXT, &[2, 8, 999]), [1, 3, 6]);
        assert_eq!(utf16_offsets("ab", &[1, 9]), [1, 2]);
        assert!(utf16_offsets(TEXT, &[]).is_empty());
    }
}
