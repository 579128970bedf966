//! Reads a GGUF file that lies in memory.

use std::sync::Arc;

use thiserror::Error;

use super::{DEFAULT_ALIGNMENT, Directory, MAGIC, Metadata, TensorInfo, TensorType, Value};

const MAX_KEYS: u64 = 1 << 16;
const MAX_TENSORS: u64 = 1 << 16;
const MAX_NAME_BYTES: u64 = 1 << 16;
const MAX_DIMS: u32 = 4;
const MAX_ALIGNMENT: u64 = 1 << 16;
/// Bytes of a tensor's entry that has no name and one extent.
const LEAST_ENTRY: usize = 32;

/// Why a file can't be read as GGUF.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum GgufError {
    /// The first four bytes are not `GGUF`.
    #[error("not a GGUF file: it starts with {found:02x?}, expected {MAGIC:02x?} (\"GGUF\")")]
    Magic {
        /// The file's first bytes.
        found: Vec<u8>,
    },
    /// A version this reader does not know.
    #[error("GGUF version {found} is not supported, versions 2 and 3 are")]
    Version {
        /// The file's version.
        found: u32,
    },
    /// The file ends inside something.
    #[error("the GGUF file is cut off: {what} needs {need} bytes at offset {offset}, the file has {have}")]
    Truncated {
        /// What was being read.
        what: String,
        /// Bytes needed.
        need: u64,
        /// Where.
        offset: usize,
        /// Bytes in the file.
        have: usize,
    },
    /// A count over the bounds of this reader.
    #[error("the GGUF file claims {found} {what}, at most {max} are allowed")]
    TooMany {
        /// What is counted.
        what: &'static str,
        /// The file's claim.
        found: u64,
        /// The bound.
        max: u64,
    },
    /// Text that is not UTF-8.
    #[error("{what} at offset {offset} is not UTF-8")]
    Utf8 {
        /// What was being read.
        what: &'static str,
        /// Where.
        offset: usize,
    },
    /// A key or tensor that is there twice.
    #[error("{what} `{name}` is there twice")]
    Duplicate {
        /// Key or tensor.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A metadata type number that does not exist, or an array of arrays.
    #[error("metadata key `{key}` has the unsupported type {found}")]
    ValueType {
        /// The key.
        key: String,
        /// The type number.
        found: u32,
    },
    /// A tensor type this crate does not read.
    #[error("tensor `{name}` has the unsupported ggml type {found}; supported are {:?}", TensorType::ALL)]
    TensorType {
        /// The tensor.
        name: String,
        /// The `ggml_type` number.
        found: u32,
    },
    /// A tensor whose extents, offset or alignment make no sense.
    #[error("tensor `{name}`: {problem}")]
    Tensor {
        /// The tensor.
        name: String,
        /// What is wrong, with the numbers.
        problem: String,
    },
    /// `general.alignment` is no power of two, or too large.
    #[error("general.alignment is {found}; it must be a power of two up to {MAX_ALIGNMENT}")]
    Alignment {
        /// The file's value.
        found: u64,
    },
    /// More bytes than the file was said to have.
    #[error("the GGUF file was said to have {said} bytes, {found} have come")]
    TooLong {
        /// Bytes it was said to have.
        said: u64,
        /// Bytes that came.
        found: u64,
    },
    /// Memory for a tensor is not to be had.
    #[error("tensor `{name}` needs {need} bytes of memory, which the system does not give")]
    OutOfMemory {
        /// The tensor.
        name: String,
        /// Bytes needed.
        need: usize,
    },
}

/// A GGUF file in memory: its directory and its bytes, which tensors share.
#[derive(Debug, Clone)]
pub struct Gguf {
    directory: Directory,
    store: Store,
}

/// Where the data of tensors lies.
#[derive(Debug, Clone)]
enum Store {
    /// The file in one piece.
    Whole(Arc<Vec<u8>>),
    /// Each tensor of the directory by itself.
    Parts(Vec<Arc<Vec<u8>>>),
}

