"""Lines as the model reads them: trimming, folding, words, abridging.

`src/model/line_text.rs` is the same code in Rust; `tests/data/nano_vectors.json.gz` holds both to the same answers.
"""

import re
import unicodedata
from functools import lru_cache

# Unicode White_Space. Python's str.strip() and str.split() also count U+001C..U+001F, Rust's char::is_whitespace does not.
SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"
_SPACES = re.compile(f"[{re.escape(SPACE)}]+")

# A line longer than this many UTF-8 bytes is read as its head and its tail: what a long paragraph is shows there.
HEAD_BYTES, TAIL_BYTES = 768, 256


@lru_cache(maxsize=None)
def category(char: str) -> str:
    return unicodedata.category(char)


@lru_cache(maxsize=None)
def stands_alone(char: str) -> bool:
    """Characters of scripts written without spaces: each counts as a word of its own."""
    c = ord(char)
    return (
        0x0E00 <= c <= 0x0EFF
        or 0x2E80 <= c <= 0x30FF
        or 0x3400 <= c <= 0x4DBF
        or 0x4E00 <= c <= 0x9FFF
        or 0xF900 <= c <= 0xFAFF
        or 0x20000 <= c <= 0x3FFFF
    )


def trim(line: str) -> str:
    return line.strip(SPACE)


def spaced_words(line: str) -> list[str]:
    return [w for w in _SPACES.split(line) if w]


def abridge(line: str) -> tuple[str, str]:
    """Head and tail of a line; the tail is empty where the head is the whole line."""
    raw = line.encode("utf-8", "surrogatepass")
    if len(raw) <= HEAD_BYTES + TAIL_BYTES:
        return line, ""
    head = raw[:HEAD_BYTES].decode("utf-8", "ignore")
    start = len(raw) - TAIL_BYTES
    while start < len(raw) and raw[start] & 0xC0 == 0x80:
        start += 1
    return head, raw[start:].decode("utf-8", "surrogatepass")


def fold(text: str) -> str:
    """Lower case, every decimal digit as 0: the model learns shapes of numbers, not numbers."""
    return "".join("0" if category(c) == "Nd" else c for c in text.lower())


@lru_cache(maxsize=None)
def _word_class(char: str) -> int:
    if stands_alone(char):
        return 2
    if category(char)[0] in "LNM" or char == "_":
        return 1
    return 0 if char in SPACE else 2


def words(folded: str) -> list[str]:
    """Runs of letters, marks and numbers; everything else that is not space stands alone."""
    out, run = [], []
    for char in folded:
        kind = _word_class(char)
        if kind == 1:
            run.append(char)
            continue
        if run:
            out.append("".join(run))
            run = []
        if kind == 2:
            out.append(char)
    if run:
        out.append("".join(run))
    return out
