//! One JSON object a line in, one out, in the same order; a bad line yields an error object and stops nothing.

use std::io::{BufRead, Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::input;

/// Longest line that is read, in bytes.
const MAX_LINE_BYTES: u64 = 1 << 28;
/// Lines and bytes that are worked on at once, at most.
const BATCH_LINES: usize = 256;
const BATCH_BYTES: usize = 1 << 24;

/// Why one record failed: a stable code and a message.
pub struct RecordError {
    pub code: &'static str,
    pub message: String,
}

impl RecordError {
    /// From an error's own message.
    pub fn new(code: &'static str, message: impl ToString) -> Self {
        Self { code, message: message.to_string() }
    }
}

/// Reads records, works on them in parallel, writes the answers in order. Returns how many failed.
///
/// `work` gets the record and answers with the fields that follow `id`.
pub fn run<R: DeserializeOwned>(
    path: &Path,
    output: Option<&Path>,
    work: impl Fn(R) -> Result<Value, RecordError> + Sync,
) -> Result<usize> {
    let (mut reader, bar) = input::open_counted(path)?;
    let mut writer = input::create(output)?;
    let mut failed = 0;
    let mut done = 0;
    loop {
        let batch = read_batch(&mut reader).with_context(|| format!("can't read {}", input::name(path)))?;
        if batch.is_empty() {
            break;
        }
        let answers: Vec<(bool, Value)> = batch.into_par_iter().map(|line| answer(line, &work)).collect();
        for (ok, value) in answers {
            failed += usize::from(!ok);
            done += 1;
            serde_json::to_writer(&mut writer, &value)?;
            writer.write_all(b"\n")?;
        }
        writer.flush()?;
        bar.set_message(format!("{done} documents"));
    }
    writer.flush()?;
    bar.finish_and_clear();
    Ok(failed)
}

/// Calls `each` with every line of a JSONL file. Blank lines are passed over.
pub fn lines(path: &Path, mut each: impl FnMut(Result<Vec<u8>, RecordError>) -> Result<()>) -> Result<()> {
    let (mut reader, bar) = input::open_counted(path)?;
    while let Some(line) = read_line(&mut reader).with_context(|| format!("can't read {}", input::name(path)))? {
        if !is_blank(&line) {
            each(line)?;
        }
    }
    bar.finish_and_clear();
    Ok(())
}

type Line = Result<Vec<u8>, RecordError>;

fn is_blank(line: &Line) -> bool {
    line.as_ref().is_ok_and(|bytes| bytes.iter().all(u8::is_ascii_whitespace))
}

fn read_batch(reader: &mut dyn BufRead) -> std::io::Result<Vec<Line>> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH_LINES && bytes < BATCH_BYTES {
        let Some(line) = read_line(reader)? else { break };
        if !is_blank(&line) {
            bytes += line.as_ref().map_or(0, Vec::len);
            batch.push(line);
        }
    }
    Ok(batch)
}

fn read_line(reader: &mut dyn BufRead) -> std::io::Result<Option<Line>> {
    let mut line = Vec::new();
    if (&mut *reader).take(MAX_LINE_BYTES).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.len() as u64 == MAX_LINE_BYTES && line.last() != Some(&b'\n') {
        skip_line(reader)?;
        let message = format!("the line is longer than {MAX_LINE_BYTES} bytes");
        return Ok(Some(Err(RecordError::new("too-long", message))));
    }
    Ok(Some(Ok(line)))
}

fn skip_line(reader: &mut dyn BufRead) -> std::io::Result<()> {
    loop {
        let buffer = reader.fill_buf()?;
        let (len, found) = match buffer.iter().position(|&b| b == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), false),
        };
        reader.consume(len);
        if found || len == 0 {
            return Ok(());
        }
    }
}

fn answer<R: DeserializeOwned>(line: Line, work: &impl Fn(R) -> Result<Value, RecordError>) -> (bool, Value) {
    let mut id = Value::Null;
    let result = line.and_then(|bytes| {
        let record: Value = parse(&bytes)?;
        id = record.get("id").cloned().unwrap_or(Value::Null);
        let record = serde_json::from_value(record).map_err(|e| RecordError::new("invalid-record", e))?;
        work(record)
    });
    match result {
        Ok(fields) => {
            let mut object = json!({ "id": id });
            if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
                object.extend(fields);
            }
            (true, object)
        }
        Err(error) => (false, json!({ "id": id, "error": { "code": error.code, "message": error.message } })),
    }
}

fn parse(bytes: &[u8]) -> Result<Value, RecordError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|e| RecordError::new("invalid-utf8", format!("not UTF-8 at byte {} of the line", e.valid_up_to())))?;
    serde_json::from_str(text).map_err(|e| RecordError::new("invalid-json", e))
}
