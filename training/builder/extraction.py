"""HTML to lines: every visible block becomes one, menus, banners and comments included.

What a refiner meets is text that a crude extractor made, so nothing is left out here. Pages differ in two habits of such
extractors, signs before list items and the content of `noscript`; a hash of the page's name chooses.
"""

import gzip
import re

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.encoding import bytes_to_str, detect_encoding

from .words import stable_hash

BULLETS, NOSCRIPT = 65, 20  # per cent of the pages
SPACES = re.compile("[ \t\u00a0\u2003\u2002\u200b\ufeff]+")
CHARSET = re.compile(rb'charset=["\']?([A-Za-z0-9_\-]+)')


def decode(data: bytes) -> str:
    """Text of a page: strict UTF-8 if it is that (declarations are often wrong), else as declared, else as detected."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = CHARSET.search(data[:4000])
    if declared:
        try:
            return data.decode(declared.group(1).decode())
        except (LookupError, UnicodeDecodeError):
            pass
    encoding = detect_encoding(data, max_len=100_000, html5_compatible=True) or "cp1252"
    return bytes_to_str(data, encoding=encoding, fallback_encodings=["cp1252", "latin-1"])


def gold_text(html: str) -> str:
    """Text of a gold standard that is itself HTML."""
    return extract_plain_text(html, preserve_formatting=True, main_content=False, list_bullets=False, alt_texts=False)


def clean_lines(text: str) -> list[str]:
    """The lines of an extracted text, without empty ones and runs of spaces."""
    lines = (SPACES.sub(" ", line).strip() for line in text.split("\n"))
    lines = (line.replace("\x00", "").replace("\x0b", " ").replace("\x0c", " ") for line in lines)
    return [line for line in lines if line]


def visible_lines(html: str, page_name: str) -> tuple[list[str], str]:
    """The lines of a page and how they were extracted."""
    chance = stable_hash(page_name)
    bullets, noscript = chance % 100 < BULLETS, chance // 100 % 100 < NOSCRIPT
    text = extract_plain_text(html, preserve_formatting=True, main_content=False, list_bullets=bullets, alt_texts=False,
                              noscript=noscript, form_fields=False)
    return clean_lines(text), ("bul" if bullets else "nobul") + ("+noscript" if noscript else "")
