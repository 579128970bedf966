"""The arms: the same pages raw, by the rules of published corpora, refined, and by their labels."""

import gzip
import json
import subprocess
from pathlib import Path

from . import rules

ARMS = {
    "raw": "raw pages",
    "c4": "C4 line rules",
    "gopher-fineweb": "Gopher and FineWeb document rules",
    "prox": "prox-nano",
    "labels": "labels (all that could be gained)",
}


def read(path: Path):
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def pages(data: Path, split: str):
    """English pages, each once: those labelled by line, and documents that are none of them. (id, text, text by label)."""
    lines = [r for r in read(data / f"lines_{split}.jsonl.gz") if r["lang"] == "en"]
    out = [(r["id"], "\n".join(r["lines"]), "\n".join(t for t, k in zip(r["lines"], r["labels"]) if k == "k")) for r in lines]
    ids, urls = {r["id"] for r in lines}, {r["url_or_site"] for r in lines}
    for r in read(data / f"docs_{split}.jsonl.gz"):
        if r["lang"] == "en" and r["id"].partition("/")[2] not in ids and r["url_or_site"] not in urls:
            out.append((r["id"], r["text"], r["text"] if r["label"] == "keep" else ""))
    return out


def refine(texts, prox: Path, model: Path | None):
    """What `prox refine` makes of texts, both stages at their usual thresholds."""
    records = "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(texts))
    command = [str(prox), "refine", "--jsonl", *(["--model", str(model)] if model else []), "-"]
    done = subprocess.run(command, input=records.encode(), capture_output=True, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().split("\n") if line]
    if [a["id"] for a in answers] != list(range(len(texts))):
        raise ValueError(f"prox refine answered {len(answers)} records, {len(texts)} were asked")
    return [a["text"] for a in answers]


def arms(data: Path, split: str, prox: Path, model: Path | None):
    """Texts by arm; pages of which nothing is left are left out."""
    found = pages(data, split)
    raw = [text for _, text, _ in found]
    texts = {
        "raw": raw,
        "c4": [rules.c4(text) or "" for text in raw],
        "gopher-fineweb": [text if rules.gopher(text) and rules.fineweb(text) else "" for text in raw],
        "prox": refine(raw, prox, model),
        "labels": [kept for _, _, kept in found],
    }
    return {arm: [text for text in texts[arm] if text.strip()] for arm in ARMS}


def held_out(data: Path, bytes_each: int):
    """Clean English by file name: pieces from a quarter of the way into each file, past title pages and prefaces."""
    out = {}
    for path in sorted((data / "clean").glob("*.txt.gz")):
        with gzip.open(path) as file:
            raw = file.read()
        start = len(raw) // 4
        out[path.name.removesuffix(".txt.gz")] = raw[start : start + bytes_each].decode("utf-8", "ignore")
    return out
