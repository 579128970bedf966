"""What the readers share: files of a clone as text."""

import html
import json
import re
from pathlib import Path

from ..extraction import decode


def text(path: Path) -> str:
    """A file as text, gunzipped and decoded as far as needed."""
    return decode(path.read_bytes())


def parsed(path: Path):
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def without_markdown(source: str) -> str:
    """Gold texts written as Markdown, without its signs: pages do not show them."""
    source = re.sub(r"!\[([^\]]*)\]\([^)]*\)", " ", source)
    source = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", source)
    source = re.sub(r"^\s*#{1,6}\s+", "", source, flags=re.M)
    source = re.sub(r"^\s*\|?[\s\-:|]+\|?\s*$", "", source, flags=re.M)
    return source.replace("**", "").replace("`", "")


def without_tags(source: str) -> str:
    """CleanEval's gold texts, without their address line and the tags for headings, paragraphs and list items."""
    source = re.sub(r"^\s*URL:[^\n]*\n", "", source)
    return html.unescape(re.sub(r"</?(h|p|l|text|H|P|L)\b[^>]*>", " ", source))
