use std::ops::Range;

use super::replacer::Normalisation;

/// Lengths of keys in bytes; a source has a key of the greatest length that fits into it.
const KEY_LENGTHS: [usize; 3] = [4, 2, 1];

/// Most bytes of the text that are looked at to learn which keys are rare.
const SAMPLE: usize = 1 << 20;

/// Bytes that are compared in the time it takes to look at an entry.
const COMPARED: u64 = 32;

/// Buckets of the estimate of how often keys occur.
const COUNT_BITS: u32 = 16;

/// Finds which of many normalisations have something to do in a piece of text, in one pass over it however many there are.
///
/// Each source is known by one of its substrings, its key: the one that few places of the text and few other sources
/// share.
pub(super) struct Keys {
    tables: Vec<Table>,
}

/// A scan was broken off.
#[derive(Debug)]
pub(super) struct NotEnough;

/// The keys of one length.
struct Table {
    length: usize,
    /// One bit a bucket, small enough to stay in the fastest cache.
    filter: Vec<u64>,
    filter_shift: u32,
    /// `entries[starts[bucket]..starts[bucket + 1]]` are those of a bucket, in order of their normalisations.
    starts: Vec<u32>,
    starts_shift: u32,
    entries: Vec<Entry>,
}

#[derive(Clone, Copy)]
struct Entry {
    key: u32,
    normalisation: u32,
    /// Where the key stands in the source.
    lead: u32,
}

