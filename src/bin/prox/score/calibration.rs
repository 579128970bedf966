//! Whether probabilities mean what they say.

use serde::Serialize;

const BINS: usize = 10;

/// Verdicts by their probability, in ten bins of equal width.
#[derive(Debug, Clone, Default)]
pub struct Calibration {
    bins: [Sums; BINS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    count: usize,
    probability: f64,
    kept: usize,
}

/// One bin of a reliability diagram.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Bin {
    /// Its bounds.
    pub from: f64,
    pub to: f64,
    /// Verdicts in it.
    pub count: usize,
    /// Their mean keep probability, and the share of them that should be kept; `None` of an empty bin.
    pub predicted: Option<f64>,
    pub observed: Option<f64>,
}

impl Calibration {
    /// Adds a verdict: how likely something was said to stay, and whether it should.
    pub fn add(&mut self, probability: f32, gold_keep: bool) {
        let bin = &mut self.bins[((probability * BINS as f32) as usize).min(BINS - 1)];
        bin.count += 1;
        bin.probability += f64::from(probability);
        bin.kept += usize::from(gold_keep);
    }

    /// Expected calibration error: the distance between predicted and observed share, mean over verdicts.
    pub fn error(&self) -> f64 {
        let count: usize = self.bins.iter().map(|bin| bin.count).sum();
        let off: f64 = self.bins.iter().map(|bin| (bin.probability - bin.kept as f64).abs()).sum();
        if count == 0 { 0.0 } else { off / count as f64 }
    }

    /// All bins, from 0 to 1.
    pub fn bins(&self) -> Vec<Bin> {
        let bound = |i: usize| i as f64 / BINS as f64;
        let mean = |sum: f64, bin: &Sums| (bin.count > 0).then(|| sum / bin.count as f64);
        let bin = |(i, bin): (usize, &Sums)| Bin {
            from: bound(i),
            to: bound(i + 1),
            count: bin.count,
            predicted: mean(bin.probability, bin),
            observed: mean(bin.kept as f64, bin),
        };
        self.bins.iter().enumerate().map(bin).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_weighted_by_verdicts() {
        let mut calibration = Calibration::default();
        assert_eq!(calibration.error(), 0.0);
        // bin 0: says 0.05 of four, one stays; bin 9: says 1 of one, it stays
        for gold in [true, false, false, false] {
            calibration.add(0.05, gold);
        }
        calibration.add(1.0, true);
        assert!((calibration.error() - 4.0 * 0.2 / 5.0).abs() < 1e-6);
        let bins = calibration.bins();
        assert_eq!((bins.len(), bins[0].count, bins[9].count, bins[5].count), (10, 4, 1, 0));
        assert_eq!((bins[0].observed, bins[5].observed, bins[9].observed), (Some(0.25), None, Some(1.0)));
        assert_eq!((bins[3].from, bins[9].to), (0.3, 1.0));
    }
}