impl Gguf {
    /// Reads the header; tensor data stays where it is.
    ///
    /// # Errors
    /// Any [`GgufError`]; never panics, and allocates no more than a small multiple of the header: data stays where it is.
    pub fn parse(bytes: Vec<u8>) -> Result<Self, GgufError> {
        let directory = read_directory(&bytes, bytes.len() as u64)?;
        Ok(Self { directory, store: Store::Whole(Arc::new(bytes)) })
    }

    /// Of the data of each tensor of the directory, in its order.
    pub(super) fn of_parts(directory: Directory, parts: Vec<Vec<u8>>) -> Self {
        Self { directory, store: Store::Parts(parts.into_iter().map(Arc::new).collect()) }
    }

    /// Metadata and tensors without their data.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The key-value part.
    pub fn metadata(&self) -> &Metadata {
        self.directory.metadata()
    }

    /// The key-value part alone.
    pub fn into_metadata(self) -> Metadata {
        self.directory.into_metadata()
    }

    /// The tensor directory, in file order.
    pub fn tensors(&self) -> &[TensorInfo] {
        self.directory.tensors()
    }

    /// The entry with this name.
    pub fn tensor(&self, name: &str) -> Option<&TensorInfo> {
        self.directory.tensor(name)
    }

    /// Bytes of the file before the data of its tensors: metadata and directory.
    pub fn header_bytes(&self) -> usize {
        self.directory.header_bytes()
    }

    /// The stored bytes of an entry of this file's directory.
    pub fn data(&self, tensor: &TensorInfo) -> &[u8] {
        match &self.store {
            Store::Whole(bytes) => bytes.get(tensor.start..tensor.start.saturating_add(tensor.len)),
            Store::Parts(parts) => self.directory.place(&tensor.name).and_then(|i| parts.get(i)).map(|part| part.as_slice()),
        }
        .unwrap_or(&[])
    }

    /// The same, shared, with the byte at which it starts there.
    pub fn shared(&self, tensor: &TensorInfo) -> (Arc<Vec<u8>>, usize) {
        match &self.store {
            Store::Whole(bytes) => (Arc::clone(bytes), tensor.start),
            Store::Parts(parts) => {
                let part = self.directory.place(&tensor.name).and_then(|i| parts.get(i));
                (part.map(Arc::clone).unwrap_or_default(), 0)
            }
        }
    }
}

/// Reads what stands before the data in the first bytes of a file of `file` bytes.
///
/// # Errors
/// [`GgufError::Truncated`] where more of the file is needed for it, else what is wrong with the file.
pub(super) fn read_directory(bytes: &[u8], file: u64) -> Result<Directory, GgufError> {
    let mut cursor = Cursor { bytes, at: 0, file };
    let magic = cursor.bytes.get(..4).unwrap_or(cursor.bytes);
    if magic != MAGIC {
        return Err(GgufError::Magic { found: magic.to_vec() });
    }
    cursor.at = 4;
    let version = cursor.u32("the version")?;
    if !(2..=3).contains(&version) {
        return Err(GgufError::Version { found: version });
    }
    let tensor_count = cursor.count("tensors", MAX_TENSORS)?;
    let key_count = cursor.count("metadata keys", MAX_KEYS)?;
    let metadata = read_metadata(&mut cursor, key_count)?;
    let alignment = match metadata.get("general.alignment") {
        Some(Value::Uint(n)) => *n,
        _ => DEFAULT_ALIGNMENT,
    };
    if !alignment.is_power_of_two() || alignment > MAX_ALIGNMENT {
        return Err(GgufError::Alignment { found: alignment });
    }
    let tensors = read_tensors(&mut cursor, tensor_count, alignment)?;
    Directory::new(metadata, tensors, cursor.at)
}

