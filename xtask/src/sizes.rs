//! What the package weighs.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

/// Prints bytes and gzipped bytes of each file.
pub fn print(files: &[&Path]) -> Result<()> {
    println!("{:<24} {:>10} {:>10}", "file", "bytes", "gzipped");
    for file in files {
        let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(&bytes)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!("{name:<24} {:>10} {:>10}", bytes.len(), gzip.finish()?.len());
    }
    Ok(())
}
