"""Builds the data files: `python -m builder.build --sources DIR --out DATA_DIR`.

DIR holds clones of the repositories in `sources`; those that are missing are named and skipped. Two runs over the same
clones write the same bytes.
"""

import argparse
import sys
from collections import Counter, defaultdict
from pathlib import Path

from . import documents, files, lines
from .readers import READERS
from .sites import SPLITS
from .sources import SOURCES, may_train


def say(text: str):
    """Progress goes to standard error, so that the table can be kept."""
    print(text, file=sys.stderr, flush=True)


class Collection:
    """All that is read from the clones, before it is written."""

    def __init__(self):
        self.labelled, self.short, self.whole, self.mails = [], [], [], []
        self.dropped = defaultdict(Counter)

    def read(self, source, clone: Path, with_documents: bool):
        """Reads one source; progress is said every hundred items."""
        count = 0
        for count, item in enumerate(READERS[source.key](clone), 1):
            if count % 100 == 0:
                say(f"{source.key}: {count} read")
            try:
                self._add(source, item, with_documents)
            except (RecursionError, UnicodeError, ValueError) as error:
                # a page that cannot be parsed is one page less, not the end of a long run
                self.dropped[source.name]["unreadable"] += 1
                say(f"{source.key}: {item.id if hasattr(item, 'id') else item.file}: {error}")
        say(f"{source.key}: {count} read, done")

    def _add(self, source, item, with_documents):
        dropped = self.dropped[source.name]
        if source.kind == "gold":
            found = lines.page_record(item, source.licence, dropped)
            if found:
                (self.labelled if found[0] == "labelled" else self.short).append(found[1])
                dropped["short gold text"] += found[0] == "short"
        elif source.kind == "labels":
            self.labelled.append(lines.text_record(item, source.name, source.licence))
        elif source.kind == "pages" and with_documents:
            record = lines.base_record(item, source.licence)
            if record:
                self.whole.append((record, item.forms))
        elif source.kind == "mail" and with_documents:
            self.mails.append((item, source))

    def line_records(self) -> list[dict]:
        """Labelled pages without near duplicates, by rank of their source and by name."""
        rank = {}
        for source in SOURCES:
            rank.setdefault(source.name, len(rank))
        self.labelled.sort(key=lambda record: (rank[record["source"]], record["id"]))
        return lines.without_duplicates(self.labelled, self.dropped)

    def document_records(self, pages: list[dict]) -> list[dict]:
        """Documents without near duplicates; train pages come first, so that a copy is lost to dev rather than to train."""
        found = []
        for page in sorted(pages, key=lambda page: SPLITS.index(page["split"])):
            found += documents.of_page(page)
        for page in sorted(self.short, key=lambda page: page["id"]):
            found += documents.of_short_page(page)
        for page, forms in self.whole:
            found += documents.of_whole_page(page, forms)
        if self.mails:
            source = self.mails[0][1]
            found += documents.of_mails([mail for mail, _ in self.mails], source.name, source.licence)
        found, count = documents.without_duplicates([record for record in found if record])
        self.dropped["documents"]["near duplicate"] += count
        return found


def choose(records: list[dict], split: str) -> list[dict]:
    """Records of a split; those that only judge are in no train file."""
    return [r for r in records if r["split"] == split and (split != "train" or may_train(r["licence"]))]


def write(out: Path, kind: str, records: list[dict], splits) -> list[str]:
    """Writes a file a split; returns the rows of the table."""
    rows = []
    for split in splits:
        chosen = choose(records, split)
        path = out / files.file_name(kind, split)
        digest = files.write(path, kind, chosen)
        labels = Counter(label for r in chosen for label in (r["labels"] if kind == "lines" else [r["label"]]))
        kept, removed = (labels["k"], labels["r"]) if kind == "lines" else (labels["keep"], labels["drop"])
        english = sum(r["lang"] == "en" for r in chosen)
        rows.append(f"{path.name:<24}{len(chosen):>9}{english:>9}{kept:>9}{removed:>9}  {digest}")
    return rows


def build(sources: Path, out: Path, only: str | None = None, heldout: bool = False) -> list[str]:
    """Reads what is there, writes the files, returns the table."""
    collection = Collection()
    for source in SOURCES:
        if only == "lines" and source.kind in ("pages", "mail"):
            continue
        clone = source.where(sources)
        if not clone.is_dir():
            say(f"{source.key}: skipped, {source.how_to_get()}")
            continue
        try:
            collection.read(source, clone, only != "lines")
        except (FileNotFoundError, NotADirectoryError) as error:
            say(f"{source.key}: stopped, {clone} has not the layout of {source.repository}: {error}")
    pages = collection.line_records()
    out.mkdir(parents=True, exist_ok=True)
    splits = SPLITS if heldout else SPLITS[:2]
    rows = [f"{'file':<24}{'records':>9}{'English':>9}{'keep':>9}{'remove':>9}  sha256"]
    if only != "docs":
        rows += write(out, "lines", pages, splits)
    if only != "lines":
        rows += write(out, "docs", collection.document_records(pages), splits)
    for name, counts in sorted(collection.dropped.items()):
        left_out = ", ".join(f"{count} {reason}" for reason, count in sorted(counts.items()) if count)
        if left_out:
            rows.append(f"left out of {name}: {left_out}")
    return rows


def main(arguments=None) -> int:
    """Command line; 1 where no source was found."""
    parser = argparse.ArgumentParser(prog="builder.build", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True, help="folder of the clones")
    parser.add_argument("--out", type=Path, required=True, help="folder the files are written to")
    parser.add_argument("--only", choices=("lines", "docs"), help="write only the files of one kind")
    parser.add_argument("--heldout", action="store_true", help="write the held-out split too, which nobody should look at")
    options = parser.parse_args(arguments)
    if not any(source.where(options.sources).is_dir() for source in SOURCES):
        for line in sorted({source.how_to_get() for source in SOURCES}):
            say(line)
        say(f"none of these is in {options.sources}")
        return 1
    print("\n".join(build(options.sources, options.out, options.only, options.heldout)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
