//! Kernels behind plain functions, for Node: `tests/js/kernels.test.mjs` and `benches/kernels.mjs`.

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
