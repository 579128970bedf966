"""New train pages out of old ones: the content of one page in the chrome of another, with a comment section below it.

A line keeps its tokens and the n-gram score it has out of fold; invented lines are scored by the model of the host page's fold.
"""

import numpy as np

from .. import data, features, ngrams, tokenizer as tok
from . import chrome, code, comments

FOLDS = 5
# Short posts under long discussions are the hard case, so most content is cut.
SHORT_WORDS, CUT_SHARE = (60, 500), 0.5
CODE_SHARE, CALLS_SHARE = 0.35, 0.5


class Line:
    """A line with what was worked out about it before."""

    __slots__ = ("text", "keep", "score", "ids", "pairs")

    def __init__(self, text, keep, score=None, ids=None, pairs=None):
        self.text, self.keep, self.score, self.ids, self.pairs = text, keep, score, ids, pairs


def lines_of(page):
    """The score is read back from the features: column of the line's own n-gram score, clipped to ±8."""
    column = features.NAMES.index("ngram_score")
    return [Line(t, bool(k), float(f[column]), i, p) for t, k, f, i, p in zip(page.lines, page.keep, page.features, page.ids, page.pairs)]


def removed(texts):
    return [Line(data.trim(text), False) for text in texts if data.trim(text)]


def is_article(page):
    m = page.meta
    return m["lang"] == "en" and not m["variant"] and m.get("page_type") in (None, "article") and page.keep.sum() >= 4


def is_thread(page):
    return page.meta["lang"] == "en" and page.meta.get("page_type") == "forum"


def posts(pages):
    """What people write below articles: forum posts, and long lines that were removed after an article's end."""
    out = []
    for p in pages:
        if p.meta["variant"] or p.meta["lang"] != "en":
            continue
        if is_thread(p):
            out += [line for line, k, w in zip(p.lines, p.keep, p.page.words) if k and 6 <= w <= 150]
        elif is_article(p):
            end = int(np.where(p.keep)[0][-1])
            out += [line for line, w in zip(p.lines[end + 1 :], p.page.words[end + 1 :]) if 12 <= w <= 150]
    return [line for line in out if not line.startswith(data.BULLET)]


def cut_content(content, rng):
    """The first paragraphs of an article, as a short post."""
    limit, words, out = float(np.exp(rng.uniform(*np.log(SHORT_WORDS)))), 0, []
    for line in content:
        out.append(line)
        words += len(line.text.split(" ")) if line.keep else 0
        if words >= limit:
            break
    return out


def with_blocks(content, rng, pool):
    """Code blocks and formulas between the paragraphs."""
    out = list(content)
    for _ in range(int(rng.integers(1, 6))):
        at = int(rng.integers(1, len(out) + 1))
        out[at:at] = [Line(data.trim(text), True) for text in code.block(rng, pool) if data.trim(text)]
    return out


def assemble(lines, meta, tokenizer, fold_tables):
    new = [line for line in lines if line.score is None]
    if new:
        coef, bias = fold_tables[ngrams.fold_of_site(meta["site"], FOLDS)]
        scores = ngrams.matrix([line.text for line in new]) @ coef + bias
        ids, pairs = tok.encode_lines(tokenizer, [line.text for line in new])
        for line, s, i, p in zip(new, scores, ids, pairs):
            line.score, line.ids, line.pairs = float(s), np.asarray(i, np.int32), np.asarray(p, np.int32)
    page = data.PreparedPage([line.text for line in lines], [line.keep for line in lines], None, meta)
    assert len(page.lines) == len(lines)
    page.ids, page.pairs = [line.ids for line in lines], [line.pairs for line in lines]
    page.set_score(np.array([line.score for line in lines], np.float32))
    del page.page.content
    return page


def parts(page):
    """Lines before the content, the content with what stands in it, lines after it."""
    lines = lines_of(page)
    kept = np.where(page.keep)[0]
    return lines[: kept[0]], lines[kept[0] : kept[-1] + 1], lines[kept[-1] + 1 :]


def mixed_pages(pages, tokenizer, fold_tables, count, seed):
    rng = np.random.default_rng(seed)
    articles = [p for p in pages if is_article(p)]
    hosts = [p for p in pages if p.meta["lang"] == "en" and p.keep.any() and not p.keep.all()]
    pool, code_pool = posts(pages), code.real_blocks(pages)
    out = []
    for n in range(count):
        page = articles[int(rng.integers(len(articles)))]
        top, content, bottom = parts(page)
        if rng.random() < CUT_SHARE:
            content = cut_content(content, rng)
        if rng.random() < 0.5:
            top, _, bottom = parts(hosts[int(rng.integers(len(hosts)))])
        if rng.random() < CODE_SHARE:
            content = with_blocks(content, rng, code_pool)
        title = content[0].text.replace("{", "(").replace("}", ")") if len(content[0].text) < 120 else ""
        if rng.random() < CALLS_SHARE:
            bottom = removed(chrome.calls(rng, 6)) + bottom
            top = top + removed([chrome.banner(rng)]) if rng.random() < 0.3 else top
            if rng.random() < 0.4 and len(content) > 2:
                at = int(rng.integers(1, len(content)))
                content = content[:at] + removed(chrome.calls(rng, 3)) + content[at:]
        if rng.random() < 0.1:
            top = []
        if rng.random() < 0.75:
            section = removed(comments.section(rng, pool, title))
            bottom = bottom[:6] + section if rng.random() < 0.2 else section + bottom
        lines = [Line(x.text, x.keep, x.score, x.ids, x.pairs) for x in top + content + bottom]
        meta = page.meta | {"id": f"mixed/{n}", "variant": False, "share": 0.0}
        out.append(assemble(lines, meta, tokenizer, fold_tables))
    return out
