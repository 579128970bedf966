"""Diagrams. Run in training/:
python -m prox_train.plot reliability OUT.png NAME=SCORES.json ...   scores as `prox score --json` writes them
python -m prox_train.plot curves OUT.png work/RUN/history.json ...
"""

import argparse
import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

LOSSES = {"line_loss": "lines", "doc_loss": "documents"}
SCORES = {"kept_f1": "kept-text F1", "line_f1": "line F1", "drop_f1": "document drop F1", "doc_accuracy": "document accuracy"}


def reliability(out, named):
    """One column for each kind of verdict in each file: predicted against observed shares above, how many verdicts below."""
    columns = []
    for name, path in named:
        scores = json.loads(Path(path).read_text())["all"]
        columns += [(f"{name}, {what}", scores[what]) for what in ("lines", "documents") if what in scores]
    if not columns:
        raise SystemExit("none of the files has verdicts on lines or documents")
    figure, axes = plt.subplots(
        2, len(columns), figsize=(4 * len(columns), 4.8), height_ratios=(3, 1), sharex=True, squeeze=False, layout="constrained")
    for (above, below), (title, scores) in zip(axes.T, columns):
        bins = scores["reliability"]
        filled = [b for b in bins if b["count"]]
        above.plot([0, 1], [0, 1], color="0.6", linewidth=1, linestyle="--")
        above.plot([b["predicted"] for b in filled], [b["observed"] for b in filled], marker="o", color="tab:blue")
        above.set(title=f"{title}\nexpected calibration error {scores['ece']:.3f}", ylabel="share to keep", xlim=(0, 1), ylim=(0, 1))
        below.bar([(b["from"] + b["to"]) / 2 for b in bins], [b["count"] for b in bins], width=0.09, color="tab:blue")
        below.set(yscale="log", ylabel="verdicts", xlabel="keep probability")
    save(figure, out)


def curves(out, paths):
    """Losses and scores on dev by epoch, a run a row."""
    figure, axes = plt.subplots(len(paths), 2, figsize=(9, 3.2 * len(paths)), squeeze=False, layout="constrained")
    for (left, right), path in zip(axes, map(Path, paths)):
        history = json.loads(path.read_text())
        epochs = [row["epoch"] for row in history]
        for axis, names in ((left, LOSSES), (right, SCORES)):
            for key, name in names.items():
                if key in history[0]:
                    axis.plot(epochs, [row[key] for row in history], marker="o", label=name)
            axis.set_xlabel("epoch")
            axis.xaxis.get_major_locator().set_params(integer=True)
            axis.legend()
        left.set(title=f"{path.parent.name}: training loss", ylabel="loss")
        right.set(title=f"{path.parent.name}: scores on dev, English", ylabel="score")
    save(figure, out)


def save(figure, out):
    # no date and no version: the same figures give the same file
    figure.savefig(out, dpi=110, metadata={"Software": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("diagram", choices=["reliability", "curves"])
    parser.add_argument("out", type=Path)
    parser.add_argument("files", nargs="+")
    args = parser.parse_args()
    if args.diagram == "curves":
        return curves(args.out, args.files)
    pairs = [pair.rpartition("=") for pair in args.files]
    reliability(args.out, [(name or Path(path).stem, path) for name, _, path in pairs])


if __name__ == "__main__":
    main()
