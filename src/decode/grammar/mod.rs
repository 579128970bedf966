//! The texts a model may write: programs of the strict grammar that are right for their chunk, byte by byte.
//!
//! A program text is one statement a line, in the spellings models were trained on (named arguments, `start=` or
//! `line_start=`), or a single `keep_chunk()`. Nothing can be written that the executor refuses: lines exist in the chunk
//! and go only once, ranges are not reversed, sources occur in the lines that are left, and what normalisations add is
//! bounded. That bounds the text too, so a generation ends.

mod literal;
mod number;
mod string;
mod work;

use std::rc::Rc;

use crate::document::LineRange;
use crate::program::{Program, Statement};
use literal::{Literal, Then};
use number::Number;
use string::{Source, Target};
use work::Work;

/// Bounds on programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrammarLimits {
    /// Most statements.
    pub statements: usize,
    /// Longest source of a normalisation in bytes.
    pub source_bytes: usize,
    /// Bytes that the normalisations of a program may add, all together.
    pub growth_bytes: usize,
}

impl Default for GrammarLimits {
    /// 64 statements, sources of 512 bytes, 4 KiB of growth.
    fn default() -> Self {
        Self { statements: 64, source_bytes: 512, growth_bytes: 4096 }
    }
}

/// A program text that is being written.
#[derive(Debug, Clone)]
pub struct Grammar {
    /// What the statements so far have done. Shared, since a state is copied for each token that is looked at.
    work: Rc<Work>,
    node: Node,
    /// Nothing was written yet: one space may come first, because SentencePiece models write it.
    fresh: bool,
}

#[derive(Debug, Clone)]
enum Node {
    /// One of a few fixed strings.
    Literal(Literal),
    First(Number, &'static str),
    Last(usize, Number),
    Source(Source),
    Target(Target),
    /// A statement is complete.
    Statement,
    /// Nothing may follow.
    End,
}

impl Grammar {
    /// Programs for the lines `first, first + 1, …` of a document, whose texts are `lines`.
    #[must_use]
    pub fn chunk(first: usize, lines: &[&str], limits: GrammarLimits) -> Self {
        let work = Work::new(first, lines, limits);
        let node = Node::Literal(Literal::program(&work));
        Self { work: Rc::new(work), node, fresh: true }
    }

    /// Verdicts on a document: `drop_doc()` or `keep_doc()`.
    #[must_use]
    pub fn document() -> Self {
        let node = Node::Literal(Literal::verdict());
        Self { work: Rc::new(Work::new(0, &[], GrammarLimits::default())), node, fresh: true }
    }

    /// The text with one byte more; `None` where that is no beginning of a program.
    #[must_use]
    pub fn advance(&self, byte: u8) -> Option<Self> {
        let mut next = Self { work: Rc::clone(&self.work), node: Node::End, fresh: false };
        if self.fresh && byte == b' ' {
            next.node = self.node.clone();
            return Some(next);
        }
        next.node = match &self.node {
            Node::Literal(literal) => match literal.advance(byte)? {
                (literal, None) => Node::Literal(literal),
                (_, Some(then)) => next.after_literal(then),
            },
            Node::First(number, separator) => match number.advance(byte, &self.work) {
                Some(number) => Node::First(number, separator),
                None if byte == separator.as_bytes()[0] && number.is_first(&self.work) => {
                    Node::Literal(Literal::fixed(separator, Then::Last(number.value)).skip(1))
                }
                None => return None,
            },
            Node::Last(first, number) => match number.advance_to(byte, *first, &self.work) {
                Some(number) => Node::Last(*first, number),
                None if byte == b')' && number.is_last(*first, &self.work) => {
                    next.complete(Statement::RemoveLines { first: *first, last: number.value })
                }
                None => return None,
            },
            Node::Source(source) => match source.advance(byte, &self.work) {
                Some(source) => Node::Source(source),
                None => {
                    let text = source.close(byte)?;
                    Node::Literal(Literal::fixed(", target_str=\"", Then::Target(text.into())))
                }
            },
            Node::Target(target) => match target.advance(byte) {
                Some(target) => Node::Target(target),
                None => {
                    let (source, target) = target.close(byte)?;
                    Node::Literal(Literal::fixed(")", Then::Normalized(source, target.into())))
                }
            },
            Node::Statement if byte == b'\n' && self.work.has_room() => Node::Literal(Literal::statement(&self.work)),
            Node::Statement | Node::End => return None,
        };
        Some(next)
    }

    fn after_literal(&mut self, then: Then) -> Node {
        match then {
            Then::Arguments => Node::Literal(Literal::arguments()),
            Then::First(separator) => Node::First(Number::default(), separator),
            Then::Last(first) => Node::Last(first, Number::default()),
            Then::Source => Node::Source(Source::new(&self.work)),
            Then::Target(source) => Node::Target(Target::new(&source, &self.work)),
            Then::Normalized(source, target) => {
                self.complete(Statement::Normalize { source: source.to_string(), target: target.to_string() })
            }
            Then::Nothing(statement) => {
                Rc::make_mut(&mut self.work).push(statement);
                Node::End
            }
        }
    }

    fn complete(&mut self, statement: Statement) -> Node {
        Rc::make_mut(&mut self.work).push(statement);
        Node::Statement
    }

    /// Whether the text may end here.
    #[must_use]
    pub fn may_end(&self) -> bool {
        matches!(self.node, Node::Statement | Node::End)
    }

    /// Whether free text comes next, so that what may follow can't be listed.
    #[must_use]
    pub fn is_free(&self) -> bool {
        matches!(self.node, Node::Source(_) | Node::Target(_))
    }

    /// The bytes that may come next, where the text is not free.
    fn next_bytes(&self) -> Vec<(u8, Self)> {
        (0..=127).filter_map(|byte| Some((byte, self.advance(byte)?))).collect()
    }

    /// The text that has to follow, whatever the model says, and the state behind it. Empty where there is a choice.
    #[must_use]
    pub fn forced(&self) -> (String, Self) {
        let (mut text, mut state) = (String::new(), self.clone());
        while !state.fresh && !state.is_free() && !state.may_end() {
            let Ok([(byte, next)]) = <[(u8, Self); 1]>::try_from(state.next_bytes()) else { break };
            text.push(char::from(byte));
            state = next;
        }
        (text, state)
    }

    /// What may follow, each way up to the next choice, an end as the empty text; `None` where free text does.
    #[must_use]
    pub fn ways(&self) -> Option<Vec<String>> {
        if self.is_free() {
            return None;
        }
        let mut ways: Vec<String> =
            self.next_bytes().into_iter().map(|(byte, next)| format!("{}{}", char::from(byte), next.forced().0)).collect();
        if self.may_end() {
            ways.push(String::new());
        }
        Some(ways)
    }

    /// The statements that are complete.
    #[must_use]
    pub fn program(&self) -> &Program {
        &self.work.program
    }

    /// The lines that programs of this grammar may remove.
    #[must_use]
    pub fn lines(&self) -> Option<LineRange> {
        self.work.lines()
    }
}