fn read_metadata(cursor: &mut Cursor<'_>, count: u64) -> Result<Metadata, GgufError> {
    let mut metadata = Metadata::default();
    for _ in 0..count {
        let key = cursor.string("a metadata key", MAX_NAME_BYTES)?;
        let ty = cursor.u32("a metadata type")?;
        if metadata.get(&key).is_some() {
            return Err(GgufError::Duplicate { what: "metadata key", name: key });
        }
        let value = cursor.value(&key, ty)?;
        metadata.insert(key, value);
    }
    Ok(metadata)
}

fn read_tensors(cursor: &mut Cursor<'_>, count: u64, alignment: u64) -> Result<Vec<TensorInfo>, GgufError> {
    // no more than there are bytes for
    let room = (cursor.bytes.len() - cursor.at) / LEAST_ENTRY;
    let mut tensors = Vec::with_capacity(room.min(count as usize));
    for _ in 0..count {
        tensors.push(read_entry(cursor, alignment)?);
    }
    let base = (cursor.at as u64).next_multiple_of(alignment);
    for tensor in &mut tensors {
        // both fit: they were checked against the file's size
        let start = base + tensor.start as u64;
        if start + tensor.len as u64 > cursor.file {
            return Err(cut_off(&tensor.name, tensor.len as u64, start, cursor.file));
        }
        tensor.start = start as usize;
    }
    check_apart(&tensors)?;
    Ok(tensors)
}

/// One entry; its data starts at `start` bytes after the header.
fn read_entry(cursor: &mut Cursor<'_>, alignment: u64) -> Result<TensorInfo, GgufError> {
    let name = cursor.string("a tensor name", MAX_NAME_BYTES)?;
    let bad = |problem: String| GgufError::Tensor { name: name.clone(), problem };
    let dim_count = cursor.u32("a tensor's number of extents")?;
    if !(1..=MAX_DIMS).contains(&dim_count) {
        return Err(bad(format!("has {dim_count} extents, 1 to {MAX_DIMS} are allowed")));
    }
    let mut dims = Vec::with_capacity(dim_count as usize);
    for _ in 0..dim_count {
        dims.push(cursor.u64("a tensor's extent")?);
    }
    let type_id = cursor.u32("a tensor's type")?;
    let ty = TensorType::from_id(type_id).ok_or(GgufError::TensorType { name: name.clone(), found: type_id })?;
    let offset = cursor.u64("a tensor's offset")?;
    if !offset.is_multiple_of(alignment) {
        return Err(bad(format!("starts at {offset}, which is no multiple of the alignment {alignment}")));
    }
    let len =
        byte_len(&dims, ty).ok_or_else(|| bad(format!("extents {dims:?} make no whole {ty:?} blocks or no size that fits")))?;
    if len > cursor.file || offset > cursor.file {
        return Err(cut_off(&name, len, offset, cursor.file));
    }
    Ok(TensorInfo { name, dims, ty, start: offset as usize, len: len as usize })
}

fn cut_off(name: &str, need: u64, offset: u64, have: u64) -> GgufError {
    GgufError::Truncated {
        what: format!("tensor `{name}`"),
        need,
        offset: offset.min(usize::MAX as u64) as usize,
        have: have as usize,
    }
}

/// Places of tensors in the directory, in the order of their data.
pub(super) fn by_data(tensors: &[TensorInfo]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..tensors.len() as u32).collect();
    order.sort_unstable_by_key(|&i| tensors[i as usize].start);
    order
}

/// Tensors that share bytes would let a small file hold a large model.
fn check_apart(tensors: &[TensorInfo]) -> Result<(), GgufError> {
    let order = by_data(tensors);
    let pair = |pair: &[u32]| [&tensors[pair[0] as usize], &tensors[pair[1] as usize]];
    match order.windows(2).map(pair).find(|[first, second]| first.start + first.len > second.start) {
        Some([first, second]) => {
            let problem = format!(
                "starts at byte {} of the file, inside `{}`, which has {} from {} on",
                second.start, first.name, first.len, first.start
            );
            Err(GgufError::Tensor { name: second.name.clone(), problem })
        }
        None => Ok(()),
    }
}

