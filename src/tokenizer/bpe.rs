//! Byte-level BPE: the pair with the lowest rank merges first, the leftmost of equals.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::{MAX_VOCAB, PreTokenizer, TokenizerError, byte_level};
use crate::gguf::Metadata;

/// Bytes without which a vocabulary is of no use: ASCII that prints, and the space.
const NEEDED: std::ops::RangeInclusive<u8> = b' '..=b'~';

/// Bytes and merges that a token is followed through when it is spelled.
const MAX_SPELLING_STEPS: usize = 512;

/// A byte-level BPE tokenizer (GPT-2 family).
#[derive(Debug, Clone)]
pub struct Bpe {
    pre: PreTokenizer,
    vocab_size: usize,
    /// `None` where the vocabulary has no token for a byte: such bytes are left out, as `tokenizers` does.
    bytes: [Option<u32>; 256],
    /// (left, right) → (rank, joined).
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// Tokens by their bytes, where a piece that is a token is not merged; empty elsewhere.
    whole: HashMap<Box<[u8]>, u32>,
}

impl Bpe {
    /// From the vocabulary and the merge rules as GGUF stores them (bytes spelled by GPT-2's printable characters).
    ///
    /// # Errors
    /// [`TokenizerError`] where the vocabulary is empty, too large or lacks a byte, or a merge rule does not fit it.
    pub fn new(tokens: &[String], merges: &[String], pre: PreTokenizer) -> Result<Self, TokenizerError> {
        if tokens.is_empty() || tokens.len() > MAX_VOCAB {
            return Err(TokenizerError::VocabSize { found: tokens.len() });
        }
        let ids: HashMap<&str, u32> = tokens.iter().map(String::as_str).zip(0..).collect();
        let mut bytes = [None; 256];
        for byte in 0..=255u8 {
            let spelled = byte_level::char_of(byte).to_string();
            bytes[usize::from(byte)] = ids.get(spelled.as_str()).copied();
        }
        if let Some(byte) = { NEEDED }.find(|&byte| bytes[usize::from(byte)].is_none()) {
            return Err(TokenizerError::MissingByte { byte });
        }
        let mut table = HashMap::with_capacity(merges.len().min(MAX_VOCAB));
        for (index, rule) in merges.iter().enumerate() {
            let bad = || TokenizerError::Merge { index, rule: rule.chars().take(40).collect() };
            let (left, right) = rule.split_once(' ').ok_or_else(bad)?;
            let joined = ids.get(format!("{left}{right}").as_str());
            match (ids.get(left), ids.get(right), joined) {
                // the first rule of a pair decides, as in llama.cpp and tokenizers
                (Some(&l), Some(&r), Some(&j)) => table.entry((l, r)).or_insert((index as u32, j)),
                _ => return Err(bad()),
            };
        }
        // llama.cpp and tokenizers (`ignore_merges`) do so for this family only
        let whole = if pre == PreTokenizer::LlamaBpe { by_bytes(tokens) } else { HashMap::new() };
        Ok(Self { pre, vocab_size: tokens.len(), bytes, merges: table, whole })
    }

    /// Reads the vocabulary and rules of a GGUF file whose `tokenizer.ggml.model` is `gpt2`.
    ///
    /// # Errors
    /// As [`new`](Self::new), and where a key is missing or the pre-tokenizer is unknown.
    pub fn from_metadata(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let name = metadata.string("tokenizer.ggml.pre")?;
        let pre = PreTokenizer::from_name(name).ok_or_else(|| TokenizerError::PreTokenizer { found: name.into() })?;
        Self::new(metadata.strings("tokenizer.ggml.tokens")?, metadata.strings("tokenizer.ggml.merges")?, pre)
    }

    /// Number of tokens.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// Appends the token ids of `text` to `out`. Special tokens are not looked for: text is only text.
    ///
    /// Time is O(n log n) in the longest piece, O(n) in the number of pieces.
    pub fn encode(&self, text: &str, out: &mut Vec<u32>) {
        self.pre.split(text, |piece| self.encode_piece(piece.as_bytes(), out));
    }

    /// The bytes of each token, as [`encode`](Self::encode) made them of merged bytes; of monstrous tokens only the first.
    pub fn spell(&self, ids: &[u32]) -> Vec<Vec<u8>> {
        let bytes: HashMap<u32, u8> = (0..=255u8).filter_map(|byte| Some((self.bytes[usize::from(byte)]?, byte))).collect();
        let parts: HashMap<u32, (u32, u32)> = self.merges.iter().map(|(&pair, &(_, joined))| (joined, pair)).collect();
        ids.iter()
            .map(|&id| {
                let (mut open, mut out) = (vec![id], Vec::new());
                // the rules of a hostile file may make a token of itself
                for _ in 0..MAX_SPELLING_STEPS {
                    let Some(id) = open.pop() else { break };
                    match (bytes.get(&id), parts.get(&id)) {
                        (Some(&byte), _) => out.push(byte),
                        (None, Some(&(left, right))) => open.extend([right, left]),
                        (None, None) => {}
                    }
                }
                out
            })
            .collect()
    }

    fn encode_piece(&self, piece: &[u8], out: &mut Vec<u32>) {
        if let Some(&id) = self.whole.get(piece) {
            out.push(id);
            return;
        }
        let start = out.len();
        out.extend(piece.iter().filter_map(|&b| self.bytes[usize::from(b)]));
        // below this length scanning for the best pair beats keeping a heap
        if piece.len() <= 48 {
            self.merge_by_scan(out, start);
        } else {
            let ids = out.split_off(start);
            self.merge_by_heap(&ids, out);
        }
    }

