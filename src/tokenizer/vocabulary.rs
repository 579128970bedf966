//! Token ids → bytes.

use std::collections::HashMap;

use super::{MAX_VOCAB, TokenizerError, byte_level, sentence_piece};
use crate::gguf::Metadata;

/// What the tokens of a GGUF file spell, and which of them mark the ends of a text.
#[derive(Debug, Clone)]
pub struct Vocabulary {
    /// `None` for tokens that are no text: control tokens, unused ones, the unknown token.
    bytes: Vec<Option<Box<[u8]>>>,
    /// `tokenizer.ggml.bos_token_id`.
    pub bos: Option<u32>,
    /// `tokenizer.ggml.eos_token_id` and `eot_token_id`: a generation ends with any of them.
    pub ends: Vec<u32>,
}

impl Vocabulary {
    /// Reads the vocabulary of a GGUF file.
    ///
    /// # Errors
    /// [`TokenizerError`] where it is missing, empty or too large, of an unknown family, or marks an end that it has not.
    pub fn from_metadata(metadata: &Metadata) -> Result<Self, TokenizerError> {
        let tokens = metadata.strings("tokenizer.ggml.tokens")?;
        if tokens.is_empty() || tokens.len() > MAX_VOCAB {
            return Err(TokenizerError::VocabSize { found: tokens.len() });
        }
        // Where kinds are missing all tokens are text.
        let kinds = match metadata.get("tokenizer.ggml.token_type") {
            Some(_) => metadata.ints("tokenizer.ggml.token_type")?,
            None => &[],
        };
        let kind = |i: usize| kinds.get(i).copied().unwrap_or(1);
        let bytes: Vec<_> = match metadata.string("tokenizer.ggml.model")? {
            "gpt2" => {
                let byte_of: HashMap<char, u8> = (0..=255).map(|byte| (byte_level::char_of(byte), byte)).collect();
                let spell = |token: &str| token.chars().map(|c| byte_of.get(&c).copied()).collect::<Option<Box<[u8]>>>();
                tokens.iter().enumerate().map(|(i, token)| spell(token).filter(|_| matches!(kind(i), 1 | 4))).collect()
            }
            "llama" => tokens.iter().enumerate().map(|(i, token)| sentence_piece::spelled(token, kind(i))).collect(),
            found => return Err(TokenizerError::Model { found: found.into() }),
        };
        let id = |name: &str| {
            let key = format!("tokenizer.ggml.{name}_token_id");
            metadata.get(&key).map(|_| metadata.uint(&key, 0, tokens.len() as u64 - 1).map(|id| id as u32)).transpose()
        };
        let mut ends: Vec<u32> = [id("eos")?, id("eot")?].into_iter().flatten().collect();
        ends.dedup();
        Ok(Self { bytes, bos: id("bos")?, ends })
    }

    /// Number of tokens.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are none, which [`from_metadata`](Self::from_metadata) refuses.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// What a token spells; nothing where it is no text. A character may be spread over several tokens.
    #[must_use]
    pub fn bytes(&self, token: u32) -> Option<&[u8]> {
        self.bytes.get(token as usize)?.as_deref()
    }

    /// What tokens spell together. What is no text is left out; bytes that are no UTF-8 become U+FFFD.
    #[must_use]
    pub fn decode(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().filter_map(|&token| self.bytes(token)).flatten().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::Value;

    #[test]
    fn both_families_spell_their_tokens() {
        let mut metadata = Metadata::default();
        let pieces = ["<unk>", "<s>", "</s>", "<0x0A>", "▁a", "<0xC3>", "<0xA9>"];
        metadata.insert("tokenizer.ggml.model", Value::String("llama".into()));
        metadata.insert("tokenizer.ggml.tokens", Value::Strings(pieces.map(String::from).to_vec()));
        metadata.insert("tokenizer.ggml.token_type", Value::Ints(vec![2, 3, 3, 6, 1, 6, 6]));
        metadata.insert("tokenizer.ggml.eos_token_id", Value::Uint(2));
        let vocabulary = Vocabulary::from_metadata(&metadata).unwrap();
        assert_eq!(vocabulary.ends, [2]);
        assert_eq!(vocabulary.bytes(1), None);
        assert_eq!(vocabulary.bytes(99), None);
        assert_eq!(vocabulary.decode(&[1, 4, 3, 5, 6, 2]), " a\n\u{e9}");

        let mut metadata = Metadata::default();
        metadata.insert("tokenizer.ggml.model", Value::String("gpt2".into()));
        metadata.insert("tokenizer.ggml.tokens", Value::Strings(["Ġa", "Ċ", "<|end|>"].map(String::from).to_vec()));
        metadata.insert("tokenizer.ggml.token_type", Value::Ints(vec![1, 1, 3]));
        let vocabulary = Vocabulary::from_metadata(&metadata).unwrap();
        assert_eq!(vocabulary.decode(&[0, 1, 2]), " a\n");
        assert!(vocabulary.ends.is_empty());
    }
}