fn byte_len(dims: &[u64], ty: TensorType) -> Option<u64> {
    if dims.contains(&0) {
        return None;
    }
    let row = ty.row_bytes(usize::try_from(dims[0]).ok()?)? as u64;
    dims[1..].iter().try_fold(row, |len, &n| len.checked_mul(n))
}

/// Reads the first bytes of a file.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Bytes of the whole file.
    file: u64,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, what: &str, len: u64) -> Result<&'a [u8], GgufError> {
        let rest = &self.bytes[self.at..];
        if len > rest.len() as u64 {
            return Err(self.truncated(what.into(), len));
        }
        self.at += len as usize;
        Ok(&rest[..len as usize])
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], GgufError> {
        let bytes = self.take(what, N as u64)?;
        Ok(std::array::from_fn(|i| bytes[i]))
    }

    fn u32(&mut self, what: &str) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    fn u64(&mut self, what: &str) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    fn count(&mut self, what: &'static str, max: u64) -> Result<u64, GgufError> {
        let found = self.u64(what)?;
        if found > max {
            return Err(GgufError::TooMany { what, found, max });
        }
        Ok(found)
    }

    fn string(&mut self, what: &'static str, max: u64) -> Result<String, GgufError> {
        let len = self.u64(what)?;
        if len > max {
            return Err(GgufError::TooMany { what: "bytes in a string", found: len, max });
        }
        let offset = self.at;
        let bytes = self.take(what, len)?;
        std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| GgufError::Utf8 { what, offset })
    }

    fn text(&mut self) -> Result<String, GgufError> {
        self.string("a metadata string", self.file)
    }

    fn truncated(&self, what: String, need: u64) -> GgufError {
        GgufError::Truncated { what, need, offset: self.at, have: self.file.min(usize::MAX as u64) as usize }
    }

    fn value(&mut self, key: &str, ty: u32) -> Result<Value, GgufError> {
        Ok(match ty {
            4 | 0 | 2 | 10 => Value::Uint(self.number(key, ty)? as u64),
            5 | 1 | 3 | 11 => Value::Int(self.number(key, ty)? as i64),
            6 | 12 => Value::Float(self.float(key, ty)?),
            7 => Value::Bool(self.take(key, 1)?[0] != 0),
            8 => Value::String(self.text()?),
            9 => self.values(key)?,
            _ => return Err(GgufError::ValueType { key: key.into(), found: ty }),
        })
    }

    fn values(&mut self, key: &str) -> Result<Value, GgufError> {
        let ty = self.u32(key)?;
        let len = self.u64(key)?;
        let size: u64 = match ty {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            8 | 10..=12 => 8,
            _ => return Err(GgufError::ValueType { key: key.into(), found: ty }),
        };
        let need = len.saturating_mul(size);
        let rest = (self.bytes.len() - self.at) as u64;
        if need > rest {
            return Err(self.truncated(format!("array `{key}`"), need));
        }
        Ok(match ty {
            8 => Value::Strings(self.items(len, Self::text)?),
            6 | 12 => Value::Floats(self.items(len, |cursor| cursor.float(key, ty))?),
            7 => Value::Bools(self.take(key, len)?.iter().map(|&b| b != 0).collect()),
            _ => Value::Ints(self.items(len, |cursor| cursor.number(key, ty).map(|n| n as i64))?),
        })
    }

    /// So many items, for which the file has the bytes.
    fn items<T>(&mut self, len: u64, mut item: impl FnMut(&mut Self) -> Result<T, GgufError>) -> Result<Vec<T>, GgufError> {
        let mut items = Vec::with_capacity(len as usize);
        for _ in 0..len {
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn number(&mut self, key: &str, ty: u32) -> Result<i128, GgufError> {
        Ok(match ty {
            0 => self.take(key, 1)?[0].into(),
            1 => i8::from_le_bytes(self.array(key)?).into(),
            2 => u16::from_le_bytes(self.array(key)?).into(),
            3 => i16::from_le_bytes(self.array(key)?).into(),
            4 => u32::from_le_bytes(self.array(key)?).into(),
            5 => i32::from_le_bytes(self.array(key)?).into(),
            10 => u64::from_le_bytes(self.array(key)?).into(),
            _ => i64::from_le_bytes(self.array(key)?).into(),
        })
    }

    fn float(&mut self, key: &str, ty: u32) -> Result<f64, GgufError> {
        Ok(if ty == 6 { f32::from_le_bytes(self.array(key)?).into() } else { f64::from_le_bytes(self.array(key)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::super::GgufWriter;
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = GgufWriter::new();
        writer.metadata("general.architecture", Value::String("test".into()));
        writer.metadata("test.sizes", Value::Ints(vec![1, -2, 3]));
        writer.metadata("test.names", Value::Strings(vec!["a".into(), "ü".into()]));
        writer.tensor("w", &[32, 2], TensorType::Q8_0, vec![7; 68]).unwrap();
        writer.tensor("b", &[3], TensorType::F32, vec![1; 12]).unwrap();
        writer.finish()
    }

    #[test]
    fn written_files_read_back() {
        let gguf = Gguf::parse(sample()).unwrap();
        assert_eq!(gguf.metadata().string("general.architecture"), Ok("test"));
        assert_eq!(gguf.metadata().get("test.sizes"), Some(&Value::Ints(vec![1, -2, 3])));
        let w = gguf.tensor("w").unwrap();
        assert_eq!((w.rows(), w.cols(), w.ty), (2, 32, TensorType::Q8_0));
        assert_eq!(gguf.data(w), [7; 68]);
        assert_eq!(gguf.data(gguf.tensor("b").unwrap()), [1; 12]);
    }

    #[test]
    fn every_cut_of_a_file_is_an_error() {
        let whole = sample();
        for len in 0..whole.len() - 20 {
            assert!(Gguf::parse(whole[..len].to_vec()).is_err(), "cut at {len}");
        }
    }

    #[test]
    fn every_flipped_byte_is_an_error_or_a_sound_file() {
        let whole = sample();
        for at in 0..whole.len() {
            for bit in [1, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= bit;
                if let Ok(gguf) = Gguf::parse(bytes) {
                    for tensor in gguf.tensors() {
                        assert_eq!(gguf.data(tensor).len(), tensor.len);
                    }
                }
            }
        }
    }

    #[test]
    fn tensors_that_share_bytes_are_refused() {
        let bytes = sample();
        let second = Gguf::parse(bytes.clone()).unwrap().tensor("b").unwrap().start;
        // the second tensor's offset, the last thing before the padding
        let at = bytes.windows(8).rposition(|w| w == 96u64.to_le_bytes()).unwrap();
        let mut shared = bytes.clone();
        shared[at..at + 8].copy_from_slice(&64u64.to_le_bytes());
        let error = Gguf::parse(shared).unwrap_err();
        assert!(matches!(&error, GgufError::Tensor { name, .. } if name == "b"), "{error}");
        assert!(error.to_string().contains(&format!("{}", second - 32)), "{error}");
    }

    #[test]
    fn claims_beyond_the_file_are_refused_before_allocating() {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend(0u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.extend(1u64.to_le_bytes());
        bytes.push(b'k');
        bytes.extend(9u32.to_le_bytes());
        bytes.extend(8u32.to_le_bytes());
        bytes.extend(u64::MAX.to_le_bytes());
        let error = Gguf::parse(bytes).unwrap_err();
        assert!(matches!(error, GgufError::Truncated { .. }), "{error}");
        assert_eq!(Gguf::parse(b"PK\x03\x04".to_vec()).unwrap_err(), GgufError::Magic { found: b"PK\x03\x04".to_vec() });
    }
}
