//! How a device is looked for, and how far making a model ready on it is.

use super::{GpuError, Variant};

/// What is being done to make a model ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Bytes of weights and of room to work in go to the device.
    Upload,
    /// Pipelines are made of shaders.
    Compile,
    /// The model's first answers are compared with those of the CPU.
    Warmup,
}

/// Hears the phase, how much of it is done, and of how much, where that is known. Says whether to go on.
pub type Progress<'a> = dyn Fn(Phase, u64, Option<u64>) -> bool + 'a;

/// What the adapter is, where somebody knows better than wgpu: browsers tell JavaScript more than they tell wgpu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its name.
    pub name: String,
    /// Whether it is a program on the CPU that only behaves like a GPU.
    pub software: bool,
}

/// How a device is looked for and a model made ready on it.
#[derive(Default, Clone)]
pub struct Setup<'a> {
    /// What the adapter is.
    pub identity: Option<Identity>,
    /// Which kernels are to run, where the adapter can; else the best for it.
    pub variant: Option<Variant>,
    /// Who hears of progress.
    pub progress: Option<&'a Progress<'a>>,
}

impl Setup<'_> {
    /// The same, with other kernels.
    pub(super) fn with_variant(&self, variant: Variant) -> Self {
        Self { variant: Some(variant), ..self.clone() }
    }

    /// Tells how far it is.
    ///
    /// # Errors
    /// [`GpuError::Stopped`], where the listener does not want to go on.
    pub(in super::super) fn tell(&self, phase: Phase, done: u64, of: Option<u64>) -> Result<(), GpuError> {
        let go_on = self.progress.is_none_or(|progress| progress(phase, done, of));
        if go_on { Ok(()) } else { Err(GpuError::Stopped) }
    }
}

impl std::fmt::Debug for Setup<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Setup").field("identity", &self.identity).field("variant", &self.variant).finish_non_exhaustive()
    }
}
