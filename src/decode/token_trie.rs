//! Which tokens may come next.

use super::grammar::Grammar;
use crate::tokenizer::Vocabulary;

/// The tokens of a vocabulary by what they spell, so that those with the same beginning are looked at together.
#[derive(Debug, Clone)]
pub struct TokenTrie {
    tokens: Vec<(Box<[u8]>, u32)>,
}

impl TokenTrie {
    /// Of this vocabulary.
    #[must_use]
    pub fn new(vocabulary: &Vocabulary) -> Self {
        let ids = 0..vocabulary.len() as u32;
        let spelled = ids.filter_map(|id| Some((Box::from(vocabulary.bytes(id)?), id)));
        let mut tokens: Vec<(Box<[u8]>, u32)> = spelled.filter(|(bytes, _): &(Box<[u8]>, _)| !bytes.is_empty()).collect();
        tokens.sort_unstable();
        Self { tokens }
    }

    /// Calls `each` for every token that may follow a text, with the text after it, in the order of their bytes.
    pub fn visit(&self, state: &Grammar, mut each: impl FnMut(u32, &Grammar)) {
        // the states after the first bytes of the token looked at
        let mut path = vec![state.clone()];
        let mut spelled: &[u8] = &[];
        let mut at = 0;
        while let Some((bytes, id)) = self.tokens.get(at) {
            let common = spelled.iter().zip(bytes).take_while(|(a, b)| a == b).count().min(path.len() - 1);
            path.truncate(common + 1);
            let fits = bytes[common..].iter().all(|&byte| match path.last().and_then(|state| state.advance(byte)) {
                Some(state) => {
                    path.push(state);
                    true
                }
                None => false,
            });
            spelled = bytes;
            if fits {
                each(*id, &path[bytes.len()]);
                at += 1;
            } else {
                // nor does any other that begins so
                let beginning = &bytes[..path.len()];
                at += self.tokens[at..].partition_point(|(bytes, _)| bytes.starts_with(beginning));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::GrammarLimits;
    use crate::gguf::{Metadata, Value};

    #[test]
    fn the_same_tokens_as_one_by_one() {
        let words = [
            "r",
            "remove",
            "remove_lines",
            "re",
            "remove_lines(",
            "n",
            "norm",
            "k",
            "keep_",
            "x",
            " ",
            " remove",
            "",
            "(",
            "_lines",
            "remove_x",
            "rx",
        ];
        let mut metadata = Metadata::default();
        metadata.insert("tokenizer.ggml.model", Value::String("llama".into()));
        metadata.insert("tokenizer.ggml.tokens", Value::Strings(words.map(String::from).to_vec()));
        metadata.insert("tokenizer.ggml.token_type", Value::Ints(vec![1; words.len()]));
        let vocabulary = Vocabulary::from_metadata(&metadata).unwrap();
        let trie = TokenTrie::new(&vocabulary);
        let mut state = Grammar::chunk(0, &["a line"], GrammarLimits::default());
        for next in ["", "remove", "_lines"] {
            state = next.bytes().fold(state, |state, byte| state.advance(byte).unwrap());
            let one_by_one = |word: &&str| {
                !word.is_empty() && word.bytes().try_fold(state.clone(), |state, byte| state.advance(byte)).is_some()
            };
            let mut wanted: Vec<u32> = (0..).zip(words).filter(|(_, word)| one_by_one(word)).map(|(id, _)| id).collect();
            let mut found = Vec::new();
            trie.visit(&state, |id, _| found.push(id));
            found.sort_unstable();
            wanted.sort_unstable();
            assert!(!wanted.is_empty());
            assert_eq!(found, wanted, "after {next}");
        }
    }
}
