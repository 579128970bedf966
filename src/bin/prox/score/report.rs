//! Figures as tables to read and as JSON for programs.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

use super::calibration::Bin;
use super::scores::{DocumentFigures, Figures, LineFigures};
use crate::args::ScoreArgs;

/// The figures of all records and of each group.
#[derive(Debug)]
pub struct Report {
    /// What the groups share.
    pub by: &'static str,
    pub groups: Vec<(String, Figures)>,
    pub all: Figures,
}

#[derive(Serialize)]
struct Group<'a> {
    name: &'a str,
    #[serde(flatten)]
    figures: &'a Figures,
}

impl Report {
    /// One object with all there is.
    pub fn write_json(&self, args: &ScoreArgs, out: &mut dyn Write) -> io::Result<()> {
        let groups: Vec<_> = self.groups.iter().map(|(name, figures)| Group { name, figures }).collect();
        let thresholds = json!({ "lines": args.threshold, "documents": args.doc_threshold });
        serde_json::to_writer(&mut *out, &json!({ "thresholds": thresholds, "by": self.by, "groups": groups, "all": self.all }))?;
        out.write_all(b"\n")
    }

    /// A table of lines and one of documents, as far as there are any.
    pub fn write_tables(&self, reliability: bool, out: &mut dyn Write) -> io::Result<()> {
        if let Some(all) = &self.all.lines {
            let special = if all.special_kept.is_some() { "    formulas" } else { "" };
            writeln!(
                out,
                "{:<20} {:>5} {:>8} {:>7} {:>7} {:>8} {:>10} {:>10} {:>7} {:>6}{special}",
                self.by, "pages", "line F1", "kept P", "kept R", "kept F1", "words lost", "chars lost", "dropped", "ECE"
            )?;
            for (name, figures) in self.rows() {
                figures.lines.iter().try_for_each(|lines| write_lines(name, lines, out))?;
            }
            if reliability {
                write_bins("line verdicts", &all.reliability, out)?;
            }
        }
        if let Some(all) = &self.all.documents {
            writeln!(
                out,
                "{:<20} {:>5} {:>8} {:>7} {:>7} {:>9} {:>6}",
                self.by, "docs", "drop F1", "drop P", "drop R", "accuracy", "ECE"
            )?;
            for (name, figures) in self.rows() {
                figures.documents.iter().try_for_each(|documents| write_documents(name, documents, out))?;
            }
            if reliability {
                write_bins("document verdicts", &all.reliability, out)?;
            }
        }
        Ok(())
    }

    fn rows(&self) -> impl Iterator<Item = (&str, &Figures)> {
        self.groups.iter().map(|(name, figures)| (name.as_str(), figures)).chain([("all", &self.all)])
    }
}

fn write_lines(name: &str, f: &LineFigures, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{name:<20} {:>5} {:>8.4} {:>7.4} {:>7.4} ", f.pages, f.line_f1, f.kept_precision, f.kept_recall)?;
    let (words, chars) = (100.0 * f.words_lost, 100.0 * f.chars_lost);
    write!(out, "{:>8.4} {words:>8.2} % {chars:>8.2} % {:>7} {:>6.4}", f.kept_f1, f.pages_dropped, f.ece)?;
    match f.special_kept {
        Some(kept) => writeln!(out, "  {:.2} % of {}", 100.0 * kept, f.special_lines),
        None => writeln!(out),
    }
}

fn write_documents(name: &str, f: &DocumentFigures, out: &mut dyn Write) -> io::Result<()> {
    write!(out, "{name:<20} {:>5} {:>8.4} {:>7.4} {:>7.4} ", f.count, f.drop_f1, f.drop_precision, f.drop_recall)?;
    writeln!(out, "{:>9.4} {:>6.4}", f.accuracy, f.ece)
}

fn write_bins(what: &str, bins: &[Bin], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{what:<20} {:>7} {:>14} {:>10}", "number", "mean predicted", "kept")?;
    for bin in bins {
        let [predicted, observed] = [bin.predicted, bin.observed].map(|v| v.map_or("-".to_owned(), |v| format!("{v:.4}")));
        writeln!(out, "{:<20} {:>7} {predicted:>14} {observed:>10}", format!("{:.1} to {:.1}", bin.from, bin.to), bin.count)?;
    }
    writeln!(out)
}
