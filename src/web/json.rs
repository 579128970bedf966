//! JSON for JavaScript to parse: a kilobyte of code, where objects built through serde take tens of them.

use std::fmt::{self, Display, Formatter, Write};

use serde::Serialize;

/// Writes one JSON value from its start to its end.
#[derive(Default)]
pub struct Json {
    out: String,
}

impl Json {
    pub fn into_string(self) -> String {
        self.out
    }

    /// A comma, unless this is the first value of a list or object, or follows its key.
    fn separate(&mut self) {
        if !matches!(self.out.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(',');
        }
    }

    /// Writes an object; `fields` writes its keys and values.
    pub fn object(&mut self, fields: impl FnOnce(&mut Self)) {
        self.separate();
        self.out.push('{');
        fields(self);
        self.out.push('}');
    }

    /// Writes a list; `item` writes one value for each of `items`.
    pub fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut item: impl FnMut(&mut Self, T)) {
        self.separate();
        self.out.push('[');
        for value in items {
            item(self, value);
        }
        self.out.push(']');
    }

    /// Writes a key that needs no escapes; its value comes next.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.out.push(':');
        self
    }

    pub fn string(&mut self, value: &str) {
        self.separate();
        self.out.push('"');
        let mut done = 0;
        for (place, byte) in value.bytes().enumerate().filter(|&(_, byte)| byte < b' ' || byte == b'"' || byte == b'\\') {
            self.out.push_str(&value[done..place]);
            // writing to a `String` cannot fail
            let _ = write!(self.out, "\\u{byte:04x}");
            done = place + 1;
        }
        self.out.push_str(&value[done..]);
        self.out.push('"');
    }

    /// Writes a number, `true`, `false` or `null`.
    pub fn plain(&mut self, value: impl Display) {
        self.separate();
        let _ = write!(self.out, "{value}");
    }

    pub fn pair(&mut self, [first, last]: [impl Display; 2]) {
        self.separate();
        let _ = write!(self.out, "[{first},{last}]");
    }

    /// Writes the name that serde gives to a variant without fields.
    pub fn name(&mut self, variant: impl Serialize) {
        let name = Name(variant).to_string();
        self.string(&name);
    }
}

struct Name<T>(T);

impl<T: Serialize> Display for Name<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Severity;

    #[test]
    fn what_is_written_reads_back() {
        let hostile = "a\"b\\c\n\u{1}\u{7f}\u{2028}é🙂";
        let mut json = Json::default();
        json.object(|json| {
            json.key("text").string(hostile);
            json.key("list").list([1, 2], |json, n| json.plain(n));
            json.key("none").list([0; 0], |json, n| json.plain(n));
            json.key("pair").pair([-1, i128::MAX]);
            json.key("objects").list([true, false], |json, b| json.object(|json| json.key("b").plain(b)));
            json.key("severity").name(Severity::Warning);
        });
        let written = json.into_string();
        let read: serde_json::Value = serde_json::from_str(&written).expect(&written);
        assert_eq!(read["text"], hostile);
        assert_eq!(read["list"], serde_json::json!([1, 2]));
        assert_eq!(read["none"], serde_json::json!([]));
        assert_eq!(read["pair"][0], -1);
        assert_eq!(read["objects"], serde_json::json!([{ "b": true }, { "b": false }]));
        assert_eq!(read["severity"], "warning");
    }
}
