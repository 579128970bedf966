use std::collections::HashMap;
use std::ops::Range;

/// Length in bytes of the strings the index knows; shorter sources cannot be looked up.
pub(super) const GRAM: usize = 4;

/// Where the rarest four-byte strings of some sources stand in a text, so that each source is found without reading the
/// text again.
pub(super) struct GramIndex {
    /// How many grams of the text fall into each bucket.
    counts: Vec<u32>,
    /// `places[starts[bucket]..starts[bucket + 1]]` are the offsets of the grams in a bucket, in order; empty for
    /// buckets that no source needs.
    starts: Vec<u32>,
    places: Vec<u32>,
    shift: u32,
    /// Lines in which replacements made a gram that may not stand there in the original.
    fresh: HashMap<u32, Vec<usize>>,
    /// Lines in `fresh`.
    fresh_len: usize,
}

impl GramIndex {
    /// Indexes `text` for `sources` in two passes; `None` where it is too long for 32-bit offsets.
    pub fn new<'s>(text: &str, sources: impl Iterator<Item = &'s str>) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let bits = text.len().next_power_of_two().ilog2().clamp(8, 20);
        let mut index = Self {
            counts: vec![0; 1 << bits],
            starts: vec![0; (1 << bits) + 1],
            places: Vec::new(),
            shift: 32 - bits,
            fresh: HashMap::new(),
            fresh_len: 0,
        };
        for gram in text.as_bytes().windows(GRAM) {
            let bucket = index.bucket(gram);
            index.counts[bucket] += 1;
        }
        for source in sources {
            if let Some((_, bucket)) = index.rarest(source) {
                index.starts[bucket + 1] = index.counts[bucket];
            }
        }
        for bucket in 1..index.starts.len() {
            index.starts[bucket] += index.starts[bucket - 1];
        }
        index.places = vec![0; index.starts[1 << bits] as usize];
        let mut free = index.starts.clone();
        for (offset, gram) in (0_u32..).zip(text.as_bytes().windows(GRAM)) {
            let bucket = index.bucket(gram);
            let place = free[bucket];
            // Full from the beginning where no source needs the bucket.
            if place < index.starts[bucket + 1] {
                index.places[place as usize] = offset;
                free[bucket] += 1;
            }
        }
        Some(index)
    }

    /// The occurrences of `source` in `text`, the one that was indexed, in order and possibly overlapping.
    ///
    /// Also returns how many bytes had to be looked at. `source` is one of those the index was made for, and has at
    /// least [`GRAM`] bytes.
    pub fn occurrences(&self, text: &str, source: &str) -> (Vec<usize>, usize) {
        let Some((lead, bucket)) = self.rarest(source) else { return (Vec::new(), 0) };
        let places = &self.places[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        let found = places.iter().filter_map(|&place| {
            let start = (place as usize).checked_sub(lead)?;
            text.as_bytes()[start..].starts_with(source.as_bytes()).then_some(start)
        });
        (found.collect(), source.len() + places.len() * GRAM)
    }

    /// How many lines are noted, as a measure of the memory they take.
    pub fn fresh_len(&self) -> usize {
        self.fresh_len
    }

    /// Notes what replacements made in `line`, whose new text is `text` with new parts at `places`.
    pub fn note(&mut self, line: usize, text: &str, places: &[Range<usize>]) {
        let bytes = text.as_bytes();
        for place in places {
            let start = place.start.saturating_sub(GRAM - 1);
            let end = (place.end + GRAM - 1).min(bytes.len());
            for gram in bytes[start..end].windows(GRAM) {
                let lines = self.fresh.entry(key(gram)).or_default();
                if lines.last() != Some(&line) {
                    lines.push(line);
                    self.fresh_len += 1;
                }
            }
        }
    }

    /// Adds to `lines` those in which replacements may have made an occurrence of `source`.
    pub fn fresh_lines(&self, source: &str, lines: &mut Vec<usize>) {
        if self.fresh.is_empty() {
            return;
        }
        for gram in source.as_bytes().windows(GRAM) {
            lines.extend(self.fresh.get(&key(gram)).into_iter().flatten());
        }
    }

    /// Offset and bucket of the gram of `source` that is rarest in the text.
    fn rarest(&self, source: &str) -> Option<(usize, usize)> {
        let buckets = source.as_bytes().windows(GRAM).map(|gram| self.bucket(gram));
        buckets.enumerate().min_by_key(|&(_, bucket)| self.counts[bucket])
    }

    /// Multiplicative hashing: the upper bits of the product depend on all bits of the key.
    fn bucket(&self, gram: &[u8]) -> usize {
        (key(gram).wrapping_mul(0x9E37_79B1) >> self.shift) as usize
    }
}

/// The bytes of a gram as one number.
fn key(gram: &[u8]) -> u32 {
    gram.iter().fold(0, |key, &byte| key << 8 | u32::from(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn occurrences_are_those_of_a_plain_search() {
        let text = "the cat the catcat\nthé the cat";
        let sources = ["the ", "the cat", "catcat", "thé ", "cats", "t\nthé"];
        let index = GramIndex::new(text, sources.into_iter()).expect("short");
        for source in sources {
            let plain: Vec<usize> = text.match_indices(source).map(|(offset, _)| offset).collect();
            assert_eq!(index.occurrences(text, source).0, plain, "{source}");
        }
    }

    #[test]
    fn short_texts_have_no_grams() {
        for text in ["", "abc", "abcd"] {
            let index = GramIndex::new(text, ["abcd"].into_iter()).expect("short");
            assert_eq!(index.occurrences(text, "abcd").0.len(), usize::from(text.len() == 4));
        }
    }

    #[test]
    fn fresh_grams_name_their_lines() {
        let mut index = GramIndex::new("", [].into_iter()).expect("short");
        index.note(7, "xxabyy", std::slice::from_ref(&(2..4)));
        let mut lines = Vec::new();
        index.fresh_lines("xxab", &mut lines);
        index.fresh_lines("abyyzz", &mut lines);
        index.fresh_lines("yyzz", &mut lines);
        assert_eq!(lines, [7, 7]);
    }
}
