//! Reads a GGUF file that comes piece by piece.

use super::reader::{by_data, read_directory};
use super::{Directory, Gguf, GgufError};

/// The directory is looked for once so many bytes have come, and then whenever they have doubled.
const FIRST_LOOK: usize = 1 << 16;

/// A GGUF file of which some has come. The data of each tensor lies by itself, so that it can be given back as soon as it is not
/// needed any more, and the file is never in memory twice.
#[derive(Debug)]
pub struct GgufStream {
    /// Bytes of the whole file.
    file: u64,
    /// Bytes that have come.
    come: u64,
    /// The file's beginning, until the directory has been read.
    head: Vec<u8>,
    /// Bytes with which the directory is looked for again.
    look: usize,
    directory: Option<Directory>,
    /// Places of tensors in the directory, in the order of their data.
    order: Vec<u32>,
    /// Data of the tensors, by their places in the directory.
    parts: Vec<Vec<u8>>,
    /// How many tensors of `order` are whole.
    whole: usize,
}

impl GgufStream {
    /// For a file of so many bytes.
    pub fn new(file: u64) -> Self {
        let (head, order, parts) = (Vec::new(), Vec::new(), Vec::new());
        Self { file, come: 0, head, look: FIRST_LOOK, directory: None, order, parts, whole: 0 }
    }

