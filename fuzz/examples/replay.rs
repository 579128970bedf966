//! Checks inputs without a fuzzer, one after the other, and prints what each cost: `replay TARGET [FILE...]`.
//!
//! Without files the worst cases are checked. A failure does not end the run, but makes the exit status 1.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::{env, fs};

use fuzz::MAX_CPU;
use fuzz::checks::{CHECKS, Meter, worst_cases};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let target = arguments.next().unwrap_or_default();
    let (_, check) = CHECKS.iter().find(|(name, _)| *name == target).ok_or("replay TARGET [FILE...]")?;
    let files: Result<Vec<Vec<u8>>, _> = arguments.map(fs::read).collect();
    let inputs = Some(files?).filter(|files| !files.is_empty()).unwrap_or_else(|| worst_cases(&target));
    let mut failures = 0;
    for (index, input) in inputs.iter().enumerate() {
        let mut meter = Meter::default();
        let outcome = catch_unwind(AssertUnwindSafe(|| check(input, &mut meter)));
        let is_failure = outcome.is_err() || meter.cpu > MAX_CPU;
        failures += u32::from(is_failure);
        let verdict = if is_failure { "FAILED" } else { "passed" };
        let mebibytes = meter.heap as f64 / f64::from(1 << 20);
        println!("{verdict} {index}: {:?}, {mebibytes:.1} MiB: {:.70}", meter.cpu, input.escape_ascii().to_string());
    }
    println!("{failures} of {} failed", inputs.len());
    Ok(ExitCode::from(u8::from(failures > 0)))
}
