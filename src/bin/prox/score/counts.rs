//! Right and wrong answers to a yes-or-no question.

/// True and false positives and negatives, weighted.
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

/// A share of nothing is 1: there was nothing to get wrong.
pub fn share(part: f64, of: f64) -> f64 {
    if of == 0.0 { 1.0 } else { part / of }
}
