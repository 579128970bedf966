//! Where models run.

use std::sync::Arc;

use anyhow::Result;
#[cfg(feature = "gpu")]
use prox_wasm::backend::{Choice, LadderBackend, Standing};
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::Refiner;
use prox_wasm::refiner::lm::LmModel;

use crate::args::Backend;

/// A model ready to refine. Where it could run on a GPU, standard error is told where it runs and why.
#[cfg(feature = "gpu")]
pub fn refiner(model: LineModel, backend: Backend) -> Result<Refiner> {
    Ok(on_ladder(model, backend).0)
}

/// The same with what runs it.
#[cfg(feature = "gpu")]
pub fn on_ladder(model: LineModel, backend: Backend) -> (Refiner, Arc<LadderBackend>) {
    let model = Arc::new(model);
    let ladder = Arc::new(LadderBackend::new(Arc::clone(&model), choice(backend), Box::new(tell)));
    (Refiner::with_backend(model, Arc::clone(&ladder) as _), ladder)
}

/// A model ready to refine, on the CPU.
#[cfg(not(feature = "gpu"))]
pub fn refiner(model: LineModel, backend: Backend) -> Result<Refiner> {
    use prox_wasm::backend::cpu::CpuLineBackend;
    without_gpu(backend)?;
    let model = Arc::new(model);
    let cpu = CpuLineBackend::new(Arc::clone(&model));
    Ok(Refiner::with_backend(model, Arc::new(cpu)))
}

/// A model that writes programs, where it is to run; standard error is told where that is.
#[cfg(feature = "gpu")]
pub fn programs(model: LmModel, backend: Backend) -> Result<LmModel> {
    Ok(model.on_gpu(choice(backend), Box::new(tell)))
}

/// A model that writes programs, on the CPU.
#[cfg(not(feature = "gpu"))]
pub fn programs(model: LmModel, backend: Backend) -> Result<LmModel> {
    without_gpu(backend)?;
    Ok(model)
}

#[cfg(feature = "gpu")]
fn choice(backend: Backend) -> Choice {
    match backend {
        Backend::Auto => Choice::Auto,
        Backend::Cpu => Choice::Cpu,
        Backend::Gpu => Choice::Gpu,
    }
}

#[cfg(feature = "gpu")]
fn tell(standing: &Standing) {
    eprintln!("prox: the model runs on the {standing}");
}

#[cfg(not(feature = "gpu"))]
fn without_gpu(backend: Backend) -> Result<()> {
    if backend == Backend::Gpu {
        anyhow::bail!("--backend gpu needs a prox that was built with the feature `gpu`: cargo build --features gpu");
    }
    Ok(())
}
