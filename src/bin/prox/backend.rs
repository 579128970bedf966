//! Where models run.

use std::sync::Arc;

use anyhow::Result;
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::Refiner;

use crate::args::Backend;

/// A model ready to refine. Where it could run on a GPU, standard error is told where it runs and why.
#[cfg(feature = "gpu")]
pub fn refiner(model: LineModel, backend: Backend) -> Result<Refiner> {
    Ok(on_ladder(model, backend).0)
}

/// The same with what runs it.
#[cfg(feature = "gpu")]
pub fn on_ladder(model: LineModel, backend: Backend) -> (Refiner, Arc<prox_wasm::backend::LadderBackend>) {
    use prox_wasm::backend::{Choice, LadderBackend};
    let choice = match backend {
        Backend::Auto => Choice::Auto,
        Backend::Cpu => Choice::Cpu,
        Backend::Gpu => Choice::Gpu,
    };
    let model = Arc::new(model);
    let tell = Box::new(|standing: &_| eprintln!("prox: the model runs on the {standing}"));
    let ladder = Arc::new(LadderBackend::new(Arc::clone(&model), choice, tell));
    (Refiner::with_backend(model, Arc::clone(&ladder) as _), ladder)
}

/// A model ready to refine, on the CPU.
#[cfg(not(feature = "gpu"))]
pub fn refiner(model: LineModel, backend: Backend) -> Result<Refiner> {
    use prox_wasm::backend::cpu::CpuLineBackend;
    if backend == Backend::Gpu {
        anyhow::bail!("--backend gpu needs a prox that was built with the feature `gpu`: cargo build --features gpu");
    }
    let model = Arc::new(model);
    let cpu = CpuLineBackend::new(Arc::clone(&model));
    Ok(Refiner::with_backend(model, Arc::new(cpu)))
}

/// Says that a GPU that was asked for is not used.
pub fn programs_on_cpu(backend: Backend) {
    if backend == Backend::Gpu {
        eprintln!("prox: models that write programs run on the CPU in this version, also with --backend gpu");
    }
}
