use std::ops::Range;

use memchr::memchr;

use super::removal::Run;
use crate::document::{Document, LineRange};

/// Cuts the lines of `scope` that are not `removed` into blocks of whole, consecutive lines, in bytes of the document and
/// without the newline at their end. Of each stretch all but the last have at least `size` bytes.
pub(super) fn blocks(document: &Document<'_>, scope: LineRange, removed: &[Run], size: usize) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let first = removed.partition_point(|run| run.lines.last < scope.first);
    let mut line = scope.first;
    for run in removed[first..].iter().take_while(|run| run.lines.first <= scope.last) {
        if line < run.lines.first {
            cut(document, line, run.lines.first - 1, size, &mut blocks);
        }
        line = run.lines.last + 1;
    }
    if line <= scope.last {
        cut(document, line, scope.last, size, &mut blocks);
    }
    blocks
}

fn cut(document: &Document<'_>, first: usize, last: usize, size: usize, blocks: &mut Vec<Range<usize>>) {
    let Range { mut start, end } = document.line_span(first, last);
    let bytes = document.text().as_bytes();
    while end - start > size {
        let Some(length) = memchr(b'\n', &bytes[start + size..end]) else { break };
        let cut = start + size + length;
        blocks.push(start..cut);
        start = cut + 1;
    }
    blocks.push(start..end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_the_lines_that_stay() {
        let line = "x".repeat(100);
        let text = vec![line.as_str(); 40].join("\n");
        let document = Document::new(&text);
        let run = |first, last| Run { lines: LineRange::new(first, last), statement: 0 };
        let removed = [run(0, 0), run(5, 6), run(7, 7), run(30, 31), run(39, 39)];
        for scope in [LineRange::new(0, 39), LineRange::new(3, 5), LineRange::new(6, 30), LineRange::new(6, 7)] {
            let mut lines = Vec::new();
            let mut end = 0;
            for block in blocks(&document, scope, &removed, 1000) {
                assert!(block.start >= end && block.end > block.start, "{scope}: {block:?}");
                assert_eq!(document.line_start(document.line_of_byte(block.start)), block.start);
                assert!(!text[block.clone()].starts_with('\n') && !text[block.clone()].ends_with('\n'));
                lines.extend(document.line_of_byte(block.start)..=document.line_of_byte(block.end));
                end = block.end;
            }
            let kept: Vec<usize> =
                (scope.first..=scope.last).filter(|&line| !removed.iter().any(|run| run.lines.contains(line))).collect();
            assert_eq!(lines, kept, "{scope}");
        }
    }

    #[test]
    fn empty_lines_make_no_trouble() {
        let text = "\n".repeat(2000);
        let document = Document::new(&text);
        let all = blocks(&document, document.all_lines(), &[], 1000);
        assert_eq!(all.first().map(|block| block.start), Some(0));
        assert_eq!(all.last().map(|block| block.end), Some(2000));
        assert!(all.windows(2).all(|pair| pair[0].end + 1 == pair[1].start));
    }
}
