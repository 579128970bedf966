"""The LM score of a line: a small network over its states alone, the twin of the n-gram score.

As there, train pages get scores from networks that did not see their site, so that the line transformer learns how far
to trust it; the states themselves it would soon know by heart.
"""

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from . import data, features, ngrams

NAMES = ["lm_" + name for name in features.SCORE]
FOLDS = 5
HIDDEN = 64


class LineScore(nn.Module):
    def __init__(self, states: int, hidden: int, dropout: float):
        super().__init__()
        self.register_buffer("mean", torch.zeros(states))
        self.register_buffer("rstd", torch.ones(states))
        self.up, self.down = nn.Linear(states, hidden), nn.Linear(hidden, 1)
        self.dropout = dropout

    def forward(self, x):
        x = F.dropout((x - self.mean) * self.rstd, self.dropout, self.training)
        return self.down(F.dropout(F.silu(self.up(x)), self.dropout, self.training)).squeeze(-1)


def fit(states, rows, y, weight, hidden=HIDDEN, dropout=0.2, epochs=2, seed=1, batch=2048) -> LineScore:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    net = LineScore(states.shape[1], hidden, dropout)
    sample = states[np.sort(rng.choice(rows, 20000))].astype(np.float32)
    net.mean.copy_(torch.from_numpy(sample.mean(0)))
    net.rstd.copy_(torch.from_numpy(1.0 / np.maximum(sample.std(0), 1e-3)))
    steps, step = epochs * -(-len(rows) // batch), 0
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3, weight_decay=0.05)
    for _ in range(epochs):
        order = rng.permutation(len(rows))
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            optimizer.param_groups[0]["lr"] = 1e-3 * (1 - step / steps)
            z = net(torch.from_numpy(states[rows[part]].astype(np.float32)))
            w = torch.from_numpy(weight[part])
            loss = (F.binary_cross_entropy_with_logits(z, torch.from_numpy(y[part]), reduction="none") * w).sum() / w.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            step += 1
    return net.eval()


def scores_of(net, states, rows=None, batch=16384) -> np.ndarray:
    rows = np.arange(len(states)) if rows is None else rows
    parts = (rows[at : at + batch] for at in range(0, len(rows), batch))
    with torch.inference_mode():
        return np.concatenate([net(torch.from_numpy(states[part].astype(np.float32))).numpy() for part in parts])


def fit_all(sets, states, log=print) -> list[LineScore]:
    """The network of each fold, which did not see its sites, and last the one of all train pages."""
    began = time.time()
    pages = {p.meta["id"]: p for p in reversed(sets["lines_train"])}.values()
    rows = np.concatenate([p.lm[1] for p in pages])
    y = np.concatenate([p.keep for p in pages]).astype(np.float32)
    weight = np.concatenate([np.sqrt(p.page.words + 1) for p in pages]).astype(np.float32)
    fold = np.concatenate([np.full(len(p.lines), fold_of(p)) for p in pages])
    nets = []
    for k in range(FOLDS + 1):
        seen = fold != k
        nets.append(fit(states, rows[seen], y[seen], weight[seen]))
        if k < FOLDS:
            right = ((scores_of(nets[k], states, rows[~seen]) > 0) == (y[~seen] > 0)).mean()
            log(f"LM score, fold {k}: {right:.4f} of unseen lines right, {time.time() - began:.0f} s")
    return nets


def fold_of(page) -> int:
    return ngrams.fold_of_site(page.meta["site"] or "", FOLDS)


def give(page, scores):
    """Appends the neighbourhood of the LM score to the features of a page."""
    own = features.score_features(page.page, scores)
    page.features = np.concatenate([page.features, own.astype(np.float32)], 1)


def give_all(sets, nets, states):
    """Train pages take the scores of the network that did not see their site, the others those of the last."""
    scores = np.stack([scores_of(net, states) for net in nets])
    origin = np.full(scores.shape[1], -1)
    for p in sets["lines_train"]:
        origin[p.lm[1]] = fold_of(p)
    for name, group in data.page_groups(sets).items():
        for p in group:
            rows = p.lm[1]
            fold = np.full(len(rows), FOLDS if name.endswith("_dev") else fold_of(p))
            if name not in ("lines_train", "lines_dev", "docs_dev"):  # may hold lines of several sites
                fold = np.where(origin[rows] >= 0, origin[rows], fold)
            give(p, scores[fold, rows])
