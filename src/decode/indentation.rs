//! Indented lines go with the line before them.
//!
//! Where a text still has its indentation, an indented line continues what stands above: code, a listing, a verse. Its words
//! alone (`end`, `- 1`, `only:`) may look like a menu's.

use std::collections::HashMap;

/// Spaces that count as indented.
const LEAST: usize = 2;
const TAB: usize = 4;
/// Added to the logit of an indented line after a line that stays.
const FAVOUR: f32 = 3.0;

/// Moves the logits of indented lines towards staying where the line before stays. `indents[i]` are the columns line `i` is
/// indented by; the commonest of a page is its margin, since some programs indent all they write.
pub fn favour_indented(logits: &mut [f32], indents: &[usize]) {
    let margin = commonest(indents);
    for i in 1..logits.len().min(indents.len()) {
        if indents[i] >= margin + LEAST && logits[i - 1] > 0.0 {
            logits[i] += FAVOUR;
        }
    }
}

/// Columns of white space before the rest of a line. Items of lists count as not indented: menus are lists, too.
pub fn indent(line: &str) -> usize {
    let rest = line.trim_start_matches([' ', '\t']);
    let is_item = rest.split_once(' ').is_some_and(|(mark, _)| matches!(mark, "*" | "-" | "+" | "o" | "•" | "·" | "◦" | "–"));
    if is_item {
        return 0;
    }
    let white = &line[..line.len() - rest.len()];
    white.bytes().map(|byte| if byte == b'\t' { TAB } else { 1 }).sum()
}

/// The least of those that are commonest; 0 of none.
fn commonest(indents: &[usize]) -> usize {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for &indent in indents {
        *counts.entry(indent).or_default() += 1;
    }
    counts.into_iter().max_by_key(|&(indent, count)| (count, std::cmp::Reverse(indent))).map_or(0, |(indent, _)| indent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn favoured(logits: &[f32], lines: &[&str]) -> Vec<f32> {
        let indents: Vec<usize> = lines.iter().map(|line| indent(line)).collect();
        let mut logits = logits.to_vec();
        favour_indented(&mut logits, &indents);
        logits
    }

    #[test]
    fn code_goes_with_its_head() {
        let lines = ["Text", "for x in y:", "    go(x)", "\tend", "More text", "Menu"];
        assert_eq!(favoured(&[2.0, 1.0, -1.0, -2.0, 1.0, -1.0], &lines), [2.0, 1.0, 2.0, 1.0, 1.0, -1.0]);
    }

    #[test]
    fn what_follows_a_removed_line_is_left() {
        assert_eq!(favoured(&[-1.0, -1.0, -5.0, -1.0], &["Menu", "  Home", "  About", "Text"]), [-1.0, -1.0, -5.0, -1.0]);
        // and so is a line that is too unlikely, with what follows it
        let lines = ["Text", "  Home", "  About", "Text", "Text"];
        assert_eq!(favoured(&[1.0, -4.0, -1.0, 1.0, 1.0], &lines), [1.0, -1.0, -1.0, 1.0, 1.0]);
    }

    #[test]
    fn a_margin_is_no_indentation_nor_are_lists() {
        let lynx = ["   Text", "   Share", "   Home", "     code"];
        assert_eq!(favoured(&[1.0, -1.0, 1.0, -1.0], &lynx), [1.0, -1.0, 1.0, 2.0]);
        assert_eq!([indent("  * Home"), indent("  - Home"), indent("  -1"), indent(""), indent(" x")], [0, 0, 2, 0, 1]);
        assert!(favoured(&[], &[]).is_empty());
        assert_eq!(favoured(&[1.0, f32::NAN], &["a", "  b"])[0], 1.0);
    }
}
