//! The likeliest of the tokens that may come.

/// A token, and how likely it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    /// The token.
    pub token: u32,
    /// Its probability among those that may come.
    pub probability: f64,
}

impl Pick {
    /// The likeliest of the tokens `allowed`, `None` where there are none, or no logits. Of equal logits the lowest token wins; NaN, and the
    /// logit of a token that has none, counts as less than all.
    #[must_use]
    pub fn among(logits: &[f32], allowed: &[u32]) -> Option<Self> {
        let value = |id: u32| logits.get(id as usize).copied().filter(|logit| !logit.is_nan()).unwrap_or(f32::NEG_INFINITY);
        let likelier = |best: (f32, u32), &id: &u32| {
            let logit = value(id);
            if logit > best.0 || (logit == best.0 && id < best.1) { (logit, id) } else { best }
        };
        let first = *allowed.first().filter(|_| !logits.is_empty())?;
        let (logit, token) = allowed.iter().fold((value(first), first), likelier);
        let terms = allowed.iter().map(|&other| libm::exp(f64::from(value(other) - logit)));
        let sum: f64 = terms.filter(|p| p.is_finite()).sum();
        let probability = if sum > 0.0 { 1.0 / sum } else { 1.0 / allowed.len() as f64 };
        Some(Self { token, probability })
    }
}

/// The token with the highest logit, the lowest of equals; NaN counts as less than all, and where all are NaN there is none.
#[must_use]
pub fn likeliest(logits: &[f32]) -> Option<u32> {
    let mut best: Option<(u32, f32)> = None;
    for (token, &logit) in (0u32..).zip(logits) {
        if !logit.is_nan() && best.is_none_or(|(_, other)| logit > other) {
            best = Some((token, logit));
        }
    }
    best.map(|(token, _)| token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_of_those_allowed_and_its_share() {
        let logits = [1.0, 9.0, 2.0, 2.0, f32::NAN];
        let pick = Pick::among(&logits, &[3, 2, 0]).unwrap();
        assert_eq!(pick.token, 2);
        assert!((pick.probability - 1.0 / (2.0 + (-1.0f64).exp())).abs() < 1e-12);
        assert_eq!((Pick::among(&logits, &[]), Pick::among(&[], &[1])), (None, None));
        assert_eq!(Pick::among(&logits, &[4, 7]), Some(Pick { token: 4, probability: 0.5 }));
        assert_eq!(Pick::among(&logits, &[4, 0]), Some(Pick { token: 0, probability: 1.0 }));
    }

    #[test]
    fn the_likeliest_of_all() {
        assert_eq!(likeliest(&[0.0, 2.0, 2.0]), Some(1));
        assert_eq!(likeliest(&[f32::NAN, f32::NEG_INFINITY]), Some(1));
        assert_eq!(likeliest(&[f32::NAN]), None);
    }
}
