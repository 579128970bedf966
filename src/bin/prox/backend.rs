//! Where models run.

use std::sync::Arc;

#[cfg(feature = "gpu")]
use anyhow::Context;
use anyhow::Result;
#[cfg(feature = "gpu")]
use pollster::block_on;
#[cfg(feature = "gpu")]
use prox_wasm::backend::gpu::{Gpu, Setup};
#[cfg(feature = "gpu")]
use prox_wasm::backend::{Choice, LadderBackend, Standing, Times, TokenLadder};
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::Refiner;
use prox_wasm::refiner::lm::LmModel;

use crate::args::Backend;
#[cfg(feature = "gpu")]
use crate::measured::Measured;

/// Names the kernels to run, in place of the best for the adapter.
#[cfg(feature = "gpu")]
const VARIANT: &str = "PROX_GPU_VARIANT";

/// A model ready to refine. Where it could run on a GPU, standard error is told where it runs and why.
#[cfg(feature = "gpu")]
pub fn refiner(model: LineModel, backend: Backend) -> Result<Refiner> {
    Ok(on_ladder(model, backend)?.0)
}

/// The same with what runs it.
#[cfg(feature = "gpu")]
pub fn on_ladder(model: LineModel, backend: Backend) -> Result<(Refiner, Arc<LadderBackend>)> {
    let (model, setup) = (Arc::new(model), setup()?);
    let (choice, measured) = choice(backend, &setup, || format!("{} {:?}", model.name, model.config));
    let ladder = block_on(LadderBackend::open(Arc::clone(&model), choice, &setup, Box::new(tell)));
    keep(measured, ladder.times());
    let ladder = Arc::new(ladder);
    Ok((Refiner::with_backend(model, Arc::clone(&ladder) as _), ladder))
}

/// A model ready to refine, on the CPU.
#[cfg(not(feature = "gpu"))]
pub fn refiner(model: LineModel, backend: Backend) -> Result<Refiner> {
    use prox_wasm::backend::cpu::{CpuLineBackend, Kernel};
    without_gpu(backend)?;
    let model = Arc::new(model);
    let cpu = CpuLineBackend::with_kernel(Arc::clone(&model), Kernel::Int8);
    Ok(Refiner::with_backend(model, Arc::new(cpu)))
}

/// Whether a GPU is to be tried, so that a model's weights are to be kept for it. Where none is, standard error is told why.
#[cfg(feature = "gpu")]
pub fn may_use_gpu(backend: Backend) -> Result<bool> {
    let why = match backend {
        Backend::Gpu => return Ok(true),
        Backend::Cpu => "asked for".to_owned(),
        Backend::Auto => match block_on(Gpu::find(&setup()?)) {
            Ok(report) if !report.software => return Ok(true),
            Ok(report) => format!("{report} is no faster"),
            Err(error) => error.to_string(),
        },
    };
    tell(&Standing { gpu: false, why, failures: 0 });
    Ok(false)
}

/// Whether a GPU is to be tried.
#[cfg(not(feature = "gpu"))]
pub fn may_use_gpu(backend: Backend) -> Result<bool> {
    without_gpu(backend).map(|()| false)
}

/// A model that writes programs, where it is to run; standard error is told where that is.
#[cfg(feature = "gpu")]
pub fn programs(model: LmModel, backend: Backend) -> Result<LmModel> {
    let Some(llama) = model.llama().map(Arc::clone) else { return Ok(model) };
    let (cpu, setup) = (Arc::clone(model.cpu()), setup()?);
    let (choice, measured) = choice(backend, &setup, || format!("{} {:?}", model.name(), llama.config));
    let ladder = block_on(TokenLadder::open(llama, cpu, choice, &setup, Box::new(tell)));
    keep(measured, ladder.times());
    Ok(model.on_ladder(Arc::new(ladder)))
}

/// A model that writes programs, on the CPU.
#[cfg(not(feature = "gpu"))]
pub fn programs(model: LmModel, backend: Backend) -> Result<LmModel> {
    without_gpu(backend)?;
    Ok(model)
}

/// How a device is looked for.
///
/// # Errors
/// Where [`VARIANT`] names kernels that there are none of.
#[cfg(feature = "gpu")]
pub fn setup() -> Result<Setup<'static>> {
    let variant = match std::env::var(VARIANT) {
        Ok(name) => Some(name.parse().with_context(|| format!("can't use {VARIANT}"))?),
        Err(_) => None,
    };
    Ok(Setup { variant, ..Setup::default() })
}

/// Where a model is to run. What was measured before need not be measured again; else it is to be kept there.
#[cfg(feature = "gpu")]
fn choice(backend: Backend, setup: &Setup<'_>, model: impl FnOnce() -> String) -> (Choice, Option<Measured>) {
    match backend {
        Backend::Cpu => (Choice::Cpu, None),
        Backend::Gpu => (Choice::Gpu, None),
        Backend::Auto => {
            // on a software adapter nothing is measured
            let report = block_on(Gpu::find(setup)).ok().filter(|report| !report.software);
            let measured = report.and_then(|report| Measured::of(&report, &model()));
            match measured.as_ref().and_then(Measured::recall) {
                Some(times) => (Choice::Measured(times), None),
                None => (Choice::Auto, measured),
            }
        }
    }
}

#[cfg(feature = "gpu")]
fn keep(measured: Option<Measured>, times: Option<Times>) {
    if let (Some(measured), Some(times)) = (measured, times) {
        measured.keep(times);
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
