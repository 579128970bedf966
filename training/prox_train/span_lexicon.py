"""How common words and word pairs are, as the Rust side looks it up (`src/model/span/lexicon.rs`).

A unit is a page, a document or a stretch of a book; what stands in most units is kept, with a class from 1 to 15 of its count.
Candidates for training come from pages in folds, each read with a lexicon that was counted without it: else no word of a train
page would be unknown that is known to nobody but this page.
"""

import gzip
import math
import re
import zlib
from collections import Counter
from pathlib import Path

import numpy as np

from . import data
from .hashing import MASK, mix, word_hash

WORDS, PAIRS = 33_000, 14_000
BUCKET_BITS, FINGERPRINT_BITS = 12, 12
UNIT_BYTES = 20_000
TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
PAIR = re.compile(r"[a-z]+(?: [a-z]+)+")
ONE_LETTER = {"a", "i"}
FOLDS = 4
NO_FOLD = FOLDS


def fold_of(page_id: str) -> int:
    return zlib.crc32(page_id.encode()) % FOLDS


def units(folder: Path):
    """Texts of the train split and of the clean books, each once, with their folds."""
    for name in ("lines_train", "docs_train"):
        for record in data.read(folder / f"{name}.jsonl.gz"):
            if record.get("lang", "en") == "en":
                text = record["text"] if "text" in record else "\n".join(dict.fromkeys(record["lines"]))
                yield fold_of(record["id"]), text
    for path in sorted((folder / "clean").glob("*.txt.gz")):
        text = gzip.open(path, "rt", encoding="utf-8").read()
        for start in range(0, len(text), UNIT_BYTES):
            yield NO_FOLD, text[start:start + UNIT_BYTES]


def count(folder: Path):
    """For each fold: counts of words, units that have them, counts of pairs, units that have them."""
    out = [[Counter() for _ in range(4)] for _ in range(FOLDS + 1)]
    for fold, text in units(folder):
        words, word_units, pairs, pair_units = out[fold]
        folded = re.sub(r"\d", "0", text.lower())
        found = Counter(token for token in TOKEN.findall(folded) if token.isascii() and (len(token) > 1 or not token.isalpha() or token in ONE_LETTER))
        words.update(found)
        word_units.update(found.keys())
        found = Counter()
        for run in PAIR.findall(folded):
            parts = run.split(" ")
            found.update(zip(parts, parts[1:]))
        pairs.update(found)
        pair_units.update(found.keys())
    return out


def classes(counts: Counter, units: Counter, size: int) -> dict:
    kept = [key for key, _ in sorted(units.items(), key=lambda item: (-item[1], item[0]))[:size]]
    least = min(counts[key] for key in kept)
    octaves = math.log2(max(counts[key] for key in kept) / least)
    print(f"{len(kept)} entries, the rarest in {units[kept[-1]]} units")
    return {key: 1 + min(14, round(14 * math.log2(counts[key] / least) / octaves)) for key in kept}


def build(counted, without: int | None = None):
    """(entries in each bucket, entries), both as bytes. A hash that is taken already keeps its higher class."""
    folds = [fold for i, fold in enumerate(counted) if i != without]
    words, word_units, pairs, pair_units = (sum((fold[i] for fold in folds), Counter()) for i in range(4))
    hashed: dict[int, int] = {}
    for key, cls in classes(words, word_units, WORDS).items():
        put(hashed, word_hash(key), cls)
    for (a, b), cls in classes(pairs, pair_units, PAIRS).items():
        put(hashed, mix(word_hash(a), word_hash(b)), cls)
    count_of = np.zeros(1 << BUCKET_BITS, np.uint8)
    entries = []
    for key in sorted(hashed):
        count_of[key >> FINGERPRINT_BITS] += 1
        entries.append((key & ((1 << FINGERPRINT_BITS) - 1)) << 4 | hashed[key])
    return count_of.view(np.int8), np.array(entries, "<u2").view(np.int8)


def put(hashed, h, cls):
    key = ((h * 0x85EBCA6B) & MASK) >> (32 - BUCKET_BITS - FINGERPRINT_BITS)
    hashed[key] = max(cls, hashed.get(key, 0))
