//! Fixed strings of the grammar.

use std::rc::Rc;

use super::work::Work;
use crate::program::Statement;

/// What comes after a string.
#[derive(Debug, Clone)]
pub enum Then {
    /// The arguments of `remove_lines`.
    Arguments,
    /// A first line, and what stands between it and the last.
    First(&'static str),
    /// A last line, not before this one.
    Last(usize),
    /// The source of a normalisation.
    Source,
    /// The target for this source.
    Target(Rc<str>),
    /// The end of a normalisation.
    Normalized(Rc<str>, Rc<str>),
    /// The end of the program with this statement.
    Nothing(Statement),
}

type Choice = (&'static str, Then);

/// One of several strings of which none begins another.
#[derive(Debug, Clone)]
pub struct Literal {
    choices: Rc<[Choice]>,
    /// Bytes written.
    at: usize,
}

impl Literal {
    fn new(choices: impl Into<Rc<[Choice]>>) -> Self {
        Self { choices: choices.into(), at: 0 }
    }

    pub fn fixed(text: &'static str, then: Then) -> Self {
        Self::new([(text, then)])
    }

    /// A verdict on a document.
    pub fn verdict() -> Self {
        Self::new([("drop_doc()", Then::Nothing(Statement::DropDoc)), ("keep_doc()", Then::Nothing(Statement::KeepDoc))])
    }

    /// What a program begins with.
    pub fn program(work: &Work) -> Self {
        let keep = ["keep_chunk()", "skip_chunk()", "untouch_doc()"].map(|name| (name, Then::Nothing(Statement::KeepChunk)));
        Self::new(edits(work).into_iter().chain(keep).collect::<Vec<_>>())
    }

    /// What a statement after others begins with.
    pub fn statement(work: &Work) -> Self {
        Self::new(edits(work))
    }

    pub fn arguments() -> Self {
        Self::new([("line_start=", Then::First(", line_end=")), ("start=", Then::First(", end="))])
    }

    /// As if so many bytes were written.
    pub fn skip(mut self, bytes: usize) -> Self {
        self.at += bytes;
        self
    }

    /// With one byte more; what follows, if that completes a string.
    pub fn advance(&self, byte: u8) -> Option<(Self, Option<Then>)> {
        let fits = |choice: &&Choice| choice.0.as_bytes().get(self.at) == Some(&byte);
        let choices: Vec<Choice> = self.choices.iter().filter(fits).cloned().collect();
        let (first, then) = choices.first()?;
        let done = (choices.len() == 1 && first.len() == self.at + 1).then(|| then.clone());
        let choices = if choices.len() == self.choices.len() { Rc::clone(&self.choices) } else { choices.into() };
        Some((Self { choices, at: self.at + 1 }, done))
    }
}

fn edits(work: &Work) -> Vec<Choice> {
    let mut out = Vec::new();
    if work.can_remove() {
        out.push(("remove_lines(", Then::Arguments));
    }
    if work.can_normalize() {
        out.push(("normalize(source_str=\"", Then::Source));
    }
    out
}
