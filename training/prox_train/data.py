"""Reads the labelled pages, prepares them once, and cuts batches."""

import gzip
import json
import pickle
import time
from pathlib import Path

import numpy as np
import torch

from . import features, ngrams, tokenizer as tok
from .text import trim

BULLET = "• "
# Excerpts of train pages, so that the model also knows texts that are no whole pages.
CROPS_A_PAGE, LONGEST_CROP = 2, 64


def read(path: Path):
    with gzip.open(path, "rt", encoding="utf-8") as f:
        return [json.loads(line) for line in f]


class PreparedPage:
    """A page as arrays. `keep` holds line labels (None for documents), `doc` the document label (None for pages)."""

    lm = None  # (states of a token LM, rows of this page's lines), where a model reads them

    def __init__(self, lines, keep=None, doc=None, meta=None):
        pairs = [(trim(line), k) for line, k in zip(lines, keep if keep is not None else [True] * len(lines))]
        pairs = [(line, k) for line, k in pairs if line]
        self.lines = [line for line, _ in pairs]
        self.keep = np.array([k for _, k in pairs], bool) if keep is not None else None
        self.doc = doc
        self.meta = meta or {}
        self.page = features.Page(self.lines)
        self.static = features.page_features(self.page).astype(np.float32)

    def tokenize(self, tokenizer):
        ids, pairs = tok.encode_lines(tokenizer, self.lines)
        self.ids = [np.asarray(x, np.int32) for x in ids]
        self.pairs = [np.asarray(x, np.int32) for x in pairs]

    def set_score(self, score):
        self.features = np.concatenate([self.static, features.score_features(self.page, score).astype(np.float32)], 1)
        self.doc_features = features.doc_features(self.page, score).astype(np.float32)


def without_bullets(lines):
    return [line[len(BULLET):] if line.startswith(BULLET) else line for line in lines]


def crops(page: PreparedPage, rng):
    """Stretches of a page as pages of their own, their lengths spread evenly over the powers of two."""
    n = len(page.lines)
    for k in range(CROPS_A_PAGE):
        length = min(n, int(round(2 ** rng.uniform(0, np.log2(LONGEST_CROP)))))
        kept = np.where(page.keep)[0]
        # every other one around a kept line: most lines of most pages are not
        middle = int(rng.choice(kept)) if k % 2 == 0 and len(kept) else int(rng.integers(n))
        start = min(max(0, middle - int(rng.integers(length))), n - length)
        meta = page.meta | {"crop": start, "variant": True, "share": 0.0}
        yield PreparedPage(page.lines[start : start + length], page.keep[start : start + length].tolist(), None, meta)


def prepare(data: Path, work: Path, vocab_size: int, seed: int, log=print):
    """Tokenizer, n-gram scores and arrays of all four files; kept in `work` because it takes minutes."""
    cache = work / "prepared.pkl"
    if cache.exists():
        with open(cache, "rb") as f:
            return pickle.load(f)
    work.mkdir(parents=True, exist_ok=True)
    started = time.time()
    step = lambda what: log(f"[{time.time() - started:6.0f} s] {what}")
    raw = {name: read(data / f"{name}.jsonl.gz") for name in ("lines_train", "lines_dev", "docs_train", "docs_dev")}
    out = {}
    for name, pages in raw.items():
        out[name] = []
        for p in pages:
            meta = {k: p.get(k) for k in ("id", "source", "lang", "site", "synthetic", "page_type")}
            if name.startswith("lines"):
                keep = [label == "k" for label in p["labels"]]
                bare = without_bullets(p["lines"])
                twice = name == "lines_train" and bare != p["lines"]
                meta |= {"share": 0.5 if twice else 1.0, "variant": False}
                out[name].append(PreparedPage(p["lines"], keep, None, meta))
                if twice:
                    out[name].append(PreparedPage(bare, keep, None, meta | {"variant": True}))
            else:
                out[name].append(PreparedPage(p["text"].split("\n"), None, p["label"] == "keep", meta))
        out[name] = [p for p in out[name] if len(p.lines)]
        step(f"features {name}: {len(out[name])} pages")
    rng = np.random.default_rng(seed)
    out["crops_train"] = [crop for p in out["lines_train"] if not p.meta["variant"] for crop in crops(p, rng)]
    step(f"crops: {len(out['crops_train'])}")
    train_lines = [line for p in out["lines_train"] if not p.meta["variant"] for line in p.lines]
    tokenizer = tok.train(train_lines, vocab_size)
    tokenizer.save(str(work / "tokenizer.json"))
    step(f"tokenizer: {tokenizer.get_vocab_size()} tokens")
    for pages in out.values():
        for p in pages:
            p.tokenize(tokenizer)
    step("tokens")
    fit_scores(out, seed, step)
    for name in (*raw, "crops_train"):
        for p in out[name]:
            del p.page.content  # large, and not needed once the page's features stand
    with open(cache, "wb") as f:
        pickle.dump(out, f, protocol=5)
    step("kept for the next run")
    return out


