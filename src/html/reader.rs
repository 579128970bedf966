//! Gives the tokenizer its input, with pauses.

use std::convert::Infallible;

use html5gum::{Readable, Reader, StringReader};
use thiserror::Error;

/// What the tokenizer (html5gum 0.9.0) looks for in a value in double quotes.
const IN_DOUBLE_QUOTES: &[u8] = b"\"&\0\r";
/// Values between pauses.
const VALUES: u32 = 16;

/// The tokenizer shall return to whoever drives it, and be called again.
#[derive(Debug, Error)]
#[error("a pause between attributes")]
pub struct Pause;

/// Reads a string and pauses at every so many quoted values.
///
/// The tokenizer calls itself for each attribute in double quotes, so that a tag with some ten thousand of them would
/// overflow the stack. A failed read takes it back to its loop; at the start of a value it goes on where it was.
pub struct PausingReader<'a> {
    inner: StringReader<'a>,
    values: u32,
}

impl<'a> PausingReader<'a> {
    pub fn new(html: &'a str) -> Self {
        Self { inner: html.to_reader(), values: 0 }
    }
}

fn never<T>(read: Result<T, Infallible>) -> Result<T, Pause> {
    read.map_err(|never| match never {})
}

impl Reader for PausingReader<'_> {
    type Error = Pause;

    fn read_byte(&mut self) -> Result<Option<u8>, Pause> {
        never(self.inner.read_byte())
    }

    fn try_read_string(&mut self, text: &[u8], case_sensitive: bool) -> Result<bool, Pause> {
        never(self.inner.try_read_string(text, case_sensitive))
    }

    fn read_until<'b>(&'b mut self, needle: &[u8], buffer: &'b mut [u8; 4]) -> Result<Option<&'b [u8]>, Pause> {
        if needle == IN_DOUBLE_QUOTES {
            self.values += 1;
            if self.values == VALUES {
                self.values = 0;
                return Err(Pause);
            }
        }
        never(self.inner.read_until(needle, buffer))
    }
}
