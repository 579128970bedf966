"""Numbers about a line and its place on the page. Every step has its twin in `src/model/line_features.rs`.

A page is given as its lines that are not blank, trimmed (`text.trim`). Shares lie in 0..1, counts are ln(1 + n).
"""

import re
from collections import Counter

import numpy as np

from .hashing import word_hash
from .text import category, fold, spaced_words, stands_alone, words

BULLETS = "•*-–—·▪◦●○■►▶✓✔"
CLOSERS = "\"'”’)]»"
TERMINALS = ".!?…。！？"
SEPARATORS = "|»›>/·•→"
CODE = "{}\\<>=_;"
COMMAS = ",，、;"
QUOTES = "\"“”"
CURRENCY = "$£€¥"

_ENUM = re.compile(r"\(?(?:[0-9]{1,3}|[a-z])[.)] ")
_YEAR = re.compile(r"(?<![0-9])(?:19|20)[0-9]{2}(?![0-9])")
_CLOCK = re.compile(r"[0-9]:[0-9][0-9]")
_PRICE = re.compile(r"[$£€¥] ?[0-9]")

BASE = [
    "chars", "words", "word_length", "digits", "uppers", "capitalised", "function_words", "commas", "terminal", "colon",
    "ellipsis", "separators", "bullet", "enumerated", "url", "at", "year", "clock", "copyright", "price", "lower_start",
    "quotes", "question", "parens", "other_chars", "sentence_ends", "all_caps", "code", "standing_alone",
]
PAGE = [
    "repeats", "seen", "place", "words_before", "from_top", "from_end", "lines", "page_words", "prose_share", "page_terminal",
    "lines_since_prose", "lines_to_prose", "words_since_prose", "words_to_prose", "prose_lines_before", "prose_lines_after",
    "prose_words_before", "overlap_prose", "overlap_top", "bullet_run",
]
WINDOWED = ["words", "terminal", "function_words", "bullet", "capitalised"]
WINDOWS = [2, 8, 20]
SCORE = ["score", "score_2", "score_5", "score_15", "weighted_3", "weighted_10", "page", "page_weighted", "page_max",
         "in_block", "from_block_start", "to_block_end"]
NAMES = BASE + PAGE + [f"{n}_{w}" for w in WINDOWS for n in WINDOWED] + ["ngram_" + n for n in SCORE]
DOC_NAMES = ["doc_lines", "doc_words", "doc_prose_words", "doc_prose_share", "doc_prose_lines", "doc_terminal",
             "doc_function_words", "doc_score", "doc_score_max", "doc_repeats"]
IX = {name: i for i, name in enumerate(BASE)}


def base(line: str):
    """Features of one line alone, and its (words, is_prose, content word hashes, folded hash)."""
    letters = uppers = digits = nonspace = alone = 0
    for char in line:
        cat = category(char)
        if cat[0] == "L":
            letters += 1
            uppers += cat == "Lu"
        elif cat == "Nd":
            digits += 1
        if cat[0] != "Z" and char not in "\t\n\x0b\x0c\r\x85":
            nonspace += 1
        alone += stands_alone(char)
    chunks = spaced_words(line)
    word_count = len(chunks) + alone // 2
    capitalised = function_words = 0
    for chunk in chunks:
        capitalised += category(chunk[0]) == "Lu"
        function_words += len(chunk) <= 4 and all(category(c) == "Ll" for c in chunk)
    n = max(1, len(chunks))
    bare = line.rstrip(CLOSERS)
    unbulleted = line.lstrip(BULLETS + " ")
    ends = 0
    for i, char in enumerate(line):
        if char in "。！？" or (char in ".!?" and (i + 1 == len(line) or line[i + 1] in " \"'”’)")):
            ends += 1
    nb = max(1, nonspace)
    row = (
        np.log1p(len(line)),
        np.log1p(word_count),
        min(20.0, nonspace / n),
        digits / nb,
        uppers / max(1, letters),
        capitalised / n,
        function_words / n,
        np.log1p(sum(line.count(c) for c in COMMAS)),
        float(bare[-1:] != "" and bare[-1] in TERMINALS),
        float(line[-1:] in (":", "：")),
        float(line.endswith("...") or line.endswith("…")),
        np.log1p(sum(line.count(c) for c in SEPARATORS)),
        float(line[:1] != "" and line[0] in BULLETS),
        float(_ENUM.match(unbulleted) is not None),
        float("http://" in line or "https://" in line or "www." in line),
        float("@" in line),
        float(_YEAR.search(line) is not None),
        float(_CLOCK.search(line) is not None),
        float("©" in line),
        float(_PRICE.search(line) is not None),
        float(unbulleted[:1] != "" and category(unbulleted[0]) == "Ll"),
        np.log1p(sum(line.count(c) for c in QUOTES)),
        float("?" in line),
        np.log1p(line.count("(")),
        1.0 - (letters + digits) / nb,
        np.log1p(ends),
        float(letters > 1 and letters == uppers),
        sum(line.count(c) for c in CODE) / nb,
        alone / nb,
    )
    prose = (word_count >= 20 and function_words / n > 0.15) or alone >= 40
    folded = fold(line[:2000])
    content = {word_hash(w) for w in words(folded) if len(w) > 3 or (len(w) == 1 and stands_alone(w))}
    return row, word_count, prose, content, word_hash(folded)


