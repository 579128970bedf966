//! Which elements are open: what stands for the tree.
//!
//! A stack of small entries. Each knows the one before it of the same element, so that whether an end tag closes
//! anything is known at once, and a page costs time linear in its tags however they nest.

use super::elements::{BLOCK, CELL, ENDS_SVG, Element, HEAD, SCOPE, SILENT, VOID};

#[derive(Debug, Clone, Copy)]
struct Entry {
    element: Element,
    /// Where the one before it of the same element stands, counted from 1; 0 for none. So the other two.
    same: u32,
    scope: u32,
    block: u32,
}

/// An element that was closed.
#[derive(Debug, Clone, Copy)]
pub struct Closed {
    pub element: Element,
    /// Whether it, or an element around it, was hidden.
    pub was_hidden: bool,
}

#[derive(Debug)]
pub struct OpenElements {
    entries: Vec<Entry>,
    /// Where the innermost open one of each element stands, counted from 1; 0 for none. So the other two.
    innermost: [u32; Element::COUNT],
    scope: u32,
    block: u32,
    /// Where the outermost hidden one stands; 0 if nothing is hidden.
    hidden: u32,
    /// Its name, if it is not listed.
    hidden_name: Vec<u8>,
}

impl OpenElements {
    pub fn new() -> Self {
        Self { entries: Vec::new(), innermost: [0; Element::COUNT], scope: 0, block: 0, hidden: 0, hidden_name: Vec::new() }
    }

    pub const fn is_hidden(&self) -> bool {
        self.hidden > 0
    }

    /// Whether the head is what is open, and nothing in it.
    pub fn is_in_head(&self) -> bool {
        self.entries.last().is_some_and(|entry| entry.element == Element::HEAD)
    }

    /// Whether tags here are those of a drawing.
    pub fn is_in_svg(&self) -> bool {
        self.at(Element::SVG) > self.last_of(&[Element::DESC, Element::FOREIGN_OBJECT])
    }

    /// Opens an element, if it matters that it is open.
    pub fn push(&mut self, element: Element, name: &[u8], hides: bool) {
        let flags = element.flags();
        let matters = match self.is_hidden() {
            // what may hold another of its kind has to be counted, so that the right end tag shows again
            true => element != Element::UNLISTED || name == self.hidden_name,
            false => hides || flags & (BLOCK | CELL | SCOPE) != 0,
        };
        if !matters {
            return;
        }
        let same = self.at(element);
        self.entries.push(Entry { element, same, scope: self.scope, block: self.block });
        let place = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        self.innermost[element.index()] = place;
        if flags & SCOPE != 0 {
            self.scope = place;
        }
        if flags & (BLOCK | CELL) != 0 {
            self.block = place;
        }
        if hides && self.hidden == 0 {
            self.hidden = place;
            self.hidden_name.clear();
            if element == Element::UNLISTED {
                self.hidden_name.extend_from_slice(name);
            }
        }
    }

    /// Closes the innermost element, if more than `depth` are open.
    pub fn pop_beyond(&mut self, depth: usize) -> Option<Closed> {
        if self.entries.len() <= depth {
            return None;
        }
        let was_hidden = self.is_hidden();
        let Entry { element, same, scope, block } = self.entries.pop()?;
        self.innermost[element.index()] = same;
        self.scope = scope;
        self.block = block;
        if self.hidden as usize > self.entries.len() {
            self.hidden = 0;
        }
        Some(Closed { element, was_hidden })
    }

    /// How many elements stay open when this one starts: those after them had their end tags left out.
    pub fn depth_before_start(&self, element: Element) -> usize {
        let flags = element.flags();
        let mut depth = self.entries.len();
        let mut close = |place: u32, limit: u32| {
            if place > limit {
                depth = depth.min(place as usize - 1);
            }
        };
        if flags & HEAD == 0 {
            close(self.at(Element::HEAD), self.scope);
        }
        if (flags & BLOCK != 0 && flags & VOID == 0) || element == Element::HR {
            close(self.at(Element::P), self.scope);
        }
        if flags & ENDS_SVG != 0 && self.is_in_svg() {
            close(self.at(Element::SVG), 0);
        }
        let (closes, limit): (&[Element], u32) = match element {
            Element::LI => (&[Element::LI], self.list_scope()),
            Element::DD | Element::DT => (&[Element::DD, Element::DT], self.scope.max(self.at(Element::DL))),
            Element::SELECT | Element::INPUT | Element::TEXTAREA => (&[Element::SELECT], self.scope),
            Element::TD | Element::TH => {
                (&[Element::CAPTION, Element::TD, Element::TH], self.last_of(&[Element::TABLE, Element::TR]))
            }
            Element::TR => (&[Element::CAPTION, Element::TR, Element::TD, Element::TH], self.at(Element::TABLE)),
            Element::THEAD | Element::TBODY | Element::TFOOT => {
                (&[Element::CAPTION, Element::THEAD, Element::TBODY, Element::TFOOT, Element::TR], self.at(Element::TABLE))
            }
            _ => return depth,
        };
        for closed in closes {
            close(self.at(*closed), limit);
        }
        depth
    }

    /// How many elements stay open after this end tag; `None` if it closes nothing.
    pub fn depth_after_end(&self, element: Element, name: &[u8]) -> Option<usize> {
        if element == Element::UNLISTED && name != self.hidden_name {
            return None;
        }
        let limit = match element {
            Element::LI => self.list_scope(),
            Element::TR | Element::TD | Element::TH | Element::THEAD | Element::TBODY | Element::TFOOT | Element::CAPTION => {
                self.at(Element::TABLE)
            }
            _ if element.flags() & SCOPE != 0 => 0,
            _ if element.flags() & (BLOCK | SILENT) != 0 => self.scope,
            // an inline one closes no block
            _ => self.scope.max(self.block),
        };
        let place = self.at(element);
        (place > limit).then(|| place as usize - 1)
    }

    fn at(&self, element: Element) -> u32 {
        self.innermost[element.index()]
    }

    fn last_of(&self, elements: &[Element]) -> u32 {
        elements.iter().map(|element| self.at(*element)).max().unwrap_or(0)
    }

    fn list_scope(&self) -> u32 {
        self.scope.max(self.last_of(&[Element::UL, Element::OL, Element::MENU, Element::DIR]))
    }
}