    fn merge_by_scan(&self, ids: &mut Vec<u32>, start: usize) {
        while ids.len() > start + 1 {
            let best = ids[start..]
                .windows(2)
                .enumerate()
                .filter_map(|(i, w)| self.merges.get(&(w[0], w[1])).map(|&(rank, joined)| (rank, i, joined)))
                .min();
            let Some((_, i, joined)) = best else { return };
            ids[start + i] = joined;
            ids.remove(start + i + 1);
        }
    }

    fn merge_by_heap(&self, piece: &[u32], out: &mut Vec<u32>) {
        const GONE: u32 = u32::MAX;
        let mut ids = piece.to_vec();
        let len = ids.len();
        let mut next: Vec<usize> = (1..=len).collect();
        let mut previous: Vec<usize> = (0..len).map(|i| i.wrapping_sub(1)).collect();
        let mut heap = BinaryHeap::new();
        let push = |heap: &mut BinaryHeap<_>, ids: &[u32], i: usize, j: usize| {
            if let Some(&(rank, joined)) = self.merges.get(&(ids[i], ids[j])) {
                heap.push(Reverse((rank, i, ids[i], ids[j], joined)));
            }
        };
        for i in 1..len {
            push(&mut heap, &ids, i - 1, i);
        }
        while let Some(Reverse((_, i, left, right, joined))) = heap.pop() {
            let j = next[i];
            if ids[i] != left || j >= len || ids[j] != right {
                continue;
            }
            ids[i] = joined;
            ids[j] = GONE;
            next[i] = next[j];
            if next[i] < len {
                previous[next[i]] = i;
                push(&mut heap, &ids, i, next[i]);
            }
            if previous[i] < len {
                push(&mut heap, &ids, previous[i], i);
            }
        }
        out.extend(ids.into_iter().filter(|&id| id != GONE));
    }
}

/// Tokens by what they spell, the first of equals; without those that spell no bytes.
fn by_bytes(tokens: &[String]) -> HashMap<Box<[u8]>, u32> {
    let byte_of: HashMap<char, u8> = (0..=255).map(|byte| (byte_level::char_of(byte), byte)).collect();
    let mut out = HashMap::with_capacity(tokens.len());
    for (token, id) in tokens.iter().zip(0..) {
        if let Some(bytes) = token.chars().map(|c| byte_of.get(&c).copied()).collect::<Option<Box<[u8]>>>() {
            out.entry(bytes).or_insert(id);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toy() -> Bpe {
        let mut tokens: Vec<String> = (0..=255).map(|b| byte_level::char_of(b).to_string()).collect();
        let merges = ["l o", "lo w", "e r", "Ġ low", "low er", "a a", "aa aa"].map(String::from);
        tokens.extend(merges.iter().map(|m| m.replace(' ', "")));
        Bpe::new(&tokens, &merges, PreTokenizer::Gpt2).unwrap()
    }

    #[test]
    fn lowest_rank_first_leftmost_of_equals() {
        let bpe = toy();
        let id = |byte: u8| bpe.bytes[usize::from(byte)].unwrap();
        let mut ids = Vec::new();
        bpe.encode("lower low aaaaa", &mut ids);
        assert_eq!(ids, [260, 259, id(b' '), 262, id(b'a')]);
        let spelled: Vec<String> = bpe.spell(&ids).into_iter().map(|bytes| String::from_utf8(bytes).unwrap()).collect();
        assert_eq!(spelled, ["lower", " low", " ", "aaaa", "a"]);
        assert_eq!(bpe.spell(&[9999]), [b""]);
    }

    #[test]
    fn scan_and_heap_agree() {
        let bpe = toy();
        let text: Vec<u8> = (0..400u32).map(|i| b"lowera "[(i.wrapping_mul(2_654_435_761) >> 13) as usize % 7]).collect();
        let mut scan: Vec<u32> = text.iter().filter_map(|&b| bpe.bytes[usize::from(b)]).collect();
        let mut heap = Vec::new();
        bpe.merge_by_heap(&scan.clone(), &mut heap);
        bpe.merge_by_scan(&mut scan, 0);
        assert_eq!(scan, heap);
    }

    #[test]
    fn bytes_without_a_token_are_left_out() {
        let tokens: Vec<String> = (0..=255).map(|b| byte_level::char_of(b).to_string()).collect();
        let bpe = Bpe::new(&tokens[..200], &[], PreTokenizer::Gpt2).unwrap();
        let mut ids = Vec::new();
        // U+00FF is the bytes c3 bf
        bpe.encode("a\u{ff}b", &mut ids);
        assert_eq!(ids, [97, 0xc3, 0xbf, 98]);
        ids.clear();
        // U+0200 is the bytes c8 80
        bpe.encode("a\u{200}b", &mut ids);
        assert_eq!(ids, [97, 0x80, 98]);
    }

    #[test]
    fn a_megabyte_without_a_space_is_no_trap() {
        let mut ids = Vec::new();
        toy().encode(&"a".repeat(1 << 20), &mut ids);
        assert_eq!(ids.len(), 1 << 18);
    }

    #[test]
    fn broken_vocabularies_are_named() {
        let tokens: Vec<String> = (0..=255).map(|b| byte_level::char_of(b).to_string()).collect();
        let error = Bpe::new(&tokens[..100], &[], PreTokenizer::Gpt2).unwrap_err();
        assert_eq!(error, TokenizerError::MissingByte { byte: 100 });
        let error = Bpe::new(&tokens, &["l o".into()], PreTokenizer::Gpt2).unwrap_err();
        assert_eq!(error, TokenizerError::Merge { index: 0, rule: "l o".into() });
    }
}
