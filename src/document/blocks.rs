/// Bytes in a block: enough to make up for the test, few enough to leave most of a mixed text in ASCII blocks.
const BLOCK: usize = 256;

/// A short stretch of a text.
pub(crate) enum Block<'a> {
    /// Every byte is a character.
    Ascii(&'a [u8]),
    /// Some characters take more than one byte.
    Other(&'a str),
}

/// Cuts a text into blocks, so that passes over its characters can go by bytes where these are the same.
pub(crate) fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (block, after) = rest.split_at(rest.floor_char_boundary(BLOCK));
        rest = after;
        match block {
            "" => None,
            _ if block.is_ascii() => Some(Block::Ascii(block.as_bytes())),
            _ => Some(Block::Other(block)),
        }
    })
}
