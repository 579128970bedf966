use super::diagnostic::DiagnosticCode;

/// Most digits of a number in the strict grammar.
const MAX_DIGITS: usize = 9;

/// Why a statement cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: DiagnosticCode,
    pub message: String,
    /// Byte offset in the line.
    pub offset: usize,
    /// The line ended where more was expected, so a statement cut off by a token limit would look the same.
    pub at_end: bool,
}

/// A literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Number(i64),
    Text(String),
}

/// Reads the tokens of one line.
pub(super) struct Cursor<'a> {
    line: &'a str,
    offset: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(line: &'a str) -> Self {
        Self { line, offset: 0 }
    }

    pub fn offset(&self) -> usize {
        self.offset
    }

    pub fn rest(&self) -> &'a str {
        &self.line[self.offset..]
    }

    pub fn skip_space(&mut self) {
        self.offset = self.line.len() - self.rest().trim_start().len();
    }

    /// Consumes `expected` if it comes next.
    pub fn eat(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.offset += expected.len_utf8();
        }
        found
    }

    /// Consumes an identifier, which may turn out empty.
    pub fn identifier(&mut self) -> &'a str {
        let rest = self.rest();
        if rest.starts_with(|c: char| c.is_ascii_digit()) {
            return "";
        }
        let name = leading(rest, |c| c.is_ascii_alphanumeric() || c == '_');
        self.offset += name.len();
        name
    }

    /// A fault at the current place.
    pub fn fault(&self, code: DiagnosticCode, message: impl Into<String>) -> Fault {
        Fault { code, message: message.into(), offset: self.offset, at_end: self.rest().trim().is_empty() }
    }

    /// Consumes a number or a string.
    pub fn value(&mut self) -> Result<Value, Fault> {
        match self.rest().chars().next() {
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Value::Text),
            Some('-' | '0'..='9') => self.number().map(Value::Number),
            _ => Err(self
                .fault(DiagnosticCode::UnexpectedText, "expected a number or a quoted string; write text as \"...\" or '...'")),
        }
    }

    fn number(&mut self) -> Result<i64, Fault> {
        let start = self.offset;
        let negative = self.eat('-');
        let digits = leading(self.rest(), |c| c.is_ascii_digit());
        self.offset += digits.len();
        let ends = !self.rest().starts_with(|c: char| !c.is_whitespace() && !matches!(c, ',' | ')'));
        let magnitude = digits.parse::<i64>().ok().filter(|_| ends && digits.len() <= MAX_DIGITS);
        match magnitude {
            Some(magnitude) => Ok(if negative { -magnitude } else { magnitude }),
            None => Err(Fault {
                code: DiagnosticCode::BadNumber,
                message: format!("not a whole number of at most {MAX_DIGITS} digits"),
                offset: start,
                at_end: digits.is_empty() && self.rest().is_empty(),
            }),
        }
    }

    fn string(&mut self, quote: char) -> Result<String, Fault> {
        let start = self.offset;
        self.offset += quote.len_utf8();
        let mut text = String::new();
        loop {
            let plain = leading(self.rest(), |c| c != quote && c != '\\');
            text.push_str(plain);
            self.offset += plain.len();
            if self.eat(quote) {
                return Ok(text);
            }
            if self.rest().is_empty() {
                return Err(Fault {
                    code: DiagnosticCode::UnterminatedString,
                    message: format!("the string has no closing {quote} on its line"),
                    offset: start,
                    at_end: true,
                });
            }
            text.push(self.escape()?);
        }
    }

    /// Consumes a backslash and what it escapes.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.offset;
        self.offset += 1;
        let Some(kind) = self.rest().chars().next() else {
            return Err(self.fault(DiagnosticCode::BadEscape, "the line ends after a backslash"));
        };
        self.offset += kind.len_utf8();
        let decoded = match kind {
            '\\' | '"' | '\'' => Some(kind),
            'n' => Some('\n'),
            't' => Some('\t'),
            'r' => Some('\r'),
            'u' => self.unicode_escape(),
            _ => None,
        };
        decoded.ok_or_else(|| Fault {
            code: DiagnosticCode::BadEscape,
            message: "unknown escape; there are \\\\ \\\" \\' \\n \\t \\r and \\uXXXX, and surrogates come in pairs".into(),
            offset: start,
            at_end: self.rest().is_empty(),
        })
    }

    /// What follows `\u`: four hexadecimal digits, or twice that for a surrogate pair.
    fn unicode_escape(&mut self) -> Option<char> {
        let first = self.hex4()?;
        let units = if (0xD800..0xDC00).contains(&first) {
            let low = self.rest().strip_prefix("\\u").map(|_| self.offset += 2).and_then(|()| self.hex4())?;
            vec![first, low]
        } else {
            vec![first]
        };
        char::decode_utf16(units).next()?.ok()
    }

    fn hex4(&mut self) -> Option<u16> {
        let digits = self.rest().get(..4).unwrap_or(self.rest());
        let digits = leading(digits, |c| c.is_ascii_hexdigit());
        self.offset += digits.len();
        if digits.len() == 4 { u16::from_str_radix(digits, 16).ok() } else { None }
    }
}

/// The longest prefix of `text` whose characters all satisfy `accept`.
fn leading(text: &str, accept: impl Fn(char) -> bool) -> &str {
    &text[..text.find(|c| !accept(c)).unwrap_or(text.len())]
}