class Page:
    """The features of a page that do not change while training."""

    def __init__(self, lines: list[str]):
        parts = [base(line) for line in lines]
        self.base = np.array([p[0] for p in parts], np.float64).reshape(len(lines), len(BASE))
        self.words = np.array([p[1] for p in parts], np.float64)
        self.prose = np.array([p[2] for p in parts], bool)
        self.content = [p[3] for p in parts]
        self.folded = [p[4] for p in parts]


def window_mean(a, w):
    n = len(a)
    sums = np.concatenate([[0.0], np.cumsum(a)])
    i = np.arange(n)
    lo, hi = np.maximum(0, i - w), np.minimum(n, i + w + 1)
    return (sums[hi] - sums[lo]) / (hi - lo)


def page_features(page: Page) -> np.ndarray:
    n = len(page.words)
    words_, prose, b = page.words, page.prose, page.base
    counts: dict[int, int] = {}
    seen = np.zeros(n)
    for i, h in enumerate(page.folded):
        seen[i] = float(h in counts)
        counts[h] = counts.get(h, 0) + 1
    repeats = np.array([counts[h] for h in page.folded], np.float64)
    i = np.arange(n, dtype=np.float64)
    upto = np.cumsum(words_)
    total = max(1.0, upto[-1]) if n else 1.0
    prose_words = (words_ * prose).sum()
    since_l = np.full(n, 999.0); to_l = np.full(n, 999.0); since_w = np.zeros(n); to_w = np.zeros(n)
    last = -1
    for j in range(n):
        if last >= 0:
            since_l[j] = j - last
            since_w[j] = upto[j] - upto[last]
        if prose[j]:
            last = j
    nxt = -1
    for j in range(n - 1, -1, -1):
        if nxt >= 0:
            to_l[j] = nxt - j
            to_w[j] = upto[nxt] - words_[nxt] - upto[j]
        if prose[j]:
            nxt = j
    before = np.cumsum(prose) - prose
    after = prose.sum() - np.cumsum(prose)
    in_prose: dict[int, int] = {}
    for j in np.where(prose)[0]:
        for h in page.content[j]:
            in_prose[h] = in_prose.get(h, 0) + 1
    top = set().union(*page.content[:3]) if n else set()
    overlap = np.zeros(n)
    overlap_top = np.zeros(n)
    for j, content in enumerate(page.content):
        if content:
            own = 1 if prose[j] else 0
            overlap[j] = sum(in_prose.get(h, 0) > own for h in content) / len(content)
            overlap_top[j] = sum(h in top for h in content) / len(content) if j >= 3 else 0.0
    run = np.zeros(n)
    length = 0
    for j in range(n):
        length = length + 1 if b[j, IX["bullet"]] else 0
        run[j] = length
    one = np.ones(n)
    cols = [
        np.log(repeats), seen, i / max(1, n), (upto - words_) / total, np.log1p(i), np.log1p(n - 1 - i), one * np.log1p(n),
        one * np.log1p(total), one * prose_words / total, one * (b[:, IX["terminal"]].mean() if n else 0.0),
        np.log1p(since_l), np.log1p(to_l), np.log1p(since_w), np.log1p(to_w), np.log1p(before), np.log1p(after),
        (np.cumsum(words_ * prose) - words_ * prose) / max(1.0, prose_words), overlap, overlap_top, np.log1p(run),
    ]
    for w in WINDOWS:
        cols += [window_mean(b[:, IX[name]], w) for name in WINDOWED]
    return np.column_stack([b] + cols)


def score_features(page: Page, score: np.ndarray) -> np.ndarray:
    """Neighbourhood of the n-gram score; the block is the stretch of lines with the greatest sum of score x sqrt(words)."""
    n = len(score)
    a = np.clip(score.astype(np.float64), -8.0, 8.0)
    w = page.words + 1.0
    gain = np.clip(a, -3.0, 3.0) * np.sqrt(w)
    best = current = 0.0
    best_start = best_end = start = 0
    for i, x in enumerate(gain):
        if current <= 0.0:
            current, start = 0.0, i
        current += x
        if current > best:
            best, best_start, best_end = current, start, i
    i = np.arange(n, dtype=np.float64)
    one = np.ones(n)
    signed = lambda d: np.sign(d) * np.log1p(np.abs(d))
    return np.column_stack([
        a, window_mean(a, 2), window_mean(a, 5), window_mean(a, 15),
        window_mean(a * w, 3) / window_mean(w, 3), window_mean(a * w, 10) / window_mean(w, 10),
        one * a.mean(), one * (a * w).sum() / w.sum(), one * a.max(),
        ((i >= best_start) & (i <= best_end)).astype(np.float64), signed(i - best_start), signed(best_end - i),
    ])


def doc_features(page: Page, score: np.ndarray) -> np.ndarray:
    n = len(page.words)
    a = np.clip(score.astype(np.float64), -8.0, 8.0)
    b, w = page.base, page.words
    counts = Counter(page.folded)
    total = max(1.0, w.sum())
    # "prose" as the document labels count it: at least nine words and 45 characters in the line
    long = (w >= 9) & (b[:, IX["chars"]] >= np.log1p(45))
    prose = (w * long).sum()
    return np.array([
        np.log1p(n), np.log1p(total), np.log1p(prose), prose / total, np.log1p(long.sum()), (w * b[:, IX["terminal"]]).sum() / total,
        (w * b[:, IX["function_words"]]).sum() / total, (a * (w + 1)).sum() / (w + 1).sum(), a.max(),
        np.mean(np.array([counts[h] for h in page.folded]) > 1),
    ])
