"""How much running text a document has: what its label mostly rests on."""

import re

from .words import words

SENTENCE_WORDS = 20
SENTENCE_END = re.compile(r"[.!?…。！？]\W*$")
MIDDLE_WORDS, MIDDLE_CHARACTERS = 9, 45


def word_count(lines: list[str]) -> int:
    """Words of all lines."""
    return sum(len(words(line)) for line in lines)


def prose_words(lines: list[str]) -> int:
    """Words in lines of sentence prose: long ones that end as sentences do."""
    return sum(count for count, line in zip(map(len, map(words, lines)), lines)
               if count >= SENTENCE_WORDS and SENTENCE_END.search(line))


def middle_words(lines: list[str]) -> int:
    """Words in lines that are longer than a menu's, whatever they end with."""
    return sum(count for count, line in zip(map(len, map(words, lines)), lines)
               if count >= MIDDLE_WORDS and len(line) >= MIDDLE_CHARACTERS)


def has_little_text(lines: list[str]) -> bool:
    """Guards the label "drop": no page with a fair amount of longer lines gets it by rule."""
    middle = middle_words(lines)
    return middle < 250 and middle / (word_count(lines) or 1) < 0.40
