"""Whole pages without a gold text: for document labels only.

The script that first read these was not kept; the readers follow the layout of the repositories, and ids may differ from
the first data files.
"""

import csv
from pathlib import Path

from ..extraction import decode
from ..pages import Page
from .clone import parsed, text


def formasaurus(clone: Path):
    """`formasaurus/data/index.json`: address and kinds of forms by path of the page."""
    data = clone / "formasaurus" / "data"
    for number, (path, record) in enumerate(sorted(parsed(data / "index.json").items())):
        if (data / path).exists():
            yield Page("formasaurus", str(number), text(data / path), url=record["url"], forms=record["forms"])


def autopager(clone: Path):
    """`autopager/data/data.csv` names the files of `html/`; one of its columns holds the address."""
    data = clone / "autopager" / "data"
    with open(data / "data.csv", encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            page = data / "html" / f"{row['File Name']}.html"
            if not row.get("failed") and page.exists():
                url = next((value for value in row.values() if value and value.startswith("http")), None)
                yield Page("autopager", row["File Name"], text(page), url=url)


def product_bench(clone: Path):
    """`dataset/html/NAME.html.gz`; `ground-truth.json` knows addresses."""
    truth = parsed(clone / "dataset" / "ground-truth.json")
    for page in sorted((clone / "dataset" / "html").glob("*.html.gz")):
        name = page.name.removesuffix(".html.gz")
        record = truth.get(name) if isinstance(truth, dict) else None
        yield Page("product-bench", name[:16], text(page), url=record.get("url") if isinstance(record, dict) else None)


def trafilatura(clone: Path):
    """The pages its tests use; the first of each name."""
    seen = set()
    for page in sorted((clone / "tests").rglob("*.html")):
        if page.name not in seen:
            seen.add(page.name)
            yield Page("trafilatura", page.name, text(page))


def _warc(path: Path):
    # comes with resiliparse; imported late because only these two sources need it
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with open(path, "rb") as stream:
        for number, record in enumerate(ArchiveIterator(stream)):
            if record.record_type != WarcRecordType.response or record.http_headers is None:
                continue
            kind = record.http_headers.get("Content-Type") or ""
            if "html" in kind.lower():
                name = path.name.removesuffix(".warc.gz")
                yield Page("warc-fixtures", f"{name}_{number}", decode(record.reader.read()),
                           url=record.headers.get("WARC-Target-URI"))


def warc_dolma(clone: Path):
    """The two samples of Dolma's tests."""
    for path in sorted((clone / "tests" / "data" / "warc").glob("*.warc.gz")):
        yield from _warc(path)


def warc_resiliparse(clone: Path):
    """The sample of Resiliparse's tests."""
    yield from _warc(clone / "tests" / "data" / "warcfile.warc.gz")
