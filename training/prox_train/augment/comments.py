"""Comment sections under articles. Long discussions under short posts are what a model trained on few blogs mistakes for content."""

import numpy as np

from . import chrome

LONGEST_SECTION = 160


def paragraphs(rng, pool):
    """The text of one comment: one to three paragraphs of other people's posts, cut short more often than not."""
    count = 1 + int(rng.random() < 0.25) + int(rng.random() < 0.1)
    out = []
    for _ in range(count):
        words = str(pool[int(rng.integers(len(pool)))]).split(" ")
        if rng.random() < 0.6:
            words = words[: int(rng.integers(4, 60))]
        out.append(" ".join(words))
    if rng.random() < 0.3:
        opener = str(rng.choice(chrome.OPENERS)).format(name=chrome.name(rng))
        out = [opener] + out if rng.random() < 0.3 else [f"{opener} {out[0]}"] + out[1:]
        if rng.random() < 0.15:
            out = [opener]
    return out


def section(rng, pool, title):
    """Lines of one comment section, all of them to be removed."""
    count = int(min(60, np.ceil(rng.lognormal(1.8, 0.9))))
    shape = chrome.SHAPES[int(rng.integers(len(chrome.SHAPES)))]
    # a page prints all its comments alike; some pages leave parts out
    shape = [line for line in shape if "{text}" in line or rng.random() < 0.93]
    date, time = chrome.date_style(rng), chrome.time_style(rng)
    lines = []
    if rng.random() < 0.8:
        heads = [str(h) for h in rng.choice(chrome.HEADINGS, size=int(rng.integers(1, 3)), replace=False)]
        lines += [h.format(n=count, title=title) for h in heads]
    for k in range(1, count + 1):
        fields = dict(name=chrome.name(rng), date=date(rng), time=time(rng), ago=chrome.ago(rng), k=k, place=str(rng.choice(chrome.PLACES)),
                      year=int(rng.integers(2004, 2026)), title_line=" ".join(paragraphs(rng, pool)[0].split(" ")[:6]))
        text = paragraphs(rng, pool)
        for line in shape:
            if line == "{text}":
                lines += text
            else:
                lines.append(line.replace("{text}", " ".join(text)).format(**fields) if "{text}" not in line else
                             line.replace("{text}", "\0").format(**fields).replace("\0", " ".join(text)))
    if rng.random() < 0.8:
        at = int(rng.integers(len(chrome.ENDINGS)))
        lines += [str(e) for e in rng.choice(chrome.ENDINGS, size=int(rng.integers(1, 7)), replace=False)] if at % 2 else chrome.ENDINGS[:6]
    return lines[:LONGEST_SECTION]
