//! What each HTML element does to lines.

use html5gum::State;

/// Begins and ends a line.
pub const BLOCK: u16 = 1;
/// A cell: apart by a tab from the cell before it.
pub const CELL: u16 = 1 << 1;
/// A box within a line, such as a button: apart by a space from what stands around it.
pub const BOX: u16 = 1 << 2;
/// Has no content and no end tag.
pub const VOID: u16 = 1 << 3;
/// What it holds never shows as text.
pub const SILENT: u16 = 1 << 4;
/// Line breaks and indents inside count.
pub const PRE: u16 = 1 << 5;
/// A list, whose items have bullets or numbers.
pub const LIST: u16 = 1 << 6;
/// End tags inside close nothing outside.
pub const SCOPE: u16 = 1 << 7;
/// May stand in the head; anything else begins the body.
pub const HEAD: u16 = 1 << 8;
/// Never stands in a drawing: its start tag ends one that was left open.
pub const ENDS_SVG: u16 = 1 << 9;

/// Shares its line with what stands around it.
const INLINE: u16 = 0;
const HTML_BLOCK: u16 = BLOCK | ENDS_SVG;
const HTML_LIST: u16 = HTML_BLOCK | LIST;
const HTML_VOID: u16 = VOID | ENDS_SVG;
const SILENT_BOX: u16 = SILENT | BOX;
const SILENT_IN_HEAD: u16 = SILENT | HEAD;

/// All elements that are not plain inline ones, and the inline ones with a part in drawings; in alphabetical order.
const ELEMENTS: [(&str, u16); 115] = [
    ("address", BLOCK),
    ("annotation", SILENT),
    ("annotation-xml", SILENT),
    ("area", VOID),
    ("article", BLOCK),
    ("aside", BLOCK),
    ("audio", SILENT_BOX),
    ("b", ENDS_SVG),
    ("base", VOID | HEAD),
    ("basefont", VOID | HEAD),
    ("bgsound", VOID | HEAD),
    ("big", ENDS_SVG),
    ("blockquote", HTML_BLOCK),
    ("body", HTML_BLOCK),
    ("br", HTML_VOID | BLOCK),
    ("button", BOX),
    ("canvas", SILENT_BOX),
    ("caption", BLOCK | SCOPE),
    ("center", HTML_BLOCK),
    ("code", ENDS_SVG),
    ("col", VOID),
    ("colgroup", BLOCK),
    ("datalist", SILENT),
    ("dd", HTML_BLOCK),
    ("desc", INLINE),
    ("details", BLOCK),
    ("dialog", BLOCK),
    ("dir", HTML_LIST),
    ("div", HTML_BLOCK),
    ("dl", HTML_BLOCK),
    ("dt", HTML_BLOCK),
    ("em", ENDS_SVG),
    ("embed", HTML_VOID | BOX),
    ("fieldset", BLOCK),
    ("figcaption", BLOCK),
    ("figure", BLOCK),
    ("footer", BLOCK),
    ("foreignobject", INLINE),
    ("form", BLOCK),
    ("frame", VOID),
    ("frameset", BLOCK),
    ("h1", HTML_BLOCK),
    ("h2", HTML_BLOCK),
    ("h3", HTML_BLOCK),
    ("h4", HTML_BLOCK),
    ("h5", HTML_BLOCK),
    ("h6", HTML_BLOCK),
    ("head", SILENT_IN_HEAD | ENDS_SVG),
    ("header", BLOCK),
    ("hgroup", BLOCK),
    ("hr", HTML_VOID | BLOCK),
    ("html", BLOCK),
    ("i", ENDS_SVG),
    ("iframe", SILENT_BOX),
    ("image", VOID | BOX),
    ("img", HTML_VOID | BOX),
    ("input", VOID | BOX),
    ("keygen", VOID | BOX),
    ("legend", BLOCK),
    ("li", HTML_BLOCK),
    ("link", VOID | HEAD),
    ("listing", HTML_BLOCK | PRE),
    ("main", BLOCK),
    ("marquee", BOX | SCOPE),
    ("menu", HTML_LIST),
    ("meta", HTML_VOID | HEAD),
    ("meter", SILENT_BOX),
    ("nav", BLOCK),
    ("nobr", ENDS_SVG),
    ("noembed", SILENT),
    ("noframes", SILENT_IN_HEAD),
    ("noscript", SILENT_IN_HEAD),
    ("object", SILENT_BOX | SCOPE),
    ("ol", HTML_LIST),
    ("optgroup", BLOCK),
    ("option", BLOCK),
    ("p", HTML_BLOCK),
    ("param", VOID),
    ("plaintext", BLOCK | PRE),
    ("pre", HTML_BLOCK | PRE),
    ("progress", SILENT_BOX),
    ("ruby", ENDS_SVG),
    ("s", ENDS_SVG),
    ("script", SILENT_IN_HEAD),
    ("search", BLOCK),
    ("section", BLOCK),
    ("select", SILENT_BOX),
    ("small", ENDS_SVG),
    ("source", VOID),
    ("span", ENDS_SVG),
    ("strike", ENDS_SVG),
    ("strong", ENDS_SVG),
    ("style", SILENT_IN_HEAD),
    ("sub", ENDS_SVG),
    ("summary", BLOCK),
    ("sup", ENDS_SVG),
    ("svg", SILENT_BOX),
    ("table", HTML_BLOCK | SCOPE),
    ("tbody", BLOCK),
    ("td", CELL | SCOPE),
    ("template", SILENT_IN_HEAD | SCOPE),
    ("textarea", SILENT_BOX),
    ("tfoot", BLOCK),
    ("th", CELL | SCOPE),
    ("thead", BLOCK),
    ("title", SILENT_IN_HEAD),
    ("tr", BLOCK),
    ("track", VOID),
    ("tt", ENDS_SVG),
    ("u", ENDS_SVG),
    ("ul", HTML_LIST),
    ("var", ENDS_SVG),
    ("video", SILENT_BOX),
    ("wbr", VOID),
    ("xmp", BLOCK | PRE),
];

