//! The writer of lines: white space, bullets and tabs.

const BULLET: &str = "• ";

/// What stands before the text of a list item.
#[derive(Debug, Clone, Copy)]
pub enum Marker {
    Bullet,
    Number(i32),
}

/// Lines as they are written, joined by `\n`.
#[derive(Debug, Default)]
pub struct Lines {
    done: String,
    line: String,
    /// The line began with preformatted text, whose indent stays.
    indented: bool,
    /// White space was seen since the last mark of the line.
    space: bool,
    /// Waits for the text of its item.
    marker: Option<Marker>,
    /// A cell begins, which a tab keeps from the text before it.
    cell: bool,
}

impl Lines {
    /// All lines; the one being written ends here.
    pub fn finish(mut self) -> String {
        self.end();
        self.done
    }

    /// Ends the line, if anything in it shows.
    pub fn end(&mut self) {
        let line = self.line.trim_end();
        let line = if self.indented { line } else { line.trim_start() };
        if !is_blank(line) {
            if !self.done.is_empty() {
                self.done.push('\n');
            }
            self.done.push_str(line);
        }
        self.line.clear();
        self.indented = false;
        self.space = false;
        self.cell = false;
    }

    /// Keeps what follows from what stands before, in the same line.
    pub const fn space(&mut self) {
        self.space = true;
    }

    /// Keeps what follows from what stands before by a tab. Empty cells get none, as layout tables are full of them.
    pub const fn cell(&mut self) {
        self.cell = !self.line.is_empty();
    }

    /// Puts a marker before the next text, or takes back the one that waits.
    pub const fn mark(&mut self, marker: Option<Marker>) {
        self.marker = marker;
    }

    /// Text with white space that only separates.
    pub fn text(&mut self, text: &str) {
        for (index, word) in text.split(separates).enumerate() {
            self.space |= index > 0;
            if word.contains(is_dropped) {
                self.word(&word.replace(is_dropped, ""));
            } else {
                self.word(word);
            }
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        self.before(word);
        if self.space && !self.line.is_empty() && !self.line.ends_with([' ', '\t']) {
            self.line.push(' ');
        }
        self.space = false;
        self.line.push_str(word);
    }

    /// Text whose white space counts.
    pub fn preformatted(&mut self, text: &str) {
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                self.end();
            }
            self.before(part);
            self.indented |= self.line.is_empty();
            self.line.extend(
                part.chars().filter(|c| *c == '\t' || !is_dropped(*c)).map(|c| if separates(c) && c != '\t' { ' ' } else { c }),
            );
        }
    }

    /// Writes the marker or tab that waits for text, if this is text.
    fn before(&mut self, text: &str) {
        if (self.marker.is_none() && !self.cell) || is_blank(text) {
            return;
        }
        // what can stand in the line by now is the indent of preformatted text
        match self.marker.take() {
            Some(Marker::Bullet) => self.line.insert_str(0, BULLET),
            Some(Marker::Number(number)) => self.line.insert_str(0, &format!("{number}. ")),
            None => {}
        }
        if std::mem::take(&mut self.cell) {
            self.line.push('\t');
        }
    }
}

/// White space of HTML, and characters that show as a plain space or end lines elsewhere. Copying from a browser makes
/// a no-break space a plain one, too. Wide and thin spaces are typography and stay.
const fn separates(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r' | '\u{85}' | '\u{a0}' | '\u{2028}' | '\u{2029}')
}

/// Soft hyphens, which show only where a line is broken, byte order marks and control characters.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{feff}') || (c.is_control() && !separates(c))
}

/// Whether nothing of this shows.
fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || is_dropped(c) || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}'))
}
