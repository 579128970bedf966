//! `tokenizer.model`: the part of SentencePiece's protocol buffer that tells the pieces (`sentencepiece_model.proto`).

use anyhow::{Result, bail, ensure};

/// What a SentencePiece model says.
#[derive(Debug, Default)]
pub struct Pieces {
    pub tokens: Vec<String>,
    pub scores: Vec<f64>,
    /// 1 normal, 2 unknown, 3 control, 4 user defined, 5 unused, 6 byte: the numbers of GGUF.
    pub kinds: Vec<i64>,
    /// `normalizer_spec.add_dummy_prefix`.
    pub space_prefix: bool,
}

/// `trainer_spec.model_type` of BPE.
const BPE: u64 = 2;

/// A field of a message.
enum Field<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
}

/// Calls `each` with the fields of a message and their numbers.
fn fields<'a>(mut message: &'a [u8], mut each: impl FnMut(u64, Field<'a>) -> Result<()>) -> Result<()> {
    while !message.is_empty() {
        let key = varint(&mut message)?;
        let field = match key & 7 {
            0 => Field::Number(varint(&mut message)?),
            1 => {
                take(&mut message, 8)?;
                continue;
            }
            2 => {
                let len = varint(&mut message)?;
                Field::Bytes(take(&mut message, usize::try_from(len)?)?)
            }
            5 => Field::Float(take(&mut message, 4)?.first_chunk().map_or(0.0, |&bytes| f32::from_le_bytes(bytes))),
            kind => bail!("a field of kind {kind}"),
        };
        each(key >> 3, field)?;
    }
    Ok(())
}

fn varint(message: &mut &[u8]) -> Result<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take(message, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    bail!("a number of more than ten bytes")
}

fn take<'a>(message: &mut &'a [u8], len: usize) -> Result<&'a [u8]> {
    ensure!(len <= message.len(), "{len} bytes are announced, {} are left", message.len());
    let (taken, rest) = message.split_at(len);
    *message = rest;
    Ok(taken)
}

impl Pieces {
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut out = Self { space_prefix: true, ..Self::default() };
        fields(bytes, |number, field| {
            match (number, field) {
                (1, Field::Bytes(piece)) => out.add(piece)?,
                (2, Field::Bytes(trainer)) => fields(trainer, |number, field| {
                    if let (3, Field::Number(kind)) = (number, field) {
                        ensure!(kind == BPE, "its model type is {kind}; BPE ({BPE}) is supported");
                    }
                    Ok(())
                })?,
                (3, Field::Bytes(normalizer)) => fields(normalizer, |number, field| {
                    if let (3, Field::Number(prefix)) = (number, field) {
                        out.space_prefix = prefix != 0;
                    }
                    Ok(())
                })?,
                _ => {}
            }
            Ok(())
        })?;
        ensure!(!out.tokens.is_empty(), "it holds no pieces");
        Ok(out)
    }

    fn add(&mut self, piece: &[u8]) -> Result<()> {
        let (mut token, mut score, mut kind) = (String::new(), 0.0, 1);
        fields(piece, |number, field| {
            match (number, field) {
                (1, Field::Bytes(bytes)) => token = std::str::from_utf8(bytes)?.to_owned(),
                (2, Field::Float(found)) => score = found,
                (3, Field::Number(found)) => kind = i64::try_from(found)?,
                _ => {}
            }
            Ok(())
        })?;
        self.tokens.push(token);
        self.scores.push(f64::from(score));
        self.kinds.push(kind);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pieces, a trainer of BPE, no prefix.
    const MODEL: &[u8] = b"\x0a\x0e\x0a\x05<unk>\x15\x00\x00\x00\x00\x18\x02\x0a\x0a\x0a\x03abc\x15\x00\x00\x80\xbf\x12\x02\x18\x02\x1a\x02\x18\x00";

    #[test]
    fn pieces_scores_and_kinds() {
        let pieces = Pieces::read(MODEL).unwrap();
        assert_eq!(pieces.tokens, ["<unk>", "abc"]);
        assert_eq!(pieces.scores, [0.0, -1.0]);
        assert_eq!(pieces.kinds, [2, 1]);
        assert!(!pieces.space_prefix);
    }

    #[test]
    fn damaged_files_are_refused_without_a_panic() {
        for end in 0..MODEL.len() {
            let _ = Pieces::read(&MODEL[..end]);
            for flip in 0..8 {
                let mut bytes = MODEL.to_vec();
                bytes[end] ^= 1 << flip;
                let _ = Pieces::read(&bytes);
            }
        }
        assert!(Pieces::read(b"").is_err());
        assert!(Pieces::read(b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff").is_err());
        assert!(Pieces::read(b"\x12\x02\x18\x01").unwrap_err().to_string().contains("BPE"));
    }
}
