//! Runs a backend over a page window by window, so that callers can show progress and stop in between.

use super::{LineBackend, PageLogits};
use crate::model::line::{LineConfig, PageInput};

/// Windows of at most `context` lines over `lines` lines, overlapping by a quarter: (start, end).
fn windows(lines: usize, context: usize) -> Vec<(usize, usize)> {
    if lines <= context {
        return if lines == 0 { Vec::new() } else { vec![(0, lines)] };
    }
    let stride = (context * 3 / 4).max(1);
    let last = lines - context;
    (0..last).step_by(stride).chain([last]).map(|start| (start, start + context)).collect()
}

/// How far line `index` of a window stands from where the page was cut; the page's own ends are no cuts.
fn depth(index: usize, window: (usize, usize), lines: usize) -> usize {
    let from_start = if window.0 == 0 { usize::MAX } else { index };
    let from_end = if window.1 == lines { usize::MAX } else { window.1 - window.0 - 1 - index };
    from_start.min(from_end)
}

/// A page on its way through the model.
#[derive(Debug)]
pub struct PageRun {
    page: PageInput,
    /// Whether the token LM has read the page.
    read: bool,
    windows: Vec<(usize, usize)>,
    next: usize,
    logits: Vec<f32>,
    depths: Vec<Option<usize>>,
    /// Sum of states, then sum of states times words.
    sums: Vec<f32>,
    weight: f32,
    seen: f32,
}

impl PageRun {
    /// At the first window of `page`.
    pub fn new(page: PageInput, config: &LineConfig) -> Self {
        let n = page.len();
        Self {
            windows: windows(n, config.context),
            read: false,
            next: 0,
            logits: vec![0.0; n],
            depths: vec![None; n],
            sums: vec![0.0; 2 * config.width],
            weight: 0.0,
            seen: 0.0,
            page,
        }
    }

    /// Windows in all.
    pub fn window_count(&self) -> usize {
        self.windows.len()
    }

    /// Runs the next window and returns the lines it reached, `None` when all are done. Verdicts on lines near a cut
    /// may still change with the window after.
    pub fn step(&mut self, backend: &dyn LineBackend) -> Option<(usize, usize)> {
        let window = *self.windows.get(self.next)?;
        if !std::mem::replace(&mut self.read, true) {
            backend.read_lines(&mut self.page);
        }
        self.next += 1;
        let states = backend.states(&self.page, window);
        self.pool(&states, window);
        for (i, logit) in backend.line_logits(&states).into_iter().enumerate() {
            let depth = Some(depth(i, window, self.logits.len()));
            // where windows overlap, the one that sees more around the line decides
            if depth > self.depths[window.0 + i] {
                self.logits[window.0 + i] = logit;
                self.depths[window.0 + i] = depth;
            }
        }
        Some(window)
    }

    /// Logits so far of the lines `window.0..window.1`.
    pub fn logits(&self, window: (usize, usize)) -> &[f32] {
        &self.logits[window.0..window.1]
    }

    /// The page as the model reads it.
    pub fn page(&self) -> &PageInput {
        &self.page
    }

    /// The page's logits, once every window ran.
    pub fn finish(self, backend: &dyn LineBackend) -> PageLogits {
        let width = self.sums.len() / 2;
        let by = |i: usize| if i < width { self.seen.max(1.0) } else { self.weight.max(1.0) };
        let pooled: Vec<f32> = self.sums.iter().enumerate().map(|(i, sum)| sum / by(i)).collect();
        PageLogits { document: backend.document_logit(&pooled, &self.page.document), lines: self.logits }
    }

    fn pool(&mut self, states: &[f32], window: (usize, usize)) {
        let width = self.sums.len() / 2;
        let (plain, weighted) = self.sums.split_at_mut(width);
        for (state, words) in states.chunks_exact(width).zip(&self.page.words[window.0..window.1]) {
            let weight = words + 1.0;
            self.seen += 1.0;
            self.weight += weight;
            for ((p, w), s) in plain.iter_mut().zip(weighted.iter_mut()).zip(state) {
                *p += s;
                *w += s * weight;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_line() {
        assert!(windows(0, 256).is_empty());
        for lines in [1, 255, 256, 257, 448, 449, 1000, 5000] {
            let windows = windows(lines, 256);
            assert_eq!((windows[0].0, windows[windows.len() - 1].1), (0, lines));
            assert!(windows.windows(2).all(|w| w[1].0 > w[0].0 && w[1].0 < w[0].1));
            assert!(windows.iter().all(|w| w.1 - w.0 <= 256));
        }
    }

    #[test]
    fn only_cuts_count_as_edges() {
        assert_eq!(depth(0, (0, 256), 256), usize::MAX);
        assert_eq!(depth(0, (0, 256), 300), 255);
        assert_eq!(depth(3, (44, 300), 300), 3);
        assert_eq!(depth(3, (192, 448), 900), 3);
    }
}
