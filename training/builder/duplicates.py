"""Finds near duplicates: mirrors and reprints would put one text into two splits under two sites.

MinHash with 64 values in 16 bands (Broder 1997), on hashes of word runs.
"""

import zlib
from collections import defaultdict

import numpy as np

VALUES, BANDS = 64, 16
PRIME = (1 << 31) - 1
MOST_RUNS = 6000
_chance = np.random.default_rng(7)
FACTORS = _chance.integers(1, PRIME, VALUES, dtype=np.int64) | 1
SHIFTS = _chance.integers(0, PRIME, VALUES, dtype=np.int64)


class NearDuplicates:
    """Remembers texts and tells whether a new one is nearly one of them.

    `run` is the number of words that are hashed together, `alike` the share of equal MinHash values from which on two texts
    count as duplicates.
    """

    def __init__(self, run: int, alike: float, fewest: int = 1):
        self.run, self.alike, self.fewest = run, alike, fewest
        self.bands = defaultdict(list)

    def sketch(self, tokens: list[str]):
        """64 numbers that agree in as many places as two texts share word runs; None for texts too short to compare."""
        runs = {zlib.crc32(" ".join(tokens[k : k + self.run]).encode()) & PRIME for k in range(len(tokens) - self.run + 1)}
        if len(runs) < self.fewest:
            return None
        # the smallest hashes are a fair sample, and the same one in both texts
        sample = np.array(sorted(runs)[:MOST_RUNS], dtype=np.int64)
        return ((sample[:, None] * FACTORS + SHIFTS) % PRIME).min(0)

    def _keys(self, sketch):
        width = VALUES // BANDS
        return [(band, sketch[band * width : (band + 1) * width].tobytes()) for band in range(BANDS)]

    def find(self, sketch) -> str | None:
        """Name of a remembered text that is nearly the same."""
        if sketch is None:
            return None
        for key in self._keys(sketch):
            for name, other in self.bands.get(key, ()):
                if (sketch == other).mean() >= self.alike:
                    return name
        return None

    def add(self, name: str, sketch):
        if sketch is not None:
            for key in self._keys(sketch):
                self.bands[key].append((name, sketch))
