//! The likeliest of the tokens that may come, without bringing the logits home.

use super::super::GpuError;
use super::super::program::{Builder, Dispatch, Grid};
use super::super::shader::{
    Binding::{Read, Uniform, Write},
    Shader,
};

/// Logits of a workgroup.
const TILE: usize = 1024;
/// Numbers that are known of a choice: logit, token, sum, and logits that are no numbers.
pub const PART: usize = 4;

/// As the kernels leave it.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Choice {
    /// The token, where there was one to choose.
    pub token: Option<u32>,
    /// Sum of the exponentials of the logits that were allowed less the highest.
    pub sum: f32,
    /// Logits of the whole vocabulary that are no numbers.
    pub odd: f32,
}

impl Choice {
    /// From what was read back.
    pub fn new(part: &[f32]) -> Option<Self> {
        let &[_, token, sum, odd] = part else { return None };
        Some(Self { token: (sum > 0.0).then_some(token as u32), sum, odd })
    }
}

/// Bits of the tokens that are allowed.
pub fn mask(allowed: impl IntoIterator<Item = u32>, vocab: usize) -> Vec<u32> {
    let mut words = vec![0u32; vocab.div_ceil(32)];
    for token in allowed {
        if let Some(word) = words.get_mut(token as usize / 32) {
            *word |= 1 << (token % 32);
        }
    }
    words
}

impl Builder<'_> {
    /// Of `logits [count]` the highest whose bit in `allowed` is set → `out [PART]`, see [`Choice`].
    ///
    /// # Errors
    /// [`GpuError::TooLarge`], and [`GpuError::Unsupported`] where the vocabulary is too large.
    pub fn pick(
        &self,
        (logits, count): (&wgpu::Buffer, usize),
        allowed: &wgpu::Buffer,
        out: &wgpu::Buffer,
    ) -> Result<[Dispatch; 2], GpuError> {
        if count >= 1 << 24 {
            let problem = format!("a vocabulary of {count} tokens, {} can be chosen from", (1 << 24) - 1);
            return Err(GpuError::Unsupported { problem });
        }
        let groups = count.div_ceil(TILE);
        let parts = self.gpu.storage("parts of a choice", PART * groups)?;
        let merging = self.gpu.report().variant.merging();
        let pick = include_str!("../shaders/pick.wgsl");
        let shader = |name, bindings, body| Shader::new(name, bindings, body).part(pick).part(merging);
        let of_logits =
            shader("pick_logits", &[Uniform, Uniform, Read, Read, Write], include_str!("../shaders/pick_logits.wgsl"));
        let of_parts = shader("pick_parts", &[Uniform, Uniform, Read, Write], include_str!("../shaders/pick_parts.wgsl"));
        Ok([
            self.dispatch((of_logits, Grid::Fixed(groups as u32)), None, &[count as u32], &[logits, allowed, &parts])?,
            self.dispatch((of_parts, Grid::Fixed(1)), None, &[groups as u32], &[&parts, out])?,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Bench, POISON, floats};
    use super::*;
    use crate::backend::Pick;

    /// Of a probability: exponentials and sums of floats.
    const TOLERANCE: f64 = 1e-5;

    fn choice(bench: &Bench, logits: &[f32], allowed: &[u32]) -> Choice {
        let count = logits.len();
        // what lies behind the last logit must not be chosen, though its bit is set
        let buffer = bench.upload(&[logits, &[1e30; 70]].concat());
        let mut bits = mask(allowed.iter().copied(), count);
        if !count.is_multiple_of(32) {
            *bits.last_mut().unwrap() |= u32::MAX << (count % 32);
        }
        bits.extend([u32::MAX; 3]);
        let (bits, out) = (bench.upload(&bits), bench.poisoned(PART + 3));
        let program = bench.program(|b| Ok(b.pick((&buffer, count), &bits, &out)?.into()));
        let found = bench.run(&program, 1, 0, &out, PART + 3);
        assert!(found[PART..].iter().all(|&x| x == POISON));
        Choice::new(&found[..PART]).unwrap()
    }

    #[test]
    fn the_same_choice_as_on_the_cpu() {
        for bench in Bench::all() {
            for (count, every) in [(1, 1), (31, 2), (1024, 1), (1025, 7), (5000, 1), (49_152, 3), (70_001, 40_000)] {
                let logits: Vec<f32> = floats(count, 6).iter().map(|x| 12.0 * x).collect();
                let allowed: Vec<u32> = (0..count as u32).filter(|token| token % every == 0).collect();
                let wanted = Pick::among(&logits, &allowed).unwrap();
                let found = choice(&bench, &logits, &allowed);
                assert_eq!((found.token, found.odd), (Some(wanted.token), 0.0), "{count}, every {every}");
                let probability = 1.0 / f64::from(found.sum);
                assert!((probability / wanted.probability - 1.0).abs() <= TOLERANCE, "{probability} {}", wanted.probability);
            }
        }
    }

    #[test]
    fn the_lowest_of_equals_none_of_none_and_odd_ones_counted() {
        for bench in Bench::all() {
            let mut logits = vec![-2.5f32; 3000];
            let allowed: Vec<u32> = (0..3000).filter(|token| token % 3 == 2).rev().collect();
            assert_eq!(choice(&bench, &logits, &allowed), Choice { token: Some(2), sum: 1000.0, odd: 0.0 });
            assert_eq!(choice(&bench, &logits, &[]), Choice { token: None, sum: 0.0, odd: 0.0 });
            (logits[7], logits[2100], logits[2999]) = (f32::NAN, f32::INFINITY, f32::NEG_INFINITY);
            assert_eq!(choice(&bench, &logits, &[5, 2999]), Choice { token: Some(5), sum: 1.0, odd: 3.0 });
            // far apart: the small one is nothing beside the large
            (logits[0], logits[1]) = (3e37, -3e37);
            assert_eq!(choice(&bench, &logits[..3], &[0, 1]), Choice { token: Some(0), sum: 1.0, odd: 0.0 });
        }
    }
}
