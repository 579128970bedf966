//! What to refine, and how strictly.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::executor::ExecuteError;

/// Which of ProX's two stages run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The document's verdict, then its lines.
    #[default]
    Both,
    /// Only whether the document stays.
    Doc,
    /// Only its lines.
    Chunk,
}

/// How to refine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RefineOptions {
    /// The stages that run.
    pub level: Level,
    /// Lines less likely to be content than this go; 0 keeps all, 0.5 is the model's own balance.
    pub threshold: f32,
    /// A document less likely to be worth keeping than this goes.
    pub doc_threshold: f32,
    /// Whether noise within the lines that stay is normalised, where the model can tell it.
    pub normalize: bool,
    /// Spans at least as likely to be noise as this are normalised.
    pub normalize_threshold: f32,
}

impl Default for RefineOptions {
    fn default() -> Self {
        Self { level: Level::Both, threshold: 0.5, doc_threshold: 0.5, normalize: true, normalize_threshold: 0.5 }
    }
}

/// Why a text was not refined.
#[derive(Debug, Error, Clone, PartialEq)]
#[non_exhaustive]
pub enum RefineError {
    /// A threshold that is no probability.
    #[error("{name} is {found}; it must be a number from 0 to 1")]
    Threshold {
        /// Which one.
        name: &'static str,
        /// The value given.
        found: f32,
    },
    /// Verdicts that belong to another text.
    #[error("there are verdicts on {found} lines, but the text has {lines}")]
    VerdictCount {
        /// Lines of the text.
        lines: usize,
        /// Verdicts given.
        found: usize,
    },
    /// A verdict that is no probability.
    #[error("the verdict on {of} is {found}; it must be a number from 0 to 1")]
    Verdict {
        /// What it is about.
        of: String,
        /// The value given.
        found: f32,
    },
    /// The executor refused the program.
    #[error(transparent)]
    Execute(#[from] ExecuteError),
}

/// What a model thought of a text before, to be weighed anew under other thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The probability that the document is worth keeping.
    pub document: f32,
    /// For each line of the text, blank ones included, the probability that it is content.
    pub lines: Vec<f32>,
}

impl Judgement {
    pub(super) fn check(&self, lines: usize) -> Result<(), RefineError> {
        if self.lines.len() != lines {
            return Err(RefineError::VerdictCount { lines, found: self.lines.len() });
        }
        let bad = |keep: f32| !(0.0..=1.0).contains(&keep);
        if bad(self.document) {
            return Err(RefineError::Verdict { of: "the document".into(), found: self.document });
        }
        match self.lines.iter().position(|&keep| bad(keep)) {
            Some(line) => Err(RefineError::Verdict { of: format!("line {line}"), found: self.lines[line] }),
            None => Ok(()),
        }
    }
}

impl RefineOptions {
    pub(super) fn check(&self) -> Result<(), RefineError> {
        let thresholds = [
            ("threshold", self.threshold),
            ("doc_threshold", self.doc_threshold),
            ("normalize_threshold", self.normalize_threshold),
        ];
        for (name, found) in thresholds {
            if !(0.0..=1.0).contains(&found) {
                return Err(RefineError::Threshold { name, found });
            }
        }
        Ok(())
    }
}
