//! Time, natively and in browsers.

#[cfg(target_arch = "wasm32")]
pub use web::{now, within};

/// Time since some moment.
#[cfg(not(target_arch = "wasm32"))]
pub fn now() -> std::time::Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

#[cfg(target_arch = "wasm32")]
mod web {
    use std::future::{Future, poll_fn};
    use std::pin::pin;
    use std::task::Poll;
    use std::time::Duration;

    use wasm_bindgen::prelude::*;

    use super::super::signal::{Receiver, signal};

    #[wasm_bindgen]
    extern "C" {
        #[wasm_bindgen(js_namespace = performance, js_name = now)]
        fn milliseconds() -> f64;
        #[wasm_bindgen(js_name = setTimeout)]
        fn set_timeout(callback: &Closure<dyn FnMut()>, milliseconds: f64) -> JsValue;
        #[wasm_bindgen(js_name = clearTimeout)]
        fn clear_timeout(timer: &JsValue);
    }

    /// Time since some moment.
    pub fn now() -> Duration {
        Duration::from_secs_f64(milliseconds() / 1e3)
    }

    struct Timer {
        handle: JsValue,
        fired: Receiver<()>,
        _callback: Closure<dyn FnMut()>,
    }

    impl Timer {
        fn new(after: Duration) -> Self {
            let (sender, fired) = signal();
            let mut sender = Some(sender);
            let callback = Closure::new(move || sender.take().into_iter().for_each(|sender| sender.send(())));
            Self { handle: set_timeout(&callback, after.as_secs_f64() * 1e3), fired, _callback: callback }
        }
    }

    impl Drop for Timer {
        fn drop(&mut self) {
            clear_timeout(&self.handle);
        }
    }

    /// What `future` gives, unless it takes longer.
    pub async fn within<T>(patience: Duration, future: impl Future<Output = T>) -> Option<T> {
        let timer = Timer::new(patience);
        let (mut future, mut late) = (pin!(future), pin!(timer.fired.wait()));
        poll_fn(|context| match future.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => late.as_mut().poll(context).map(|()| None),
        })
        .await
    }
}
