//! The forward pass of the line transformer.

use std::sync::Arc;

use super::block::Block;
use super::line_reader::LineReader;
use super::math::silu;
use super::ops::{add, linear, matmul, rms_norm};
use super::rope::{RopeFrequencies, RopeTable};
use super::sight::both_ways;
use super::weight::Kernel;
use crate::backend::{LineBackend, Pool};
use crate::model::Matrix;
use crate::model::line::{Bags, LineModel, PageInput};

/// Normalised features are held within this, so that one odd number on a page can't drown the rest.
const FEATURE_BOUND: f32 = 6.0;

/// Runs a line transformer on the CPU.
pub struct CpuLineBackend {
    model: Arc<LineModel>,
    blocks: Vec<Block>,
    rope: RopeTable,
    reader: Option<LineReader>,
}

impl CpuLineBackend {
    /// For this model, in floats.
    pub fn new(model: Arc<LineModel>) -> Self {
        Self::with_kernel(model, Kernel::Float)
    }

    /// For this model, its blocks by this kernel.
    pub fn with_kernel(model: Arc<LineModel>, kernel: Kernel) -> Self {
        let c = &model.config;
        let rope = RopeFrequencies::new(c.head_width(), c.rope_base).at(0..c.context);
        let shape = c.block_shape();
        let blocks = model.blocks.iter().map(|weights| Block::new(weights.clone(), &shape, kernel)).collect();
        let reader = model.lm.as_ref().map(|lm| LineReader::new(lm, kernel));
        Self { model, blocks, rope, reader }
    }

    /// Vectors of the lines `from..to`: `[lines, width]`.
    fn embed(&self, page: &PageInput, from: usize, to: usize) -> Vec<f32> {
        let m = &*self.model;
        let e = m.config.embedding;
        let mut bags = vec![0.0; (to - from) * 4 * e];
        let mut row = vec![0.0; e];
        for (line, out) in (from..to).zip(bags.chunks_exact_mut(4 * e)) {
            mean(&m.token_embd, &page.tokens, line, &mut row, &mut out[..e]);
            mean(&m.pair_embd, &page.pairs, line, &mut row, &mut out[e..2 * e]);
            let tokens = page.tokens.get(line);
            for (token, at) in [(tokens.first(), 2 * e), (tokens.last(), 3 * e)] {
                if let Some(&token) = token {
                    m.token_embd.row(token as usize, &mut out[at..at + e]);
                }
            }
        }
        let features = normalise(&page.features[from * page.columns..to * page.columns], &m.feature_norm);
        let mut x = matmul(&bags, &m.bag_proj);
        add(&mut x, &linear(&silu_of(linear(&features, &m.feature_up)), &m.feature_down));
        if let Some(lm) = &page.lm {
            add(&mut x, &lm.vectors[from * m.config.width..to * m.config.width]);
        }
        x
    }

    /// States after the last norm of the lines `window.0..window.1` of a page, which see each other: `[lines, width]`.
    fn states(&self, page: &PageInput, window: (usize, usize)) -> Vec<f32> {
        let shape = self.model.config.block_shape();
        let mut x = self.embed(page, window.0, window.1);
        for block in &self.blocks {
            block.run(&mut x, &self.rope, |q, k, v| both_ways(q, k, v, &shape));
        }
        rms_norm(&x, &self.model.output_norm, self.model.config.norm_eps)
    }

    /// Calibrated keep logits of lines from their states.
    fn line_logits(&self, states: &[f32]) -> Vec<f32> {
        let (scale, shift) = self.model.config.line_calibration;
        let mut logits = linear(states, &self.model.line_head);
        logits.iter_mut().for_each(|z| *z = *z * scale + shift);
        logits
    }
}

impl LineBackend for CpuLineBackend {
    fn read_lines(&self, page: &mut PageInput) {
        if let Some(reader) = &self.reader {
            reader.read(page);
        }
    }

    fn window(&self, page: &PageInput, window: (usize, usize), pool: &mut Pool) -> Vec<f32> {
        let states = self.states(page, window);
        pool.add(&states, &page.words[window.0..window.1]);
        self.line_logits(&states)
    }

    fn document_logit(&self, pooled: &[f32], features: &[f32]) -> f32 {
        let m = &*self.model;
        let (scale, shift) = m.config.doc_calibration;
        let input = [pooled, &normalise(features, &m.doc_norm)].concat();
        linear(&silu_of(linear(&input, &m.doc_up)), &m.doc_head)[0] * scale + shift
    }
}

pub fn mean(table: &Matrix, bags: &Bags, line: usize, row: &mut [f32], out: &mut [f32]) {
    let bag = bags.get(line);
    for &index in bag {
        table.add_row(index as usize, out, row);
    }
    let count = bag.len().max(1) as f32;
    out.iter_mut().for_each(|x| *x /= count);
}

pub fn normalise(features: &[f32], (mean, rstd): &(Vec<f32>, Vec<f32>)) -> Vec<f32> {
    let mut out = Vec::with_capacity(features.len());
    for row in features.chunks_exact(mean.len()) {
        out.extend(row.iter().zip(mean).zip(rstd).map(|((x, m), r)| ((x - m) * r).clamp(-FEATURE_BOUND, FEATURE_BOUND)));
    }
    out
}

fn silu_of(mut x: Vec<f32>) -> Vec<f32> {
    silu(&mut x);
    x
}
