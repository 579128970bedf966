//! `prox score --spans`: verdicts on hand-checked spans.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use prox_wasm::backend::span_probability;
use prox_wasm::model::span::{Candidate, SpanModel};
use serde::Deserialize;

use super::counts::Counts;
use crate::input;
use crate::jsonl;

/// A labelled span of a page's line, in bytes.
#[derive(Deserialize)]
struct Label {
    page: String,
    line: usize,
    start: usize,
    end: usize,
    kind: String,
    target: String,
    label: bool,
    /// What was put into the line to make it noisy: bytes of the line as the data have it, and what took their place.
    #[serde(default)]
    noise: Vec<(usize, usize, String)>,
}

/// A page of the data: its kept lines and their numbers.
struct Page {
    numbers: Vec<usize>,
    lines: Vec<String>,
}

#[derive(Deserialize)]
struct Record {
    id: String,
    lines: Vec<String>,
    labels: Vec<String>,
}

pub fn run(data: &Path, spans: &Path, threshold: f32, model: &SpanModel) -> Result<usize> {
    let labels: Vec<Label> = read(spans, "`page`, `line`, `start`, `end`, `kind`, `target` and `label`")?;
    let wanted: HashSet<&str> = labels.iter().map(|label| label.page.as_str()).collect();
    let records: Vec<Record> = read(data, "`id`, `lines` and `labels`")?;
    let pages: HashMap<String, Page> = records
        .into_iter()
        .filter(|record| wanted.contains(record.id.as_str()))
        .map(|record| (record.id.clone(), page(record)))
        .collect();
    // of each page the text as it is, for natural spans, and the text with all noise
    let mut texts: BTreeMap<(&str, bool), Vec<&Label>> = BTreeMap::new();
    for label in &labels {
        texts.entry((&label.page, !label.noise.is_empty())).or_default().push(label);
    }
    let mut by_kind: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut all = Counts::default();
    for ((id, _), labels) in &texts {
        let Some(page) = pages.get(*id) else { bail!("{} has no page `{id}`", input::name(data)) };
        let candidates = candidates(page, labels, model)?;
        for label in labels {
            let said = candidates.iter().find(|(line, span)| {
                (*line, span.span.start, span.span.end, span.span.target.as_str())
                    == (label.line, label.start, label.end, label.target.as_str())
            });
            let said = said.is_some_and(|(_, candidate)| span_probability(model, candidate) >= threshold);
            for counts in [&mut all, by_kind.entry(&label.kind).or_default()] {
                counts.add(said, label.label, 1.0);
            }
        }
    }
    println!("{:<20} {:>6} {:>6} {:>10} {:>10} {:>10}", "kind", "spans", "noise", "precision", "recall", "accuracy");
    for (kind, counts) in by_kind.iter().map(|(kind, counts)| (*kind, counts)).chain([("all", &all)]) {
        let noise = counts.tp + counts.fn_;
        let spans = noise + counts.fp + counts.tn;
        let (p, r, a) = (counts.precision(), counts.recall(), counts.accuracy());
        println!("{kind:<20} {spans:>6} {noise:>6} {p:>10.4} {r:>10.4} {a:>10.4}");
    }
    Ok(0)
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path, fields: &str) -> Result<Vec<T>> {
    let mut out = Vec::new();
    jsonl::lines(path, |line| {
        let number = out.len() + 1;
        let bytes = line.map_err(|e| anyhow::anyhow!("record {number} of {}: {}", input::name(path), e.message))?;
        out.push(
            serde_json::from_slice(&bytes).with_context(|| format!("record {number} of {} needs {fields}", input::name(path)))?,
        );
        Ok(())
    })?;
    Ok(out)
}

fn page(record: Record) -> Page {
    let kept = record.lines.into_iter().zip(record.labels).enumerate();
    let (numbers, lines) = kept
        .filter(|(_, (line, label))| label.starts_with('k') && !line.trim().is_empty())
        .map(|(i, (line, _))| (i, line))
        .unzip();
    Page { numbers, lines }
}

/// The candidates of a page with the labels' noise, with the numbers of their lines and bytes of the whole line.
fn candidates(page: &Page, labels: &[&Label], model: &SpanModel) -> Result<Vec<(usize, Candidate)>> {
    let mut lines = page.lines.clone();
    let mut done = HashSet::new();
    for label in labels.iter().filter(|label| !label.noise.is_empty() && done.insert(label.line)) {
        let place = page.numbers.iter().position(|&number| number == label.line);
        let Some(place) = place else { bail!("line {} of page `{}` is not kept", label.line, label.page) };
        for (start, end, noise) in label.noise.iter().rev() {
            if lines[place].get(*start..*end).is_none() {
                bail!("line {} of page `{}` has no bytes {start} to {end}", label.line, label.page);
            }
            lines[place].replace_range(start..end, noise);
        }
    }
    let trimmed: Vec<&str> = lines.iter().map(|line| line.trim()).collect();
    let mut candidates = model.propose(&trimmed);
    for candidate in &mut candidates {
        let line = &lines[candidate.line];
        let before = line.len() - line.trim_start().len();
        candidate.span.start += before;
        candidate.span.end += before;
    }
    Ok(candidates.into_iter().map(|candidate| (page.numbers[candidate.line], candidate)).collect())
}
