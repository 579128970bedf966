//! Time of the kernels on whole models, natively and on one thread; `benches/kernels.mjs` is the same in Node.
//!
//!     cargo run --release -p kernel-probe -- [LLAMA.gguf]
//!
//! Kernels take turns; medians are printed.

#[path = "../support/kernel_work.rs"]
mod kernel_work;

use cpu_time::ThreadTime;
use kernel_work::{LineWork, LlamaWork};
use prox_wasm::backend::cpu::Kernel;

const KERNELS: [Kernel; 2] = [Kernel::Float, Kernel::Int8];

fn main() {
    let path = |file: &str| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let page = std::fs::read_to_string(path("tests/data/seed_page.txt")).unwrap().repeat(8);
    let nano = std::fs::read(path("models/prox-nano.gguf")).unwrap();
    let line = KERNELS.map(|kernel| LineWork::new(nano.clone(), kernel, page.clone()));
    let lines = line[0].run().len();
    report(&format!("prox-nano, {lines} lines"), "ms a page", 21, |i| line[i].run(), |seconds| seconds * 1e3);
    let Some(llama) = std::env::args().nth(1) else { return };
    let bytes = std::fs::read(llama).unwrap();
    let llama = KERNELS.map(|kernel| LlamaWork::new(bytes.clone(), kernel));
    report("prefill of 128", "tokens/s", 3, |i| llama[i].prefill(128), |seconds| 128.0 / seconds);
    report("decode of 16", "tokens/s", 3, |i| llama[i].decode(16), |seconds| 16.0 / seconds);
    report("3 blocks, 64 x 15", "ms", 5, |i| llama[i].states(64, 15, 3), |seconds| seconds * 1e3);
}

fn report(what: &str, unit: &str, rounds: usize, work: impl Fn(usize) -> Vec<f32>, figure: impl Fn(f64) -> f64) {
    let mut times = KERNELS.map(|_| Vec::new());
    for _ in 0..rounds {
        for (i, times) in times.iter_mut().enumerate() {
            // of the processor, not of the clock: other programs may be running
            let start = ThreadTime::now();
            std::hint::black_box(work(i));
            times.push(start.elapsed().as_secs_f64());
        }
    }
    let medians = times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        figure(times[times.len() / 2])
    });
    println!("{what:<24} float {:>9.2}  int8 {:>9.2}  {unit}", medians[0], medians[1]);
}