    /// Takes the next bytes of the file.
    ///
    /// # Errors
    /// Any [`GgufError`]. Memory is taken for the directory, then for each tensor when its first byte comes.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), GgufError> {
        let start = self.come;
        self.come += piece.len() as u64;
        if self.come > self.file {
            return Err(GgufError::TooLong { said: self.file, found: self.come });
        }
        if self.directory.is_some() {
            return self.fill(start, piece);
        }
        self.head.extend_from_slice(piece);
        if self.head.len() >= self.look || self.come == self.file {
            self.look = self.head.len().saturating_mul(2);
            self.look_for_directory()?;
        }
        Ok(())
    }

    /// Metadata and tensors, once they have come.
    pub fn directory(&self) -> Option<&Directory> {
        self.directory.as_ref()
    }

    /// The file, all of which has come.
    ///
    /// # Errors
    /// [`GgufError::Truncated`] where not all of it has.
    pub fn finish(self) -> Result<Gguf, GgufError> {
        let cut_off = |what: String| GgufError::Truncated { what, need: self.file, offset: 0, have: self.come as usize };
        if self.come < self.file {
            return Err(cut_off("the file".into()));
        }
        // an empty file has no last byte at which it would have been looked for
        let directory = match self.directory {
            Some(directory) => directory,
            None => read_directory(&self.head, self.file)?,
        };
        let mut parts = self.parts;
        parts.resize_with(directory.tensors().len(), Vec::new);
        Ok(Gguf::of_parts(directory, parts))
    }

    fn look_for_directory(&mut self) -> Result<(), GgufError> {
        let directory = match read_directory(&self.head, self.file) {
            Ok(directory) => directory,
            // what has not come yet
            Err(GgufError::Truncated { offset, need, .. }) if self.come < self.file && self.may_come(offset, need) => {
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let tensors = directory.tensors();
        self.order = by_data(tensors);
        self.parts.resize_with(tensors.len(), Vec::new);
        self.directory = Some(directory);
        let head = std::mem::take(&mut self.head);
        self.fill(0, &head)
    }

    /// Whether the file has so many bytes behind `offset`.
    fn may_come(&self, offset: usize, need: u64) -> bool {
        (offset as u64).checked_add(need).is_some_and(|end| end <= self.file)
    }

    /// Takes `piece`, which starts at byte `start` of the file, apart into the tensors whose data it has.
    fn fill(&mut self, start: u64, piece: &[u8]) -> Result<(), GgufError> {
        let Some(directory) = &self.directory else { return Ok(()) };
        let end = start + piece.len() as u64;
        while let Some(&place) = self.order.get(self.whole) {
            let tensor = &directory.tensors()[place as usize];
            let part = &mut self.parts[place as usize];
            let next = (tensor.start + part.len()) as u64;
            if next >= end {
                break;
            }
            if part.is_empty() {
                let need = tensor.len;
                part.try_reserve_exact(need).map_err(|_| GgufError::OutOfMemory { name: tensor.name.clone(), need })?;
            }
            // pieces come in order: nothing before `next` is missing
            let rest = &piece[next.saturating_sub(start) as usize..];
            let missing = tensor.len - part.len();
            part.extend_from_slice(&rest[..missing.min(rest.len())]);
            if part.len() < tensor.len {
                break;
            }
            self.whole += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GgufWriter, TensorType, Value};
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = GgufWriter::new();
        writer.metadata("general.architecture", Value::String("test".into()));
        // longer than the first look
        writer.metadata("test.sizes", Value::Ints((0..20_000).collect()));
        writer.tensor("w", &[32, 2], TensorType::Q8_0, (0..68).collect()).unwrap();
        writer.tensor("b", &[3], TensorType::F32, (0..12).collect()).unwrap();
        writer.tensor("c", &[50], TensorType::F32, vec![9; 200]).unwrap();
        writer.finish()
    }

    fn read(bytes: &[u8], piece: usize) -> Result<Gguf, GgufError> {
        let mut stream = GgufStream::new(bytes.len() as u64);
        bytes.chunks(piece).try_for_each(|piece| stream.push(piece))?;
        stream.finish()
    }

    #[test]
    fn pieces_of_any_size_give_the_file() {
        let bytes = sample();
        let whole = Gguf::parse(bytes.clone()).unwrap();
        for piece in [1, 7, 31, 32, 1000, 1 << 16, bytes.len() - 1, bytes.len()] {
            let gguf = read(&bytes, piece).unwrap();
            assert_eq!(gguf.metadata().get("test.sizes"), whole.metadata().get("test.sizes"));
            assert_eq!(gguf.tensors(), whole.tensors());
            for tensor in gguf.tensors() {
                assert_eq!(gguf.data(tensor), whole.data(tensor), "`{}` in pieces of {piece}", tensor.name);
                let (shared, start) = gguf.shared(tensor);
                assert_eq!((&shared[start..], start), (whole.data(tensor), 0));
            }
        }
    }

    #[test]
    fn the_directory_is_there_before_the_data() {
        let bytes = sample();
        let header = Gguf::parse(bytes.clone()).unwrap().header_bytes();
        let mut stream = GgufStream::new(bytes.len() as u64);
        stream.push(&bytes[..header]).unwrap();
        assert_eq!(stream.directory().unwrap().tensor("b").unwrap().len, 12);
        assert!(stream.parts.iter().all(|part| part.capacity() == 0));
        stream.push(&bytes[header..]).unwrap();
        assert_eq!(stream.parts.iter().map(Vec::capacity).sum::<usize>(), 68 + 12 + 200);
    }

    #[test]
    fn files_that_are_cut_too_long_or_damaged_are_refused_as_in_one_piece() {
        let bytes = sample();
        for cut in (0..bytes.len() - 20).step_by(997).chain(bytes.len() - 250..bytes.len() - 210) {
            assert_eq!(read(&bytes[..cut], 512).unwrap_err(), Gguf::parse(bytes[..cut].to_vec()).unwrap_err(), "cut at {cut}");
        }
        let mut stream = GgufStream::new(bytes.len() as u64);
        stream.push(&bytes[..bytes.len() - 1]).unwrap();
        assert!(matches!(stream.finish(), Err(GgufError::Truncated { .. })));
        let mut stream = GgufStream::new(100);
        assert_eq!(stream.push(&bytes), Err(GgufError::TooLong { said: 100, found: bytes.len() as u64 }));
        // refused with the first bytes that come
        let mut claims = b"GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0".to_vec();
        claims.extend([0xff; 1 << 16]);
        let mut stream = GgufStream::new(1 << 40);
        assert!(matches!(stream.push(&claims), Err(GgufError::TooMany { .. })));
    }

    #[test]
    fn every_flipped_byte_means_what_it_means_in_one_piece() {
        let mut writer = GgufWriter::new();
        writer.metadata("test.names", Value::Strings(vec!["a".into(), "ü".into()]));
        writer.tensor("w", &[32, 2], TensorType::Q8_0, vec![7; 68]).unwrap();
        writer.tensor("b", &[3], TensorType::F32, vec![1; 12]).unwrap();
        let whole = writer.finish();
        for at in 0..whole.len() {
            for bit in [1, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= bit;
                match (read(&bytes, 11), Gguf::parse(bytes)) {
                    (Ok(found), Ok(wanted)) => {
                        assert_eq!(found.tensors(), wanted.tensors());
                        assert!(found.tensors().iter().all(|tensor| found.data(tensor) == wanted.data(tensor)), "byte {at}");
                    }
                    (found, wanted) => assert_eq!(found.err(), wanted.err(), "byte {at}"),
                }
            }
        }
    }
}
