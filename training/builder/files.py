"""The data files: one JSON object a line, gzipped, the same bytes from the same records."""

import gzip
import hashlib
import json
from pathlib import Path

LINE_FIELDS = ("id", "source", "url_or_site", "site", "site_from", "extract", "page_type", "licence", "lang", "lines",
               "labels", "how_labelled", "align", "split")
DOCUMENT_FIELDS = ("id", "source", "url_or_site", "site", "lang", "split", "label", "how_labelled", "synthetic", "rules",
                   "text", "licence")
FIELDS = {"lines": LINE_FIELDS, "docs": DOCUMENT_FIELDS}


def file_name(kind: str, split: str) -> str:
    return f"{kind}_{split}.jsonl.gz"


def write(path: Path, kind: str, records: list[dict]) -> str:
    """Writes the records with the fields of their kind; returns the file's sha256."""
    part = path.with_suffix(".part")
    # no name and no time in the gzip header: two runs give equal bytes
    with open(part, "wb") as raw, gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed:
        for record in records:
            line = json.dumps({field: record[field] for field in FIELDS[kind]}, ensure_ascii=False)
            packed.write(line.encode("utf-8", "backslashreplace") + b"\n")
    part.replace(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path: Path):
    """The records of a file, one after the other."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
