//! Labelled records.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;

use crate::args::GroupBy;
use crate::input;
use crate::jsonl;

/// A page or a document somebody has judged.
#[derive(Debug, Deserialize)]
pub struct Record {
    lang: Option<String>,
    source: Option<String>,
    kind: Option<String>,
    #[serde(flatten)]
    pub labels: Labels,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub enum Labels {
    Lines {
        lines: Vec<String>,
        labels: Vec<LineLabel>,
        /// The lines with formulas or code, from 0.
        #[serde(default)]
        formula_or_code: Vec<usize>,
    },
    Document {
        text: String,
        label: DocumentLabel,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum LineLabel {
    #[serde(rename = "k")]
    Keep,
    #[serde(rename = "r")]
    Remove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DocumentLabel {
    Keep,
    Drop,
}

impl Record {
    /// The group it is counted in.
    pub fn group(&self, by: GroupBy) -> &str {
        let field = match by {
            GroupBy::Source => &self.source,
            GroupBy::Lang => &self.lang,
            GroupBy::Kind => &self.kind,
        };
        field.as_deref().unwrap_or("-")
    }
}

/// The records of a JSONL file, those of one language if it is given.
pub fn read(path: &Path, lang: Option<&str>) -> Result<Vec<Record>> {
    let mut records = Vec::new();
    let mut number = 0;
    jsonl::lines(path, |line| {
        number += 1;
        let bytes = line.map_err(|e| anyhow!("record {number}: {}", e.message))?;
        let record: Record = serde_json::from_slice(&bytes).with_context(|| {
            format!("record {number} has neither `lines` and `labels` (k, r) nor `text` and `label` (keep, drop)")
        })?;
        check(&record.labels).with_context(|| format!("record {number}"))?;
        if lang.is_none() || lang == record.lang.as_deref() {
            records.push(record);
        }
        Ok(())
    })?;
    if records.is_empty() {
        bail!("no records to score in {}", input::name(path));
    }
    Ok(records)
}

fn check(labels: &Labels) -> Result<()> {
    let Labels::Lines { lines, labels, formula_or_code } = labels else { return Ok(()) };
    if lines.len() != labels.len() {
        bail!("{} lines and {} labels", lines.len(), labels.len());
    }
    if let Some(line) = formula_or_code.iter().find(|&&line| line >= lines.len()) {
        bail!("`formula_or_code` names line {line} of {} lines, counted from 0", lines.len());
    }
    Ok(())
}
