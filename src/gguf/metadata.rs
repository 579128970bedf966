//! Typed metadata.

use std::collections::BTreeMap;

use thiserror::Error;

/// A metadata value. Integers keep their sign only; GGUF's width is a matter of storage.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// u8, u16, u32 or u64.
    Uint(u64),
    /// i8, i16, i32 or i64.
    Int(i64),
    /// f32 or f64.
    Float(f64),
    /// Bool.
    Bool(bool),
    /// UTF-8 text.
    String(String),
    /// Array of strings.
    Strings(Vec<String>),
    /// Array of integers.
    Ints(Vec<i64>),
    /// Array of floats.
    Floats(Vec<f64>),
    /// Array of booleans.
    Bools(Vec<bool>),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Value::Uint(_) => "an unsigned integer",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::Bool(_) => "a bool",
            Value::String(_) => "a string",
            Value::Strings(_) => "an array of strings",
            Value::Ints(_) => "an array of integers",
            Value::Floats(_) => "an array of floats",
            Value::Bools(_) => "an array of bools",
        }
    }
}

/// A key that is not there or holds something else.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetadataError {
    /// The key is missing.
    #[error("metadata key `{key}` is missing")]
    Missing {
        /// The key asked for.
        key: String,
    },
    /// The key holds another type.
    #[error("metadata key `{key}` should be {wanted}, the file has {found}")]
    Type {
        /// The key asked for.
        key: String,
        /// What was asked for.
        wanted: &'static str,
        /// What the file has.
        found: &'static str,
    },
    /// The value does not fit.
    #[error("metadata key `{key}` is {found}, allowed is {min} to {max}")]
    Range {
        /// The key asked for.
        key: String,
        /// The value found.
        found: i128,
        /// Smallest allowed value.
        min: u64,
        /// Largest allowed value.
        max: u64,
    },
}

/// The key-value part of a GGUF file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata(BTreeMap<String, Value>);

impl Metadata {
    /// Sets a key; returns the value it had.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) -> Option<Value> {
        self.0.insert(key.into(), value)
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// All keys in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn need(&self, key: &str) -> Result<&Value, MetadataError> {
        self.get(key).ok_or_else(|| MetadataError::Missing { key: key.into() })
    }

    /// A count or size that must lie in `min..=max`.
    pub fn uint(&self, key: &str, min: u64, max: u64) -> Result<usize, MetadataError> {
        let found: i128 = match self.need(key)? {
            Value::Uint(n) => i128::from(*n),
            Value::Int(n) => i128::from(*n),
            other => return Err(wrong(key, "an integer", other)),
        };
        if found < i128::from(min) || found > i128::from(max) {
            return Err(MetadataError::Range { key: key.into(), found, min, max });
        }
        Ok(found as usize)
    }

    /// A finite number.
    pub fn float(&self, key: &str) -> Result<f32, MetadataError> {
        match self.need(key)? {
            Value::Float(x) if x.is_finite() => Ok(*x as f32),
            other => Err(wrong(key, "a finite float", other)),
        }
    }

    /// A string.
    pub fn string(&self, key: &str) -> Result<&str, MetadataError> {
        match self.need(key)? {
            Value::String(s) => Ok(s),
            other => Err(wrong(key, "a string", other)),
        }
    }

    /// An array of floats.
    pub fn floats(&self, key: &str) -> Result<&[f64], MetadataError> {
        match self.need(key)? {
            Value::Floats(x) => Ok(x),
            other => Err(wrong(key, "an array of floats", other)),
        }
    }

    /// An array of integers.
    pub fn ints(&self, key: &str) -> Result<&[i64], MetadataError> {
        match self.need(key)? {
            Value::Ints(x) => Ok(x),
            other => Err(wrong(key, "an array of integers", other)),
        }
    }

    /// An array of strings.
    pub fn strings(&self, key: &str) -> Result<&[String], MetadataError> {
        match self.need(key)? {
            Value::Strings(s) => Ok(s),
            other => Err(wrong(key, "an array of strings", other)),
        }
    }
}

fn wrong(key: &str, wanted: &'static str, found: &Value) -> MetadataError {
    MetadataError::Type { key: key.into(), wanted, found: found.kind() }
}
