//! Text → program → refined text, with a model.

pub mod lm;
mod options;
mod refined;
mod session;

use std::sync::Arc;

use crate::backend::LineBackend;
use crate::backend::cpu::{CpuLineBackend, Kernel};
use crate::document::Document;
use crate::model::line::{LineEvidence, LineModel, LoadError};

pub use options::{Judgement, Level, RefineError, RefineOptions};
pub use refined::{RefineStats, Refined};
pub use session::{Event, MAX_PAGE_LINES, RefineSession};

/// A model ready to refine texts. Cheap to clone; clones share the weights.
#[derive(Clone)]
pub struct Refiner {
    model: Arc<LineModel>,
    backend: Arc<dyn LineBackend + Send + Sync>,
}

impl Refiner {
    /// From the bytes of a GGUF file, on the CPU.
    ///
    /// # Errors
    /// [`LoadError`], where the bytes are no line model.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, LoadError> {
        let model = Arc::new(LineModel::from_bytes(bytes)?);
        Ok(Self { backend: Arc::new(CpuLineBackend::with_kernel(Arc::clone(&model), Kernel::Int8)), model })
    }

    /// With this model, which `backend` runs.
    #[must_use]
    pub fn with_backend(model: Arc<LineModel>, backend: Arc<dyn LineBackend + Send + Sync>) -> Self {
        Self { model, backend }
    }

    /// The model.
    #[must_use]
    pub fn model(&self) -> &LineModel {
        &self.model
    }

    /// What speaks for and against each line of a text: `None` for blank lines. Its cost is a small part of refining.
    #[must_use]
    pub fn evidence(&self, text: &str) -> Vec<Option<LineEvidence>> {
        let document = Document::new(text);
        let lines: Vec<&str> = document.lines().map(str::trim).collect();
        let full: Vec<&str> = lines.iter().copied().filter(|line| !line.is_empty()).collect();
        // pages as they are read
        let mut found = full.chunks(MAX_PAGE_LINES).flat_map(|page| self.model.evidence(page));
        lines.iter().map(|line| if line.is_empty() { None } else { found.next() }).collect()
    }

    /// Refines a text in one go.
    ///
    /// # Errors
    /// [`RefineError`] where a threshold is no probability.
    pub fn refine(&self, text: &str, options: RefineOptions) -> Result<Refined, RefineError> {
        let mut session = self.start(text.to_owned(), options)?;
        while session.step().is_some() {}
        session.finish()
    }

    /// Starts refining a text, to be carried on step by step.
    ///
    /// # Errors
    /// [`RefineError`] where a threshold is no probability.
    pub fn start(&self, text: String, options: RefineOptions) -> Result<RefineSession, RefineError> {
        options.check()?;
        Ok(RefineSession::new(self.clone(), text, options))
    }

    /// Starts refining a text that this model judged before: its lines are not read again, only the spans in those that
    /// stay. The result is that of [`start`](Self::start) under these options.
    ///
    /// # Errors
    /// [`RefineError`] where a threshold or a verdict is no probability, or the verdicts are for another number of lines.
    pub fn start_judged(
        &self,
        text: String,
        judgement: &Judgement,
        options: RefineOptions,
    ) -> Result<RefineSession, RefineError> {
        options.check()?;
        RefineSession::judged(self.clone(), text, judgement, options)
    }
}

impl std::fmt::Debug for Refiner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refiner").field("model", &self.model.name).finish_non_exhaustive()
    }
}
