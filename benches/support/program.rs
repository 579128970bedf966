//! Programs as refining models write them, for the texts of [`Corpus`](super::corpus::Corpus).

use std::fmt::Write;

use super::corpus::{EDIT_LINK, ENTITY, READ_MORE, SHARE_LINK};

/// Removals in the program of 20 statements.
const REMOVALS: usize = 14;

/// What six normalisations look for: two sources that are frequent, two now and then, one rare, one that never occurs.
///
/// All can be written by the official rules, which have no escapes and take `,`, `=` and `)` for their own; and none is
/// only white space, which strict mode refuses.
const SOURCES: [(&str, &str); 6] =
    [(EDIT_LINK, ""), (READ_MORE, ""), (ENTITY, " "), ("s  ", "s "), (SHARE_LINK, ""), ("ofthe", "of the")];

/// Removes and normalises: 20 statements.
pub fn mixed(line_count: usize) -> String {
    let mut program = removals(REMOVALS, line_count);
    for (source, target) in SOURCES {
        push_normalize(&mut program, source, target);
    }
    program
}

/// Removes ranges of one to several hundred lines, spread over the text; shorter ones where there are more of them.
pub fn removals(count: usize, line_count: usize) -> String {
    let mut program = String::new();
    let step = line_count / count;
    let longest = step.clamp(2, 600) - 1;
    for statement in 0..count {
        let first = statement * step;
        // All lengths in no order, and every fourth a single line.
        let length = if statement % 4 == 0 { 1 } else { 1 + statement * 7919 % longest };
        let last = first + length - 1;
        // Writing to a `String` cannot fail.
        let _ = writeln!(program, "remove_lines(line_start={first}, line_end={last})");
    }
    program
}

/// Normalisations with distinct sources: every second a piece of the text, the others pieces that do not occur.
pub fn normalisations(count: usize, text: &str) -> String {
    let mut program = String::new();
    let lines: Vec<&str> = text.lines().filter(|line| line.len() >= 40 && is_plain(line)).collect();
    for statement in 0..count {
        let line = lines[statement * (lines.len() / count).max(1) % lines.len()];
        let piece = &line[..line.floor_char_boundary(24)];
        if statement % 2 == 0 {
            push_normalize(&mut program, piece, "");
        } else {
            push_normalize(&mut program, &format!("{piece}#{statement}"), "");
        }
    }
    program
}

/// Whether both readers take all of a line for a string.
fn is_plain(line: &str) -> bool {
    !line.contains(['"', '\\', ',', '=', '(', ')'])
}

fn push_normalize(program: &mut String, source: &str, target: &str) {
    let _ = writeln!(program, "normalize(source_str=\"{source}\", target_str=\"{target}\")");
}