def fit_scores(out, seed, step):
    """Train pages get scores from models that did not see their site; all others from the model of all train pages."""
    folds = 5
    pages = out["lines_train"]
    x = ngrams.matrix([line for p in pages for line in p.lines])
    y = np.concatenate([p.keep for p in pages])
    weight = np.concatenate([np.sqrt(p.page.words + 1) * p.meta["share"] for p in pages])
    weight /= weight.mean()
    fold = np.concatenate([np.full(len(p.lines), ngrams.fold_of_site(p.meta["site"], folds)) for p in pages])
    coefs = [ngrams.fit(x[fold != k], y[fold != k], weight[fold != k], seed) for k in range(folds)]
    coef, bias = ngrams.fit(x, y, weight, seed)
    out_of_fold = np.zeros(len(y), np.float32)
    for k, (c, b) in enumerate(coefs):
        out_of_fold[fold == k] = x[fold == k] @ c + b
    step(f"n-gram score, out of fold: {((out_of_fold > 0) == y).mean():.4f} of lines right")
    at = 0
    scores = {}
    for p in pages:
        scores[p.meta["id"], p.meta["variant"]] = out_of_fold[at : at + len(p.lines)]
        p.set_score(out_of_fold[at : at + len(p.lines)])
        at += len(p.lines)
    for p in out["crops_train"]:
        whole = scores[p.meta["id"], False]
        p.set_score(whole[p.meta["crop"] : p.meta["crop"] + len(p.lines)])
    for name in ("lines_dev", "docs_dev", "docs_train"):
        for p in out[name]:
            c, b = (coefs[ngrams.fold_of_site(p.meta["site"] or "", folds)] if name == "docs_train" else (coef, bias))
            p.set_score(ngrams.matrix(p.lines) @ c + b)
    out["ngram_table"], out["ngram_folds"] = (coef, bias), coefs


def page_groups(sets):
    """The groups of pages by name, without the n-gram tables that lie beside them."""
    return {name: group for name, group in sets.items() if not name.startswith("ngram_")}


def collate(segments, device):
    """segments: (page, first line, end). Ragged token bags flat, everything else padded to the longest segment."""
    longest = max(end - start for _, start, end in segments)
    ids, offsets, pairs, pair_offsets, first, last, feats, lm = [], [], [], [], [], [], [], []
    at = pair_at = 0
    mask = torch.zeros(len(segments), longest, dtype=torch.bool)
    keep = torch.zeros(len(segments), longest)
    words_ = torch.zeros(len(segments), longest)
    for row, (page, start, end) in enumerate(segments):
        mask[row, : end - start] = True
        words_[row, : end - start] = torch.from_numpy(page.page.words[start:end].astype(np.float32))
        if page.keep is not None:
            keep[row, : end - start] = torch.from_numpy(page.keep[start:end].astype(np.float32))
        feats.append(page.features[start:end])
        if page.lm is not None:
            states, rows = page.lm
            lm.append(states[rows[start:end]])
        for i in range(start, end):
            offsets.append(at)
            pair_offsets.append(pair_at)
            ids.append(page.ids[i])
            pairs.append(page.pairs[i])
            at += len(page.ids[i])
            pair_at += len(page.pairs[i])
            first.append(page.ids[i][0])
            last.append(page.ids[i][-1])
    t = lambda a, dtype=torch.long: torch.as_tensor(np.asarray(a), dtype=dtype).to(device)
    return {
        **({"lm": t(np.concatenate(lm), torch.float32)} if lm else {}),
        "ids": t(np.concatenate(ids)), "offsets": t(offsets), "pairs": t(np.concatenate(pairs)), "pair_offsets": t(pair_offsets),
        "first": t(first), "last": t(last), "features": t(np.concatenate(feats), torch.float32),
        "mask": mask.to(device), "keep": keep.to(device), "words": words_.to(device),
        "doc": t([float(p.doc) if p.doc is not None else -1.0 for p, _, _ in segments], torch.float32),
        "doc_features": t(np.stack([p.doc_features for p, _, _ in segments]), torch.float32),
    }


def windows(n: int, context: int):
    """Windows of at most `context` lines that overlap by a quarter: (start, end)."""
    if n <= context:
        return [(0, n)]
    stride = context * 3 // 4
    starts = list(range(0, n - context, stride)) + [n - context]
    return [(s, s + context) for s in starts]
