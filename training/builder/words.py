"""Words as the alignment and all counts see them."""

import hashlib
import re
import unicodedata

# Scripts written without spaces count a character as a word: kana, Han, Hangul, Thai.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]|[^\W_]+")


def words(text: str) -> list[str]:
    """Lower-case words without punctuation, so that typography never decides whether two texts agree."""
    text = unicodedata.normalize("NFKC", text).lower()
    return WORD.findall(text.replace("\u00ad", "").replace("\u200b", ""))


def normal_form(text: str) -> str:
    """One spelling for lines that differ only in case, spaces and punctuation."""
    return " ".join(words(text))


def stable_hash(text: str) -> int:
    """A number that is the same in every run and on every machine (unlike `hash`)."""
    return int(hashlib.md5(text.encode()).hexdigest(), 16)
