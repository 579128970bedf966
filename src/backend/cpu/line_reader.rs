//! What a token LM makes of each line of a page.

use super::llama::CpuLlama;
use super::math::silu;
use super::ops::{add, linear};
use super::weight::Kernel;
use crate::model::line::{LineLm, PageInput};

/// Lines whose states are held at once.
const LINES: usize = 64;

/// Runs the token LM of a line model.
pub struct LineReader {
    lm: LineLm,
    llama: CpuLlama,
}

impl LineReader {
    pub fn new(lm: &LineLm, kernel: Kernel) -> Self {
        Self { lm: lm.clone(), llama: CpuLlama::new(lm.llama.clone(), kernel) }
    }

    /// Reads each distinct line once and hands the page what the line transformer needs of it.
    pub fn read(&self, page: &mut PageInput) {
        let Some(input) = &page.lm else { return };
        let (width, blocks) = (self.lm.llama.config.shape.width, self.lm.llama.blocks.len());
        let count = input.tokens.len();
        let mut scores = Vec::with_capacity(count);
        let mut vectors = Vec::with_capacity(count * self.lm.proj.bias.len());
        for from in (0..count).step_by(LINES) {
            let lines: Vec<&[u32]> = (from..(from + LINES).min(count)).map(|line| input.tokens.get(line)).collect();
            // the tokens are those of the model's own tokenizer: there is none it does not know
            let states = self.llama.states(&lines, blocks).unwrap_or_default();
            let joined = join(&states, &lines, width);
            vectors.extend(linear(&joined, &self.lm.proj));
            let mut hidden = linear(&joined, &self.lm.score_up);
            silu(&mut hidden);
            scores.extend(linear(&hidden, &self.lm.score_down).into_iter().map(f64::from));
        }
        let vectors: Vec<&[f32]> = vectors.chunks_exact(self.lm.proj.bias.len()).collect();
        let of_lines: Vec<f64> = input.rows.iter().map(|&row| scores[row]).collect();
        let vectors = input.rows.iter().flat_map(|&row| vectors[row]).copied().collect();
        page.take_lm(&of_lines, vectors);
    }
}

/// For each line the mean state of its tokens, then the state at the line feed that ends it: `[lines, 2 width]`.
fn join(states: &[f32], lines: &[&[u32]], width: usize) -> Vec<f32> {
    let mut out = vec![0.0; lines.len() * 2 * width];
    let mut rest = states;
    for (line, out) in lines.iter().zip(out.chunks_exact_mut(2 * width)) {
        let (own, later) = rest.split_at((line.len() * width).min(rest.len()));
        rest = later;
        let (mean, end) = out.split_at_mut(width);
        // the line feeds at both ends are not the line's own
        let last = line.len().saturating_sub(1);
        for state in own.chunks_exact(width).take(last).skip(1) {
            add(mean, state);
        }
        let count = last.saturating_sub(1).max(1) as f32;
        mean.iter_mut().for_each(|x| *x /= count);
        if let Some(state) = own.chunks_exact(width).nth(last) {
            end.copy_from_slice(state);
        }
    }
    out
}
