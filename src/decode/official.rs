//! Decoding as the released pipeline does: greedy, without a grammar.

use crate::backend::likeliest;
use crate::tokenizer::Vocabulary;

/// Writes a text greedily until an end token or a limit; see [`super::Generation`] for how to drive it.
#[derive(Debug)]
pub struct OfficialGeneration<'a> {
    vocabulary: &'a Vocabulary,
    max_tokens: usize,
    tokens: Vec<u32>,
    ended: bool,
}

impl<'a> OfficialGeneration<'a> {
    /// The limit of the released chunk stage.
    pub const MAX_TOKENS: usize = 256;

    /// Begins with nothing written.
    #[must_use]
    pub fn new(vocabulary: &'a Vocabulary, max_tokens: usize) -> Self {
        Self { vocabulary, max_tokens, tokens: Vec::new(), ended: false }
    }

    /// Takes the logits that follow all tokens so far and gives the token to read next, none at the end. Of equal logits
    /// the lowest token wins, as with vLLM's argmax; NaN counts as less than all.
    pub fn next(&mut self, logits: &[f32]) -> Option<u32> {
        self.take(likeliest(logits))
    }

    /// As [`next`](Self::next), of the token that is the likeliest.
    pub fn take(&mut self, likeliest: Option<u32>) -> Option<u32> {
        if self.ended || self.tokens.len() >= self.max_tokens {
            return None;
        }
        let token = likeliest?;
        if self.vocabulary.ends.contains(&token) {
            self.ended = true;
            return None;
        }
        self.tokens.push(token);
        // the last token allowed needs no reading
        (self.tokens.len() < self.max_tokens).then_some(token)
    }

    /// The tokens so far.
    #[must_use]
    pub fn tokens(&self) -> &[u32] {
        &self.tokens
    }

    /// The text, without spaces at its ends, as the released code strips it.
    #[must_use]
    pub fn text(&self) -> String {
        self.vocabulary.decode(&self.tokens).trim_matches(' ').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gguf::{Metadata, Value};

    #[test]
    fn greedy_until_an_end_or_the_limit() {
        let mut metadata = Metadata::default();
        metadata.insert("tokenizer.ggml.model", Value::String("llama".into()));
        metadata.insert("tokenizer.ggml.tokens", Value::Strings(["</s>", "▁a", "b"].map(String::from).to_vec()));
        metadata.insert("tokenizer.ggml.token_type", Value::Ints(vec![3, 1, 1]));
        metadata.insert("tokenizer.ggml.eos_token_id", Value::Uint(0));
        let vocabulary = Vocabulary::from_metadata(&metadata).unwrap();
        let mut generation = OfficialGeneration::new(&vocabulary, 256);
        assert_eq!(generation.next(&[0.0, 2.0, 2.0]), Some(1));
        assert_eq!(generation.next(&[f32::NAN, 0.0, 2.0]), Some(2));
        assert_eq!(generation.next(&[3.0, 2.0, 2.0]), None);
        assert_eq!(generation.next(&[0.0, 2.0, 2.0]), None);
        assert_eq!(generation.text(), "ab");

        let mut generation = OfficialGeneration::new(&vocabulary, 2);
        assert_eq!(generation.next(&[0.0, 2.0, 1.0]), Some(1));
        assert_eq!(generation.next(&[0.0, 2.0, 1.0]), None);
        assert_eq!(generation.tokens(), [1, 1]);
    }
}
