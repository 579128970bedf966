"""The part of prox-nano that judges normalisations.

    python -m prox_train.spans fit span.gguf --data DATA_FOLDER --prox ../target/release/prox
    python -m prox_train.spans add ../models/prox-nano.gguf ../models/prox-nano.gguf

`fit` needs a `prox` binary: candidates and what they are judged by come from it (`prox spans`), so that there is one
implementation. `add` puts the trained part, `span.gguf` beside this folder, into any prox-nano file.
"""

import argparse
import gzip
import json
import random
import subprocess
from pathlib import Path

import numpy as np
import scipy.sparse
from sklearn.linear_model import LogisticRegression

from . import data, span_gguf, span_lexicon, span_noise

ROOT = Path(__file__).resolve().parents[1]
KINDS = ["glue", "case_glue", "run_on", "mojibake", "entity", "tag", "wiki_mark", "citation", "link_label", "read_more", "url",
         "punctuation", "invisible", "arrow", "tool_words", "spaces"]
BITS = 13
NOISY_VARIANTS = 3
PAGE_LINES = 40
# How much rarer noise is on pages than in the training set: natural candidates of these kinds that are none count more.
NATURAL_WEIGHT = {"glue": 6.0, "case_glue": 6.0, "run_on": 3.0, "tag": 6.0, "url": 4.0, "citation": 4.0, "read_more": 3.0}
# Added to the logits, so that 0.5 is where the dev spans have the precision asked for: noise is rarer on pages than among the
# training examples, most of all where the candidates are ordinary words.
SHIFT = {"glue": -2.0, "case_glue": -2.0, "run_on": -1.0, "url": -1.0, "tag": -1.0}


def pages(folder: Path):
    """Kept lines of the train pages, and stretches of the clean books, as (fold, is English, lines)."""
    for record in data.read(folder / "lines_train.jsonl.gz"):
        lines = [line.strip() for line, label in zip(record["lines"], record["labels"]) if label == "k" and line.strip()]
        if lines:
            yield span_lexicon.fold_of(record["id"]), record["lang"] == "en", lines
    for path in sorted((folder / "clean").glob("*.txt.gz")):
        lines = [line.strip() for line in gzip.open(path, "rt", encoding="utf-8") if line.strip()]
        for n, start in enumerate(range(0, min(len(lines), 60 * PAGE_LINES), PAGE_LINES)):
            yield n % span_lexicon.FOLDS, True, lines[start:start + PAGE_LINES]


def propose(prox: Path, model: Path, records, work: Path):
    asked, answered = work / "asked.jsonl", work / "answered.jsonl"
    with open(asked, "w", encoding="utf-8") as f:
        for i, lines in enumerate(records):
            f.write(json.dumps({"id": i, "lines": lines}, ensure_ascii=False) + "\n")
    subprocess.run([prox, "spans", "--model", model, asked, "-o", answered], check=True)
    with open(answered, encoding="utf-8") as f:
        return [json.loads(line)["spans"] for line in f]


def tidy(raw: bytes) -> bytes:
    return b" ".join(raw.split())


def label(line: span_noise.Line, span):
    """1 where a candidate takes back one piece of noise, 0 where it does something else to it, None where it is no noise's."""
    noisy, places = line.noisy()
    for start, end, edit in places:
        touches = span["start"] <= start and end <= span["end"] if start == end else span["start"] < end and start < span["end"]
        if touches:
            done = noisy[:span["start"]] + span["target"].encode() + noisy[span["end"]:]
            return int(tidy(done) == tidy(line.noisy(without=edit)[0]))
    return None


def examples(clean, prox: Path, model: Path, work: Path, rng: random.Random):
    """(kind, rows, label, weight, page) of every candidate on pages (number, is English, lines)."""
    out = []
    for (page, _, lines), spans in zip(clean, propose(prox, model, [lines for _, _, lines in clean], work)):
        for span in spans:
            y = span_noise.natural(lines[span["line"]], span)
            if y is not None:
                out.append((span["kind"], span["rows"], y, NATURAL_WEIGHT.get(span["kind"], 1.0) if y == 0 else 1.0, page))
    noisy = [(page, span_noise.corrupt(lines, rng)) for page, english, lines in clean if english for _ in range(NOISY_VARIANTS)]
    asked = [[line.noisy()[0].decode() for line in lines] for _, lines in noisy]
    found = 0
    for (page, lines), spans in zip(noisy, propose(prox, model, asked, work)):
        for span in spans:
            y = label(lines[span["line"]], span)
            if y is not None:
                out.append((span["kind"], span["rows"], y, 1.0, page))
                found += y
    print(f"{sum(len(line.edits) for _, lines in noisy for line in lines)} pieces of noise, {found} candidates take one back")
    return out


