//! `prox score`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use prox_wasm::refiner::{Level, RefineOptions};
use rayon::prelude::*;
use serde::Deserialize;

use crate::args::ScoreArgs;
use crate::input;
use crate::jsonl;
use crate::metrics::{Counts, LineScores};
use crate::span_scores;

#[derive(Deserialize)]
struct Record {
    lang: Option<String>,
    source: Option<String>,
    #[serde(flatten)]
    labels: Labels,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Labels {
    Lines { lines: Vec<String>, labels: Vec<String> },
    Document { text: String, label: String },
}

enum Verdict {
    Lines(Vec<(usize, bool, bool)>),
    Document { drop: bool, gold: bool },
}

#[derive(Default)]
struct Scores {
    lines: LineScores,
    documents: Counts,
    document_count: usize,
}

pub fn run(args: &ScoreArgs) -> Result<usize> {
    let refiner = input::load_model(&args.model)?;
    if let Some(spans) = &args.spans {
        let Some(model) = &refiner.model().spans else { bail!("the model proposes no normalisations") };
        return span_scores::run(&args.data, spans, args.normalize_threshold, model);
    }
    let options = RefineOptions {
        level: Level::Both,
        threshold: args.threshold,
        doc_threshold: args.doc_threshold,
        normalize: false,
        ..RefineOptions::default()
    };
    let mut records = Vec::new();
    let mut number = 0;
    jsonl::lines(&args.data, |line| {
        number += 1;
        let bytes = line.map_err(|e| anyhow::anyhow!("record {number}: {}", e.message))?;
        let record: Record = serde_json::from_slice(&bytes)
            .with_context(|| format!("record {number} has neither `lines` and `labels` nor `text` and `label`"))?;
        if args.lang.is_none() || args.lang == record.lang {
            records.push(record);
        }
        Ok(())
    })?;
    if records.is_empty() {
        bail!("no records to score in {}", input::name(&args.data));
    }
    let verdicts: Vec<Verdict> = records.par_iter().map(|r| judge(r, &refiner, options)).collect::<Result<_>>()?;
    let mut by_source: BTreeMap<&str, Scores> = BTreeMap::new();
    let mut all = Scores::default();
    for (record, verdict) in records.iter().zip(&verdicts) {
        let source = record.source.as_deref().unwrap_or("-");
        for scores in [&mut all, by_source.entry(source).or_default()] {
            match verdict {
                Verdict::Lines(lines) => scores.lines.page(lines.iter().copied()),
                Verdict::Document { drop, gold } => {
                    scores.documents.add(*drop, *gold, 1.0);
                    scores.document_count += 1;
                }
            }
        }
    }
    print_table(&all, &by_source);
    Ok(0)
}

fn judge(record: &Record, refiner: &prox_wasm::refiner::Refiner, options: RefineOptions) -> Result<Verdict> {
    match &record.labels {
        Labels::Lines { lines, labels } => {
            if lines.len() != labels.len() {
                bail!("a record has {} lines and {} labels", lines.len(), labels.len());
            }
            let options = RefineOptions { level: Level::Chunk, ..options };
            // a line must stay one line, whatever a data set put into it
            let joined = lines.iter().map(|line| line.replace('\n', " ")).collect::<Vec<_>>().join("\n");
            let refined = refiner.refine(&joined, options)?;
            let verdicts = lines.iter().zip(labels).zip(&refined.lines).map(|((line, label), keep)| {
                (line.split_whitespace().count(), *keep >= options.threshold, label.starts_with('k'))
            });
            Ok(Verdict::Lines(verdicts.collect()))
        }
        Labels::Document { text, label } => {
            let refined = refiner.refine(text, RefineOptions { level: Level::Doc, ..options })?;
            Ok(Verdict::Document { drop: refined.document < options.doc_threshold, gold: label == "drop" })
        }
    }
}

fn print_table(all: &Scores, by_source: &BTreeMap<&str, Scores>) {
    if all.lines.pages > 0 {
        println!("{:<20} {:>6} {:>8} {:>10} {:>10} {:>10}", "source", "pages", "line F1", "kept P", "kept R", "kept F1");
        let row = |name: &str, s: &LineScores| {
            let [p, r, f1] = s.kept_text();
            println!("{name:<20} {:>6} {:>8.4} {p:>10.4} {r:>10.4} {f1:>10.4}", s.pages, s.line_f1());
        };
        by_source.iter().filter(|(_, s)| s.lines.pages > 0).for_each(|(name, s)| row(name, &s.lines));
        row("all", &all.lines);
    }
    if all.document_count > 0 {
        println!("{:<20} {:>6} {:>8} {:>10} {:>10} {:>10}", "source", "docs", "drop F1", "drop P", "drop R", "accuracy");
        let row = |name: &str, s: &Scores| {
            let d = &s.documents;
            let (p, r, f1, a) = (d.precision(), d.recall(), d.f1(), d.accuracy());
            println!("{name:<20} {:>6} {f1:>8.4} {p:>10.4} {r:>10.4} {a:>10.4}", s.document_count);
        };
        by_source.iter().filter(|(_, s)| s.document_count > 0).for_each(|(name, s)| row(name, s));
        row("all", all);
    }
}
