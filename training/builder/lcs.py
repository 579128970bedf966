"""The longest common subsequence of two sequences, with bits for cells.

A page has thousands of words, so the quadratic table is kept as one integer a row (Allison and Dix 1986, Hyyrö 2004).
Ties are broken in one fixed way, so that labels never depend on a library's version.
"""


def matching_blocks(first: list, second: list) -> list[tuple[int, int, int]]:
    """The blocks `(start in first, start in second, length)` of a longest common subsequence, in order."""
    head = 0
    while head < min(len(first), len(second)) and first[head] == second[head]:
        head += 1
    tail = 0
    while tail < min(len(first), len(second)) - head and first[-1 - tail] == second[-1 - tail]:
        tail += 1
    pairs = [(i, i) for i in range(head)]
    pairs += [(head + i, head + j) for i, j in _pairs(first[head : len(first) - tail], second[head : len(second) - tail])]
    pairs += [(len(first) - k, len(second) - k) for k in range(tail, 0, -1)]
    return _blocks(pairs)


def _pairs(first, second):
    """Pairs of equal items. Bit `i` of row `j` is 0 where the subsequence of `first[:i+1]` and `second[:j+1]` is longer
    than the one of `first[:i]`."""
    where = {}
    for i, item in enumerate(first):
        where[item] = where.get(item, 0) | 1 << i
    full = (1 << len(first)) - 1
    row, rows = full, []
    for item in second:
        hits = row & where.get(item, 0)
        row = ((row + hits) | (row - hits)) & full
        rows.append(row)
    pairs, i, j = [], len(first), len(second)
    while i and j:
        if rows[j - 1] >> (i - 1) & 1:
            i -= 1
        elif j > 1 and not rows[j - 2] >> (i - 1) & 1:
            j -= 1
        else:
            i, j = i - 1, j - 1
            pairs.append((i, j))
    return pairs[::-1]


def _blocks(pairs):
    blocks = []
    for i, j in pairs:
        if blocks and (i, j) == (blocks[-1][0] + blocks[-1][2], blocks[-1][1] + blocks[-1][2]):
            start, other, length = blocks[-1]
            blocks[-1] = (start, other, length + 1)
        else:
            blocks.append((i, j, 1))
    return blocks
