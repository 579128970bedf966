//! What the fuzz targets share: the checks, and the bound on time that only holds outside of tests.

#[path = "../checks/mod.rs"]
pub mod checks;

use std::sync::Mutex;
use std::time::Duration;

use checks::{Check, Meter};

/// Most time that one call may take. Tests do not hold calls to it: one that looks at a clock fails by chance.
pub const MAX_CPU: Duration = Duration::from_secs(1);

/// The dearest calls so far, by time and by memory.
static WORST: Mutex<Meter> = Mutex::new(Meter { cpu: Duration::ZERO, heap: 0 });

/// Runs a check and holds it to [`MAX_CPU`]; tells on standard error when a call was dearer than all before.
pub fn run(check: Check, input: &[u8]) {
    let mut meter = Meter::default();
    check(input, &mut meter);
    assert!(meter.cpu <= MAX_CPU, "one call took {:?}, more than {MAX_CPU:?}", meter.cpu);
    let mut worst = WORST.lock().expect("a panic ends the process");
    let rises = meter.cpu > worst.cpu || meter.heap > worst.heap;
    if rises {
        worst.cpu = worst.cpu.max(meter.cpu);
        worst.heap = worst.heap.max(meter.heap);
        eprintln!("worst: cpu_us={} heap_bytes={}", worst.cpu.as_micros(), worst.heap);
    }
}
