//! Runs a backend over a page window by window, so that callers can show progress and stop in between.

use super::{LineBackend, PageLogits, Pool, sigmoid};
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
    pool: Pool,
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
            pool: Pool::new(config.width),
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
        let window = self.next_window(|page| backend.read_lines(page))?;
        let logits = backend.window(&self.page, window, &mut self.pool);
        self.take(window, &logits);
        Some(window)
    }

    /// As [`step`](Self::step), on the GPU. After an error the window can be run again, here or on another backend.
    ///
    /// # Errors
    /// [`GpuError`](super::gpu::GpuError).
    #[cfg(feature = "gpu")]
    pub async fn step_on(&mut self, gpu: &super::gpu::GpuLine) -> Result<Option<(usize, usize)>, super::gpu::GpuError> {
        let Some(window) = self.next_window(|page| gpu.read_lines(page)) else { return Ok(None) };
        let logits = gpu.window(&self.page, window, &mut self.pool).await?;
        self.take(window, &logits);
        Ok(Some(window))
    }

    /// As [`step`](Self::step), without blocking.
    #[cfg(feature = "gpu")]
    pub async fn step_async(&mut self, ladder: &super::LadderBackend) -> Option<(usize, usize)> {
        let window = self.next_window(|page| ladder.read(page))?;
        let logits = ladder.run(&self.page, window, &mut self.pool).await;
        self.take(window, &logits);
        Some(window)
    }

    /// The next window, if there is one, of a page whose lines were read.
    fn next_window(&mut self, read: impl FnOnce(&mut PageInput)) -> Option<(usize, usize)> {
        let window = *self.windows.get(self.next)?;
        if !std::mem::replace(&mut self.read, true) {
            read(&mut self.page);
        }
        Some(window)
    }

    /// Takes up the logits of the next window's lines.
    fn take(&mut self, window: (usize, usize), logits: &[f32]) {
        self.next += 1;
        for (i, &logit) in logits.iter().enumerate() {
            let depth = Some(depth(i, window, self.logits.len()));
            // where windows overlap, the one that sees more around the line decides
            if depth > self.depths[window.0 + i] {
                self.logits[window.0 + i] = logit;
                self.depths[window.0 + i] = depth;
            }
        }
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
        let mut document = backend.document_logit(&self.pool.means(), &self.page.document);
        if let Some(words) = &self.page.document_words {
            document += words.score(self.logits.iter().map(|&logit| sigmoid(logit)));
        }
        PageLogits { document, lines: self.logits }
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