def matrix(rows):
    columns = np.concatenate([np.asarray(r, np.int32) for r in rows])
    starts = np.concatenate([[0], np.cumsum([len(r) for r in rows])])
    return scipy.sparse.csr_matrix((np.ones(len(columns), np.float32), columns, starts), (len(rows), 1 << BITS))


def train(x, y, w, c):
    return LogisticRegression(C=c, solver="liblinear", fit_intercept=False, tol=1e-3).fit(x, y, sample_weight=w)


def report(kinds, y, p, w):
    for kind in KINDS + ["all"]:
        of = np.array([kind in (k, "all") for k in kinds])
        if of.any():
            said, right = (p[of] >= 0.5), y[of] == 1
            tp, fp = (said & right).sum(), ((said & ~right) * w[of]).sum()
            print(f"{kind:<12} {of.sum():>7} {right.sum():>6}  precision {tp / max(1, tp + fp):.3f}  recall {tp / max(1, right.sum()):.3f}")


def fit(out: Path, folder: Path, prox: Path, work: Path, seed: int, c: float):
    work.mkdir(parents=True, exist_ok=True)
    counted = span_lexicon.count(folder)
    untrained, model = work / "untrained_span.gguf", work / "untrained.gguf"
    calibration = [1.0] * len(KINDS), [SHIFT.get(kind, 0.0) for kind in KINDS]
    rng = random.Random(seed)
    clean = list(enumerate(pages(folder)))
    found = []
    for fold in range(span_lexicon.FOLDS):
        span_gguf.write_part(untrained, BITS, span_lexicon.build(counted, fold), np.zeros((1, 1 << BITS)), *calibration)
        span_gguf.add(ROOT.parent / "models" / "prox-nano.gguf", untrained, model)
        own = [(page, english, lines) for page, (of, english, lines) in clean if of == fold]
        found += examples(own, prox, model, work, rng)
    lexicon = span_lexicon.build(counted)
    kinds = [e[0] for e in found]
    x, y = matrix([e[1] for e in found]), np.array([e[2] for e in found])
    w, page = np.array([e[3] for e in found]), np.array([e[4] for e in found])
    held = page % 5 == 0
    part = train(x[~held], y[~held], w[~held], c)
    print("pages held out:")
    report([k for k, h in zip(kinds, held) if h], y[held], part.predict_proba(x[held])[:, 1], w[held])
    weight = train(x, y, w, c).coef_
    span_gguf.write_part(out, BITS, lexicon, weight, *calibration)
    print(f"{out}: {out.stat().st_size:,} bytes")


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    fitting = commands.add_parser("fit", help="train the part")
    fitting.add_argument("out", type=Path)
    fitting.add_argument("--data", type=Path, default=ROOT.parents[1] / "shared" / "data")
    fitting.add_argument("--prox", type=Path, default=ROOT.parent / "target" / "release" / "prox")
    fitting.add_argument("--work", type=Path, default=ROOT / "work" / "span")
    fitting.add_argument("--seed", type=int, default=17)
    fitting.add_argument("--c", type=float, default=0.3, help="inverse strength of the L2 penalty")
    adding = commands.add_parser("add", help="put the part into a model file")
    adding.add_argument("model", type=Path)
    adding.add_argument("out", type=Path)
    adding.add_argument("--part", type=Path, default=ROOT / "span.gguf")
    args = parser.parse_args()
    if args.command == "fit":
        fit(args.out, args.data, args.prox, args.work, args.seed, args.c)
    else:
        span_gguf.add(args.model, args.part, args.out)
        print(f"{args.out}: {args.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
