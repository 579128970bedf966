use std::fmt::Write;

use super::text::{Document, LineRange};

/// How a model sees line numbers: `[000]line`, 0-based, no space after the bracket, counting on through the document.
///
/// The official code pads to three digits; longer numbers take the digits they need (`[1000]`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    /// Least number of digits.
    pub digits: u8,
}

impl Default for Numbering {
    fn default() -> Self {
        Self { digits: 3 }
    }
}

impl Numbering {
    /// One numbered line.
    #[must_use]
    pub fn line(self, index: usize, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + usize::from(self.digits) + 2);
        self.write(index, text, &mut out);
        out
    }

    /// The numbered lines of `range`, joined by `\n`. Lines beyond the document are left out.
    #[must_use]
    pub fn lines(self, document: &Document<'_>, range: LineRange) -> String {
        let mut out = String::new();
        let last = range.last.min(document.line_count() - 1);
        for index in range.first..=last {
            if index > range.first {
                out.push('\n');
            }
            self.write(index, document.line(index), &mut out);
        }
        out
    }

    fn write(self, index: usize, text: &str, out: &mut String) {
        let width = usize::from(self.digits);
        // Writing to a `String` cannot fail.
        let _ = write!(out, "[{index:0width$}]");
        out.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_but_never_cut() {
        let numbering = Numbering::default();
        assert_eq!(numbering.line(7, "x"), "[007]x");
        assert_eq!(numbering.line(1000, ""), "[1000]");
        assert_eq!(Numbering { digits: 0 }.line(0, ""), "[0]");
    }

    #[test]
    fn ranges_are_joined_and_clamped() {
        let document = Document::new("a\n");
        let numbering = Numbering::default();
        assert_eq!(numbering.lines(&document, LineRange::new(0, 9)), "[000]a\n[001]");
        assert_eq!(numbering.lines(&document, LineRange::new(5, 9)), "");
    }
}
