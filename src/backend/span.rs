//! Verdicts on spans: a sum of weights, one order everywhere.

use super::sigmoid;
use crate::model::span::{Candidate, SpanModel};

/// The calibrated probability that a candidate is noise and its replacement right.
#[must_use]
pub fn span_probability(model: &SpanModel, candidate: &Candidate) -> f32 {
    let sum: f64 = candidate.rows.iter().map(|&row| f64::from(model.weights.at(row as usize))).sum();
    let (scale, shift) = model.calibration[candidate.span.kind as usize];
    sigmoid(sum as f32 * scale + shift)
}
