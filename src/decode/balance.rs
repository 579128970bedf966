//! Which lines of a page to keep when the model is unsure of all of them.
//!
//! Kept-text F1 is best where a line stays whose probability is above half of the F1 that is reached with it (Lipton,
//! Elkan, Naryanaswamy: "Optimal Thresholding of Classifiers to Maximize F1 Measure", 2014). On a page the model is sure of
//! that is one half; on one it hardly understands it is less, so that text is rather kept than lost. Moving the page's
//! logits by as much leaves one half the threshold for everyone downstream.

use crate::backend::sigmoid;

/// Half the best F1 is never taken for less, so that a page without content does not come back whole.
const LEAST_THRESHOLD: f64 = 0.05;

/// Moves the calibrated keep logits of a page's lines so that one half is the page's best threshold, then by `shift`.
/// `words[i]` are the words of line `i`.
pub fn balance(logits: &mut [f32], words: &[f32], shift: f32) {
    let threshold = (best_expected_f1(logits, words) / 2.0).max(LEAST_THRESHOLD);
    let by = shift - libm::log(threshold / (1.0 - threshold)) as f32;
    logits.iter_mut().for_each(|z| *z += by);
}

/// Tokens a word beyond this many more than in the model's own language count no further: it is foreign or not, and how much
/// says little.
const MOST_FOREIGN: f32 = 0.2;
/// Lines of this many words and more get all of the lenience, shorter ones a share: menus are short in any language.
const PROSE_WORDS: f32 = 7.0;

/// Documents with this many words of prose get none of the lenience, those with twice as many all of it: login pages and lists are to
/// be dropped in any language.
const PROSE_OF_DOCUMENT: f32 = 150.0;
/// Documents get this much of it; a page lost is more than a line.
const SHARE_OF_DOCUMENT: f32 = 1.5;

/// How much a page's longer lines, and pages with prose, are favoured because their language is not the model's own.
///
/// A tokenizer cuts words of a language it was not trained on into more pieces; that tells how far to trust the model, in any
/// language and script.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lenience {
    /// Tokens a word from which a page counts as foreign.
    pub from: f32,
    /// Added to a line's logit for each token a word beyond.
    pub scale: f32,
}

impl Lenience {
    /// Moves the logits of a page's lines towards staying.
    pub fn apply(self, logits: &mut [f32], words: &[f32], tokens_per_word: f32) {
        let by = self.most(tokens_per_word);
        for (z, words) in logits.iter_mut().zip(words) {
            *z += by * (words / PROSE_WORDS).min(1.0);
        }
    }

    /// What a document's logit is moved by towards staying.
    pub fn of_document(self, prose_words: f32, tokens_per_word: f32) -> f32 {
        SHARE_OF_DOCUMENT * self.most(tokens_per_word) * (prose_words / PROSE_OF_DOCUMENT - 1.0).clamp(0.0, 1.0)
    }

    fn most(self, tokens_per_word: f32) -> f32 {
        self.scale * (tokens_per_word - self.from).clamp(0.0, MOST_FOREIGN)
    }
}

/// The greatest expected F1 over words that keeping the likeliest lines of a page can reach: expected true positives over
/// the mean of words kept and words expected to be content. 1 for a page without words.
fn best_expected_f1(logits: &[f32], words: &[f32]) -> f64 {
    let mut lines: Vec<(f64, f64)> =
        logits.iter().zip(words).map(|(&z, &words)| (f64::from(sigmoid(z)), f64::from(words))).collect();
    lines.sort_by(|a, b| b.0.total_cmp(&a.0));
    let content: f64 = lines.iter().map(|(keep, words)| keep * words).sum();
    let (mut found, mut kept, mut best) = (0.0, 0.0, 0.0);
    for (keep, words) in &lines {
        found += keep * words;
        kept += words;
        if kept + content > 0.0 {
            best = f64::max(best, 2.0 * found / (kept + content));
        }
    }
    if content > 0.0 { best } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn balanced(logits: &[f32], words: &[f32]) -> Vec<f32> {
        let mut logits = logits.to_vec();
        balance(&mut logits, words, 0.0);
        logits
    }

    #[test]
    fn a_sure_page_keeps_its_threshold() {
        let logits = [9.0, -9.0, 9.0];
        for (found, was) in balanced(&logits, &[100.0, 100.0, 50.0]).iter().zip(logits) {
            assert!((found - was).abs() < 0.01, "{found} was {was}");
        }
    }

    #[test]
    fn an_unsure_page_keeps_more() {
        // two long lines at 0.45 each: keeping both expects F1 = 2 * 0.45 / 1.45 = 0.62, so 0.45 is above the threshold
        let found = balanced(&[-0.2, -0.2, -6.0], &[80.0, 80.0, 3.0]);
        assert!(found[0] > 0.0 && found[1] > 0.0 && found[2] < 0.0, "{found:?}");
    }

    #[test]
    fn long_lines_of_foreign_pages_are_favoured() {
        let (lenience, mut logits) = (Lenience { from: 2.0, scale: 16.0 }, [0.0; 3]);
        lenience.apply(&mut logits, &[40.0, 5.0, 0.0], 1.6);
        assert_eq!(logits, [0.0; 3]);
        lenience.apply(&mut logits, &[40.0, 3.5, 0.0], 2.125);
        assert_eq!(logits, [2.0, 1.0, 0.0]);
        lenience.apply(&mut logits, &[40.0, 0.0, 0.0], 1e9);
        assert_eq!(logits, [5.2, 1.0, 0.0]);
    }

    #[test]
    fn foreign_documents_with_prose_are_favoured() {
        let lenience = Lenience { from: 2.0, scale: 16.0 };
        let by = |prose, tokens| lenience.of_document(prose, tokens);
        assert_eq!([by(500.0, 1.6), by(149.0, 3.0)], [0.0, 0.0]);
        assert!((by(225.0, 3.0) - 2.4).abs() < 1e-5 && (by(9e9, 3.0) - 4.8).abs() < 1e-5);
        assert_eq!(by(225.0, 2.125), 1.5);
    }

    #[test]
    fn order_stays_and_odd_pages_are_fine() {
        let logits = [0.3, -2.0, 4.0, 0.1];
        let found = balanced(&logits, &[1.0, 0.0, 7.0, 2.0]);
        for i in 1..4 {
            assert!(((found[i] - found[0]) - (logits[i] - logits[0])).abs() < 1e-5);
        }
        assert!(balanced(&[], &[]).is_empty());
        assert_eq!(balanced(&[-1.0, 2.0], &[0.0, 0.0]), [-1.0, 2.0]);
        assert!(balanced(&[f32::NAN, 1.0], &[3.0, 3.0]).len() == 2);
        assert!(balanced(&[-80.0; 5], &[9.0; 5]).iter().all(|&z| z < 0.0));
    }
}
