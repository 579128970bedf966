//! Futures that JavaScript drives.
//!
//! Not as promises of wasm-bindgen: what traps in one of those is reported to nobody, and the promise never settles. Here each
//! poll is a call, and a trap is that call's.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

thread_local! {
    /// Who is to be called when a task can go on, by the task's number: wakers have to be `Send`, functions are not.
    static WAITING: RefCell<(u32, HashMap<u32, Function>)> = RefCell::default();
}

struct Call(u32);

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        let waiting = WAITING.with_borrow_mut(|(_, waiting)| waiting.remove(&self.0));
        if let Some(wake) = waiting {
            // it only notes that it was called
            let _ = wake.call0(&JsValue::UNDEFINED);
        }
    }
}

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

/// Work that has to wait for something outside.
#[wasm_bindgen]
pub struct Task {
    number: u32,
    /// Until it is done.
    future: Option<Work>,
}

impl Task {
    pub fn new(future: impl Future<Output = Result<JsValue, JsValue>> + 'static) -> Self {
        let number = WAITING.with_borrow_mut(|(last, _)| {
            *last = last.wrapping_add(1);
            *last
        });
        Self { number, future: Some(Box::pin(future)) }
    }
}

#[wasm_bindgen]
impl Task {
    /// Goes on as far as it can: `[value]` once it is done, `undefined` before; then `wake` is called when there is more to do.
    pub fn poll(&mut self, wake: Function) -> Result<JsValue, JsValue> {
        let Some(mut future) = self.future.take() else { return Ok(JsValue::UNDEFINED) };
        WAITING.with_borrow_mut(|(_, waiting)| waiting.insert(self.number, wake));
        let waker = Waker::from(Arc::new(Call(self.number)));
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => Ok(Array::of1(&value?).into()),
            Poll::Pending => {
                self.future = Some(future);
                Ok(JsValue::UNDEFINED)
            }
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        WAITING.with_borrow_mut(|(_, waiting)| waiting.remove(&self.number));
    }
}
