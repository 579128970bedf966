"""Table and plot of runs. Run in training/: python -m prox_train.downstream.report OUT.png work/downstream-dev ..."""

import argparse
import json
from pathlib import Path

import numpy as np

from ..plot import plt, save
from .corpus import ARMS

WEB_LIKE = "nltk_abc"


def load(work: Path):
    """Bits per byte by arm: tokens, then for each seed and token count the mean over books and speeches, and the web-like text."""
    config = json.loads((work / "run.json").read_text())
    arms = {}
    for arm in config["config"]["arms"]:
        histories = [json.loads((work / f"{arm}-{seed}.json").read_text()) for seed in config["config"]["seeds"]]
        arms[arm] = [{row["tokens"]: (np.mean([v for k, v in row["bits"].items() if k != WEB_LIKE]), row["bits"][WEB_LIKE])
                      for row in history} for history in histories]
    common = sorted(set.intersection(*(set(seed) for seeds in arms.values() for seed in seeds)))
    bits = {arm: np.array([[seed[t] for t in common] for seed in seeds]) for arm, seeds in arms.items()}
    return config, np.array(common), bits


def table(config, common, bits):
    """At the last token count that all runs have reached: mean and spread over seeds, and the gain over raw of the same seed."""
    lines = [f"{common[-1]:,} tokens, {len(config['config']['seeds'])} seeds, mean ± standard deviation", "",
             "| trained on | pages | bytes | tokens | epochs | bits per byte, books and speeches | against raw | ABC news | against raw |",
             "|---|---|---|---|---|---|---|---|---|"]
    for arm, values in bits.items():
        pages, size = config["sizes"][arm]
        total = config["tokens"][arm]
        row = [ARMS[arm], f"{pages:,}", f"{size:,}", f"{total:,}", f"{common[-1] / total:.1f}"]
        for what in range(2):
            last, raw = values[:, -1, what], bits["raw"][:, -1, what]
            gain = 100 * (1 - last / raw)
            row += [f"{last.mean():.4f} ± {last.std(ddof=1):.4f}",
                    "" if arm == "raw" else f"{-gain.mean():+.2f} ± {gain.std(ddof=1):.2f} %"]
        lines.append(f"| {' | '.join(row)} |")
    return "\n".join(lines)


def draw(out, loaded):
    figure, axes = plt.subplots(len(loaded), 2, figsize=(10, 4 * len(loaded)), squeeze=False, layout="constrained")
    for row, (config, common, bits) in zip(axes, loaded):
        for what, (axis, title) in enumerate(zip(row, ("books and speeches", "ABC news"))):
            for arm, values in bits.items():
                mean, spread = values[..., what].mean(0), values[..., what].std(0, ddof=1)
                axis.plot(common, mean, marker=".", label=ARMS[arm])
                axis.fill_between(common, mean - spread, mean + spread, alpha=0.2)
            seen = "pages the refiner never saw" if config["split"] == "dev" else "pages the refiner was trained on"
            axis.set(title=f"{title}; {seen}", xlabel="tokens", ylabel="bits per byte")
            axis.legend()
    save(figure, out)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("work", type=Path, nargs="+")
    args = parser.parse_args()
    loaded = [load(work) for work in args.work]
    for config, common, bits in loaded:
        print(f"split {config['split']}: {table(config, common, bits)}\n")
    draw(args.out, loaded)


if __name__ == "__main__":
    main()
