"""Older corpora of pages cleaned by people. They only judge."""

import re
from pathlib import Path

from ..extraction import gold_text
from ..pages import Page
from .clone import text, without_tags

WADDLE = Path("corpora") / "Corpus_daniel_v2.1"
COMMENTS = "!@#$%^&*()"  # Dragnet's mark between an article and its readers' comments


def _pairs(folder: Path):
    """`GoldStandard/NAME.txt` beside `input/NAME.html`."""
    for path in sorted((folder / "GoldStandard").glob("*.txt")):
        page = folder / "input" / f"{path.stem}.html"
        if page.exists():
            yield path.stem, text(page), text(path)


def _without_frame(html: str) -> str:
    return re.sub(r"(?:^<text [^>]+>\s*|\s*</text>\s*$)", "", html, flags=re.M)


def cleaneval(clone: Path):
    """CleanEval's final and development sets."""
    for part in ("final", "dev"):
        for name, html, gold in _pairs(clone / f"cleaneval-{part}"):
            url = re.search(r"^\s*URL:\s*(\S+)", gold) or re.search(r'<text id="(http[^"]+)"', html)
            yield Page("cleaneval", f"{part}_{name}", _without_frame(html), without_tags(gold),
                       "gold: cleaneval human-cleaned text", url and url.group(1))


def cleanportaleval(clone: Path):
    """Many pages of a few portals, in CleanEval's format; files are named after the portal."""
    for name, html, gold in _pairs(clone / "CleanPortalEval-master"):
        yield Page("cleanportaleval", f"master_{name}", _without_frame(html), without_tags(gold),
                   "gold: cleanportaleval human-cleaned text", f"http://{name.split('_')[0]}/")


def dragnet(clone: Path):
    """Dragnet; comments follow the article and count as removed."""
    for name, html, gold in _pairs(clone / "dragnet_data"):
        yield Page("dragnet", name, html, gold.split(COMMENTS)[0],
                   "gold: Dragnet human-corrected article text (reader comments = remove)")


def waddle(clone: Path):
    """`reference/NAME` beside `html/NAME`; names are a date, the host and a hash."""
    for path in sorted((clone / WADDLE / "reference").iterdir()):
        page = clone / WADDLE / "html" / path.name
        if page.exists():
            gold = text(path)
            host = re.match(r"\d{8}_(.+)_[0-9a-f]{30,}", path.name)
            yield Page("waddle-daniel", path.name[-24:], text(page), gold_text(gold) if "<p" in gold else gold,
                       "gold: DANIEL corpus human-checked clean text (via rundimeco/waddle)",
                       f"http://{host.group(1)}/" if host else None)
