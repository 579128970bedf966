//! The scores of the paper (A.3) and of DESIGN section 4.

/// True positives, false positives, false negatives.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    pub tp: f64,
    pub fp: f64,
    pub fn_: f64,
    pub tn: f64,
}

impl Counts {
    /// Counts one thing of this weight.
    pub fn add(&mut self, predicted: bool, gold: bool, weight: f64) {
        match (predicted, gold) {
            (true, true) => self.tp += weight,
            (true, false) => self.fp += weight,
            (false, true) => self.fn_ += weight,
            (false, false) => self.tn += weight,
        }
    }

    /// TP / (TP + FP); 1 where nothing was predicted.
    pub fn precision(&self) -> f64 {
        share(self.tp, self.tp + self.fp)
    }

    /// TP / (TP + FN); 1 where there was nothing to find.
    pub fn recall(&self) -> f64 {
        share(self.tp, self.tp + self.fn_)
    }

    /// 2 TP / (2 TP + FP + FN).
    pub fn f1(&self) -> f64 {
        share(2.0 * self.tp, 2.0 * self.tp + self.fp + self.fn_)
    }

    /// What was right.
    pub fn accuracy(&self) -> f64 {
        share(self.tp + self.tn, self.tp + self.fp + self.fn_ + self.tn)
    }
}

fn share(part: f64, of: f64) -> f64 {
    if of == 0.0 { 1.0 } else { part / of }
}

/// Scores of labelled pages.
#[derive(Debug, Clone, Default)]
pub struct LineScores {
    pub pages: usize,
    removed: Counts,
    kept: [f64; 3],
}

impl LineScores {
    /// Adds a page: for each line its words, whether it is kept, whether it should be.
    pub fn page(&mut self, lines: impl Iterator<Item = (usize, bool, bool)>) {
        let mut words = Counts::default();
        for (count, keep, gold) in lines {
            self.removed.add(!keep, !gold, 1.0);
            words.add(keep, gold, count as f64);
        }
        self.pages += 1;
        for (sum, score) in self.kept.iter_mut().zip([words.precision(), words.recall(), words.f1()]) {
            *sum += score;
        }
    }

    /// F1 on removed lines, all pages pooled.
    pub fn line_f1(&self) -> f64 {
        self.removed.f1()
    }

    /// Precision, recall and F1 of the words in kept lines, mean over pages.
    pub fn kept_text(&self) -> [f64; 3] {
        self.kept.map(|sum| share(sum, self.pages as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_pooled_and_words_averaged_over_pages() {
        let mut scores = LineScores::default();
        scores.page([(10, true, true), (2, true, false), (3, false, false)].into_iter());
        scores.page([(5, false, true), (5, true, true)].into_iter());
        // removed lines: 1 right, 1 too many, 1 missed
        assert!((scores.line_f1() - 0.5).abs() < 1e-12);
        let [p, r, f1] = scores.kept_text();
        assert!((p - (10.0 / 12.0 + 1.0) / 2.0).abs() < 1e-12 && (r - 0.75).abs() < 1e-12);
        assert!((f1 - (20.0 / 22.0 + 10.0 / 15.0) / 2.0).abs() < 1e-12);
    }
}
