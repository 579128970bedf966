"""Document records: whole texts labelled keep or drop, most of them by rules on gold texts."""

import random
import re

from . import language, rules
from .duplicates import NearDuplicates
from .prose import has_little_text, middle_words, prose_words, word_count
from .sites import split_of
from .words import stable_hash, words

SHORTEST, LONGEST = 40, 30_000  # characters
LISTS = ("collection", "product", "listing")  # page types that may be worth nothing as text
UNSPACED = ("zh", "ja", "ko", "yue")  # Gopher's rules count spaces
RUN, ALIKE, FEWEST_RUNS = 4, 0.7, 3
LOGIN = re.compile(r"log.?in|sign.?in|sign.?up|register|registration|account|password|forgot|recover|join|auth|user")
FORUM = re.compile(r"thread|forum|topic|discussion|viewtopic|showth|community")
MOST_SPAM, MOST_HAM = 420, 150


def document(id, source, address, site, lang, text, label, how, licence, split=None, synthetic=False) -> dict | None:
    """A record; None for texts too short to judge, and for explicit ones among the drops, so that words do not decide."""
    text = text.strip()
    if len(text) < SHORTEST:
        return None
    if label == "drop" and len(rules.EXPLICIT.findall(text)) >= (1 if source == "csdmc2010-mail" else 3):
        return None
    if len(text) > LONGEST:
        text = text[:LONGEST].rsplit("\n", 1)[0]
    return dict(id=id, source=source, url_or_site=address, site=site, lang=lang, split=split or split_of(site), label=label,
                how_labelled=how, synthetic=synthetic, text=text, licence=licence,
                rules=dict(gopher=rules.gopher(text), c4_fineweb=rules.c4_and_fineweb(text)))


def of_page(page: dict):
    """The documents a labelled page gives: itself, and what is left of it without its text."""
    kept = [line for line, label in zip(page["lines"], page["labels"]) if label == "k"]
    rest = [line for line, label in zip(page["lines"], page["labels"]) if label == "r"]

    def record(prefix, text, label, how, **more):
        return document(f"{prefix}/{page['id']}", page["source"], page["url_or_site"], page["site"], page["lang"], text, label,
                        how, page["licence"], page["split"], **more)

    whole, prose = "\n".join(page["lines"]), prose_words(kept)
    if page["source"] == "turku-tqa":
        share = len(kept) / len(page["lines"])
        if page["lang"] == "en" and share <= 0.10:
            yield record("doc", whole, "drop", "human line labels: <=10% of lines kept")
        elif page["lang"] == "en" and prose >= 150 and share > 0.6 and not rules.gopher("\n".join(kept)):
            yield record("doc", whole, "keep", "human line labels: >60% kept, >=150 prose tokens, Gopher rules pass")
        return
    kind = page["page_type"]
    if kind in LISTS or kind == "service":
        if kind in LISTS and prose < 80 and prose_words(page["lines"]) < 150 and middle_words(kept) < 250:
            yield record("doc", whole, "drop", f"WCXB page_type={kind} (human-reviewed) and <80 tokens of sentence prose in "
                         "the gold text (rule)")
        return
    chance = random.Random(stable_hash(page["id"]))
    text, count = "\n".join(kept), word_count(kept)
    passes = not rules.gopher(text) or (page["lang"] in UNSPACED and len(text) > 600)
    if prose >= 150 and passes and prose / max(1, count) >= 0.45:
        text, mode = _noisy(page, whole, chance)
        yield record("doc", text, "keep", "gold main content has >=150 tokens of sentence prose, passes Gopher rules; text = "
                     + mode)
    elif page["source"] == "cleaneval" and prose < 40 and count >= 20 and prose_words(page["lines"]) < 80 and has_little_text(
        page["lines"]
    ):
        yield record("doc", whole, "drop", "CleanEval page whose gold text has <40 tokens of sentence prose (rule): link list "
                     "/ contact / stub")
    chosen = stable_hash("b" + page["id"]) % 100 < 40
    chosen = chosen and (page["lang"] == "en" or stable_hash("c" + page["id"]) % 3 == 0)
    if chosen and 50 <= word_count(rest) <= 900 and prose_words(rest) < 60 and has_little_text(rest):
        yield record("boil", "\n".join(rest), "drop", "real page with its gold main-content lines deleted: only navigation/"
                     "boilerplate left", synthetic=True)


