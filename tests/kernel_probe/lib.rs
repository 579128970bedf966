//! Kernels behind plain functions, for Node: `tests/js/kernels.test.mjs` and `benches/kernels.mjs`.

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod ceiling;
#[path = "../support/fingerprint.rs"]
mod fingerprint;
#[path = "../support/kernel_work.rs"]
mod kernel_work;
#[path = "../support/tiny_llama.rs"]
mod tiny_llama;

use std::cell::RefCell;

use kernel_work::{LineWork, LlamaWork};
use prox_wasm::backend::cpu::Kernel;

thread_local! {
    static BUFFERS: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static LINE: RefCell<Option<LineWork>> = const { RefCell::new(None) };
    static LLAMA: RefCell<Option<LlamaWork>> = const { RefCell::new(None) };
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    static CEILING: ceiling::Ceiling = ceiling::Ceiling::new();
}

fn kernel(int8: u32) -> Kernel {
    if int8 == 0 { Kernel::Float } else { Kernel::Int8 }
}

/// Place for `len` bytes, which the next function that needs some takes.
#[unsafe(no_mangle)]
pub extern "C" fn buffer(len: usize) -> *mut u8 {
    BUFFERS.with_borrow_mut(|buffers| {
        buffers.push(vec![0; len]);
        buffers.last_mut().unwrap().as_mut_ptr()
    })
}

fn take() -> Vec<u8> {
    BUFFERS.with_borrow_mut(Vec::pop).unwrap()
}

/// See `fingerprint`.
#[unsafe(no_mangle)]
pub extern "C" fn fingerprint(int8: u32) -> u64 {
    fingerprint::fingerprint(kernel(int8))
}

/// Takes the buffers model and text.
#[unsafe(no_mangle)]
pub extern "C" fn load_line(int8: u32) {
    let text = String::from_utf8(take()).unwrap();
    LINE.set(Some(LineWork::new(take(), kernel(int8), text)));
}

/// One page; the number of its lines.
#[unsafe(no_mangle)]
pub extern "C" fn run_line() -> usize {
    LINE.with_borrow(|line| line.as_ref().unwrap().run().len())
}

/// Takes the buffer model.
#[unsafe(no_mangle)]
pub extern "C" fn load_llama(int8: u32) {
    LLAMA.set(Some(LlamaWork::new(take(), kernel(int8))));
}

/// See `LlamaWork`; each gives the number of floats.
#[unsafe(no_mangle)]
pub extern "C" fn prefill(count: usize) -> usize {
    LLAMA.with_borrow(|llama| llama.as_ref().unwrap().prefill(count).len())
}

#[unsafe(no_mangle)]
pub extern "C" fn decode(count: usize) -> usize {
    LLAMA.with_borrow(|llama| llama.as_ref().unwrap().decode(count).len())
}

#[unsafe(no_mangle)]
pub extern "C" fn states(sequences: usize, len: usize, blocks: usize) -> usize {
    LLAMA.with_borrow(|llama| llama.as_ref().unwrap().states(sequences, len, blocks).len())
}

/// Reads so many tokens into a new cache, where [`write`] goes on.
#[unsafe(no_mangle)]
pub extern "C" fn prompt(count: usize, room: usize) -> usize {
    LLAMA.with_borrow_mut(|llama| llama.as_mut().unwrap().prompt(count, room).len())
}

/// Reads so many tokens one after the other behind the prompt.
#[unsafe(no_mangle)]
pub extern "C" fn write(count: usize) -> usize {
    LLAMA.with_borrow_mut(|llama| llama.as_mut().unwrap().write(count).len())
}

/// Multiplications and additions of the best product of matrices.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[unsafe(no_mangle)]
pub extern "C" fn ceiling_gemm(rounds: usize) -> f64 {
    CEILING.with(|ceiling| ceiling.gemm(rounds))
}

/// Bytes of weights that the best product with a vector read.
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
#[unsafe(no_mangle)]
pub extern "C" fn ceiling_gemv() -> f64 {
    CEILING.with(ceiling::Ceiling::gemv)
}
