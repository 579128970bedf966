"""English pages in the clothes of a language that does not exist.

What the model knows of a page in a language it never read is layout, length, punctuation and repetition; pages whose words mean
nothing to it, with labels, teach it to judge by those. Each page gets a language of its own: an alphabet, syllables, endings.
A word is always put into the same other word, so that repetitions stay; digits, punctuation, capitals and addresses stay too.
"""

import re

import numpy as np

from .. import data
from ..hashing import word_hash
from .mixing import Line, assemble

# (consonants, vowels, share of the pages): Latin letters with and without marks, Cyrillic, Greek.
ALPHABETS = [
    ("b c d f g h j k l m n p q r s t v w x z ch st tr qu ll nn".split(), "a e i o u á é í ó ú ue ia".split(), 0.35),
    ("b d f g h k l m n p r s t v z sch ch pf ß w ck ng st".split(), "a e i o u ä ö ü ei ie au".split(), 0.25),
    ("b c č d ď f g h j k l ł m n ń p r ř s š t v z ž ź sz cz".split(), "a ą e ę ě i o ó u ů y".split(), 0.15),
    ("б в г д ж з к л м н п р с т ф х ц ч ш щ ст пр".split(), "а е и о у ы э ю я ё".split(), 0.15),
    ("β γ δ ζ θ κ λ μ ν ξ π ρ σ τ φ χ ψ στ".split(), "α ε η ι ο υ ω ά έ ή ί ό ου αι".split(), 0.10),
]
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|\S+\.(?:com|org|net|html?)\b")


class Language:
    """Puts words into other words, each always into the same."""

    def __init__(self, rng):
        consonants, vowels, _ = ALPHABETS[int(rng.choice(len(ALPHABETS), p=[a[2] for a in ALPHABETS]))]
        pick = lambda items, most: [items[i] for i in rng.permutation(len(items))[:most]]
        self.consonants, self.vowels = pick(consonants, 14), pick(vowels, 6)
        self.endings = ["".join(self.syllable(int(rng.integers(1 << 30))))[: int(rng.integers(1, 4))] for _ in range(8)]
        self.salt, self.length = int(rng.integers(1 << 30)), float(rng.uniform(0.8, 1.5))
        self.known = {}

    def syllable(self, h):
        vowel = self.vowels[h % len(self.vowels)]
        h //= len(self.vowels)
        consonant = self.consonants[h % len(self.consonants)]
        return (consonant, vowel) if h % 3 else (vowel, consonant)

    def word(self, word):
        small = word.lower()
        if small not in self.known:
            h = (int(word_hash(small)) * 2654435761 + self.salt) & 0xFFFF_FFFF
            out = ""
            while len(out) < len(small) * self.length:
                out += "".join(self.syllable(h & 0xFFFF))
                h = (h * 1103515245 + 12345 + self.salt) & 0xFFFF_FFFF
            ending = self.endings[h % len(self.endings)] if len(small) > 4 else ""
            self.known[small] = out[: max(1, round(len(small) * self.length))] + ending
        out = self.known[small]
        if word.isupper() and len(word) > 1:
            return out.upper()
        return out.capitalize() if word[0].isupper() else out

    def line(self, line):
        parts, at = [], 0
        for found in _ADDRESS.finditer(line):
            parts += [_WORD.sub(lambda m: self.word(m[0]), line[at : found.start()]), found[0]]
            at = found.end()
        return "".join(parts) + _WORD.sub(lambda m: self.word(m[0]), line[at:])


def foreign_pages(pages, tokenizer, fold_tables, count, seed):
    rng = np.random.default_rng(seed)
    english = [p for p in pages if p.meta["lang"] == "en" and not p.meta["variant"] and p.keep.any()]
    out = []
    for n in range(count):
        page, language = english[int(rng.integers(len(english)))], Language(rng)
        lines = [Line(data.trim(language.line(text)), bool(keep)) for text, keep in zip(page.lines, page.keep)]
        meta = page.meta | {"id": f"foreign/{n}", "lang": "none", "variant": False, "share": 0.0}
        out.append(assemble([line for line in lines if line.text], meta, tokenizer, fold_tables))
    return out