def _noisy(page, whole, chance):
    """Six pages of ten as they are; of the others only a part of the removed lines, since extractors differ."""
    mode = stable_hash("m" + page["id"]) % 10
    if mode < 6:
        return whole, "whole page"
    share = [0.05, 0.15, 0.3][mode % 3]
    lines = [line for line, label in zip(page["lines"], page["labels"]) if label == "k" or chance.random() < share]
    return "\n".join(lines), f"gold lines + {share:.0%} of the removed lines"


def of_short_page(page: dict):
    """A page whose gold text has next to nothing is dropped if it shows no prose either."""
    lines, text = page["lines"], "\n".join(page["lines"])
    if prose_words(lines) < 60 and word_count(lines) >= 8 and has_little_text(lines):
        yield document(f"short/{page['id']}", page["source"], page["url_or_site"], page["site"], language.language_of(text),
                       text, "drop", "gold main content empty or <20 tokens, and <60 tokens of sentence prose on the page",
                       page["licence"])


def of_whole_page(page: dict, forms: list[str]):
    """A page without gold text, by what people annotated and by rules so strict that they are rarely wrong."""
    lines, text, source = page["lines"], "\n".join(page["lines"]), page["source"]
    count, prose, address = word_count(lines), prose_words(lines), page["url_or_site"].lower()
    label = None
    if count < 8:
        return
    if source == "formasaurus" and set(forms) & set("lrp") and prose < 80 and count < 700 and (
        LOGIN.search(address) or count < 150
    ):
        label, how = "drop", ("login/registration/password page: human form annotation (Formasaurus) + auth-like URL or very "
                              "short + <80 prose tokens")
    elif source == "autopager" and FORUM.search(address):
        return
    elif source in ("formasaurus", "autopager", "product-bench"):
        if prose < 60 and count >= 40 and prose / count < 0.15 and has_little_text(lines):
            label, how = "drop", ("rule: <60 tokens of sentence prose and <15% of the page (navigation, listing, store or "
                                  "form page)")
    elif prose >= 300 and prose / count >= 0.45 and not rules.gopher(text):
        if "c4_sentences" not in rules.c4_and_fineweb(text) and language.language_of(text) == "en":
            label, how = "keep", "weak: >=300 tokens of sentence prose (>=45% of page), Gopher+C4 rules pass"
    if label:
        yield document(f"raw/{page['id']}", source, page["url_or_site"], page["site"], language.language_of(text), text, label,
                       how, page["licence"])


def of_mails(mails: list, source: str, licence: str):
    """English spam as drops, long letters as their counterweight; the first of letters that begin alike."""
    seen = set()
    for spam, most in ((True, MOST_SPAM), (False, MOST_HAM)):
        count = 0
        for mail in mails:
            tokens = words(mail.text)
            start = tuple(tokens[:40])
            if mail.spam != spam or count == most or start in seen or not (30 if spam else 120) <= len(tokens) <= 1200:
                continue
            if language.language_of(mail.text[:2000]) != "en":
                continue
            seen.add(start)
            count += 1
            how = ("e-mail spam, human label (CSDMC2010); not a web page: stands in for spam/ad text" if spam else
                   "legitimate e-mail/newsletter, human label (CSDMC2010); counterweight to the e-mail spam")
            yield document(f"mail/csdmc_{mail.file[:-4]}", source, None, "mail:" + mail.file, "en", mail.text,
                           "drop" if spam else "keep", how, licence)


def without_duplicates(records: list[dict]) -> tuple[list[dict], int]:
    """The first of all near duplicates, and how many were left out; texts too short to compare all stay."""
    known, kept = NearDuplicates(RUN, ALIKE, FEWEST_RUNS), []
    for record in records:
        sketch = known.sketch(words(record["text"]))
        if not known.find(sketch):
            known.add(record["id"], sketch)
            kept.append(record)
    return kept, len(records) - len(kept)
