//! SentencePiece's BPE as llama models use it: the pair whose joined piece has the highest score merges first, the leftmost
//! of equals; characters without a piece are spelled in bytes.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

use super::{MAX_VOCAB, TokenizerError};
use crate::gguf::{Metadata, Value};

/// Stands for a space.
const SPACE: char = '\u{2581}';

/// Bytes of the longest special token that is looked for in prompts.
const LONGEST_SPECIAL: usize = 64;

/// Where a space is put before text in which special tokens are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    /// Only at the beginning of all, as `transformers` does with its newer Python tokenizer (`legacy=False`).
    Start,
    /// Also behind each special token, as its fast tokenizer does.
    EachPart,
}

/// `tokenizer.ggml.token_type`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Piece,
    Special,
    Byte,
    Unused,
}

/// A SentencePiece BPE tokenizer with byte fallback (llama family).
#[derive(Debug, Clone)]
pub struct SentencePiece {
    vocab_size: usize,
    /// Pieces that text is made of.
    pieces: HashMap<String, (u32, f32)>,
    longest: usize,
    bytes: [Option<u32>; 256],
    unknown: Option<u32>,
    /// As they are spelled, `<s>` for example, by length.
    specials: BTreeMap<usize, HashMap<String, u32>>,
    space_prefix: bool,
}

impl SentencePiece {
    /// Reads the vocabulary of a GGUF file whose `tokenizer.ggml.model` is `llama`.
    ///
    /// # Errors
    /// [`TokenizerError`] where a list is missing or lists differ in length, or the vocabulary is empty or too large.
    pub fn from_metadata(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let tokens = metadata.strings("tokenizer.ggml.tokens")?;
        let scores = metadata.floats("tokenizer.ggml.scores")?;
        let kinds = metadata.ints("tokenizer.ggml.token_type")?;
        let space_prefix = !matches!(metadata.get("tokenizer.ggml.add_space_prefix"), Some(Value::Bool(false)));
        if tokens.is_empty() || tokens.len() > MAX_VOCAB {
            return Err(TokenizerError::VocabSize { found: tokens.len() });
        }
        if scores.len() != tokens.len() || kinds.len() != tokens.len() {
            return Err(TokenizerError::Lists { tokens: tokens.len(), scores: scores.len(), types: kinds.len() });
        }
        let mut out = Self {
            vocab_size: tokens.len(),
            pieces: HashMap::with_capacity(tokens.len()),
            longest: 0,
            bytes: [None; 256],
            unknown: None,
            specials: BTreeMap::new(),
            space_prefix,
        };
        for ((token, id), (score, kind)) in tokens.iter().zip(0u32..).zip(scores.iter().zip(kinds)) {
            if *kind == 2 {
                out.unknown = Some(id);
            }
            match kind_of(*kind) {
                Kind::Piece => {
                    out.longest = out.longest.max(token.len());
                    out.pieces.entry(token.clone()).or_insert((id, *score as f32));
                }
                Kind::Byte => {
                    if let Some(byte) = byte_of(token) {
                        out.bytes[usize::from(byte)] = Some(id);
                    }
                }
                Kind::Special if (1..=LONGEST_SPECIAL).contains(&token.len()) => {
                    out.specials.entry(token.len()).or_default().insert(token.clone(), id);
                }
                Kind::Special | Kind::Unused => {}
            }
        }
        Ok(out)
    }

    /// Number of tokens.
    pub fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    /// Appends the token ids of `text` to `out`. Special tokens are not looked for: text is only text.
    ///
    /// Time is O(n log n).
    pub fn encode(&self, text: &str, out: &mut Vec<u32>) {
        self.encode_part(text, self.space_prefix, out);
    }

    /// As [`encode`](Self::encode) for text in the middle of a text: no space is put before it.
    pub fn encode_continuation(&self, text: &str, out: &mut Vec<u32>) {
        self.encode_part(text, false, out);
    }

    /// As [`encode`](Self::encode), but where a special token is spelled out (`<s>`), it is that token. Only for prompts
    /// made by the program: in text from elsewhere nobody should be able to write one.
    pub fn encode_prompt(&self, prompt: &str, prefix: Prefix, out: &mut Vec<u32>) {
        let (mut start, mut at, mut first) = (0, 0, true);
        while at < prompt.len() {
            // the longest of those that start here
            let special = self.specials.iter().rev().find_map(|(len, tokens)| {
                let spelled = prompt.get(at..at + len)?;
                Some((*len, *tokens.get(spelled)?))
            });
            let Some((len, id)) = special else {
                at = prompt.ceil_char_boundary(at + 1);
                continue;
            };
            self.encode_part(&prompt[start..at], self.space_prefix && (first || prefix == Prefix::EachPart), out);
            out.push(id);
            at += len;
            (start, first) = (at, false);
        }
        self.encode_part(&prompt[start..], self.space_prefix && (first || prefix == Prefix::EachPart), out);
    }

    fn encode_part(&self, text: &str, prefix: bool, out: &mut Vec<u32>) {
        if text.is_empty() {
            return;
        }
        let prefix = prefix.then_some(SPACE);
        let escaped: String = prefix.into_iter().chain(text.chars().map(|c| if c == ' ' { SPACE } else { c })).collect();
        let mut merging = Merging::new(self, &escaped);
        merging.run();
        for symbol in merging.symbols.iter().filter(|s| s.len > 0) {
            let piece = &escaped[symbol.start..symbol.start + symbol.len];
            match self.pieces.get(piece) {
                Some(&(id, _)) => out.push(id),
                None => out.extend(piece.bytes().filter_map(|b| self.bytes[usize::from(b)].or(self.unknown))),
            }
        }
    }
}

