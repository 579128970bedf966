use std::fs;
use std::io::{Error, Read};
use std::path::Path;

use flate2::read::GzDecoder;

/// The inputs of a packed corpus, each stored after its length in four bytes, the lowest first.
///
/// # Errors
///
/// Where the file cannot be read.
pub fn unpack(path: &Path) -> Result<Vec<Vec<u8>>, Error> {
    let mut bytes = Vec::new();
    GzDecoder::new(fs::read(path)?.as_slice()).read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    let mut inputs = Vec::new();
    while let Some((length, after)) = rest.split_first_chunk() {
        let (input, after) = after.split_at(u32::from_le_bytes(*length) as usize);
        inputs.push(input.to_vec());
        rest = after;
    }
    Ok(inputs)
}
