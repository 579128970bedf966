//! Logits → a program as text, token by token, under the grammar.

use super::grammar::Grammar;
use super::token_trie::TokenTrie;
use crate::backend::Pick;
use crate::program::{Program, Statement};
use crate::tokenizer::{Tokenizer, Vocabulary};

/// How a generation goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GenerationOptions {
    /// Most tokens. A statement that is not complete by then is left out.
    pub max_tokens: usize,
    /// Text that has to follow is read in one pass together with the token before it; otherwise a pass a token, for
    /// comparison: the tokens are the same.
    pub jump: bool,
}

impl Default for GenerationOptions {
    /// 1024 tokens with jumps. The official 256 hold some fifteen statements.
    fn default() -> Self {
        Self { max_tokens: 1024, jump: true }
    }
}

/// Writes one program greedily: of the tokens the grammar allows, always the likeliest.
///
/// It runs no model. Give [`next`](Self::next) the logits after the prompt; read the tokens it answers with, give it the
/// logits after them, and so on until it has none. Where logits are far away, [`allowed`](Self::allowed) says what to choose
/// from and [`take`](Self::take) takes the choice.
#[derive(Debug)]
pub struct Generation<'a> {
    trie: &'a TokenTrie,
    vocabulary: &'a Vocabulary,
    tokenizer: &'a Tokenizer,
    options: GenerationOptions,
    state: Grammar,
    tokens: Vec<u32>,
    /// Tokens that have to come and were not given out, without jumps.
    waiting: Vec<u32>,
    /// Where the tokens of the line that is being written begin.
    line: usize,
    /// Probabilities of the choices in that line multiplied.
    probability: f64,
    confidence: Vec<f32>,
    passes: usize,
    end: Option<End>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Cut,
}

/// What came of a [`Generation`].
#[derive(Debug, Clone)]
pub struct Generated {
    /// The statements that are complete; never empty.
    pub program: Program,
    /// For each statement, how likely the model finds it among all that may stand there.
    pub confidence: Vec<f32>,
    /// All tokens, also of a statement that was not completed.
    pub tokens: Vec<u32>,
    /// How often logits were needed.
    pub passes: usize,
    /// The limit of tokens came before the end, or the vocabulary could not go on.
    pub cut: bool,
}

impl<'a> Generation<'a> {
    /// Begins with nothing written.
    #[must_use]
    pub fn new(
        grammar: Grammar,
        vocabulary: &'a Vocabulary,
        trie: &'a TokenTrie,
        tokenizer: &'a Tokenizer,
        options: GenerationOptions,
    ) -> Self {
        Self {
            trie,
            vocabulary,
            tokenizer,
            options,
            state: grammar,
            tokens: Vec::new(),
            waiting: Vec::new(),
            line: 0,
            probability: 1.0,
            confidence: Vec::new(),
            passes: 0,
            end: None,
        }
    }

    /// Takes the logits that follow all tokens so far and gives the tokens to read next, none at the end.
    pub fn next(&mut self, logits: &[f32]) -> Option<&[u32]> {
        let pick = Pick::among(logits, &self.allowed());
        self.take(pick)
    }

    /// The tokens that may come after all tokens so far. None where there is nothing to choose, as at the end.
    #[must_use]
    pub fn allowed(&self) -> Vec<u32> {
        if self.end.is_some() || !self.waiting.is_empty() {
            return Vec::new();
        }
        let mut allowed: Vec<u32> = if self.state.may_end() { self.vocabulary.ends.clone() } else { Vec::new() };
        let ends = allowed.len();
        self.trie.visit(&self.state, |id, _| {
            if !allowed[..ends].contains(&id) {
                allowed.push(id);
            }
        });
        allowed
    }

    /// As [`next`](Self::next), of the choice among [`allowed`](Self::allowed).
    pub fn take(&mut self, pick: Option<Pick>) -> Option<&[u32]> {
        if self.end.is_some() {
            return None;
        }
        self.passes += 1;
        let start = self.tokens.len();
        if self.waiting.is_empty() {
            self.choose(pick);
            if self.end.is_none() {
                self.wait_for_forced();
            }
        }
        if self.options.jump {
            while self.end.is_none() && !self.waiting.is_empty() {
                self.take_waiting();
            }
        } else if start == self.tokens.len() && self.end.is_none() {
            self.take_waiting();
        }
        // The last tokens need no reading where nothing can be chosen after them.
        if self.end.is_some() { None } else { Some(&self.tokens[start..]) }
    }

