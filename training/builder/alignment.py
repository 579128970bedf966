"""Which lines of a page are in its gold text.

Gold texts differ from what a page shows: blocks are reordered, words repeated in menus, links lost. So words are matched
in three passes, from sure to less sure: runs of three words in the same order; single words between such anchors; whole
lines that stand elsewhere in the gold text.
"""

from collections import defaultdict
from dataclasses import dataclass

from .lcs import matching_blocks
from .words import words

RUN = 3
KEEP_SHARE = 0.5  # of a line's words that must be matched
FULL_SHARE = 0.99  # nothing is left to match
LONGEST_GAP = 400  # gold words between two anchors that are searched word by word
SHORT, LONE = 3, 2  # words: short lines must match in one piece, lone ones need company


@dataclass
class Alignment:
    """Which lines to keep and how well the kept lines and the gold text cover each other."""

    keep: list[bool]
    coverage: float | None  # share of gold words in kept lines
    precision: float | None  # share of matched words in kept lines
    ambiguous: int  # lines whose share of matched words is no clear verdict
    gold_tokens: int
    page_tokens: int
    kept_tokens: int

    def fields(self) -> dict:
        """As written into a record."""
        rounded = {"coverage": round(self.coverage, 4), "precision": round(self.precision, 4)}
        counts = ("ambiguous", "gold_tokens", "page_tokens", "kept_tokens")
        return rounded | {name: getattr(self, name) for name in counts}


def align(lines: list[str], gold: str) -> Alignment:
    """Aligns the lines of a page with its gold text."""
    matcher = _Matcher([words(line) for line in lines], words(gold))
    matcher.match_runs()
    matcher.match_gaps()
    matcher.match_moved_lines()
    return matcher.verdict()


class _Matcher:
    def __init__(self, lines, gold):
        self.lines, self.gold = lines, gold
        self.page = [word for line in lines for word in line]
        self.start = [0]
        for line in lines:
            self.start.append(self.start[-1] + len(line))
        self.place = [-1] * len(self.page)  # in the gold text
        self.matched = bytearray(len(self.page))
        self.taken = bytearray(len(gold))

    def span(self, i):
        return range(self.start[i], self.start[i + 1])

    def places(self, i):
        return [self.place[k] for k in self.span(i) if self.place[k] >= 0]

    def share(self, i):
        """Share of a line's words that are matched; None where a line has none."""
        count = len(self.lines[i])
        return sum(self.matched[self.start[i] : self.start[i + 1]]) / count if count else None

    def match(self, page_at, gold_at):
        self.matched[page_at] = self.taken[gold_at] = 1
        self.place[page_at] = gold_at

    def match_runs(self):
        """Runs of three words in the order of the page: single words would tie menus to the article."""
        for at, other, length in matching_blocks(_runs(self.page), _runs(self.gold)):
            for k in range(length + RUN - 1):
                if not self.taken[other + k] and not self.matched[at + k]:
                    self.match(at + k, other + k)

    def match_gaps(self):
        """Words of half-matched and short lines, in the gap of the gold text that their neighbours leave."""
        before, after = self._neighbours()
        for i, line in enumerate(self.lines):
            if not line or self.share(i) >= FULL_SHARE:
                continue
            own = self.places(i)
            low, high = before[i] + 1, after[i]
            if own:
                low, high = min(low, min(own)), max(high, max(own) + 1)
            if not 0 < high - low <= LONGEST_GAP:
                continue
            gap = [k for k in range(low, high) if not self.taken[k]]
            rest = [k for k in self.span(i) if not self.matched[k]]
            if not gap:
                continue
            if len(line) <= SHORT and not own:
                self._match_in_one_piece(rest, gap)
            else:
                blocks = matching_blocks([self.page[k] for k in rest], [self.gold[k] for k in gap])
                if own or sum(length for _, _, length in blocks) >= 0.7 * len(line):
                    for at, other, length in blocks:
                        for z in range(length):
                            self.match(rest[at + z], gap[other + z])

    def _neighbours(self):
        """For each line the last gold place matched before it and the first one after it (as found by the runs)."""
        places = [self.places(i) for i in range(len(self.lines))]
        before, last = [], -1
        for own in places:
            before.append(last)
            last = max(own) if own else last
        after, first = [], len(self.gold)
        for own in reversed(places):
            after.append(first)
            first = min(own) if own else first
        return before, after[::-1]

    def _match_in_one_piece(self, rest, gap):
        wanted, offered = [self.page[k] for k in rest], [self.gold[k] for k in gap]
        length = len(wanted)
        for q in range(len(offered) - length + 1):
            if offered[q : q + length] == wanted and gap[q + length - 1] - gap[q] == length - 1:
                for z in range(length):
                    self.match(rest[z], gap[q + z])
                return

    def match_moved_lines(self):
        """Lines the gold text has in another place, such as a summary box."""
        free = defaultdict(list)
        for k in range(len(self.gold) - RUN + 1):
            if not any(self.taken[k : k + RUN]):
                free[tuple(self.gold[k : k + RUN])].append(k)
        for i, line in enumerate(self.lines):
            if not free or len(line) < 5 or self.share(i) >= 0.3:
                continue
            hits = [(q, free.get(tuple(line[q : q + RUN]), [])) for q in range(len(line) - RUN + 1)]
            covered = {q + z for q, found in hits if found for z in range(RUN)}
            if len(covered) < 0.75 * len(line):
                continue
            for q, found in hits:
                k = next((k for k in found if not all(self.taken[k : k + RUN])), None)
                if k is not None:
                    for z in range(RUN):
                        self.match(self.start[i] + q + z, k + z)

    def verdict(self):
        shares = [self.share(i) for i in range(len(self.lines))]
        sure = [share is not None and share >= KEEP_SHARE for share in shares]
        keep = list(sure)
        for i, line in enumerate(self.lines):
            if sure[i] and len(line) <= LONE:
                # one or two words far from all kept text agree by chance
                keep[i] = any(sure[j] for j in range(max(0, i - 2), min(len(sure), i + 3)) if j != i)
        for i, line in enumerate(self.lines):
            if not line:
                # a line of signs belongs to the text around it
                above = next((keep[j] for j in range(i - 1, -1, -1) if self.lines[j]), False)
                below = next((keep[j] for j in range(i + 1, len(keep)) if self.lines[j]), False)
                keep[i] = above and below
        kept = [i for i in range(len(keep)) if keep[i]]
        kept_words = sum(len(self.lines[i]) for i in kept)
        matched = sum(sum(self.matched[self.start[i] : self.start[i + 1]]) for i in kept)
        covered = {place for i in kept for place in self.places(i)}
        return Alignment(
            keep,
            len(covered) / len(self.gold) if self.gold else None,
            matched / kept_words if kept_words else None,
            sum(share is not None and 0.3 < share < 0.7 for share in shares),
            len(self.gold),
            len(self.page),
            kept_words,
        )


def _runs(items):
    return [tuple(items[k : k + RUN]) for k in range(len(items) - RUN + 1)]
