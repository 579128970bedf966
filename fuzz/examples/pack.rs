//! Packs a minimised corpus for the regression test: `pack TARGET FOLDER`.
//!
//! Takes the smallest inputs while they fit, because they tell most a byte, and only some of those that grow, because
//! each costs the test as much as hundreds of others.

use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use fuzz::checks::input::GROWN;

/// Of the packed file.
const MAX_BYTES: usize = 24 << 10;

/// Most inputs that grow.
const MAX_GROWN: usize = 40;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [target, folder] = arguments.as_slice() else { return Err("pack TARGET FOLDER".into()) };
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder)? {
        inputs.push(fs::read(entry?.path())?);
    }
    // By content, so that the same corpus always gives the same file.
    inputs.sort_unstable_by(|left, right| (left.len(), left).cmp(&(right.len(), right)));
    let settings = match target.as_str() {
        "gguf" => 0,
        "execute" => 2,
        _ => 1,
    };
    let grows = |input: &Vec<u8>| input.iter().take(settings).any(|&how| how >= GROWN);
    let (grown, mut chosen): (Vec<_>, Vec<_>) = inputs.into_iter().partition(grows);
    let step = grown.len().div_ceil(MAX_GROWN).max(1);
    let mut all: Vec<Vec<u8>> = grown.into_iter().step_by(step).collect();
    all.append(&mut chosen);
    // The longest count of inputs that fits; compressed size rises with it.
    let (mut fits, mut too_many) = (0, all.len() + 1);
    while too_many - fits > 1 {
        let middle = fits.midpoint(too_many);
        if pack(&all[..middle])?.len() <= MAX_BYTES {
            fits = middle;
        } else {
            too_many = middle;
        }
    }
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/fuzz").join(format!("{target}.gz"));
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    let packed = pack(&all[..fits])?;
    fs::write(&path, &packed)?;
    println!("{target}: {fits} of {} inputs, {} bytes", all.len(), packed.len());
    Ok(())
}

/// The counterpart of [`fuzz::checks::unpack`].
fn pack(inputs: &[Vec<u8>]) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    for input in inputs {
        encoder.write_all(&u32::try_from(input.len())?.to_le_bytes())?;
        encoder.write_all(input)?;
    }
    Ok(encoder.finish()?)
}
