//! The scores of the paper (A.3) and of DESIGN section 4.

use serde::Serialize;

use super::calibration::{Bin, Calibration};
use super::counts::{Counts, share};
use super::verdict::{DocumentVerdict, LineVerdict, PageVerdict, Verdict};

/// Scores of one group of records.
#[derive(Debug, Default)]
pub struct Scores {
    lines: LineScores,
    documents: DocumentScores,
}

#[derive(Debug, Default)]
struct LineScores {
    pages: usize,
    /// Pages whose document verdict is to drop them.
    dropped: usize,
    removed: Counts,
    /// Precision, recall and F1 of the words in kept lines, summed over pages.
    kept_text: [f64; 3],
    /// Kept or not, by what should be kept, all pages pooled.
    words: Counts,
    chars: Counts,
    special: Counts,
    calibration: Calibration,
}

#[derive(Debug, Default)]
struct DocumentScores {
    count: usize,
    dropped: Counts,
    calibration: Calibration,
}

/// Figures of labelled lines.
#[derive(Debug, Serialize)]
pub struct LineFigures {
    pub pages: usize,
    /// F1 on removed lines, all pages pooled.
    pub line_f1: f64,
    /// Words in kept lines, mean over pages.
    pub kept_precision: f64,
    pub kept_recall: f64,
    pub kept_f1: f64,
    /// Of the lines to keep, the share of words and of characters that was removed, all pages pooled. Characters also say
    /// something about scripts without spaces.
    pub words_lost: f64,
    pub chars_lost: f64,
    /// Share of the lines with formulas or code that were kept; `None` where none are marked.
    pub special_kept: Option<f64>,
    pub special_lines: usize,
    /// Pages the document stage alone would drop. They are scored as if it did not run.
    pub pages_dropped: usize,
    pub ece: f64,
    pub reliability: Vec<Bin>,
}

/// Figures of labelled documents.
#[derive(Debug, Serialize)]
pub struct DocumentFigures {
    pub count: usize,
    pub drop_f1: f64,
    pub drop_precision: f64,
    pub drop_recall: f64,
    pub accuracy: f64,
    pub ece: f64,
    pub reliability: Vec<Bin>,
}

/// Figures of a group; a kind of label that it lacks is `None`.
#[derive(Debug, Serialize)]
pub struct Figures {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<LineFigures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documents: Option<DocumentFigures>,
}

impl Scores {
    /// Adds what was said of one record.
    pub fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Page(page) => self.lines.add(page),
            Verdict::Document(document) => self.documents.add(document),
        }
    }

    /// The figures.
    pub fn figures(&self) -> Figures {
        Figures {
            lines: (self.lines.pages > 0).then(|| self.lines.figures()),
            documents: (self.documents.count > 0).then(|| self.documents.figures()),
        }
    }
}

impl LineScores {
    fn add(&mut self, page: &PageVerdict) {
        let mut words = Counts::default();
        for &LineVerdict { words: count, chars, probability, keep, gold, special } in &page.lines {
            self.removed.add(!keep, !gold, 1.0);
            words.add(keep, gold, count as f64);
            self.words.add(keep, gold, count as f64);
            self.chars.add(keep, gold, chars as f64);
            self.calibration.add(probability, gold);
            if special {
                self.special.add(keep, true, 1.0);
            }
        }
        self.pages += 1;
        self.dropped += usize::from(page.drop);
        for (sum, score) in self.kept_text.iter_mut().zip([words.precision(), words.recall(), words.f1()]) {
            *sum += score;
        }
    }

    fn figures(&self) -> LineFigures {
        let [kept_precision, kept_recall, kept_f1] = self.kept_text.map(|sum| share(sum, self.pages as f64));
        let special_lines = self.special.tp + self.special.fn_;
        LineFigures {
            pages: self.pages,
            line_f1: self.removed.f1(),
            kept_precision,
            kept_recall,
            kept_f1,
            words_lost: 1.0 - self.words.recall(),
            chars_lost: 1.0 - self.chars.recall(),
            special_kept: (special_lines > 0.0).then(|| self.special.recall()),
            special_lines: special_lines as usize,
            pages_dropped: self.dropped,
            ece: self.calibration.error(),
            reliability: self.calibration.bins(),
        }
    }
}

impl DocumentScores {
    fn add(&mut self, document: &DocumentVerdict) {
        self.count += 1;
        self.dropped.add(document.drop, !document.gold, 1.0);
        self.calibration.add(document.probability, document.gold);
    }

    fn figures(&self) -> DocumentFigures {
        DocumentFigures {
            count: self.count,
            drop_f1: self.dropped.f1(),
            drop_precision: self.dropped.precision(),
            drop_recall: self.dropped.recall(),
            accuracy: self.dropped.accuracy(),
            ece: self.calibration.error(),
            reliability: self.calibration.bins(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(words: usize, keep: bool, gold: bool, special: bool) -> LineVerdict {
        LineVerdict { words, chars: 5 * words, probability: if keep { 1.0 } else { 0.0 }, keep, gold, special }
    }

    #[test]
    fn lines_are_pooled_and_words_averaged_over_pages() {
        let mut scores = Scores::default();
        let lines = vec![line(10, true, true, true), line(2, true, false, false), line(3, false, false, false)];
        scores.add(&Verdict::Page(PageVerdict { lines, drop: true }));
        let lines = vec![line(5, false, true, true), line(5, true, true, false)];
        scores.add(&Verdict::Page(PageVerdict { lines, drop: false }));
        let Figures { lines: Some(figures), documents: None } = scores.figures() else { panic!("only lines were added") };
        // removed lines: 1 right, 1 too many, 1 missed
        assert!((figures.line_f1 - 0.5).abs() < 1e-12);
        assert!((figures.kept_precision - (10.0 / 12.0 + 1.0) / 2.0).abs() < 1e-12 && (figures.kept_recall - 0.75).abs() < 1e-12);
        assert!((figures.kept_f1 - (20.0 / 22.0 + 10.0 / 15.0) / 2.0).abs() < 1e-12);
        assert!((figures.words_lost - 0.25).abs() < 1e-12 && (figures.chars_lost - 0.25).abs() < 1e-12);
        assert_eq!((figures.special_kept, figures.special_lines, figures.pages_dropped), (Some(0.5), 2, 1));
        assert!((figures.ece - 2.0 / 5.0).abs() < 1e-12);
    }

    #[test]
    fn documents_are_judged_by_their_drops() {
        let mut scores = Scores::default();
        for (drop, gold) in [(true, false), (true, true), (false, true), (false, false), (false, true)] {
            scores.add(&Verdict::Document(DocumentVerdict { probability: 0.5, drop, gold }));
        }
        let Figures { lines: None, documents: Some(figures) } = scores.figures() else { panic!("only documents were added") };
        assert_eq!((figures.count, figures.drop_f1, figures.accuracy), (5, 0.5, 0.6));
        assert!((figures.ece - 0.1).abs() < 1e-12);
    }
}
