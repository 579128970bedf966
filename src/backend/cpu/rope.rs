//! Rotary positions (RoPE, arXiv 2104.09864), turning neighbouring pairs of columns as GGUF's llama order has them.

/// Angle of each pair for one step of position.
#[derive(Debug, Clone)]
pub struct RopeFrequencies(Vec<f64>);

impl RopeFrequencies {
    /// For heads whose first `dimensions` columns turn.
    pub fn new(dimensions: usize, base: f32) -> Self {
        Self((0..dimensions / 2).map(|i| libm::pow(f64::from(base), -(2.0 * i as f64) / dimensions as f64)).collect())
    }

    /// Divided by `scaling` and, pair by pair, by `factors`.
    pub fn scaled(mut self, scaling: f32, factors: &[f32]) -> Self {
        self.0.iter_mut().for_each(|f| *f /= f64::from(scaling));
        for (frequency, factor) in self.0.iter_mut().zip(factors) {
            *frequency /= f64::from(*factor);
        }
        self
    }

    /// Cosines and sines at these positions.
    pub fn at(&self, positions: impl Iterator<Item = usize>) -> RopeTable {
        let (mut cos, mut sin) = (Vec::new(), Vec::new());
        for position in positions {
            for frequency in &self.0 {
                let angle = position as f64 * frequency;
                cos.push(libm::cos(angle) as f32);
                sin.push(libm::sin(angle) as f32);
            }
        }
        RopeTable { cos, sin, half: self.0.len() }
    }
}

/// Cosines and sines, one row a position.
#[derive(Debug, Clone)]
pub struct RopeTable {
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
}

impl RopeTable {
    /// Pairs that turn.
    #[cfg(feature = "gpu")]
    pub fn pairs(&self) -> usize {
        self.half
    }

    /// Cosine and sine of each pair, row by row.
    #[cfg(feature = "gpu")]
    pub fn turns(&self) -> Vec<[f32; 2]> {
        self.cos.iter().zip(&self.sin).map(|(&cos, &sin)| [cos, sin]).collect()
    }

    /// Turns the heads of `x [n, width]`; row i stands at the i-th position of the table.
    #[cfg(test)]
    pub fn rotate(&self, x: &mut [f32], width: usize, head_width: usize) {
        self.rotate_from(0, x, width, head_width);
    }

    /// Turns the heads of `x [n, width]`; its rows stand at the positions of the table from `first` on.
    pub fn rotate_from(&self, first: usize, x: &mut [f32], width: usize, head_width: usize) {
        let rows = self.cos.chunks_exact(self.half).zip(self.sin.chunks_exact(self.half)).skip(first);
        for (row, (cos, sin)) in x.chunks_exact_mut(width).zip(rows) {
            for head in row.chunks_exact_mut(head_width) {
                for ((pair, cos), sin) in head.as_chunks_mut::<2>().0.iter_mut().zip(cos).zip(sin) {
                    let (even, odd) = (pair[0], pair[1]);
                    pair[0] = even * cos - odd * sin;
                    pair[1] = even * sin + odd * cos;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_turn_and_the_rest_stays() {
        let table = RopeFrequencies::new(4, 10000.0).at(0..2);
        let mut x = vec![1.0, 0.0, 1.0, 0.0, 5.0, 6.0, 1.0, 0.0, 1.0, 0.0, 7.0, 8.0];
        table.rotate(&mut x, 6, 6);
        assert_eq!(x[..6], [1.0, 0.0, 1.0, 0.0, 5.0, 6.0]);
        assert!((x[6] - 1f32.cos()).abs() < 1e-6 && (x[7] - 1f32.sin()).abs() < 1e-6);
        assert!((x[8] - 0.01f32.cos()).abs() < 1e-6 && (x[9] - 0.01f32.sin()).abs() < 1e-6);
        assert_eq!(x[10..], [7.0, 8.0]);
    }

    #[test]
    fn scaling_stretches_positions() {
        let plain = RopeFrequencies::new(8, 500.0);
        let stretched = plain.clone().scaled(4.0, &[1.0, 1.0, 2.0, 1.0]);
        let (near, far) = (plain.at([3, 6].into_iter()), stretched.at([24, 12].into_iter()));
        // the third pair turns half as fast again: position 24 is as far as 3 there, as 6 elsewhere
        let cosines = [near.cos[4], near.cos[5], near.cos[2], near.cos[7]];
        assert_eq!(far.cos[..4], cosines);
    }
}
