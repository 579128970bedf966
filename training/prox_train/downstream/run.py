"""Trains the same small language model on each arm and seed, all of them a segment at a time, so that they can be compared at
equal tokens whenever it is stopped; started again it goes on. Run in training/:
python -m prox_train.downstream.run configs/downstream.json --data DATA --prox ../target/release/prox --split dev --tokens 1000000
"""

import argparse
import json
import math
import time
from pathlib import Path

import torch

from . import corpus, tokens
from .lm import Lm, LmConfig

ROOT = Path(__file__).resolve().parents[2]


def prepare(args, c, work):
    """Tokens of each arm and of the held-out texts, made once."""
    path = work / "corpus.pt"
    if not path.exists():
        arms = corpus.arms(args.data, args.split, args.prox, args.model)
        tokenizer = tokens.train_tokenizer(arms["raw"], c["vocab"])
        held_out = corpus.held_out(args.data, c["held_out_bytes"])
        torch.save({
            "arms": {arm: tokens.encode(tokenizer, texts) for arm, texts in arms.items()},
            "sizes": {arm: (len(texts), sum(len(t.encode()) for t in texts)) for arm, texts in arms.items()},
            "held_out": {name: (tokens.encode(tokenizer, [text])[0], len(text.encode())) for name, text in held_out.items()},
        }, path)
    return torch.load(path, weights_only=False)


def bits_per_byte(model, held_out, context):
    """By text: all tokens predicted in windows of the training context, over the bytes they stand for."""
    out = {}
    model.eval()
    with torch.no_grad():
        for name, (ids, size) in held_out.items():
            # each window begins with the last token of the one before, the first with the mark of an end
            ids = torch.cat([torch.tensor([tokens.END]), torch.from_numpy(ids[:-1].astype("int64"))])
            rows = [ids[i : i + context + 1] for i in range(0, len(ids) - 1, context)]
            whole = [row for row in rows if len(row) == context + 1]
            parts = [torch.stack(whole[i : i + 16]) for i in range(0, len(whole), 16)] + [r[None] for r in rows if len(r) <= context]
            nats = sum(model.loss(part).item() * (part.shape[1] - 1) * len(part) for part in parts)
            out[name] = nats / math.log(2) / size
    model.train()
    return out


class Run:
    """One arm with one seed."""

    def __init__(self, arm, seed, prepared, c, work):
        self.arm, self.seed, self.c, self.path = arm, seed, c, work / f"{arm}-{seed}.pt"
        torch.manual_seed(seed)
        self.held_out = prepared["held_out"]
        self.batches = tokens.Batches(prepared["arms"][arm], seed, c["context"], c["batch"])
        self.model = Lm(LmConfig(**{k: c[k] for k in ("vocab", "width", "blocks", "heads", "ffn", "context")}))
        self.average = {k: v.detach().clone() for k, v in self.model.state_dict().items()}
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=c["lr"], betas=(0.9, 0.98), weight_decay=c["decay"])
        self.step, self.history = 0, []
        if self.path.exists():
            saved = torch.load(self.path, weights_only=False)
            self.model.load_state_dict(saved["model"]); self.optimizer.load_state_dict(saved["optimizer"])
            self.average, self.step, self.history = saved["average"], saved["step"], saved["history"]

    @property
    def seen(self):
        return self.step * self.c["batch"] * self.c["context"]

    def segment(self):
        """Some steps at a constant rate; the mean of the last weights is judged, which stands in for a falling rate."""
        c, losses, cpu = self.c, [], time.process_time()
        for _ in range(c["segment"]):
            for group in self.optimizer.param_groups:
                group["lr"] = c["lr"] * min(1.0, (self.step + 1) / c["warmup"])
            with torch.autocast("cpu", torch.bfloat16):
                loss = self.model.loss(self.batches[self.step])
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            self.optimizer.step()
            self.step += 1
            decay = min(c["average"], self.step / (10 + self.step))
            for k, v in self.model.state_dict().items():
                self.average[k].lerp_(v, 1 - decay)
            losses.append(loss.item())
        model = Lm(LmConfig(**{k: c[k] for k in ("vocab", "width", "blocks", "heads", "ffn", "context")}))
        model.load_state_dict(self.average)
        bits = bits_per_byte(model, self.held_out, c["context"])
        row = {"tokens": self.seen, "loss": sum(losses) / len(losses), "epochs": self.step * c["batch"] / self.batches.windows,
               "bits": bits, "cpu_seconds": time.process_time() - cpu}
        self.history.append(row)
        new = self.path.with_suffix(".new")
        torch.save({"model": self.model.state_dict(), "optimizer": self.optimizer.state_dict(), "average": self.average,
                    "step": self.step, "history": self.history}, new)
        new.replace(self.path)
        return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--prox", type=Path, required=True, help="the command line, for the refined arm")
    parser.add_argument("--model", type=Path, help="a GGUF file; the bundled prox-nano where it is left out")
    parser.add_argument("--split", choices=["dev", "train"], required=True, help="dev: pages the refiner never saw")
    parser.add_argument("--tokens", type=int, required=True)
    parser.add_argument("--name", help="folder in work/; downstream-SPLIT where it is left out")
    args = parser.parse_args()
    c = json.loads(args.config.read_text())
    work = ROOT / "work" / (args.name or f"downstream-{args.split}")
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    prepared = prepare(args, c, work)
    for arm, (count, size) in prepared["sizes"].items():
        print(f"{arm}: {count:,} pages, {size:,} bytes, {sum(map(len, prepared['arms'][arm])):,} tokens", flush=True)
    (work / "run.json").write_text(json.dumps(
        {"config": c, "split": args.split, "sizes": prepared["sizes"],
         "tokens": {arm: sum(map(len, documents)) for arm, documents in prepared["arms"].items()}}, indent=1))
    per_segment = c["segment"] * c["batch"] * c["context"]
    for goal in range(per_segment, args.tokens + per_segment, per_segment):
        for seed in c["seeds"]:
            for arm in c["arms"]:
                run = Run(arm, seed, prepared, c, work)
                while run.seen < goal:
                    row = run.segment()
                    mean = sum(row["bits"].values()) / len(row["bits"])
                    print(f"{arm} seed {seed}: {row['tokens']:,} tokens ({row['epochs']:.2f} epochs)  loss {row['loss']:.3f}  "
                          f"bits per byte {mean:.4f}  {row['cpu_seconds']:.0f} CPU seconds", flush=True)
                (work / f"{arm}-{seed}.json").write_text(json.dumps(run.history))


if __name__ == "__main__":
    main()