fn kind_of(number: i64) -> Kind {
    match number {
        1 | 4 => Kind::Piece,
        2 | 3 => Kind::Special,
        6 => Kind::Byte,
        _ => Kind::Unused,
    }
}

/// The bytes a token stands for, where it is text.
pub fn spelled(token: &str, kind: i64) -> Option<Box<[u8]>> {
    match kind_of(kind) {
        Kind::Piece => Some(token.replace(SPACE, " ").into_bytes().into()),
        Kind::Byte => byte_of(token).map(|byte| Box::from([byte])),
        Kind::Special | Kind::Unused => None,
    }
}

/// `<0x0A>` → 10.
fn byte_of(token: &str) -> Option<u8> {
    u8::from_str_radix(token.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}

/// A stretch of the text; empty once it was joined to the one before it.
struct Symbol {
    start: usize,
    len: usize,
    /// Places of the neighbours that are not empty, `usize::MAX` at the start, the number of symbols at the end.
    before: usize,
    after: usize,
}

#[derive(PartialEq)]
struct Candidate {
    score: f32,
    left: usize,
    right: usize,
    /// Of both symbols together when the candidate was found.
    len: usize,
}

impl Eq for Candidate {}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

struct Merging<'a> {
    vocabulary: &'a SentencePiece,
    text: &'a str,
    symbols: Vec<Symbol>,
    queue: BinaryHeap<Candidate>,
}

impl<'a> Merging<'a> {
    fn new(vocabulary: &'a SentencePiece, text: &'a str) -> Self {
        let symbols = text.char_indices().enumerate().map(|(i, (start, c))| Symbol {
            start,
            len: c.len_utf8(),
            before: i.wrapping_sub(1),
            after: i + 1,
        });
        Self { vocabulary, text, symbols: symbols.collect(), queue: BinaryHeap::new() }
    }

    fn run(&mut self) {
        for right in 1..self.symbols.len() {
            self.look_at(right - 1, right);
        }
        while let Some(Candidate { left, right, len, .. }) = self.queue.pop() {
            let stale = self.symbols[left].len == 0 || self.symbols[right].len == 0;
            if stale || self.symbols[left].len + self.symbols[right].len != len {
                continue;
            }
            let (before, after) = (self.symbols[left].before, self.symbols[right].after);
            self.symbols[left].len = len;
            self.symbols[left].after = after;
            self.symbols[right].len = 0;
            if after < self.symbols.len() {
                self.symbols[after].before = left;
                self.look_at(left, after);
            }
            if before < self.symbols.len() {
                self.look_at(before, left);
            }
        }
    }

    fn look_at(&mut self, left: usize, right: usize) {
        let start = self.symbols[left].start;
        let len = self.symbols[left].len + self.symbols[right].len;
        if len <= self.vocabulary.longest
            && let Some(&(_, score)) = self.vocabulary.pieces.get(&self.text[start..start + len])
        {
            self.queue.push(Candidate { score, left, right, len });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toy() -> SentencePiece {
        let mut metadata = Metadata::default();
        let pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "▁", "a", "b", "ab", "▁a", "aa", "<0xC3>"];
        let types = vec![2, 3, 3, 6, 1, 1, 1, 1, 1, 1, 6];
        let scores = vec![0.0, 0.0, 0.0, 0.0, -9.0, -9.0, -9.0, -1.0, -2.0, -3.0, 0.0];
        metadata.insert("tokenizer.ggml.tokens", Value::Strings(pieces.map(String::from).to_vec()));
        metadata.insert("tokenizer.ggml.scores", Value::Floats(scores));
        metadata.insert("tokenizer.ggml.token_type", Value::Ints(types));
        SentencePiece::from_metadata(&metadata).unwrap()
    }

    fn encode(text: &str) -> Vec<u32> {
        let mut out = Vec::new();
        toy().encode(text, &mut out);
        out
    }

    #[test]
    fn highest_score_first_leftmost_of_equals() {
        assert_eq!(encode("ab"), [4, 7]);
        assert_eq!(encode("aaab"), [8, 5, 7]);
        assert_eq!(encode(" a"), [4, 8]);
        assert!(encode("").is_empty());
    }

    #[test]
    fn what_has_no_piece_is_spelled_in_bytes() {
        // U+00E9 is the bytes c3 a9, of which one has a token
        assert_eq!(encode("a\n\u{e9}"), [8, 3, 10, 0]);
    }

    #[test]
    fn special_tokens_are_found_in_prompts_only() {
        let prompt = |prefix| {
            let mut out = Vec::new();
            toy().encode_prompt("<s>a</s>", prefix, &mut out);
            out
        };
        assert_eq!(prompt(Prefix::EachPart), [1, 8, 2]);
        assert_eq!(prompt(Prefix::Start), [1, 5, 2]);
        assert!(!encode("<s>").contains(&1));
    }

    #[test]
    fn long_runs_are_no_trap() {
        assert_eq!(encode(&"a".repeat(1 << 19)).len(), (1 << 18) + 1);
    }
}
