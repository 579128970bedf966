"""Rules of published corpora that documents must pass or fail, and which ones they fail."""

import re
from collections import Counter

STOP_WORDS = set("the be to of and that have with".split())
MOST_COMMON = ((2, 0.2), (3, 0.18), (4, 0.16))
REPEATED = ((5, 0.15), (8, 0.12), (10, 0.10))
EXPLICIT = re.compile(
    r"\b(penis|milf|porn\w*|xxx|cunt|pussy|blowjob|horny|cumshot|viagra|cialis|erection|fuck\w*|naked|nude|sex|sexual|sexy"
    r"|adult)\b",
    re.I,
)


def gopher(text: str) -> list[str]:
    """Names of the quality and repetition rules of Gopher (arXiv 2112.11446) that a text fails."""
    tokens = text.split()
    if not tokens:
        return ["empty"]
    count, failed = len(tokens), []
    mean = sum(map(len, tokens)) / count
    lines = [line for line in text.split("\n") if line.strip()]
    ellipses = sum(line.rstrip().endswith(("...", "…")) for line in lines)
    tests = (
        ("words", not 50 <= count <= 100_000),
        ("meanlen", not 3 <= mean <= 10),
        ("symbol", text.count("#") / count > 0.1 or (text.count("...") + text.count("…")) / count > 0.1),
        ("alpha", sum(any(c.isalpha() for c in token) for token in tokens) / count < 0.8),
        ("stop", len(STOP_WORDS & {token.lower() for token in tokens}) < 2),
        ("bullets", sum(line.lstrip()[:1] in "•-*" for line in lines) / len(lines) > 0.9),
        ("ellipsis", ellipses / len(lines) > 0.3),
        ("dupline", (len(lines) - len(set(lines))) / len(lines) > 0.3),
    )
    failed += [name for name, fails in tests if fails]
    return failed + _repetition(tokens, max(1, len(text)))


def _repetition(tokens, characters):
    failed = []
    for run, share in MOST_COMMON:
        runs = Counter(" ".join(tokens[i : i + run]) for i in range(len(tokens) - run + 1))
        if runs:
            text, times = runs.most_common(1)[0]
            if times > 1 and len(text) * times / characters > share:
                failed.append(f"top{run}gram")
    for run, share in REPEATED:
        seen, repeated = set(), 0
        for i in range(len(tokens) - run + 1):
            text = " ".join(tokens[i : i + run])
            if text in seen:
                repeated += len(tokens[i + run - 1])
            seen.add(text)
        if repeated / characters > share:
            return failed + [f"dup{run}gram"]
    return failed


def c4_and_fineweb(text: str) -> list[str]:
    """Names of the page rules of C4 (arXiv 1910.10683) and FineWeb (arXiv 2406.17557) that a text fails."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    ended = [line for line in lines if re.search(r'[.!?"”’]$', line)]
    long_ends = "\n".join(line for line in ended if len(line.split()) >= 3)
    count = max(1, len(lines))
    tests = (
        ("fineweb_linepunct", len(ended) / count < 0.12),
        ("fineweb_shortlines", sum(len(line) < 30 for line in lines) / count > 0.67),
        ("c4_sentences", len(re.findall(r"[.!?](?:\s|$)", long_ends)) < 5),
        ("c4_lorem", "lorem ipsum" in text.lower()),
    )
    return [name for name, fails in tests if fails]
