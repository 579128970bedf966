//! Hashes of words, word pairs and token pairs into table rows. The Python twin is `training/prox_train/hashing.py`.

/// FNV-1a, 32 bits, over the UTF-8 bytes.
pub fn word_hash(word: &str) -> u32 {
    word.bytes().fold(0x811c_9dc5, |h, byte| (h ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Joins two hashes; order matters.
pub fn mix(a: u32, b: u32) -> u32 {
    let h = (a.rotate_left(5) ^ b).wrapping_mul(0x9e37_79b1);
    h ^ (h >> 15)
}

/// The row of a table of `1 << bits` rows.
pub fn bucket(h: u32, bits: u32) -> usize {
    (h.wrapping_mul(0x85eb_ca6b) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(word_hash(""), 0x811c_9dc5);
        assert_eq!(word_hash("a"), 0xe40c_292c);
        assert_ne!(mix(1, 2), mix(2, 1));
        assert!(bucket(u32::MAX, 4) < 16);
    }
}
