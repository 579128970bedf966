//! What goes to and comes from `pkg/lib/wire.js`.

use std::fmt::Display;

/// The operations as numbers; `keep_chunk` is 2.
pub mod op {
    pub const DROP_DOC: u32 = 0;
    pub const KEEP_DOC: u32 = 1;
    pub const REMOVE_LINES: u32 = 3;
    pub const NORMALIZE: u32 = 4;
}

/// An answer, or `!` and why there is none. No answer begins with that: they are JSON or diffs.
pub fn answer(result: Result<String, impl Display>) -> String {
    result.unwrap_or_else(|error| format!("!{error}"))
}

/// Strings that come as one, each with a newline after it, and their lengths apart.
pub struct Strings<'a> {
    rest: &'a str,
}

impl<'a> Strings<'a> {
    pub const fn new(joined: &'a str) -> Self {
        Self { rest: joined }
    }

    /// The next string, which has this many UTF-16 units.
    pub fn take(&mut self, units: u32) -> String {
        let mut left = units as usize;
        let mut characters = self.rest.chars();
        while left > 0 {
            match characters.next() {
                Some(character) => left = left.saturating_sub(character.len_utf16()),
                None => break,
            }
        }
        let length = self.rest.len() - characters.as_str().len();
        let (string, rest) = self.rest.split_at(length);
        self.rest = rest.strip_prefix('\n').unwrap_or(rest);
        string.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_taken_by_utf16_units() {
        let mut strings = Strings::new("a\nb\n\n🙂é\n\n");
        assert_eq!([3, 0, 3, 0, 0].map(|units| strings.take(units)), ["a\nb", "", "🙂é", "", ""]);
        assert_eq!(strings.take(9), "");
    }

    #[test]
    fn errors_are_marked() {
        assert_eq!(answer(Err::<String, _>("no")), "!no");
        assert_eq!(answer(Ok::<_, String>("{}".into())), "{}");
    }
}
