"""The rules of three published corpora, as far as they need no other resource than the text.

C4: Raffel et al., "Exploring the Limits of Transfer Learning", arXiv 1910.10683, section 2.2 (without its list of bad words, language
detection and deduplication across pages). Gopher: Rae et al., arXiv 2112.11446, table A1 and appendix A.1.1. FineWeb: Penedo et al.,
arXiv 2406.17557, section 3.6.
"""

import re
from collections import Counter

C4_ENDS = (".", "!", "?", '"', "”")
C4_LINE_STOP = ("javascript", "terms of use", "privacy policy", "cookie policy", "uses cookies", "use of cookies", "use cookies")
STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}
# n-gram length: the largest share of characters that the most frequent one, or all repeated ones, may cover
TOP_NGRAMS = {2: 0.20, 3: 0.18, 4: 0.16}
REPEATED_NGRAMS = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}


def c4(text: str) -> str | None:
    """The lines that C4 keeps; None where it keeps nothing of the page."""
    if "{" in text or "lorem ipsum" in text.lower():
        return None
    lines = []
    for line in text.split("\n"):
        line = line.strip()
        low = line.lower()
        if line.endswith(C4_ENDS) and not line.endswith("...") and len(line.split()) >= 5 and not any(w in low for w in C4_LINE_STOP):
            lines.append(re.sub(r"\[(\d+|edit|citation needed)\]", "", line))
    kept = "\n".join(lines)
    return kept if len(re.findall(r"[.!?]+(?:[\s\"”)]|$)", kept)) >= 3 else None


def gopher(text: str) -> bool:
    """Whether Gopher's quality and repetition rules keep a document."""
    words = text.split()
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    count = len(words)
    if not 50 <= count <= 100_000 or not 3 <= sum(map(len, words)) / count <= 10:
        return False
    if text.count("#") > 0.1 * count or text.count("...") + text.count("…") > 0.1 * count:
        return False
    if sum(line[0] in "•-*‣" for line in lines) > 0.9 * len(lines) or sum(line.endswith(("...", "…")) for line in lines) > 0.3 * len(lines):
        return False
    if sum(any(c.isalpha() for c in w) for w in words) < 0.8 * count or len(STOP_WORDS & {w.lower() for w in words}) < 2:
        return False
    repeats, chars = repeated(lines)
    if repeats > 0.3 * len(lines) or chars > 0.2 * len(text):
        return False
    return not any(ngrams_repeat(words, n) for n in (*TOP_NGRAMS, *REPEATED_NGRAMS))


def fineweb(text: str) -> bool:
    """Whether FineWeb's own three rules keep a document."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    ends = sum(line.endswith((".", "!", "?", '"', "'", "”", "’", "…")) for line in lines)
    short = sum(len(line) <= 30 for line in lines)
    return ends > 0.12 * len(lines) and short < 0.67 * len(lines) and repeated(lines)[1] < 0.1 * max(1, len("".join(lines)))


def repeated(lines):
    """Lines that stood there before, and their characters."""
    copies = Counter(lines)
    return sum(n - 1 for n in copies.values()), sum((n - 1) * len(line) for line, n in copies.items())


def ngrams_repeat(words, n):
    grams = [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
    size = sum(map(len, words))
    copies = Counter(grams)
    if n in TOP_NGRAMS:
        gram, times = copies.most_common(1)[0]
        return times > 1 and times * sum(map(len, gram)) > TOP_NGRAMS[n] * size
    # words inside any repeated n-gram, each counted once
    covered = bytearray(len(words))
    for i, gram in enumerate(grams):
        if copies[gram] > 1:
            covered[i : i + n] = b"\1" * n
    return sum(len(w) for w, c in zip(words, covered) if c) > REPEATED_NGRAMS[n] * size
