//! Refining with language models that write programs as text, as the released ProX models do.

mod model;
mod options;
mod prompt;
mod session;

pub use model::{LmError, LmModel};
pub use options::{LmOptions, LmRefineError};
pub use prompt::{Prompter, Stage};
pub use session::{Due, LmEvent, LmSession};

use super::Refined;

/// One or two language models: one that judges documents, one that edits chunks of lines.
#[derive(Debug, Default)]
pub struct LmRefiner {
    document: Option<LmModel>,
    chunk: Option<LmModel>,
}

impl LmRefiner {
    /// Without a model; such a refiner keeps everything.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes a model for a stage, in place of the one it had.
    #[must_use]
    pub fn with(mut self, stage: Stage, model: LmModel) -> Self {
        match stage {
            Stage::Document => self.document = Some(model),
            Stage::Chunk => self.chunk = Some(model),
        }
        self
    }

    /// Takes the model of a stage away.
    pub fn take(&mut self, stage: Stage) -> Option<LmModel> {
        match stage {
            Stage::Document => self.document.take(),
            Stage::Chunk => self.chunk.take(),
        }
    }

    /// The model of a stage.
    #[must_use]
    pub fn model(&self, stage: Stage) -> Option<&LmModel> {
        match stage {
            Stage::Document => self.document.as_ref(),
            Stage::Chunk => self.chunk.as_ref(),
        }
    }

    /// Starts refining a text, to be carried on step by step.
    ///
    /// # Errors
    /// [`LmRefineError`] where the options make no sense for these models.
    pub fn start<'a>(&'a self, text: &'a str, options: LmOptions) -> Result<LmSession<'a>, LmRefineError> {
        LmSession::new(self, text, options)
    }

    /// Refines a text in one go.
    ///
    /// # Errors
    /// As [`start`](Self::start), and where a model or the executor refuses.
    pub fn refine(&self, text: &str, options: LmOptions) -> Result<Refined, LmRefineError> {
        let mut session = self.start(text, options)?;
        while session.step()?.is_some() {}
        session.finish()
    }
}
