//! What the statements of a program have done to its chunk.

use super::GrammarLimits;
use super::string::can_begin;
use crate::document::LineRange;
use crate::program::{Program, Statement};

/// A chunk and the program for it so far.
#[derive(Debug, Clone)]
pub struct Work {
    first: usize,
    /// The texts of the lines as the statements leave them; those removed are empty.
    texts: Vec<String>,
    /// The lines that were not removed, in order.
    free: Vec<LineRange>,
    /// Bytes that normalisations may still add.
    growth: usize,
    pub program: Program,
    pub limits: GrammarLimits,
}

impl Work {
    pub fn new(first: usize, lines: &[&str], limits: GrammarLimits) -> Self {
        let free = lines.len().checked_sub(1).map(|last| LineRange::new(first, first + last));
        Self {
            first,
            texts: lines.iter().map(|&line| line.to_owned()).collect(),
            free: free.into_iter().collect(),
            growth: limits.growth_bytes,
            program: Program::new(),
            limits,
        }
    }

    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    pub fn lines(&self) -> Option<LineRange> {
        Some(LineRange::new(self.first, self.first + self.texts.len().checked_sub(1)?))
    }

    pub fn free(&self) -> &[LineRange] {
        &self.free
    }

    /// The last line that may go together with this one; `None` where this one is gone or never was.
    pub fn free_from(&self, line: usize) -> Option<usize> {
        self.free.iter().find(|free| (free.first..=free.last).contains(&line)).map(|free| free.last)
    }

    pub fn can_remove(&self) -> bool {
        !self.free.is_empty()
    }

    pub fn can_normalize(&self) -> bool {
        self.texts.iter().any(|text| text.chars().any(can_begin))
    }

    pub fn has_room(&self) -> bool {
        self.program.len() < self.limits.statements && (self.can_remove() || self.can_normalize())
    }

    /// How long the target of a source may be.
    pub fn longest_target(&self, source: &str) -> usize {
        source.len() + self.growth / self.count(source).max(1)
    }

    fn count(&self, source: &str) -> usize {
        self.texts.iter().map(|text| text.matches(source).count()).sum()
    }

    /// Carries a statement out.
    pub fn push(&mut self, statement: Statement) {
        match &statement {
            Statement::RemoveLines { first, last } => {
                for text in &mut self.texts[first - self.first..=last - self.first] {
                    text.clear();
                }
                let rest = |free: &LineRange| {
                    let before = (free.first < *first).then(|| LineRange::new(free.first, free.last.min(first - 1)));
                    let after = (free.last > *last).then(|| LineRange::new(free.first.max(last + 1), free.last));
                    [before, after]
                };
                self.free = self.free.iter().flat_map(rest).flatten().collect();
            }
            Statement::Normalize { source, target } => {
                self.growth -= self.count(source) * target.len().saturating_sub(source.len());
                for text in &mut self.texts {
                    *text = text.replace(source, target);
                }
            }
            Statement::DropDoc | Statement::KeepDoc | Statement::KeepChunk => {}
        }
        self.program.push(statement);
    }
}
