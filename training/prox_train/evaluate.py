"""The scores of DESIGN section 4: line F1 over removed lines, kept-text F1, document F1 and accuracy."""

import numpy as np
import torch

from .data import collate, windows
from . import features, tokenizer as tok
from .text import spaced_words


def page_states(model, pages, device, batch=16):
    """Keep logits per page; where windows overlap, a line takes the window in which it stands farthest from an edge.
    Also the pooled states and the features documents are judged by."""
    context = model.config.context
    jobs = [(i, s, e) for i, p in enumerate(pages) for s, e in windows(len(p.lines), context)]
    jobs.sort(key=lambda j: j[2] - j[1])
    logits = [np.zeros(len(p.lines), np.float32) for p in pages]
    depth = [np.full(len(p.lines), -1, np.int32) for p in pages]
    pooled = [dict(sum=0.0, weighted=0.0, n=0.0, w=0.0) for _ in pages]
    model.eval()
    with torch.no_grad():
        for at in range(0, len(jobs), batch):
            part = jobs[at : at + batch]
            b = collate([(pages[i], s, e) for i, s, e in part], device)
            states = padded_states(model, b)
            out = model.line_logits(states).float().cpu().numpy()
            for row, (i, s, e) in enumerate(part):
                n = e - s
                k = np.arange(n)
                d = np.minimum(k, n - 1 - k)
                # the page's own ends are no edges: nothing was cut there
                if s == 0:
                    d = n - 1 - k
                if e == len(pages[i].lines):
                    d = k if s else np.full(n, context)
                better = d > depth[i][s:e]
                logits[i][s:e][better] = out[row, :n][better]
                depth[i][s:e][better] = d[better]
                h = states[row, :n]
                w = b["words"][row, :n] + 1
                q = pooled[i]
                q["sum"] = q["sum"] + h.sum(0); q["weighted"] = q["weighted"] + (h * w[:, None]).sum(0)
                q["n"] += n; q["w"] += float(w.sum())
        vectors = torch.stack([torch.cat([q["sum"] / q["n"], q["weighted"] / q["w"]]) for q in pooled])
    return logits, vectors, torch.from_numpy(np.stack([p.doc_features for p in pages])).to(device)


def line_logits(model, pages, device, batch=16):
    """Keep logits per page, one array of its lines and one number for the document."""
    logits, vectors, doc_features = page_states(model, pages, device, batch)
    with torch.no_grad():
        return logits, model.doc_logits(vectors, doc_features).float().cpu().numpy()


def padded_states(model, b):
    x = model.embed(b)
    grid = x.new_zeros(*b["mask"].shape, x.shape[-1])
    grid[b["mask"]] = x
    return model.states(grid, b["mask"])


def f1(tp, fp, fn):
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 1.0


def word_counts(pages):
    return [np.array([len(spaced_words(line)) for line in p.lines], np.float64) for p in pages]


def line_scores(pages, logits, threshold=0.0):
    """Kept-text F1 (mean over pages, words in kept lines) and line F1 (removed lines, pooled)."""
    tp = fp = fn = 0
    kept = []
    for p, z, w in zip(pages, logits, word_counts(pages)):
        keep = z > threshold
        tp += (~keep & ~p.keep).sum(); fp += (~keep & p.keep).sum(); fn += (keep & ~p.keep).sum()
        kept.append(f1(w[keep & p.keep].sum(), w[keep & ~p.keep].sum(), w[~keep & p.keep].sum()))
    return float(np.mean(kept)), f1(tp, fp, fn)


LEAST_THRESHOLD = 0.05


def balanced(logits, words):
    """Calibrated logits moved so that one half is the page's threshold of the best expected kept-text F1
    (`src/decode/balance.rs` says why)."""
    keep = 1 / (1 + np.exp(-logits.astype(np.float64)))
    order = np.argsort(-keep, kind="stable")
    found, kept, content = np.cumsum((keep * words)[order]), np.cumsum(words[order]), (keep * words).sum()
    best = (2 * found / np.maximum(kept + content, 1e-9)).max() if content > 0 else 1.0
    threshold = max(best / 2, LEAST_THRESHOLD)
    return logits - np.log(threshold / (1 - threshold))


FOREIGN_FROM, FOREIGN_LENIENCE = 2.05, 17.0
MOST_FOREIGN, PROSE_WORDS = 0.2, 7.0
PROSE_OF_DOCUMENT, SHARE_OF_DOCUMENT = 150.0, 1.5


def most_lenience(page):
    """What a page in a foreign language is favoured by at most."""
    counts = [(len(ids), n) for ids, n in zip(page.ids, page.page.words) if len(ids) < tok.HEAD_TOKENS]
    tokens_per_word = sum(t for t, _ in counts) / max(sum(n for _, n in counts), 1.0)
    return FOREIGN_LENIENCE * min(max(tokens_per_word - FOREIGN_FROM, 0.0), MOST_FOREIGN)


def lenience(page):
    """What the lines of a page in a foreign language get added to their logits (`src/decode/balance.rs`)."""
    return most_lenience(page) * np.minimum(page.page.words / PROSE_WORDS, 1.0)


def document_lenience(page):
    """What such a document gets added to its own."""
    prose = np.expm1(page.doc_features[features.DOC_NAMES.index("doc_prose_words")])
    return SHARE_OF_DOCUMENT * most_lenience(page) * min(max(prose / PROSE_OF_DOCUMENT - 1, 0.0), 1.0)


def doc_scores(pages, logits, threshold=0.0):
    """Drop F1 and accuracy."""
    drop = logits <= threshold
    gold = np.array([not p.doc for p in pages])
    return f1((drop & gold).sum(), (drop & ~gold).sum(), (~drop & gold).sum()), float((drop == gold).mean())


def sweep(pages, logits):
    """(threshold, kept-text F1, line F1) over keep probabilities; the best by the sum of both."""
    rows = []
    for prob in np.arange(0.10, 0.91, 0.02):
        t = float(np.log(prob / (1 - prob)))
        rows.append((t, *line_scores(pages, logits, t)))
    return max(rows, key=lambda r: r[1] + r[2]), rows


def english(pages):
    return [p for p in pages if p.meta["lang"] == "en"]
