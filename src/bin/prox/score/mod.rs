//! `prox score`: records → verdicts → scores → report.

mod calibration;
mod counts;
mod record;
mod report;
mod scores;
mod spans;
mod verdict;

use std::collections::BTreeMap;
use std::io::Write as _;

use anyhow::{Result, bail};
use prox_wasm::refiner::{Level, RefineOptions};
use rayon::prelude::*;

use crate::args::{GroupBy, ScoreArgs};
use crate::input;
use report::Report;
use scores::Scores;

pub fn run(args: &ScoreArgs) -> Result<usize> {
    let refiner = input::load_model(&args.model)?;
    if let Some(labels) = &args.spans {
        let Some(model) = &refiner.model().spans else { bail!("the model proposes no normalisations") };
        return spans::run(&args.data, labels, args.normalize_threshold, model);
    }
    let options = RefineOptions {
        level: Level::Both,
        threshold: args.threshold,
        doc_threshold: args.doc_threshold,
        normalize: false,
        ..RefineOptions::default()
    };
    let records = record::read(&args.data, args.lang.as_deref())?;
    let verdicts: Vec<_> =
        records.par_iter().map(|record| verdict::judge(&record.labels, &refiner, options)).collect::<Result<_>>()?;
    let mut groups: BTreeMap<&str, Scores> = BTreeMap::new();
    let mut all = Scores::default();
    for (record, verdict) in records.iter().zip(&verdicts) {
        all.add(verdict);
        groups.entry(record.group(args.by)).or_default().add(verdict);
    }
    let report = Report {
        by: match args.by {
            GroupBy::Source => "source",
            GroupBy::Lang => "lang",
            GroupBy::Kind => "kind",
        },
        groups: groups.iter().map(|(name, scores)| ((*name).to_owned(), scores.figures())).collect(),
        all: all.figures(),
    };
    let mut out = input::create(None)?;
    if args.json {
        report.write_json(args, &mut out)?;
    } else {
        report.write_tables(args.reliability, &mut out)?;
    }
    out.flush()?;
    Ok(0)
}
