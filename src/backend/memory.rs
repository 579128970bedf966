//! What running a model takes, worked out before anything is allocated.

use std::fmt;

use thiserror::Error;

/// Bytes that a model takes while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryPlan {
    /// What stays in memory as it is in the file, or the file.
    pub file: usize,
    /// Weights in another form.
    pub weights: usize,
    /// Keys and values of the tokens read.
    pub cache: usize,
    /// Most that one pass, or loading, takes beyond that.
    pub scratch: usize,
}

impl MemoryPlan {
    /// All of it.
    pub fn total(&self) -> usize {
        [self.file, self.weights, self.cache, self.scratch].into_iter().fold(0, usize::saturating_add)
    }

    /// Refuses what does not fit.
    ///
    /// # Errors
    /// [`OverBudget`] where the total is over `budget` bytes.
    pub fn within(self, budget: usize) -> Result<Self, OverBudget> {
        if self.total() > budget { Err(OverBudget { plan: self, budget }) } else { Ok(self) }
    }
}

impl fmt::Display for MemoryPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, weights, cache, scratch } = self;
        write!(f, "{} bytes (file {file}, weights {weights}, cache {cache}, scratch {scratch})", self.total())
    }
}

/// A model that does not fit.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("the model takes {plan}, the budget is {budget}")]
pub struct OverBudget {
    /// What it takes.
    pub plan: MemoryPlan,
    /// What there is.
    pub budget: usize,
}
