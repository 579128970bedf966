//! The few attributes that change what shows.

/// What the attributes of one start tag say.
#[derive(Debug, Default, Clone)]
pub struct Attributes {
    /// `hidden`, `aria-hidden` or a style that hides.
    pub hides: bool,
    /// `open`: a dialog that shows.
    pub open: bool,
    /// `shadowrootmode`: a template that browsers show in place.
    pub shadow_root: bool,
    /// `start` of a list, `value` of an item.
    pub number: Option<i32>,
    /// A list numbered in a way that is not followed here: by letters, or downwards.
    pub odd_numbers: bool,
    current: Known,
    /// The first of two attributes with one name counts.
    seen: u16,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Known {
    #[default]
    Other,
    Hidden,
    AriaHidden,
    Style,
    Number,
    Type,
}

impl Attributes {
    /// An attribute begins; its value, if any, follows.
    pub fn name(&mut self, name: &[u8]) {
        let (current, bit) = match name {
            b"hidden" => (Known::Hidden, 1),
            b"aria-hidden" => (Known::AriaHidden, 1 << 1),
            b"style" => (Known::Style, 1 << 2),
            b"start" => (Known::Number, 1 << 3),
            b"value" => (Known::Number, 1 << 4),
            b"type" => (Known::Type, 1 << 5),
            _ => (Known::Other, 0),
        };
        self.current = if self.seen & bit == 0 { current } else { Known::Other };
        self.seen |= bit;
        match name {
            b"open" => self.open = true,
            b"shadowrootmode" => self.shadow_root = true,
            b"reversed" => self.odd_numbers = true,
            b"hidden" if self.current == Known::Hidden => self.hides = true,
            _ => {}
        }
    }

    /// The value of the attribute that began last.
    pub fn value(&mut self, value: &[u8]) {
        match self.current {
            Known::Hidden if value.eq_ignore_ascii_case(b"until-found") => self.hides = false,
            Known::AriaHidden => self.hides |= value.eq_ignore_ascii_case(b"true"),
            Known::Style => self.hides |= style_hides(value),
            Known::Number => self.number = std::str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok()),
            Known::Type => self.odd_numbers |= value != b"1",
            Known::Hidden | Known::Other => {}
        }
    }
}

/// Whether an inline style takes its element off the page. The last declaration of a property counts.
fn style_hides(style: &[u8]) -> bool {
    let (mut display, mut visibility) = (false, false);
    for declaration in style.split(|byte| *byte == b';') {
        let Some(colon) = declaration.iter().position(|byte| *byte == b':') else { continue };
        let property = declaration[..colon].trim_ascii();
        let value = declaration[colon + 1..].trim_ascii();
        let value = value.split(|byte| *byte == b'!' || byte.is_ascii_whitespace()).next().unwrap_or(value);
        if property.eq_ignore_ascii_case(b"display") {
            display = value.eq_ignore_ascii_case(b"none");
        } else if property.eq_ignore_ascii_case(b"visibility") {
            visibility = value.eq_ignore_ascii_case(b"hidden") || value.eq_ignore_ascii_case(b"collapse");
        }
    }
    display || visibility
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_that_hide() {
        for style in ["display:none", "color:red; DISPLAY : None !important;", "display:none!important", "visibility: hidden"] {
            assert!(style_hides(style.as_bytes()), "{style}");
        }
        for style in ["", "display", "display:block", "display:none;display:flex", "x-display:none", "opacity:0", "content:none"]
        {
            assert!(!style_hides(style.as_bytes()), "{style}");
        }
    }

    #[test]
    fn the_first_of_two_counts() {
        let mut attributes = Attributes::default();
        for value in ["color:red", "display:none"] {
            attributes.name(b"style");
            attributes.value(value.as_bytes());
        }
        assert!(!attributes.hides);
        attributes.name(b"hidden");
        assert!(attributes.hides);
        attributes.value(b"until-found");
        assert!(!attributes.hides);
    }
}
