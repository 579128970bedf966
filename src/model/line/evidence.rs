//! What speaks for and against a line in the eyes of the n-gram score: the part of the model that can be told in words. Blocks above
//! it weigh this with all else they see, so it is evidence, not the verdict.

use super::LineModel;
use super::features::line_facts;
use super::page::repeats;
use super::score::{best_block, clip};

/// Most words that are named for a line.
pub const TELLING_WORDS: usize = 4;
/// Lines on either side that [`LineEvidence::around`] looks at.
pub const AROUND: usize = 5;

/// What speaks for a line (positive numbers) and against it. Numbers are log-odds.
#[derive(Debug, Clone, PartialEq)]
pub struct LineEvidence {
    /// By its words alone, within -8..8.
    pub words: f32,
    /// The words that weigh most, the strongest first, folded (lower case, digits as 0), each with what it adds to `words`.
    pub telling: Vec<(String, f32)>,
    /// Mean of `words` over up to [`AROUND`] lines on either side; 0 where there are none.
    pub around: f32,
    /// Whether it stands within the stretch of lines whose words speak most for them.
    pub in_main_text: bool,
    /// How often the same line stands on the page.
    pub times: usize,
}

impl LineModel {
    /// The evidence on each line of a page; they are trimmed and none is empty.
    #[must_use]
    pub fn evidence(&self, lines: &[&str]) -> Vec<LineEvidence> {
        let facts: Vec<_> = lines.iter().map(|line| line_facts(line)).collect();
        let scores: Vec<f64> = lines.iter().map(|line| clip(self.ngrams.score(line))).collect();
        let weights: Vec<f64> = facts.iter().map(|fact| fact.words as f64 + 1.0).collect();
        let (start, end) = best_block(&scores, &weights);
        let times = repeats(&facts);
        let has_main_text = scores.iter().any(|&score| score > 0.0);
        lines
            .iter()
            .enumerate()
            .map(|(i, line)| LineEvidence {
                words: scores[i] as f32,
                telling: self.telling(line),
                around: around(&scores, i) as f32,
                in_main_text: has_main_text && (start..=end).contains(&i),
                times: times[&facts[i].folded],
            })
            .collect()
    }

    fn telling(&self, line: &str) -> Vec<(String, f32)> {
        let mut shares = self.ngrams.shares(line);
        // marks and numbers tell people nothing
        shares.retain(|(word, _)| word.chars().any(char::is_alphabetic));
        let mut telling = Vec::with_capacity(TELLING_WORDS);
        while telling.len() < TELLING_WORDS && !shares.is_empty() {
            let strongest = (1..shares.len()).fold(0, |best, i| if shares[i].1.abs() > shares[best].1.abs() { i } else { best });
            let (word, share) = shares.remove(strongest);
            telling.push((word, share as f32));
        }
        telling
    }
}

/// Mean of the scores next to `line`, without its own.
fn around(scores: &[f64], line: usize) -> f64 {
    let near = line.saturating_sub(AROUND)..(line + AROUND + 1).min(scores.len());
    let others = near.len() - 1;
    if others == 0 { 0.0 } else { (scores[near].iter().sum::<f64>() - scores[line]) / others as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(lines: &[&str]) -> Vec<LineEvidence> {
        LineModel::from_bytes(include_bytes!("../../../models/prox-nano.gguf").to_vec()).unwrap().evidence(lines)
    }

    #[test]
    fn a_menu_around_a_sentence() {
        let sentence = "The council voted on Tuesday to repair the old bridge, which had been closed since the flood in March.";
        let found = evidence(&["Home", "Sign in", sentence, "Share", "Share"]);
        assert!(found[2].words > 0.0 && found[2].in_main_text && found[2].around < 0.0);
        assert!(found[1].words < 0.0 && !found[1].in_main_text);
        assert_eq!(found.iter().map(|e| e.times).collect::<Vec<_>>(), [1, 1, 1, 2, 2]);
        assert!(found[2].telling.len() == TELLING_WORDS && found[1].telling.len() == 2);
        let strength: Vec<f32> = found[2].telling.iter().map(|(_, share)| share.abs()).collect();
        assert!(strength.is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn nothing_and_one_line() {
        assert!(evidence(&[]).is_empty());
        let one = evidence(&["Subscribe"]);
        assert!(one[0].around == 0.0 && one[0].words < 0.0 && !one[0].in_main_text);
    }
}