/// An element of the table, or any other, which then has a name of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element(u8);

impl Element {
    /// How many different elements there are, the unlisted ones counted as one.
    pub const COUNT: usize = ELEMENTS.len() + 1;
    pub const UNLISTED: Self = Self(ELEMENTS.len() as u8);

    pub const BODY: Self = Self::listed("body");
    pub const BR: Self = Self::listed("br");
    pub const CAPTION: Self = Self::listed("caption");
    pub const DD: Self = Self::listed("dd");
    pub const DESC: Self = Self::listed("desc");
    pub const DIALOG: Self = Self::listed("dialog");
    pub const DIR: Self = Self::listed("dir");
    pub const DL: Self = Self::listed("dl");
    pub const DT: Self = Self::listed("dt");
    pub const FOREIGN_OBJECT: Self = Self::listed("foreignobject");
    pub const HEAD: Self = Self::listed("head");
    pub const HR: Self = Self::listed("hr");
    pub const HTML: Self = Self::listed("html");
    pub const INPUT: Self = Self::listed("input");
    pub const LI: Self = Self::listed("li");
    pub const MENU: Self = Self::listed("menu");
    pub const OL: Self = Self::listed("ol");
    pub const P: Self = Self::listed("p");
    pub const SELECT: Self = Self::listed("select");
    pub const SVG: Self = Self::listed("svg");
    pub const TABLE: Self = Self::listed("table");
    pub const TBODY: Self = Self::listed("tbody");
    pub const TD: Self = Self::listed("td");
    pub const TEMPLATE: Self = Self::listed("template");
    pub const TEXTAREA: Self = Self::listed("textarea");
    pub const TFOOT: Self = Self::listed("tfoot");
    pub const TH: Self = Self::listed("th");
    pub const THEAD: Self = Self::listed("thead");
    pub const TR: Self = Self::listed("tr");
    pub const UL: Self = Self::listed("ul");

    /// The element of this name, given in lower case.
    pub fn named(name: &[u8]) -> Self {
        match ELEMENTS.binary_search_by(|(listed, _)| listed.as_bytes().cmp(name)) {
            Ok(index) => Self(index as u8),
            Err(_) => Self::UNLISTED,
        }
    }

    const fn listed(name: &str) -> Self {
        let mut index = 0;
        while !same(ELEMENTS[index].0.as_bytes(), name.as_bytes()) {
            index += 1;
        }
        Self(index as u8)
    }

    /// What it does to lines; nothing if it is not listed.
    pub fn flags(self) -> u16 {
        ELEMENTS.get(self.index()).map_or(INLINE, |(_, flags)| *flags)
    }

    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}

/// How the tokenizer reads on after the start tag of this element, where tags inside are not tags.
pub fn text_state(name: &[u8]) -> Option<State> {
    match name {
        b"title" | b"textarea" => Some(State::RcData),
        b"style" | b"xmp" | b"iframe" | b"noembed" | b"noframes" | b"noscript" => Some(State::RawText),
        b"script" => Some(State::ScriptData),
        b"plaintext" => Some(State::PlainText),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found() {
        assert!(ELEMENTS.is_sorted_by(|a, b| a.0 < b.0));
        for (index, (name, flags)) in ELEMENTS.iter().enumerate() {
            assert_eq!((Element::named(name.as_bytes()).index(), Element::named(name.as_bytes()).flags()), (index, *flags));
        }
        assert_eq!((Element::named(b"my-card"), Element::named(b"em ")), (Element::UNLISTED, Element::UNLISTED));
        assert_eq!(Element::UNLISTED.flags(), INLINE);
    }
}
