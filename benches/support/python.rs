//! The same execution in Python.

use std::path::Path;
use std::process::Command;

use flate2::Crc;
use serde::Deserialize;

use super::inputs::InputFiles;

/// What `python/executor.py --bench` prints.
#[derive(Deserialize)]
pub struct PythonRun {
    /// Median of an execution, without the start of Python and the reading of the files.
    pub seconds: f64,
    bytes: usize,
    crc32: u32,
}

impl PythonRun {
    /// Whether the result was `text`.
    pub fn gave(&self, text: &str) -> bool {
        let mut crc = Crc::new();
        crc.update(text.as_bytes());
        self.bytes == text.len() && self.crc32 == crc.sum()
    }
}

/// Runs the Python executor, or says why that is not possible.
pub fn run(input: &InputFiles, runs: usize) -> Result<PythonRun, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/python/executor.py");
    let output = Command::new("python3")
        .arg(script)
        .arg("--bench")
        .args([&input.text, &input.program])
        .args(["--runs", &runs.to_string()])
        .output()
        .map_err(|error| format!("python3 does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("python3: {}", String::from_utf8_lossy(&output.stderr)));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("python3 printed no result: {error}"))
}
