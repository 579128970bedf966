use std::time::Duration;

use cpu_time::ThreadTime;
use peak_alloc::PeakAlloc;

/// Most bytes that one call may hold at once, beyond what was there before it. Its result counts.
pub const MAX_HEAP: usize = 64 << 20;

/// Counts a reallocation as a new block beside the old one, which is what it costs at worst.
#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What the calls of one check cost at worst.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    /// The longest time.
    pub cpu: Duration,
    /// The most bytes held at once.
    pub heap: usize,
}

impl Meter {
    /// Measures one call of the library; panics where it needs more than [`MAX_HEAP`].
    ///
    /// The allocator counts for the whole process, so nothing else may run meanwhile.
    pub fn call<T>(&mut self, call: impl FnOnce() -> T) -> T {
        self.call_within(MAX_HEAP, call)
    }

    /// [`call`](Self::call) with a bound of its own.
    pub fn call_within<T>(&mut self, most: usize, call: impl FnOnce() -> T) -> T {
        HEAP.reset_peak_usage();
        let before = HEAP.current_usage();
        let start = ThreadTime::now();
        let result = call();
        let cpu = start.elapsed();
        let heap = HEAP.peak_usage().saturating_sub(before);
        assert!(heap <= most, "one call held {heap} bytes, more than {most}, and took {cpu:?}");
        self.cpu = self.cpu.max(cpu);
        self.heap = self.heap.max(heap);
        result
    }
}
