//! The states of a page's lines, pooled for the verdict on the document.

/// Sums of states, and of states times words.
#[derive(Debug, Clone)]
pub struct Pool {
    /// Plain, then weighted.
    sums: Vec<f32>,
    weight: f32,
    seen: f32,
}

impl Pool {
    /// Of states of this width.
    #[must_use]
    pub fn new(width: usize) -> Self {
        Self { sums: vec![0.0; 2 * width], weight: 0.0, seen: 0.0 }
    }

    /// What a line with so many words weighs.
    #[must_use]
    pub fn weight(words: f32) -> f32 {
        words + 1.0
    }

    /// Takes up the states `[lines, width]` of lines with these numbers of words.
    pub fn add(&mut self, states: &[f32], words: &[f32]) {
        let width = self.sums.len() / 2;
        let (plain, weighted) = self.sums.split_at_mut(width);
        for (state, &words) in states.chunks_exact(width).zip(words) {
            let weight = Self::weight(words);
            self.seen += 1.0;
            self.weight += weight;
            for ((p, w), s) in plain.iter_mut().zip(weighted.iter_mut()).zip(state) {
                *p += s;
                *w += s * weight;
            }
        }
    }

    /// Takes up lines with these numbers of words by the sums of their states: plain, then weighted.
    #[cfg(feature = "gpu")]
    pub fn add_sums(&mut self, sums: &[f32], words: &[f32]) {
        self.sums.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
        self.seen += words.len() as f32;
        self.weight += words.iter().map(|&words| Self::weight(words)).sum::<f32>();
    }

    /// Means: plain, then weighted.
    #[must_use]
    pub fn means(&self) -> Vec<f32> {
        let width = self.sums.len() / 2;
        let by = |i: usize| if i < width { self.seen.max(1.0) } else { self.weight.max(1.0) };
        self.sums.iter().enumerate().map(|(i, sum)| sum / by(i)).collect()
    }
}
