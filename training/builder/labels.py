"""Rules that correct the alignment where gold texts disagree with each other: titles are text, boilerplate is not."""

import html as entities
import re

from .words import normal_form

LONGEST_BOILERPLATE = 110  # characters
TITLE_REACH, TITLE_DEPTH = 25, 6  # lines before the first kept line, and kept lines after it, where a title may stand
STORY = r"(advertisement: )?(story|article) continues below( advertisement)?"
BOILERPLATE = re.compile(
    r"^\W*("
    r"advertisement( ?>>)?|" + STORY + r"|share this( post| page| article| story)?|"
    r"related (articles|posts|stories|links)|read more|leave a (comment|reply)|print this( page| article| story)?|"
    r"e-?mail this( page| article| story)?( to a friend)?|printer[- ]friendly( version)?|back to top|"
    r"skip to (main )?content|loading|sponsored links?|all rights reserved|(copyright|©)\W.{0,90}|"
    r"click here to (subscribe|comment|print).{0,20}|sign up for our newsletter|follow us on (twitter|facebook).{0,20}"
    r")\W*$",
    re.I,
)


def is_boilerplate(line: str) -> bool:
    """Whether a line is nothing but a phrase that no article needs."""
    return len(line) <= LONGEST_BOILERPLATE and bool(BOILERPLATE.match(line))


def remove_boilerplate(lines: list[str], labels: list[str]) -> int:
    """Labels exact boilerplate `r`, in place; returns how many lines that changed."""
    wrong = [i for i, (line, label) in enumerate(zip(lines, labels)) if label == "k" and is_boilerplate(line)]
    for i in wrong:
        labels[i] = "r"
    return len(wrong)


def titles(html: str, known_title: str | None) -> set[str]:
    """Normal forms of what may be the page's title: the one its gold names, and first headings that agree with `<title>`."""
    known = normal_form(known_title or "")
    found = [normal_form(entities.unescape(re.sub(r"<[^>]+>", " ", text)))
             for text in re.findall(r"<h1[^>]*>(.*?)</h1>", html, re.S | re.I)[:3]]
    head = re.search(r"<title[^>]*>(.*?)</title>", html, re.S | re.I)
    head = normal_form(entities.unescape(head.group(1))) if head else ""
    return {
        title
        for title in [known, *found]
        if len(title.split()) >= 2 and (not head or title in head or head.startswith(title[:40]) or title == known)
    }


def keep_title(lines: list[str], keep: list[bool], candidates: set[str]) -> bool:
    """Keeps the title line above the text, in place; returns whether that changed a line. Some gold texts leave titles
    out, others do not, and a text without its title is worth less."""
    first = next((i for i, kept in enumerate(keep) if kept), None)
    if not candidates or first is None:
        return False
    depth = range(first, min(len(lines), first + TITLE_DEPTH))
    if any(keep[i] and normal_form(lines[i]) in candidates for i in depth):
        return False
    for i in range(first - 1, max(-1, first - 1 - TITLE_REACH), -1):
        if normal_form(lines[i]) in candidates:
            keep[i] = True
            return True
    return False
