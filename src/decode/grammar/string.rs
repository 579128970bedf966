//! The strings of a normalisation, in double quotes, with `\"` and `\\`.

use std::rc::Rc;

use super::work::Work;

/// Where text of the chunk may go on: line and byte.
type Place = (u32, u32);

/// Whether a source may begin with this character. One that shows: white space stands everywhere.
pub fn can_begin(c: char) -> bool {
    !c.is_whitespace() && !c.is_control()
}

/// A source: text of one line.
#[derive(Debug, Clone)]
pub struct Source {
    /// Where what was written could end.
    places: Rc<[Place]>,
    text: Vec<u8>,
    escape: bool,
}

impl Source {
    pub fn new(work: &Work) -> Self {
        let mut places = Vec::new();
        for (line, text) in (0u32..).zip(work.texts()) {
            let starts = text.char_indices().filter(|&(_, c)| can_begin(c));
            places.extend(starts.map(|(at, _)| (line, at as u32)));
        }
        Self { places: places.into(), text: Vec::new(), escape: false }
    }

    pub fn advance(&self, byte: u8, work: &Work) -> Option<Self> {
        let mut next = self.clone();
        if byte == b'\\' && !self.escape {
            next.escape = true;
            let escapable =
                |&(line, at): &Place| matches!(work.texts()[line as usize].as_bytes().get(at as usize), Some(b'"' | b'\\'));
            return self.places.iter().any(escapable).then_some(next);
        }
        let inside = matches!(byte, 0x80..=0xbf);
        let full = !inside && !self.text.is_empty() && self.text.len() >= work.limits.source_bytes;
        if self.escape != matches!(byte, b'"' | b'\\') || byte < b' ' || byte == 0x7f || full {
            return None;
        }
        next.escape = false;
        next.text.push(byte);
        let fits = |&&(line, at): &&Place| work.texts()[line as usize].as_bytes().get(at as usize) == Some(&byte);
        let places: Vec<Place> = self.places.iter().filter(fits).map(|&(line, at)| (line, at + 1)).collect();
        next.places = places.into();
        (!next.places.is_empty()).then_some(next)
    }

    /// The source, if this byte ends it.
    pub fn close(&self, byte: u8) -> Option<String> {
        let text = std::str::from_utf8(&self.text).ok()?;
        (byte == b'"' && !self.escape && !text.is_empty()).then(|| text.to_owned())
    }
}

/// A target: any text that is not longer than the limits allow and no control characters.
#[derive(Debug, Clone)]
pub struct Target {
    source: Rc<str>,
    /// Bytes that may still come.
    room: usize,
    text: Vec<u8>,
    /// Bytes of the last character that are to come, and between which the next must lie.
    open: (u8, u8, u8),
    escape: bool,
}

impl Target {
    pub fn new(source: &Rc<str>, work: &Work) -> Self {
        Self {
            room: work.longest_target(source),
            source: Rc::clone(source),
            text: Vec::new(),
            open: (0, 0x80, 0xbf),
            escape: false,
        }
    }

    pub fn advance(&self, byte: u8) -> Option<Self> {
        let mut next = self.clone();
        let (left, low, high) = self.open;
        if left > 0 {
            next.open = (left - 1, 0x80, 0xbf);
            next.text.push(byte);
            return if (low..=high).contains(&byte) { next.unless_stuck() } else { None };
        }
        if byte == b'\\' && !self.escape {
            next.escape = true;
            return (self.room > 0).then_some(next);
        }
        if self.escape != matches!(byte, b'"' | b'\\') {
            return None;
        }
        next.escape = false;
        next.text.push(byte);
        // The Unicode Standard, table 3-7; no C1 controls, whose encoding begins with c2 80 to c2 9f.
        next.open = match byte {
            b' '..=b'~' => (0, 0x80, 0xbf),
            0xc2 => (1, 0xa0, 0xbf),
            0xc3..=0xdf => (1, 0x80, 0xbf),
            0xe0 => (2, 0xa0, 0xbf),
            0xed => (2, 0x80, 0x9f),
            0xe1..=0xef => (2, 0x80, 0xbf),
            0xf0 => (3, 0x90, 0xbf),
            0xf1..=0xf3 => (3, 0x80, 0xbf),
            0xf4 => (3, 0x80, 0x8f),
            _ => return None,
        };
        next.room = self.room.checked_sub(1 + usize::from(next.open.0))?;
        next.unless_stuck()
    }

    /// The source itself is no target, and must not fill the room for one.
    fn unless_stuck(self) -> Option<Self> {
        let stuck = self.room == 0 && self.open.0 == 0 && self.text == self.source.as_bytes();
        (!stuck).then_some(self)
    }

    /// Source and target, if this byte ends the target.
    pub fn close(&self, byte: u8) -> Option<(Rc<str>, String)> {
        if byte != b'"' || self.escape || self.open.0 > 0 {
            return None;
        }
        let text = std::str::from_utf8(&self.text).ok().filter(|&text| text != &*self.source)?;
        Some((Rc::clone(&self.source), text.to_owned()))
    }
}
