"""Pages that extractors are tested with, and what is expected of them."""

import json
import re
from pathlib import Path

from ..extraction import gold_text
from ..pages import Page
from .clone import parsed, text

RUN, PROBE = 3, 200  # words, for telling which version of an article a page shows


def readability(clone: Path):
    """`test/test-pages/NAME/` with source, expected text and metadata."""
    for folder in sorted((clone / "test" / "test-pages").iterdir()):
        expected, metadata = folder / "expected.html", folder / "expected-metadata.json"
        if expected.exists():
            yield Page("readability", folder.name, text(folder / "source.html"), gold_text(text(expected)),
                       "gold: mozilla/readability expected.html (algorithm output reviewed by maintainers)",
                       title=parsed(metadata).get("title") if metadata.exists() else None)


def _newspaper(clone: Path, name: str, folder: str):
    data = clone / "tests" / "data"
    for path in sorted((data / folder).glob("*.txt")):
        page = data / "html" / f"{path.stem}.html"
        if page.exists():
            host = re.match(r"(.+\.[a-z]{2,3})\d+$", path.stem)
            yield Page("newspaper", f"{name}_{path.stem}", text(page), text(path),
                       "gold: newspaper test expected full text (checked by maintainers)",
                       f"http://{host.group(1)}/" if host else None)


def newspaper(clone: Path):
    """`tests/data/text` beside `tests/data/html`; names are a host and a number."""
    yield from _newspaper(clone, "newspaper", "text")


def newspaper4k(clone: Path):
    """The same of its successor, which keeps the texts in `tests/data/txt`."""
    yield from _newspaper(clone, "newspaper4k", "txt")


def _body(version: dict) -> str:
    body, parts = version["body"], [version.get("title") or ""]
    parts += body.get("summary") or []
    for section in body["sections"]:
        parts += [*(section.get("headline") or []), *(section.get("paragraphs") or [])]
    return "\n".join(parts)


def _shown(gold: str, page: str) -> int:
    """How many runs of the beginning of a gold text a page shows."""
    probe = re.findall(r"\w+", gold)[:PROBE]
    return sum(" ".join(probe[k : k + RUN]) in page for k in range(0, len(probe) - RUN, RUN))


def fundus(clone: Path):
    """A publisher's `NAME.json` holds one expectation a version of its parser, `NAME_DATE.html.gz` one page a version.
    They are not tied by name, so a page gets the expectation it shows most of."""
    for path in sorted((clone / "tests/resources/parser/test_data").glob("*/*.json")):
        try:
            versions = parsed(path)
        except json.JSONDecodeError:
            continue
        golds = [(v.get("title"), _body(v)) for v in versions.values() if isinstance(v, dict) and v.get("body")]
        for page in sorted(path.parent.glob(f"{path.stem}_*.html.gz")) if golds else ():
            html = text(page)
            seen = " ".join(re.findall(r"\w+", gold_text(html)))
            title, gold = max(golds, key=lambda version: _shown(version[1], seen))
            yield Page("fundus", page.name.removesuffix(".html.gz"), html, gold,
                       "gold: flairNLP/fundus per-publisher parser test expectation (title+summary+body)", title=title,
                       publisher=path.stem)
