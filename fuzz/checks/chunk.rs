use prox_wasm::document::{Chunk, Document, LineRange, Numbering, pack, utf16_offsets};

use super::input::{Input, MAX_BYTES, grown};
use super::meter::Meter;

/// More digits than any line number has.
const DIGITS: u8 = 24;

/// Settings that token counts and offsets are made from.
const COUNTS: usize = 16;

/// The packer, line numbers and UTF-16 offsets, for any counts of tokens.
pub fn chunk(input: &[u8], meter: &mut Meter) {
    let mut input = Input::new(input);
    let (how, digits, budget) = (input.byte(), input.byte(), input.byte());
    let counts = input.bytes(COUNTS);
    let text = grown(&input.text(), how, MAX_BYTES);

    let document = meter.call(|| Document::new(&text));
    let count = |line: usize| counts.get(line % counts.len().max(1)).map_or(1, |&setting| tokens(setting));
    let line_tokens: Vec<usize> = (0..document.line_count()).map(count).collect();
    let max_tokens = tokens(budget);
    let chunks = meter.call(|| pack(&line_tokens, max_tokens));
    check_chunks(&chunks, &line_tokens, max_tokens);

    check_numbering(&document, &chunks, Numbering { digits: digits % DIGITS }, meter);
    check_offsets(&text, counts, meter);
}

/// Small counts, and those at which sums overflow.
const fn tokens(setting: u8) -> usize {
    match setting {
        0..=127 => setting as usize,
        128..=191 => 1 << (setting - 128),
        192..=223 => usize::MAX - (setting - 192) as usize,
        224.. => usize::MAX / (setting - 222) as usize,
    }
}

fn check_chunks(chunks: &[Chunk], line_tokens: &[usize], max_tokens: usize) {
    let mut next = 0;
    for chunk in chunks {
        assert_eq!(chunk.first_line, next, "every line is in one chunk, in order");
        assert!(chunk.first_line <= chunk.last_line && chunk.last_line < line_tokens.len());
        next = chunk.last_line + 1;
        let tokens = line_tokens[chunk.first_line..next].iter().fold(0_usize, |sum, &tokens| sum.saturating_add(tokens));
        assert_eq!(chunk.tokens, tokens);
        assert_eq!(chunk.over_limit, tokens > max_tokens);
        assert!(!chunk.over_limit || chunk.first_line == chunk.last_line, "only a single line may exceed the budget");
    }
    assert_eq!(next, line_tokens.len(), "no line is left out");
    for pair in chunks.windows(2) {
        let together = pair[0].tokens.saturating_add(line_tokens[pair[1].first_line]);
        let are_apart = pair[0].over_limit || pair[1].over_limit || together > max_tokens;
        assert!(are_apart, "the line after a chunk would have fit into it");
    }
}

fn check_numbering(document: &Document<'_>, chunks: &[Chunk], numbering: Numbering, meter: &mut Meter) {
    let whole = meter.call(|| numbering.lines(document, document.all_lines()));
    let mut rest = whole.as_str();
    for (line, text) in document.lines().enumerate() {
        let digits = usize::from(numbering.digits);
        rest = rest.strip_prefix('[').expect("a number in brackets");
        let (number, after) = rest.split_once(']').expect("a number in brackets");
        assert!(number.len() >= digits && number.parse() == Ok(line));
        rest = after.strip_prefix(text).expect("the line follows its number");
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    assert_eq!(rest, "");
    // The texts of the chunks are those of the document, cut at newlines.
    let mut rest = whole.as_str();
    for (index, chunk) in chunks.iter().enumerate() {
        let text = chunk.numbered_text(document, numbering);
        if index > 0 {
            rest = rest.strip_prefix('\n').expect("a newline between chunks");
        }
        rest = rest.strip_prefix(text.as_str()).expect("the same lines as in the whole");
    }
    assert_eq!(rest, "");
    let beyond = document.line_count();
    assert_eq!(numbering.lines(document, LineRange::new(beyond, usize::MAX)), "");
}

fn check_offsets(text: &str, settings: &[u8], meter: &mut Meter) {
    // A stride of odd length meets the insides of characters, and a setting may turn the order round.
    let stride = settings.first().map_or(1, |&setting| usize::from(setting | 1));
    let mut offsets: Vec<usize> = (0..text.len() + 2 * stride).step_by(stride).collect();
    if settings.get(1).is_some_and(|setting| setting & 1 == 1) {
        offsets.reverse();
    }
    offsets.extend([usize::MAX, 0, text.len()]);
    let units = meter.call(|| utf16_offsets(text, &offsets));
    assert_eq!(units.len(), offsets.len());
    let mut by_offset: Vec<(usize, usize)> = offsets.iter().map(|&offset| text.floor_char_boundary(offset)).zip(units).collect();
    by_offset.sort_unstable();
    let (mut done, mut counted) = (0, 0);
    for (offset, units) in by_offset {
        counted += text[done..offset].encode_utf16().count();
        done = offset;
        assert_eq!(units, counted);
    }
}
