"""Line records: pages with a label a line."""

from . import language, sites
from .alignment import align
from .duplicates import NearDuplicates
from .extraction import visible_lines
from .labels import keep_title, remove_boilerplate, titles
from .words import words

SMALLEST_HTML, FEWEST_LINES, FEWEST_GOLD_WORDS = 200, 2, 20
MOST_LINES, MOST_CHARACTERS = 1500, 300_000
LEAST_COVERAGE, LEAST_PRECISION, MOST_AMBIGUOUS = 0.85, 0.90, 0.05
ALIKE_TEXT, ALIKE_PAGE, RUN = 0.70, 0.75, 5


def base_record(page, licence):
    """What is known of a page before its labels; None for pages without text."""
    if len(page.html) < SMALLEST_HTML:
        return None
    lines, how = visible_lines(page.html, page.source + page.id)
    if len(lines) < FEWEST_LINES:
        return None
    site, address, known_from = sites.site_of(page)
    return dict(id=page.name, source=page.source, url_or_site=address or site, site=site, site_from=known_from, extract=how,
                page_type=page.page_type, licence=licence, lines=lines)


def page_record(page, licence, dropped) -> tuple[str, dict] | None:
    """A record and its kind: `labelled`, or `short` where the gold text has next to nothing (a document label may rest on
    that). Pages that do not agree with their gold text are left out and counted in `dropped`."""
    record = base_record(page, licence)
    if record is None:
        dropped["no text"] += 1
        return None
    lines = record["lines"]
    if len(words(page.gold)) < FEWEST_GOLD_WORDS:
        return "short", record
    if len(lines) > MOST_LINES or sum(map(len, lines)) > MOST_CHARACTERS:
        dropped["too long"] += 1
        return None
    found = align(lines, page.gold)
    if found.coverage < LEAST_COVERAGE or (found.precision or 0) < LEAST_PRECISION:
        dropped["gold text differs"] += 1
        return None
    if found.ambiguous > max(2, MOST_AMBIGUOUS * len(lines)):
        dropped["ambiguous"] += 1
        return None
    how = page.how + "; line k if >=50% of its tokens align to gold"
    if keep_title(lines, found.keep, titles(page.html, page.title)):
        how += "; page title line kept by rule"
    kept = "\n".join(line for line, keep in zip(lines, found.keep) if keep)
    record.update(lang=language.language_of(kept), labels=["k" if keep else "r" for keep in found.keep],
                  align=found.fields())
    changed = remove_boilerplate(lines, record["labels"])
    if changed:
        how += f"; {changed} exact boilerplate line(s) flipped to r by rule"
    record.update(how_labelled=how, split=sites.split_of(record["site"]))
    return "labelled", record


def text_record(text, source, licence) -> dict:
    """A record of a text that people labelled line by line; it stays in the split of its authors."""
    remove_boilerplate(text.lines, text.labels)
    site = "unknown:turku:" + text.id.replace("_", ":")
    kept = [line for line, label in zip(text.lines, text.labels) if label == "k"]
    return dict(id=f"{source}/{text.id}", source=source, url_or_site=None, site=site, site_from="unknown",
                extract="jusText-cleaned upstream", page_type=None, licence=licence, lang=text.language, lines=text.lines,
                labels=text.labels, split=text.split,
                how_labelled="human line labels (Laippala et al. 2022 / Salmela 2022), text already boilerplate-stripped "
                "upstream",
                align=dict(page_tokens=sum(len(words(line)) for line in text.lines),
                           kept_tokens=sum(len(words(line)) for line in kept)))


def without_duplicates(records: list[dict], dropped) -> list[dict]:
    """The first of all near duplicates, by kept text or by whole page (two articles may share a frame, and one article
    two)."""
    texts, pages, kept = NearDuplicates(RUN, ALIKE_TEXT), NearDuplicates(RUN, ALIKE_PAGE), []
    for record in records:
        text = "\n".join(line for line, label in zip(record["lines"], record["labels"]) if label == "k")
        text, page = texts.sketch(words(text)), pages.sketch(words("\n".join(record["lines"])))
        if texts.find(text) or pages.find(page):
            dropped[record["source"]]["near duplicate"] += 1
            continue
        texts.add(record["id"], text)
        pages.add(record["id"], page)
        kept.append(record)
    return kept