impl Keys {
    /// Chooses the keys of all `normalisations`, whose sources are not empty, for `text`.
    pub fn new(text: &str, normalisations: &[Normalisation<'_>]) -> Self {
        let tables = KEY_LENGTHS.iter().enumerate().filter_map(|(place, &length)| {
            let longest = place.checked_sub(1).map_or(usize::MAX, |before| KEY_LENGTHS[before] - 1);
            let fits = |source: &str| (length..=longest).contains(&source.len());
            match length {
                4 => Table::new::<4>(text.as_bytes(), normalisations, fits),
                2 => Table::new::<2>(text.as_bytes(), normalisations, fits),
                _ => Table::new::<1>(text.as_bytes(), normalisations, fits),
            }
        });
        Self { tables: tables.collect() }
    }

    /// Calls `found` for each normalisation, perhaps more than once, of which the source stands in `text` so that its key
    /// begins in `part` or less than a key's length before.
    ///
    /// `entries` counts down by what was looked at.
    ///
    /// # Errors
    ///
    /// Where `entries` do not suffice.
    pub fn scan(
        &self,
        text: &str,
        part: Range<usize>,
        normalisations: &[Normalisation<'_>],
        entries: &mut u64,
        mut found: impl FnMut(u32),
    ) -> Result<(), NotEnough> {
        let bytes = text.as_bytes();
        for table in &self.tables {
            let start = part.start.saturating_sub(table.length - 1);
            let end = (part.end + table.length - 1).min(bytes.len());
            let mut look_up = |offset: usize, key: u32| {
                let bucket = table.bucket(key);
                *entries = entries.checked_sub(bucket.len() as u64).ok_or(NotEnough)?;
                for entry in bucket.iter().filter(|entry| entry.key == key) {
                    let source = normalisations[entry.normalisation as usize].source.as_bytes();
                    // Comparing a long source takes as long as looking at many entries.
                    *entries = entries.checked_sub(source.len() as u64 / COMPARED).ok_or(NotEnough)?;
                    if offset.checked_sub(entry.lead as usize).is_some_and(|at| bytes[at..].starts_with(source)) {
                        found(entry.normalisation);
                    }
                }
                Ok(())
            };
            match table.length {
                4 => table.scan::<4>(&bytes[start..end], start, &mut look_up)?,
                2 => table.scan::<2>(&bytes[start..end], start, &mut look_up)?,
                _ => table.scan::<1>(&bytes[start..end], start, &mut look_up)?,
            }
        }
        Ok(())
    }
}

impl Table {
    /// `None` where no source fits.
    fn new<const LENGTH: usize>(text: &[u8], normalisations: &[Normalisation<'_>], fits: impl Fn(&str) -> bool) -> Option<Self> {
        let sources = || (0_u32..).zip(normalisations).filter(|(_, pair)| fits(pair.source));
        let count = sources().count();
        if count == 0 {
            return None;
        }
        let slot = |gram: &[u8; LENGTH]| hash(key_of(gram), 32 - COUNT_BITS);
        let mut in_text = vec![0_u32; 1 << COUNT_BITS];
        // Evenly spread parts of a long text stand for all of it.
        let stride = text.len().div_ceil(SAMPLE).max(1);
        for part in text.chunks(4096).step_by(stride) {
            grams(part).for_each(|gram| in_text[slot(gram)] += 1);
        }
        let mut in_sources = vec![0_u32; 1 << COUNT_BITS];
        for (_, pair) in sources() {
            grams(pair.source.as_bytes()).for_each(|gram| in_sources[slot(gram)] += 1);
        }
        let cost = |gram: &[u8; LENGTH]| u64::from(in_text[slot(gram)] + 1) * u64::from(in_sources[slot(gram)]);
        let mut entries: Vec<Entry> = Vec::with_capacity(count);
        for (normalisation, pair) in sources() {
            let grams = grams(pair.source.as_bytes());
            if let Some((lead, gram)) = grams.enumerate().min_by_key(|(_, gram)| cost(gram)) {
                entries.push(Entry { key: key_of(gram), normalisation, lead: lead as u32 });
            }
        }
        let bits = (count * 2).next_power_of_two().ilog2().clamp(8, 20);
        let mut table = Self {
            length: LENGTH,
            filter: vec![0; 1 << 10],
            filter_shift: 16,
            starts: vec![0; (1 << bits) + 1],
            starts_shift: 32 - bits,
            entries,
        };
        table.entries.sort_by_key(|entry| hash(entry.key, table.starts_shift));
        for entry in &table.entries {
            let bit = hash(entry.key, table.filter_shift);
            table.filter[bit / 64] |= 1 << (bit % 64);
            table.starts[hash(entry.key, table.starts_shift) + 1] += 1;
        }
        for bucket in 1..table.starts.len() {
            table.starts[bucket] += table.starts[bucket - 1];
        }
        Some(table)
    }

    /// Calls `look_up` with the offset and the key of each place where a key of this table may begin.
    #[inline]
    fn scan<const LENGTH: usize>(
        &self,
        bytes: &[u8],
        start: usize,
        mut look_up: impl FnMut(usize, u32) -> Result<(), NotEnough>,
    ) -> Result<(), NotEnough> {
        for (offset, gram) in grams::<LENGTH>(bytes).enumerate() {
            let key = key_of(gram);
            if self.may_hold(key) {
                look_up(start + offset, key)?;
            }
        }
        Ok(())
    }

    #[inline]
    fn may_hold(&self, key: u32) -> bool {
        let bit = hash(key, self.filter_shift);
        self.filter[bit / 64] >> (bit % 64) & 1 == 1
    }

    fn bucket(&self, key: u32) -> &[Entry] {
        let bucket = hash(key, self.starts_shift);
        &self.entries[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }
}

/// All substrings of one length.
fn grams<const LENGTH: usize>(bytes: &[u8]) -> impl Iterator<Item = &[u8; LENGTH]> {
    bytes.windows(LENGTH).filter_map(|window| window.first_chunk())
}

/// The bytes of a key as one number.
#[inline]
fn key_of<const LENGTH: usize>(gram: &[u8; LENGTH]) -> u32 {
    gram.iter().fold(0, |key, &byte| key << 8 | u32::from(byte))
}

/// Multiplicative hashing: the upper bits of the product depend on all bits of the key.
#[inline]
const fn hash(key: u32, shift: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_occurs_is_found() {
        let text = "the cat the catcat\nthé the cat";
        let sources = ["the ", "the cat", "catcat", "thé ", "cats", "t\nthé", "a", "z", "ca", "xy", "cat", "é"];
        let normalisations: Vec<_> = sources.iter().map(|source| Normalisation { source, target: "" }).collect();
        let keys = Keys::new(text, &normalisations);
        let mut found = vec![false; sources.len()];
        let mut entries = 1000;
        keys.scan(text, 0..text.len(), &normalisations, &mut entries, |index| found[index as usize] = true).expect("enough");
        assert!(entries < 1000);
        entries = 3;
        assert!(keys.scan(text, 0..text.len(), &normalisations, &mut entries, |_| ()).is_err());
        for (source, found) in sources.iter().zip(found) {
            assert_eq!(found, text.contains(source), "{source}");
        }
    }

    #[test]
    fn parts_of_a_text_are_scanned_with_what_reaches_into_them() {
        let sources = ["bcde", "xbcd", "b", "ab", "efg"];
        let normalisations: Vec<_> = sources.iter().map(|source| Normalisation { source, target: "" }).collect();
        let text = "abcdefghi";
        let keys = Keys::new(text, &normalisations);
        for start in 0..text.len() {
            for end in start..=text.len() {
                let mut found = vec![false; sources.len()];
                let set = |index| found[index as usize] = true;
                keys.scan(text, start..end, &normalisations, &mut 1000, set).expect("enough");
                for (source, found) in sources.iter().zip(found) {
                    let at = text.find(source);
                    // An occurrence that has a byte in the part has its key in or beside it only if that is near.
                    let is_inside = at.is_some_and(|at| at >= start && at + source.len() <= end);
                    assert!(found || !is_inside, "{source} in {start}..{end}");
                    assert!(at.is_some() || !found);
                }
            }
        }
    }
}
