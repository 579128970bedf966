"""All invented training material, made once and kept beside the prepared pages."""

import pickle
import time

import numpy as np

from .. import data, ngrams, tokenizer as tok
from . import documents, mixing

MIXED_PAGES, BAD_DOCUMENTS, GOOD_DOCUMENTS = 3000, 3000, 2400
LEAST_GOOD_WORDS = 40


def document(lines, keep, site, tokenizer, fold_tables):
    page = data.PreparedPage(lines, None, keep, {"id": "invented", "source": "invented", "lang": "en", "site": site})
    page.tokenize(tokenizer)
    coef, bias = fold_tables[ngrams.fold_of_site(site, mixing.FOLDS)]
    page.set_score(ngrams.matrix(page.lines) @ coef + bias)
    del page.page.content
    return page


def build(sets, work, seed, log=print):
    cache = work / "augmented.pkl"
    if cache.exists():
        with open(cache, "rb") as f:
            return pickle.load(f)
    started = time.time()
    tokenizer = tok.load(work / "tokenizer.json")
    folds = sets["ngram_folds"]
    pages = sets["lines_train"]
    out = {"mixed_train": mixing.mixed_pages(pages, tokenizer, folds, MIXED_PAGES, seed)}
    log(f"[{time.time() - started:6.0f} s] {MIXED_PAGES} mixed pages")
    rng = np.random.default_rng(seed + 1)
    sources = [p for p in pages if p.meta["lang"] == "en" and not p.meta["variant"] and p.page.words[p.keep].sum() > 100
               and p.meta.get("page_type") in (None, "article", "forum", "documentation")]
    docs = []
    for n in range(BAD_DOCUMENTS):
        host = sources[int(rng.integers(len(sources)))]
        prose = [line for line, k in zip(host.lines, host.keep) if k]
        lines = documents.bad_document(rng, prose, sources)
        docs.append(document(lines, False, f"invented{n}", tokenizer, folds))
    while len(docs) < BAD_DOCUMENTS + GOOD_DOCUMENTS:
        host = sources[int(rng.integers(len(sources)))]
        lines, words = documents.good_document(rng, host)
        if words >= LEAST_GOOD_WORDS:
            docs.append(document(lines, True, host.meta["site"] or "", tokenizer, folds))
    out["docs_invented"] = [d for d in docs if len(d.lines)]
    log(f"[{time.time() - started:6.0f} s] {len(out['docs_invented'])} invented documents")
    with open(cache, "wb") as f:
        pickle.dump(out, f, protocol=5)
    return out
