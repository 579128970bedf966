"""Sources that are no pages: line labels by people, and e-mail. They only judge."""

import email
import email.policy
import re
from dataclasses import dataclass
from pathlib import Path

from ..extraction import gold_text
from .clone import parsed

SPLITS = {"train": "train", "dev": "dev", "test": "heldout"}
LANGUAGES = ("en", "fr", "sv", "fi", "de", "es")
HAM = "1"


@dataclass
class LabelledText:
    """Lines with labels by people, in the split of its authors."""

    id: str
    language: str
    split: str
    lines: list[str]
    labels: list[str]


@dataclass
class Mail:
    """A letter and whether people call it spam."""

    file: str
    spam: bool
    text: str


def turku(clone: Path):
    """`text-quality-annotations/LANGUAGE/SPLIT.json`."""
    for language in LANGUAGES:
        for part, split in SPLITS.items():
            path = clone / "text-quality-annotations" / language / f"{part}.json"
            for number, record in enumerate(parsed(path) if path.exists() else ()):
                lines = [re.sub(r"\s+", " ", line).strip() for line in record["text"]]
                pairs = [(line, "k" if label == "1" else "r") for line, label in zip(lines, record["labels"]) if line]
                if len(pairs) >= 2:
                    yield LabelledText(f"{language}_{part}_{number}", language, split, *map(list, zip(*pairs)))


def csdmc(clone: Path):
    """`SPAMTrain.label` names the files of `TRAINING/`. Lines with addresses and quotations are left out."""
    data = clone / "naive_bayes" / "data"
    labels = dict(line.split()[::-1] for line in (data / "SPAMTrain.label").read_text().splitlines() if line.strip())
    for name, label in sorted(labels.items()):
        try:
            body = email.message_from_bytes((data / "TRAINING" / name).read_bytes(), policy=email.policy.default)
            body = body.get_body(preferencelist=("html", "plain"))
            content = body.get_content() if body is not None else ""
            html = body is not None and body.get_content_type() == "text/html"
        except (LookupError, ValueError, AttributeError, TypeError, OSError):
            continue  # spam is often broken on purpose
        lines = [re.sub(r"\s+", " ", line).strip() for line in (gold_text(content) if html else content).split("\n")]
        yield Mail(name, label != HAM, "\n".join(x for x in lines if x and "@" not in x and not x.startswith(">")))
