"""Trains the document head anew on the states of a finished trunk: python -m prox_train.train_documents OUT.pt work/nano/epoch{3,4,5,6}.pt

Documents are few and quickly known by heart, lines are many: the line heads want more epochs than the document head can stand.
So the head is trained by itself, on pooled states that are worked out once, against more invented documents than fit an epoch.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import data, evaluate, export
from .augment import build as augment

ROOT = Path(__file__).resolve().parents[1]


def train_head(model, states, doc_features, keep, weight, c, seed):
    torch.manual_seed(seed)
    head = [torch.nn.Linear(model.doc_up.in_features, model.doc_up.out_features), torch.nn.Linear(model.doc_up.out_features, 1)]
    f = ((doc_features - model.doc_mean) * model.doc_rstd).clamp(-6.0, 6.0)
    x = torch.cat([states, f], -1)
    optimizer = torch.optim.AdamW([p for layer in head for p in layer.parameters()], lr=c["lr"], weight_decay=c["decay"])
    target = keep * (1 - 2 * c["label_smoothing"]) + c["label_smoothing"]
    steps = c["epochs"] * (len(x) // c["batch"])
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = c["lr"] * (1 - step / steps)
        at = torch.randint(len(x), (c["batch"],))
        h = F.dropout(x[at] + torch.randn(len(at), x.shape[1]) * c["noise"], c["dropout"], True)
        z = head[1](F.dropout(F.silu(head[0](h)), c["dropout"], True)).squeeze(-1)
        loss = (F.binary_cross_entropy_with_logits(z, target[at], reduction="none") * weight[at]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return head


SETTINGS = {"lr": 2e-3, "decay": 0.05, "label_smoothing": 0.03, "epochs": 30, "batch": 64, "dropout": 0.3, "noise": 0.1, "invented_weight": 0.5}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("runs", type=Path, nargs="+", help="epochs whose weights are averaged")
    parser.add_argument("--data", type=Path, default=ROOT.parents[1] / "shared" / "data")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--set", nargs="*", default=[])
    args = parser.parse_args()
    c = SETTINGS | {k: json.loads(v) for k, v in (pair.split("=") for pair in args.set)}
    torch.set_num_threads(1)
    model, saved = export.load_run(args.runs)
    sets = data.prepare(args.data, ROOT / "work", saved["training"]["vocab_size"], seed=17)
    sets |= augment.build(sets, ROOT / "work", seed=23)
    pages = sets["docs_train"] + sets["docs_invented"]
    _, states, doc_features = evaluate.page_states(model, pages, "cpu")
    keep = torch.tensor([float(p.doc) for p in pages])
    weight = torch.tensor([c["invented_weight"] if p.meta["source"] == "invented" else 1.0 for p in pages])
    head = train_head(model, states, doc_features, keep, weight, c, args.seed)
    model.doc_up, model.doc_head = head
    model.eval()
    _, dev = evaluate.line_logits(model, sets["docs_dev"], "cpu")
    print("drop F1 %.4f, accuracy %.4f" % evaluate.doc_scores(sets["docs_dev"], dev))
    torch.save({"config": saved["config"], "training": saved["training"] | {"documents": c}, "model": model.state_dict(), "history": saved["history"]}, args.out)


if __name__ == "__main__":
    main()
