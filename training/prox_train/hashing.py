"""Hashes of words, word pairs and token pairs into table rows. The Rust twin is `src/model/hashing.rs`."""

from functools import lru_cache

MASK = 0xFFFFFFFF


@lru_cache(maxsize=2_000_000)
def word_hash(word: str) -> int:
    """FNV-1a, 32 bits, over the UTF-8 bytes."""
    h = 0x811C9DC5
    for byte in word.encode("utf-8", "surrogatepass"):
        h = ((h ^ byte) * 0x01000193) & MASK
    return h


def mix(a: int, b: int) -> int:
    """Joins two hashes, order kept."""
    h = (((a << 5) | (a >> 27)) & MASK) ^ b
    h = (h * 0x9E3779B1) & MASK
    return h ^ (h >> 15)


def bucket(h: int, bits: int) -> int:
    return ((h * 0x85EBCA6B) & MASK) >> (32 - bits)
