"""Benchmarks of content extraction with gold texts."""

import json
from pathlib import Path

from ..pages import Page
from .clone import parsed, text, without_markdown


def wcxb(clone: Path):
    """`{dev,test}/ground-truth/ID.json` beside `{dev,test}/html/ID.html.gz`."""
    for part in ("dev", "test"):
        for path in sorted((clone / part / "ground-truth").glob("*.json")):
            page = clone / part / "html" / f"{path.stem}.html.gz"
            if page.exists():
                record = parsed(path)
                truth = record["ground_truth"]
                yield Page("wcxb", path.stem, text(page), without_markdown(truth.get("main_content") or ""),
                           "gold: WCXB main_content (LLM draft + human review)", record.get("url"), truth.get("title"),
                           record["_internal"]["page_type"]["primary"])


def scrapinghub(clone: Path):
    """`ground-truth.json` by name of `html/NAME.html.gz`."""
    for name, truth in parsed(clone / "ground-truth.json").items():
        yield Page("scrapinghub", name[:16], text(clone / "html" / f"{name}.html.gz"), truth["articleBody"],
                   "gold: Scrapinghub/Zyte human articleBody", truth["url"])


def magic_html(clone: Path):
    """`benchmark/data/{article,forum}/base.json` by name of `htmls/NAME.html`."""
    for kind in ("article", "forum"):
        folder = clone / "benchmark" / "data" / kind
        for name, truth in parsed(folder / "base.json").items():
            page = folder / "htmls" / f"{name}.html"
            if page.exists():
                yield Page("magic-html", f"{kind}_{name[:16]}", text(page), without_markdown(truth.get("content") or ""),
                           "gold: opendatalab/magic-html benchmark human content", truth.get("url"), page_type=kind)


def webmainbench(clone: Path):
    """The sample data sets, one page a line."""
    seen = set()
    for name in ("sample_dataset.jsonl", "WebMainBench_dataset_sample2.jsonl"):
        path = clone / "data" / name
        if not path.exists():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            key = record.get("id") or record.get("track_id")
            if key not in seen:
                seen.add(key)
                yield Page("webmainbench", str(key)[:16], record["html"],
                           without_markdown(record.get("groundtruth_content") or ""),
                           "gold: WebMainBench human-marked content", record.get("url"))
