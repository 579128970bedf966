#![no_main]

use fuzz::checks;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| fuzz::run(checks::gguf, input));
