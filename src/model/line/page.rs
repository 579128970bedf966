//! Numbers about a line's place on its page. The Python twin is `page_features` and `doc_features` in
//! `training/prox_train/features.py`.

use std::collections::{HashMap, HashSet};

use super::features::{BASE, LineFacts, index};
use super::score::clip;

/// Names of the features that tell a line's place on the page, in order.
pub const PAGE: [&str; 20] = [
    "repeats",
    "seen",
    "place",
    "words_before",
    "from_top",
    "from_end",
    "lines",
    "page_words",
    "prose_share",
    "page_terminal",
    "lines_since_prose",
    "lines_to_prose",
    "words_since_prose",
    "words_to_prose",
    "prose_lines_before",
    "prose_lines_after",
    "prose_words_before",
    "overlap_prose",
    "overlap_top",
    "bullet_run",
];
/// Line features that are also averaged over the lines around.
pub const WINDOWED: [&str; 5] = ["words", "terminal", "function_words", "bullet", "capitalised"];
/// Lines on either side that are averaged over.
pub const WINDOWS: [usize; 3] = [2, 8, 20];
/// Names of the features of a whole document, in order.
pub const DOCUMENT: [&str; 10] = [
    "doc_lines",
    "doc_words",
    "doc_prose_words",
    "doc_prose_share",
    "doc_prose_lines",
    "doc_terminal",
    "doc_function_words",
    "doc_score",
    "doc_score_max",
    "doc_repeats",
];

/// Distance to prose where there is none.
const NO_PROSE: f64 = 999.0;

/// Columns of the page features with those of the windows.
pub(super) const COLUMNS: usize = PAGE.len() + WINDOWS.len() * WINDOWED.len();

/// How often each folded line stands on the page.
pub(super) fn repeats(facts: &[LineFacts]) -> HashMap<u32, usize> {
    let mut counts = HashMap::with_capacity(facts.len());
    for fact in facts {
        *counts.entry(fact.folded).or_insert(0) += 1;
    }
    counts
}

/// For each line: lines and words since the last line of prose before it, and to the next one after it.
fn prose_distances(facts: &[LineFacts]) -> Vec<[f64; 4]> {
    let mut out = vec![[NO_PROSE, NO_PROSE, 0.0, 0.0]; facts.len()];
    let mut last: Option<(usize, f64)> = None;
    let mut words = 0.0;
    for (i, fact) in facts.iter().enumerate() {
        words += fact.words as f64;
        if let Some((line, upto)) = last {
            out[i][0] = (i - line) as f64;
            out[i][2] = words - upto;
        }
        if fact.prose {
            last = Some((i, words));
        }
    }
    let mut next: Option<(usize, f64)> = None;
    for (i, fact) in facts.iter().enumerate().rev() {
        if let Some((line, from)) = next {
            out[i][1] = (line - i) as f64;
            out[i][3] = from - words;
        }
        words -= fact.words as f64;
        if fact.prose {
            next = Some((i, words));
        }
    }
    out
}

/// For each line: shares of its content words that other lines of prose hold, and the first three lines.
fn overlaps(facts: &[LineFacts]) -> Vec<[f64; 2]> {
    let mut in_prose: HashMap<u32, usize> = HashMap::new();
    for hash in facts.iter().filter(|f| f.prose).flat_map(|f| &f.content) {
        *in_prose.entry(*hash).or_insert(0) += 1;
    }
    let top: HashSet<u32> = facts.iter().take(3).flat_map(|f| &f.content).copied().collect();
    let share = |n: usize, of: usize| n as f64 / of as f64;
    facts
        .iter()
        .enumerate()
        .map(|(i, fact)| {
            let content = &fact.content;
            if content.is_empty() {
                return [0.0, 0.0];
            }
            let own = usize::from(fact.prose);
            let elsewhere = content.iter().filter(|h| in_prose.get(h).copied().unwrap_or(0) > own).count();
            let at_top = if i >= 3 { content.iter().filter(|h| top.contains(h)).count() } else { 0 };
            [share(elsewhere, content.len()), share(at_top, content.len())]
        })
        .collect()
}

/// Mean over up to `radius` lines on either side, the line included.
pub(super) fn window_mean(values: &[f64], radius: usize) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(0.0);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    (0..values.len())
        .map(|i| {
            let (lo, hi) = (i.saturating_sub(radius), (i + radius + 1).min(values.len()));
            (sums[hi] - sums[lo]) / (hi - lo) as f64
        })
        .collect()
}

