//! The prompts of the released models, token by token: Llama 2's chat format as `transformers` 4.39 and vLLM 0.4 make it
//! (`data_gen/tasks` of the ProX repository).

use crate::program::python::is_space;
use crate::tokenizer::{Prefix, Tokenizer, Vocabulary};

/// The two stages of ProX.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// A verdict on the document.
    Document,
    /// Edits of a chunk of lines.
    Chunk,
}

const HEAD: &str = "<s>[INST] <<SYS>>\nYou are a helpful, respectful and honest assistant.\n<</SYS>>\n\n";
const TAIL: &str = " [/INST]";

/// Tokens of a prompt for a document that are read; the official code cuts the rest off.
pub const DOCUMENT_TOKENS: usize = 2000;

/// Most tokens that stand around a chunk's lines: 42 with the vocabulary of Llama 2.
pub const AROUND_TOKENS: usize = 64;

/// The text a user would write for a chunk.
fn chunk_message(numbered_lines: &str) -> String {
    format!("[doc]\n{numbered_lines}\n[/doc]")
}

/// What Python's `str.strip` leaves at the end of a text.
fn stripped(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// Makes prompts with one model's tokenizer.
#[derive(Debug, Clone, Copy)]
pub struct Prompter<'a> {
    /// Text to tokens.
    pub tokenizer: &'a Tokenizer,
    /// For the token that begins a text.
    pub vocabulary: &'a Vocabulary,
}

impl Prompter<'_> {
    /// For `text`, a document or the numbered lines of a chunk, as the released pipeline makes it: special tokens that stand in the text are special tokens, a document of more
    /// than 2000 tokens loses the end of the prompt with its own, and a chunk begins with two `<s>`.
    #[must_use]
    pub fn official(self, stage: Stage, text: &str) -> Vec<u32> {
        let mut tokens = Vec::new();
        let message = match stage {
            Stage::Document => text.to_owned(),
            Stage::Chunk => chunk_message(text),
        };
        let prompt = format!("{HEAD}{}{TAIL}", stripped(&message));
        match (self.tokenizer, stage) {
            (Tokenizer::SentencePiece(pieces), Stage::Document) => pieces.encode_prompt(&prompt, Prefix::Start, &mut tokens),
            (Tokenizer::SentencePiece(pieces), Stage::Chunk) => {
                tokens.extend(self.vocabulary.bos);
                pieces.encode_prompt(&prompt, Prefix::EachPart, &mut tokens);
            }
            (Tokenizer::ByteLevel(_), _) => {
                tokens.extend(self.vocabulary.bos);
                self.tokenizer.encode(prompt.trim_start_matches("<s>"), &mut tokens);
            }
        }
        if stage == Stage::Document {
            tokens.truncate(DOCUMENT_TOKENS);
        }
        tokens
    }

    /// The same for texts that do not spell special tokens and are short enough; in others they are only text, and the
    /// prompt is always complete. `room` bounds the tokens.
    #[must_use]
    pub fn strict(self, stage: Stage, text: &str, room: usize) -> Vec<u32> {
        let mut tokens = Vec::new();
        match self.tokenizer {
            Tokenizer::SentencePiece(pieces) => {
                let prefix = match stage {
                    Stage::Document => Prefix::Start,
                    Stage::Chunk => Prefix::EachPart,
                };
                tokens.extend(self.vocabulary.bos.filter(|_| stage == Stage::Chunk));
                pieces.encode_prompt(HEAD, prefix, &mut tokens);
            }
            Tokenizer::ByteLevel(_) => {
                tokens.extend(self.vocabulary.bos);
                self.tokenizer.encode(HEAD.trim_start_matches("<s>"), &mut tokens);
            }
        }
        let mut end = Vec::new();
        self.tokenizer.encode_continuation(TAIL, &mut end);
        let message = match stage {
            Stage::Document => text.to_owned(),
            Stage::Chunk => chunk_message(text),
        };
        let start = tokens.len();
        self.tokenizer.encode_continuation(stripped(&message), &mut tokens);
        // the text's and the end's tokens at once, where all of them fit: a tokenizer may join them
        if tokens.len() + end.len() <= room {
            tokens.truncate(start);
            self.tokenizer.encode_continuation(&format!("{}{TAIL}", stripped(&message)), &mut tokens);
        } else {
            tokens.truncate(room.saturating_sub(end.len()));
            tokens.extend(end);
        }
        tokens
    }
}
