"""The n-gram score of a line: a hashed linear model over words and word pairs.

It carries the trees that serve as yardstick (DESIGN section 4), because it forgets nothing and fits little by heart:
its scores on the train pages come from models that did not see the page's site (`fit_out_of_fold`).
"""

import hashlib

import numpy as np
from scipy import sparse
from sklearn.linear_model import SGDClassifier

from .hashing import bucket, mix, word_hash
from .text import abridge, fold, words

BITS = 17
LINE_START, LINE_END, WHOLE_LINE = 1, 2, 3
WHOLE_LINE_WORDS = 6
MAX_WORDS = 256


def line_buckets(line: str, bits: int = BITS) -> dict[int, int]:
    """Table rows of a trimmed line with their counts: words, pairs with the line's two ends, and short lines whole."""
    head, tail = abridge(line)
    counts: dict[int, int] = {}
    parts = [words(fold(part))[:MAX_WORDS] for part in (head, tail) if part]
    for part in parts:
        previous = LINE_START
        for word in part:
            h = word_hash(word)
            for key in (h, mix(previous, h)):
                row = bucket(key, bits)
                counts[row] = counts.get(row, 0) + 1
            previous = h
        row = bucket(mix(previous, LINE_END), bits)
        counts[row] = counts.get(row, 0) + 1
    if len(parts) == 1 and 0 < len(parts[0]) <= WHOLE_LINE_WORDS:
        h = WHOLE_LINE
        for word in parts[0]:
            h = mix(h, word_hash(word))
        row = bucket(h, bits)
        counts[row] = counts.get(row, 0) + 1
    return counts


def matrix(lines: list[str], bits: int = BITS) -> sparse.csr_matrix:
    """Rows of unit length with entries 1 + ln(count)."""
    indices, data, indptr = [], [], [0]
    for line in lines:
        counts = line_buckets(line, bits)
        values = 1.0 + np.log(np.fromiter(counts.values(), np.float64, len(counts)))
        norm = np.sqrt((values * values).sum()) or 1.0
        indices.extend(counts.keys())
        data.append((values / norm).astype(np.float32))
        indptr.append(len(indices))
    flat = np.concatenate(data) if data else np.zeros(0, np.float32)
    return sparse.csr_matrix((flat, np.asarray(indices, np.int32), np.asarray(indptr, np.int64)), shape=(len(lines), 1 << bits))


def fit(x: sparse.csr_matrix, y: np.ndarray, weight: np.ndarray, seed: int, alpha: float = 2e-6) -> tuple[np.ndarray, float]:
    model = SGDClassifier(loss="log_loss", alpha=alpha, max_iter=8, tol=None, random_state=seed, average=True)
    model.fit(x, y, sample_weight=weight)
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


def fold_of_site(site: str, folds: int) -> int:
    return int(hashlib.md5(site.encode()).hexdigest(), 16) % folds


def fit_out_of_fold(x, y, weight, fold_ids, folds: int, seed: int) -> np.ndarray:
    """A score for each train line by the model of the folds it is not in."""
    scores = np.zeros(len(y), np.float32)
    for k in range(folds):
        seen = fold_ids != k
        coef, bias = fit(x[seen], y[seen], weight[seen], seed)
        scores[~seen] = x[~seen] @ coef + bias
    return scores