/// The page features of each line, in the order of [`PAGE`] and then window by window [`WINDOWED`].
pub(super) fn page_features(facts: &[LineFacts]) -> Vec<[f64; COLUMNS]> {
    let n = facts.len();
    let ln1 = libm::log1p;
    let counts = repeats(facts);
    let distances = prose_distances(facts);
    let overlaps = overlaps(facts);
    let total = facts.iter().map(|f| f.words).sum::<usize>().max(1) as f64;
    let prose_words = facts.iter().filter(|f| f.prose).map(|f| f.words).sum::<usize>() as f64;
    let prose_lines = facts.iter().filter(|f| f.prose).count();
    let terminal = facts.iter().map(|f| f.row[const { index("terminal") }]).sum::<f64>() / n.max(1) as f64;
    let mut seen = HashSet::with_capacity(n);
    let (mut words, mut prose_words_before, mut prose_before, mut bullets) = (0.0, 0.0, 0usize, 0usize);
    let mut out = Vec::with_capacity(n);
    for (i, fact) in facts.iter().enumerate() {
        let first = seen.insert(fact.folded);
        bullets = if fact.row[const { index("bullet") }] > 0.0 { bullets + 1 } else { 0 };
        let mut row = [0.0; COLUMNS];
        row[..PAGE.len()].copy_from_slice(&[
            libm::log(counts[&fact.folded] as f64),
            f64::from(u8::from(!first)),
            i as f64 / n as f64,
            words / total,
            ln1(i as f64),
            ln1((n - 1 - i) as f64),
            ln1(n as f64),
            ln1(total),
            prose_words / total,
            terminal,
            ln1(distances[i][0]),
            ln1(distances[i][1]),
            ln1(distances[i][2]),
            ln1(distances[i][3]),
            ln1(prose_before as f64),
            ln1((prose_lines - prose_before - usize::from(fact.prose)) as f64),
            prose_words_before / prose_words.max(1.0),
            overlaps[i][0],
            overlaps[i][1],
            ln1(bullets as f64),
        ]);
        words += fact.words as f64;
        if fact.prose {
            prose_words_before += fact.words as f64;
            prose_before += 1;
        }
        out.push(row);
    }
    const COLUMN: [usize; WINDOWED.len()] =
        [index(WINDOWED[0]), index(WINDOWED[1]), index(WINDOWED[2]), index(WINDOWED[3]), index(WINDOWED[4])];
    for (k, column) in COLUMN.into_iter().enumerate() {
        let values: Vec<f64> = facts.iter().map(|f| f.row[column]).collect();
        for (w, radius) in WINDOWS.into_iter().enumerate() {
            for (row, mean) in out.iter_mut().zip(window_mean(&values, radius)) {
                row[PAGE.len() + w * WINDOWED.len() + k] = mean;
            }
        }
    }
    out
}

/// The features of the document, in the order of [`DOCUMENT`]. There must be a line.
pub(super) fn document_features(facts: &[LineFacts], scores: &[f64]) -> [f32; DOCUMENT.len()] {
    let ln1 = libm::log1p;
    let total = facts.iter().map(|f| f.words).sum::<usize>().max(1) as f64;
    let weighted = |column: usize| facts.iter().map(|f| f.words as f64 * f.row[column]).sum::<f64>() / total;
    // prose as the document labels count it: at least nine words and 45 characters in the line
    let long = |f: &&LineFacts| f.words >= 9 && f.row[const { index("chars") }] >= libm::log1p(45.0);
    let prose = facts.iter().filter(long).map(|f| f.words).sum::<usize>() as f64;
    let weight: f64 = facts.iter().map(|f| f.words as f64 + 1.0).sum();
    let score = facts.iter().zip(scores).map(|(f, &s)| clip(s) * (f.words as f64 + 1.0)).sum::<f64>() / weight;
    let best = scores.iter().map(|&s| clip(s)).fold(f64::NEG_INFINITY, f64::max);
    let counts = repeats(facts);
    let repeated = facts.iter().filter(|f| counts[&f.folded] > 1).count();
    let n = facts.len() as f64;
    [
        ln1(n),
        ln1(total),
        ln1(prose),
        prose / total,
        ln1(facts.iter().filter(long).count() as f64),
        weighted(const { index("terminal") }),
        weighted(const { index("function_words") }),
        score,
        best,
        repeated as f64 / n,
    ]
    .map(|x| x as f32)
}

/// Columns of a line's own features.
pub(super) const BASE_COLUMNS: usize = BASE.len();
