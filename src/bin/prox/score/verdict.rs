//! What the model says of a labelled record, beside what it should say.

use anyhow::Result;
use prox_wasm::refiner::{Level, RefineOptions, Refiner};

use super::record::{DocumentLabel, Labels, LineLabel};

#[derive(Debug)]
pub enum Verdict {
    Page(PageVerdict),
    Document(DocumentVerdict),
}

#[derive(Debug)]
pub struct PageVerdict {
    pub lines: Vec<LineVerdict>,
    /// What the document stage would do; nothing is known of what it should do.
    pub drop: bool,
}

#[derive(Debug, Clone, Copy)]
pub struct LineVerdict {
    pub words: usize,
    pub chars: usize,
    pub probability: f32,
    pub keep: bool,
    pub gold: bool,
    /// Has a formula or code in it.
    pub special: bool,
}

#[derive(Debug)]
pub struct DocumentVerdict {
    pub probability: f32,
    pub drop: bool,
    /// Whether it should be kept.
    pub gold: bool,
}

/// Runs the model on a record.
pub fn judge(labels: &Labels, refiner: &Refiner, options: RefineOptions) -> Result<Verdict> {
    match labels {
        Labels::Lines { lines, labels, formula_or_code } => {
            // a line must stay one line, whatever a data set put into it
            let joined = lines.iter().map(|line| line.replace('\n', " ")).collect::<Vec<_>>().join("\n");
            let refined = refiner.refine(&joined, RefineOptions { level: Level::Chunk, ..options })?;
            let mut special = vec![false; lines.len()];
            formula_or_code.iter().for_each(|&line| special[line] = true);
            let verdict = |i: usize| LineVerdict {
                words: lines[i].split_whitespace().count(),
                chars: lines[i].chars().filter(|c| !c.is_whitespace()).count(),
                probability: refined.lines[i],
                keep: refined.lines[i] >= options.threshold,
                gold: labels[i] == LineLabel::Keep,
                special: special[i],
            };
            let drop = refined.document < options.doc_threshold;
            Ok(Verdict::Page(PageVerdict { lines: (0..lines.len()).map(verdict).collect(), drop }))
        }
        Labels::Document { text, label } => {
            let refined = refiner.refine(text, RefineOptions { level: Level::Doc, ..options })?;
            let (probability, drop) = (refined.document, refined.document < options.doc_threshold);
            Ok(Verdict::Document(DocumentVerdict { probability, drop, gold: *label == DocumentLabel::Keep }))
        }
    }
}
