use std::collections::HashMap;
use std::ops::Range;

/// Length in bytes of the strings that the index for long sources knows.
pub(super) const LONG_GRAM: usize = 4;

/// Length in bytes of the strings that the index for short sources knows.
pub(super) const SHORT_GRAM: usize = 2;

/// Where the rarest byte strings of one length, the grams, of some sources stand in a text, so that each source is found
/// without reading the text again.
pub(super) struct GramIndex {
    gram: usize,
    /// How many grams of the text fall into each bucket.
    counts: Vec<u32>,
    /// `places[starts[bucket]..starts[bucket + 1]]` are the offsets of the grams in a bucket, in order; empty for
    /// buckets that no source needs.
    starts: Vec<u32>,
    places: Vec<u32>,
    shift: u32,
    /// Blocks in which replacements made a gram that may not stand there in the original.
    fresh: HashMap<u32, Vec<u32>>,
    /// Blocks in `fresh`.
    fresh_len: usize,
}

impl GramIndex {
    /// Indexes `text` by grams of `gram` bytes for `sources`, none of them shorter, in two passes; `None` where the text
    /// is too long for 32-bit offsets.
    pub fn new<'s>(text: &str, gram: usize, sources: impl Iterator<Item = &'s str>) -> Option<Self> {
        u32::try_from(text.len()).ok()?;
        let bits = text.len().next_power_of_two().ilog2().saturating_sub(2).clamp(8, 18);
        let mut index = Self {
            gram,
            counts: vec![0; 1 << bits],
            starts: vec![0; (1 << bits) + 1],
            places: Vec::new(),
            shift: 32 - bits,
            fresh: HashMap::new(),
            fresh_len: 0,
        };
        for gram in text.as_bytes().windows(gram) {
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
        for (offset, gram) in (0_u32..).zip(text.as_bytes().windows(gram)) {
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
    /// `source` is one of those the index was made for.
    pub fn occurrences<'a>(&'a self, text: &'a str, source: &'a str) -> impl Iterator<Item = usize> + 'a {
        let (lead, places) = self.places(source);
        places.iter().filter_map(move |&place| {
            let start = (place as usize).checked_sub(lead)?;
            text.as_bytes()[start..].starts_with(source.as_bytes()).then_some(start)
        })
    }

    /// How many places `occurrences` looks at.
    pub fn cost(&self, source: &str) -> usize {
        self.places(source).1.len()
    }

    /// How many blocks are noted, as a measure of the memory they take.
    pub const fn fresh_len(&self) -> usize {
        self.fresh_len
    }

    /// Notes what replacements made in `block`, whose new text is `text` with new parts at `places`.
    pub fn note(&mut self, block: u32, text: &str, places: &[Range<usize>]) {
        let bytes = text.as_bytes();
        for place in places {
            let start = place.start.saturating_sub(self.gram - 1);
            let end = (place.end + self.gram - 1).min(bytes.len());
            for gram in bytes[start..end].windows(self.gram) {
                let blocks = self.fresh.entry(key(gram)).or_default();
                if blocks.last() != Some(&block) {
                    blocks.push(block);
                    self.fresh_len += 1;
                }
            }
        }
    }

    /// Adds to `blocks` those in which replacements may have made an occurrence of `source`.
    pub fn fresh_blocks(&self, source: &str, blocks: &mut Vec<u32>) {
        if self.fresh.is_empty() {
            return;
        }
        for gram in source.as_bytes().windows(self.gram) {
            blocks.extend(self.fresh.get(&key(gram)).into_iter().flatten());
        }
    }

    /// Where the rarest gram of `source` stands in it, and all places of that gram.
    fn places(&self, source: &str) -> (usize, &[u32]) {
        let Some((lead, bucket)) = self.rarest(source) else { return (0, &[]) };
        (lead, &self.places[self.starts[bucket] as usize..self.starts[bucket + 1] as usize])
    }

    /// Offset and bucket of the gram of `source` that is rarest in the text.
    fn rarest(&self, source: &str) -> Option<(usize, usize)> {
        let buckets = source.as_bytes().windows(self.gram).map(|gram| self.bucket(gram));
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
        for gram in [SHORT_GRAM, LONG_GRAM] {
            let index = GramIndex::new(text, gram, sources.into_iter()).expect("short");
            for source in sources {
                let plain: Vec<usize> = text.match_indices(source).map(|(offset, _)| offset).collect();
                assert_eq!(index.occurrences(text, source).collect::<Vec<_>>(), plain, "{source}");
            }
        }
    }

    #[test]
    fn short_texts_have_no_grams() {
        for text in ["", "abc", "abcd"] {
            let index = GramIndex::new(text, LONG_GRAM, ["abcd"].into_iter()).expect("short");
            assert_eq!(index.occurrences(text, "abcd").count(), usize::from(text.len() == 4));
        }
    }

    #[test]
    fn fresh_grams_name_their_blocks() {
        let mut index = GramIndex::new("", LONG_GRAM, [].into_iter()).expect("short");
        index.note(7, "xxabyy", std::slice::from_ref(&(2..4)));
        let mut blocks = Vec::new();
        index.fresh_blocks("xxab", &mut blocks);
        index.fresh_blocks("abyyzz", &mut blocks);
        index.fresh_blocks("yyzz", &mut blocks);
        assert_eq!(blocks, [7, 7]);
    }
}
