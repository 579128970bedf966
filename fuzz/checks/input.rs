use std::borrow::Cow;
use std::fmt::Write;

/// Most bytes of text that a check gives to the library.
pub const MAX_BYTES: usize = 1 << 20;

/// From here on a `how` asks for growth: a quarter of all bytes.
pub const GROWN: u8 = 0xC0;

/// Stands for the number of the repetition in a text that grows, so that its parts differ.
const COUNTER: char = '\u{1}';

/// Reads an input from its begin: settings in single bytes, then text.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next setting; 0 beyond the end.
    pub fn byte(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        byte
    }

    /// The next `count` settings, as far as there are so many.
    pub fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (bytes, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        bytes
    }

    /// What is left, as text.
    pub fn text(self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }
}

/// Makes a text of `size` bytes out of a small one, as `how` says; else cuts it there.
///
/// A fuzzer seldom writes a megabyte by itself. Whether a text grows lies in the two upper bits, the next two tell which
/// part is repeated, one bit whether each time on a new line, and the lower three where the parts meet, in eighths.
pub fn grown(text: &str, how: u8, size: usize) -> String {
    if how < GROWN || text.is_empty() {
        return text[..text.floor_char_boundary(size)].to_owned();
    }
    let (left, right) = text.split_at(text.floor_char_boundary(text.len() * usize::from(how & 7) / 8));
    let (before, unit, after) = match how >> 4 & 3 {
        1 => (left, right, ""),
        2 => ("", left, right),
        3 => (left, right, left),
        _ => ("", text, ""),
    };
    let unit = if unit.is_empty() { text } else { unit };
    let mut parts = unit.split(COUNTER);
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let mut out = before.to_owned();
    let room = size.saturating_sub(after.len());
    for number in 0.. {
        if out.len() >= room {
            break;
        }
        out.push_str(first);
        for part in &rest {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "{number}{part}");
        }
        if how & 8 != 0 {
            out.push('\n');
        }
    }
    out.truncate(out.floor_char_boundary(room));
    out.push_str(after);
    out.truncate(out.floor_char_boundary(size));
    out
}
