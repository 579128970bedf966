//! From tags and text to lines.

use std::convert::Infallible;

use html5gum::emitters::callback::{Callback, CallbackEmitter, CallbackEvent};
use html5gum::{Emitter, ForwardingEmitter, Span, State};

use super::attributes::Attributes;
use super::elements::{BLOCK, BOX, CELL, Element, LIST, PRE, SILENT, VOID, text_state};
use super::lines::{Lines, Marker};
use super::open_elements::OpenElements;

/// A page being read.
pub struct Page<'a> {
    lines: &'a mut Lines,
    open: OpenElements,
    /// The next number of each open list; `None` where items have bullets.
    lists: Vec<Option<i32>>,
    preformatted: usize,
    /// The start tag being read.
    name: Vec<u8>,
    attributes: Attributes,
    /// How the tokenizer reads on after the tag that was just read.
    state: Option<State>,
}

impl<'a> Page<'a> {
    pub fn new(lines: &'a mut Lines) -> Self {
        Self {
            lines,
            open: OpenElements::new(),
            lists: Vec::new(),
            preformatted: 0,
            name: Vec::new(),
            attributes: Attributes::default(),
            state: None,
        }
    }

    fn start(&mut self, self_closing: bool) {
        let name = std::mem::take(&mut self.name);
        self.start_of(Element::named(&name), &name, self_closing);
        self.name = name;
    }

    fn start_of(&mut self, element: Element, name: &[u8], self_closing: bool) {
        self.close_beyond(self.open.depth_before_start(element));
        let flags = element.flags();
        if self.open.is_in_svg() {
            // a drawing's style and title are no special text, and its tags may close themselves
            if !self_closing {
                self.push(element, name, false);
            }
            return;
        }
        self.state = text_state(name);
        let visible = !self.open.is_hidden();
        match element {
            // the page as a whole is often hidden until a script has run
            Element::HTML | Element::BODY if visible => return self.lines.end(),
            Element::HTML | Element::BODY => return,
            // a second head would need a second end tag
            Element::HEAD if self.open.is_in_head() => return,
            _ => {}
        }
        let hides = self.attributes.hides
            || (flags & SILENT != 0 && !(element == Element::TEMPLATE && self.attributes.shadow_root))
            || (element == Element::DIALOG && !self.attributes.open);
        if visible {
            self.lay_out(element, name, hides);
        }
        self.push(element, name, hides);
    }

    fn push(&mut self, element: Element, name: &[u8], hides: bool) {
        let flags = element.flags();
        if flags & VOID != 0 {
            return;
        }
        if flags & LIST != 0 {
            let numbered = element == Element::OL && !self.attributes.odd_numbers;
            self.lists.push(numbered.then(|| self.attributes.number.unwrap_or(1)));
        }
        if flags & PRE != 0 {
            self.preformatted += 1;
        }
        self.open.push(element, name, hides);
    }

    /// What a start tag does to the line.
    fn lay_out(&mut self, element: Element, name: &[u8], hides: bool) {
        let flags = element.flags();
        if hides {
            // browsers would glue what stands before and after
            if flags & (BLOCK | CELL | BOX) != 0 {
                self.lines.space();
            }
        } else if flags & BLOCK != 0 {
            self.lines.end();
            if element == Element::LI {
                let marker = self.next_marker();
                self.lines.mark(Some(marker));
            }
        } else if flags & CELL != 0 {
            self.lines.cell();
        } else if flags & BOX != 0 || is_custom(name) {
            self.lines.space();
        }
    }

    fn next_marker(&mut self) -> Marker {
        let Some(Some(next)) = self.lists.last_mut() else { return Marker::Bullet };
        let number = self.attributes.number.unwrap_or(*next);
        *next = number.saturating_add(1);
        Marker::Number(number)
    }

    fn end(&mut self, name: &[u8]) {
        let element = Element::named(name);
        let flags = element.flags();
        if let Some(depth) = self.open.depth_after_end(element, name) {
            self.close_beyond(depth);
            return;
        }
        if self.open.is_hidden() {
            return;
        }
        if element == Element::BR || (flags & BLOCK != 0 && flags & VOID == 0) {
            // browsers skip most end tags that close nothing; where they stand, a block was meant to end
            self.lines.end();
        } else if flags & BOX != 0 || is_custom(name) {
            self.lines.space();
        }
    }

    fn close_beyond(&mut self, depth: usize) {
        while let Some(closed) = self.open.pop_beyond(depth) {
            let flags = closed.element.flags();
            if flags & LIST != 0 {
                self.lists.pop();
            }
            if flags & PRE != 0 {
                self.preformatted -= 1;
            }
            if closed.was_hidden {
                continue;
            }
            if flags & BLOCK != 0 {
                self.lines.end();
            } else {
                self.lines.space();
            }
            if closed.element == Element::LI {
                self.lines.mark(None);
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.is_in_head() && !text.trim_ascii().is_empty() {
            self.close_beyond(self.open.depth_before_start(Element::P));
        }
        if self.open.is_hidden() {
            return;
        }
        if self.preformatted > 0 {
            self.lines.preformatted(text);
        } else {
            self.lines.text(text);
        }
    }
}

/// Whether this is a page's own element. Whether it stands for a word, a button or a card can't be seen; blocks in it end
/// lines anyway, and a space keeps the words of two buttons apart without breaking a sentence.
fn is_custom(name: &[u8]) -> bool {
    name.contains(&b'-')
}

impl Callback<Infallible, ()> for Page<'_> {
    fn handle_event(&mut self, event: CallbackEvent<'_>, _: Span<()>) -> Option<Infallible> {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.name.clear();
                self.name.extend_from_slice(name);
                self.attributes = Attributes::default();
            }
            CallbackEvent::AttributeName { name } => self.attributes.name(name),
            CallbackEvent::AttributeValue { value } => self.attributes.value(value),
            CallbackEvent::CloseStartTag { self_closing } => self.start(self_closing),
            CallbackEvent::EndTag { name } => self.end(name),
            CallbackEvent::String { value } => self.text(&String::from_utf8_lossy(value)),
            CallbackEvent::Comment { .. } | CallbackEvent::Doctype { .. } | CallbackEvent::Error(_) => {}
        }
        None
    }
}

/// Tells the tokenizer what only the open elements know. Tokens go to the page as they come and none is kept.
pub struct Feed<'a>(CallbackEmitter<Page<'a>>);

impl<'a> Feed<'a> {
    pub fn new(page: Page<'a>) -> Self {
        Self(CallbackEmitter::new(page))
    }
}

impl ForwardingEmitter for Feed<'_> {
    type Token = Infallible;

    fn inner(&mut self) -> &mut impl Emitter<Token = Infallible> {
        &mut self.0
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.0.callback_mut().state = None;
        // the inner emitter knows no states of its own unless it is told to
        let _ = self.0.emit_current_tag();
        self.0.callback_mut().state.take()
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.callback_mut().open.is_in_svg()
    }
}