    fn take_waiting(&mut self) {
        let token = self.waiting.remove(0);
        self.append(token, 1.0);
    }

    /// Writes a token; one that the grammar does not allow ends the program.
    fn append(&mut self, token: u32, probability: f64) {
        let bytes = self.vocabulary.bytes(token).unwrap_or_default();
        match bytes.iter().try_fold(self.state.clone(), |state, &byte| state.advance(byte)) {
            Some(state) => self.push(token, state, probability),
            None => self.end = Some(End::Cut),
        }
    }

    fn push(&mut self, token: u32, state: Grammar, probability: f64) {
        let done = self.state.program().len();
        self.tokens.push(token);
        self.probability *= probability;
        self.state = state;
        let now = self.state.program().len();
        if now > done {
            self.confidence.resize(now, self.probability as f32);
            // what follows in the same token was chosen with it
            self.probability = 1.0;
            self.line = self.tokens.len();
        }
        if self.tokens.len() >= self.options.max_tokens {
            self.end = Some(End::Cut);
        }
    }

    /// Goes on with the likeliest of the tokens that may come.
    fn choose(&mut self, pick: Option<Pick>) {
        let Some(Pick { token, probability }) = pick else {
            // Without a token for an end the program ends where nothing else can come.
            self.end = Some(if self.state.may_end() { End::Complete } else { End::Cut });
            return;
        };
        if self.state.may_end() && self.vocabulary.ends.contains(&token) {
            self.probability *= probability;
            self.end = Some(End::Complete);
        } else {
            self.append(token, probability);
        }
        if self.end.is_none() && self.state.may_end() && self.only_end() {
            self.end = Some(End::Complete);
        }
    }

    /// Whether nothing but the end can come.
    fn only_end(&self) -> bool {
        self.state.ways().is_some_and(|ways| ways.iter().all(String::is_empty))
    }

    /// Finds the tokens of the text that has to follow, as far as they are the same whatever comes behind it.
    ///
    /// A tokenizer may join the end of forced text with what follows, and a model that has seen only its tokenizer's own
    /// cuts is led astray by others. So the text is cut together with each way it can go on, and what all agree on counts.
    fn wait_for_forced(&mut self) {
        let (forced, after) = self.state.forced();
        if forced.is_empty() {
            return;
        }
        self.waiting = match after.ways() {
            Some(ways) => {
                let mut cuts = ways.iter().map(|way| self.cut(&forced, way));
                let first = cuts.next().unwrap_or_default();
                cuts.fold(first, |common, cut| {
                    let same = common.iter().zip(&cut).take_while(|(a, b)| a == b).count();
                    common[..same].to_vec()
                })
            }
            None => {
                let mut cut = self.cut(&forced, "");
                cut.pop();
                cut
            }
        };
        // A token that reaches beyond the forced text is the model's to choose.
        let mut room = forced.len();
        let fits = |&token: &u32| {
            let len = self.vocabulary.bytes(token).map_or(usize::MAX, <[u8]>::len);
            room = room.checked_sub(len)?;
            Some(())
        };
        let count = self.waiting.iter().map_while(fits).count();
        self.waiting.truncate(count);
    }

    /// The tokens of `forced + way` after those of the line so far, cut as the tokenizer cuts the whole line; on its own
    /// where the model's cuts of the line were others.
    fn cut(&self, forced: &str, way: &str) -> Vec<u32> {
        let so_far = &self.tokens[self.line..];
        let line: Vec<u8> = so_far.iter().filter_map(|&token| self.vocabulary.bytes(token)).flatten().copied().collect();
        let mut tokens = Vec::new();
        if let Ok(line) = std::str::from_utf8(&line) {
            self.tokenizer.encode_continuation(&format!("{line}{forced}{way}"), &mut tokens);
            if tokens.starts_with(so_far) {
                return tokens.split_off(so_far.len());
            }
        }
        tokens.clear();
        self.tokenizer.encode_continuation(&format!("{forced}{way}"), &mut tokens);
        tokens
    }

    /// The text written so far is the grammar's; this is its state.
    #[must_use]
    pub fn state(&self) -> &Grammar {
        &self.state
    }

    /// What came of it, also before the end.
    #[must_use]
    pub fn finish(self) -> Generated {
        let mut program = self.state.program().clone();
        let mut confidence = self.confidence;
        if program.is_empty() {
            program.push(Statement::KeepChunk);
            confidence.push(0.0);
        }
        Generated { program, confidence, tokens: self.tokens, passes: self.passes, cut: self.end != Some(End::Complete) }
    }
}
