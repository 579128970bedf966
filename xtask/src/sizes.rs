//! What the package weighs.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use flate2::{Compression, write::GzEncoder};

/// Files that are loaded together.
pub struct Group {
    pub name: &'static str,
    pub files: Vec<PathBuf>,
    /// Most gzipped bytes of them all, each packed by itself.
    pub limit: Option<usize>,
}

/// Prints bytes and gzipped bytes of each file; fails where a group exceeds its limit.
pub fn report(groups: &[Group]) -> Result<()> {
    println!("{:<26} {:>10} {:>10} {:>10}", "file", "bytes", "gzipped", "limit");
    let mut over = Vec::new();
    for Group { name, files, limit } in groups {
        let mut sum = (0, 0);
        for file in files {
            let bytes = std::fs::read(file).with_context(|| format!("can't read {}", file.display()))?;
            let packed = gzipped(&bytes)?;
            sum = (sum.0 + bytes.len(), sum.1 + packed);
            let file_name = file.file_name().unwrap_or_default().to_string_lossy();
            println!("{file_name:<26} {:>10} {packed:>10}", bytes.len());
        }
        if let Some(limit) = limit {
            println!("{:<26} {:>10} {:>10} {limit:>10}", format!("= {name}"), sum.0, sum.1);
            if sum.1 > *limit {
                over.push(format!("{name} has {} bytes gzipped, {} more than its limit {limit}", sum.1, sum.1 - limit));
            }
        }
    }
    if !over.is_empty() {
        bail!("{}", over.join("; "));
    }
    Ok(())
}

fn gzipped(bytes: &[u8]) -> Result<usize> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(bytes)?;
    Ok(gzip.finish()?.len())
}
