"""Checks data files: `python -m builder.check DATA_DIR`. Prints what is wrong and counts per source and language."""

import argparse
import sys
from collections import Counter, defaultdict
from hashlib import md5
from pathlib import Path

from . import files, sites
from .documents import LONGEST
from .sources import OWN_SPLIT, may_train
from .words import normal_form

SHOWN = 5  # examples of one kind of error
SPLITS = ("train", "dev")


class Report:
    """Errors and counts over all files."""

    def __init__(self):
        self.errors = defaultdict(list)
        self.notes = defaultdict(list)
        self.counts = defaultdict(Counter)
        self.splits_of_site = defaultdict(set)
        self.first_with_text = {}

    def file(self, path: Path, kind: str, split: str):
        """Checks one file."""
        ids = set()
        for number, record in enumerate(files.read(path), 1):
            name = f"{path.name}:{number}"
            if tuple(record) != files.FIELDS[kind]:
                self.errors["fields differ"].append(f"{name} {sorted(set(record) ^ set(files.FIELDS[kind])) or 'order'}")
                continue
            name += f" {record['id']}"
            if record["id"] in ids:
                self.errors["id twice in a file"].append(name)
            ids.add(record["id"])
            self._split(record, split, name)
            self._text(record, kind, split, name)
            self._count(record, kind, path.name)

    def _split(self, record, split, name):
        if record["split"] != split:
            self.errors["split is not the file's"].append(f"{name} {record['split']}")
        if record["source"] not in OWN_SPLIT and sites.split_of(record["site"]) != split:
            self.errors["site belongs to another split"].append(f"{name} {record['site']}")
        if split == "train" and not may_train(record["licence"]):
            self.errors["licence does not allow training"].append(f"{name} {record['licence']}")
        self.splits_of_site[record["site"]].add(split)

    def _text(self, record, kind, split, name):
        if kind == "lines":
            lines, labels = record["lines"], record["labels"]
            if len(lines) != len(labels):
                self.errors["lines and labels differ in number"].append(f"{name} {len(lines)} {len(labels)}")
            if not set(labels) <= {"k", "r"}:
                self.errors["unknown label"].append(f"{name} {sorted(set(labels) - {'k', 'r'})}")
            if not all(isinstance(line, str) and line.strip() and "\n" not in line for line in lines):
                self.errors["a line is empty or not one line"].append(name)
            text = "\n".join(lines)
        else:
            text = record["text"]
            if record["label"] not in ("keep", "drop"):
                self.errors["unknown label"].append(f"{name} {record['label']}")
            if not text.strip() or len(text) > LONGEST:
                self.errors["text is empty or too long"].append(f"{name} {len(text)}")
        key = (kind, md5(normal_form(text).encode()).digest())
        first, where = self.first_with_text.setdefault(key, (name, split))
        if first != name:
            # within a split a copy only weighs double; across splits it tells dev what train has learnt
            problems = self.errors if where != split else self.notes
            problems["same text in two splits" if where != split else "same text twice"].append(f"{name} = {first}")

    def _count(self, record, kind, file):
        kept = record["labels"].count("k") if kind == "lines" else int(record["label"] == "keep")
        units = len(record["labels"]) if kind == "lines" else 1
        for group in (("source", record["source"]), ("language", record["lang"]), ("all", "")):
            self.counts[file, *group].update(records=1, keep=kept, remove=units - kept)

    def finish(self):
        """Errors that only show over all files."""
        for site, splits in sorted(self.splits_of_site.items()):
            if len(splits) > 1:
                self.errors["site in two splits"].append(f"{site} {sorted(splits)}")

    def table(self) -> list[str]:
        """Counts, then notes and errors."""
        rows = [f"{'file':<24}{'':<10}{'':<16}{'records':>8}{'keep':>8}{'remove':>8}"]
        order = sorted(self.counts.items(), key=lambda item: (item[0][0], item[0][1], -item[1]["records"], item[0][2]))
        for (file, group, name), count in order:
            rows.append(f"{file:<24}{group:<10}{name:<16}{count['records']:>8}{count['keep']:>8}{count['remove']:>8}")
        for title, problems in (("note", self.notes), ("error", self.errors)):
            for problem, places in sorted(problems.items()):
                rows.append(f"{title}: {problem}: {len(places)}")
                rows += [f"  {place}" for place in places[:SHOWN]]
        return rows


def check(folder: Path) -> Report:
    """Checks the files of a folder; a file that is missing is an error."""
    report = Report()
    for kind in files.FIELDS:
        for split in SPLITS:
            path = folder / files.file_name(kind, split)
            if path.exists():
                report.file(path, kind, split)
            else:
                report.errors["file is missing"].append(path.name)
    report.finish()
    return report


def main(arguments=None) -> int:
    """Command line; 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="builder.check", description=__doc__)
    parser.add_argument("folder", type=Path)
    report = check(parser.parse_args(arguments).folder)
    print("\n".join(report.table()))
    print("errors found" if report.errors else "no errors")
    return 1 if report.errors else 0


if __name__ == "__main__":
    sys.exit(main())
