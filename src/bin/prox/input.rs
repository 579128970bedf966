//! Files, standard input, models.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Read, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};
use prox_wasm::model::line::LineModel;
use prox_wasm::refiner::Refiner;

use crate::args::ModelArgs;
use crate::backend;

/// Largest plain text or HTML file that is read, in bytes.
const MAX_TEXT_BYTES: u64 = 1 << 30;

static PROX_NANO: &[u8] = include_bytes!("../../../models/prox-nano.gguf");

/// The model asked for, or the bundled one.
pub fn load_model(args: &ModelArgs) -> Result<Refiner> {
    backend::refiner(read_model(args)?, args.backend)
}

/// The same, as it was read.
pub fn read_model(args: &ModelArgs) -> Result<LineModel> {
    match &args.model {
        None => LineModel::from_bytes(PROX_NANO.to_vec()).context("the bundled model"),
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("can't read the model {}", path.display()))?;
            LineModel::from_bytes(bytes).with_context(|| format!("can't use the model {}", path.display()))
        }
    }
}

/// A whole file, or standard input for `-`, as text.
pub fn read_text(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let name = name(path);
    open(path)?.take(MAX_TEXT_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("can't read {name}"))?;
    if bytes.len() as u64 > MAX_TEXT_BYTES {
        bail!("{name} is larger than {MAX_TEXT_BYTES} bytes; split it, or use --jsonl with one document a line");
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        anyhow::anyhow!(
            "{name} is not UTF-8: byte 0x{:02x} at offset {at}. Convert it first, for example: iconv -f WINDOWS-1252 -t UTF-8",
            error.as_bytes()[at]
        )
    })
}

/// A reader that counts on a progress bar while standard error is a terminal. `.gz` files are unpacked.
pub fn open_counted(path: &Path) -> Result<(Box<dyn BufRead>, ProgressBar)> {
    let bar = match std::fs::metadata(path) {
        _ if !io::stderr().is_terminal() => ProgressBar::hidden(),
        Ok(meta) if meta.is_file() => ProgressBar::new(meta.len()),
        _ => ProgressBar::no_length(),
    };
    let style = ProgressStyle::with_template("{bytes}/{total_bytes} {wide_bar} {bytes_per_sec} {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let counted = bar.wrap_read(open(path)?);
    let reader: Box<dyn BufRead> = if path.extension().is_some_and(|e| e == "gz") {
        Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(counted))))
    } else {
        Box::new(BufReader::with_capacity(1 << 16, counted))
    };
    Ok((reader, bar))
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path).with_context(|| format!("can't open {}", path.display()))?))
}

/// Where results go.
pub fn create(path: Option<&Path>) -> Result<Box<dyn Write>> {
    Ok(match path {
        None => Box::new(BufWriter::new(io::stdout().lock())),
        Some(path) => Box::new(BufWriter::new(File::create(path).with_context(|| format!("can't write {}", path.display()))?)),
    })
}

/// How messages call the input.
pub fn name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".into() } else { path.display().to_string() }
}
