"""Puts in-line noise into clean lines, and says of natural candidates what they most likely are.

Kinds and rates follow what was counted in kept lines of the train pages. An edit is (start, end, noise) on the clean line;
all offsets count UTF-8 bytes, as the Rust side's do.
"""

import html
import random
import re

FUNCTION = set("a an the of in on at to for and or but with by from as is are was were be this that these those it its his her their "
               "our your my we you they he she i not no if when where which who while than then so into over under after before "
               "about towards between through during can will would should may must have has had do does did more most".split())
LETTERS = re.compile(r"[A-Za-z]+")
CODE = set("{}<>=;_\\|$#*+&@`~^")
NOUNS = ("Paper", "Repository", "Project", "Source", "Download", "Video", "Website", "Article", "Code", "Demo", "Data", "Report",
         "Slides", "Dataset", "GitHub", "Blog", "Homepage", "Store", "Product", "Affiliate", "External", "Original", "Full text")
LABELS = ("(link)", "[link]", "(Link)", "(PDF)", "(pdf)", "[pdf]", "(external link)", "(opens in new window)",
          "(Opens in a new window)", "(opens in a new tab)", "[Link]", "(click to enlarge)", "(link is external)")
INVITATIONS = ("Read more »", "Read More", "Read more", "[Read more...]", "Continue reading →", "Continue Reading", "Learn more »",
               "Learn more", "Read more →", "(Read more...)", "Read the full story", "Find out more", "View more", "Click here",
               "Read more…", "Keep reading →", "Read full article", "See more", "[Read More]", "… Read more", "| Read more")
TOOLS = ("Share", "Tweet", "Print", "Email", "Pin It", "Facebook", "Twitter", "LinkedIn", "WhatsApp", "Pinterest", "Reddit", "Like", "Reply")
INVISIBLE = "\u00ad\u200b\u200b\u200b\ufeff\u200d\u200e\u2060\ufffc\u200c"
ENTITY = {"&": ["&amp;", "&#38;"], '"': ["&quot;", "&#34;"], "'": ["&#39;", "&apos;", "&#x27;"], "<": ["&lt;"], ">": ["&gt;"],
          "’": ["&rsquo;", "&#8217;"], "“": ["&ldquo;", "&#8220;"], "”": ["&rdquo;"], "–": ["&ndash;", "&#8211;"], "—": ["&mdash;"],
          "…": ["&hellip;"], "é": ["&eacute;"], "\u00a0": ["&nbsp;"]}
SITES = ("www.example.com", "http://www.nytimes.com/2012/10/25/world/index.html?hp&_r=0", "https://t.co/aB3xYz12", "http://bit.ly/Qw2eR",
         "https://www.bbc.co.uk/news/world-12345678", "https://www.amazon.com/dp/B00X4WHP5E?tag=site-20&ref=sr_1_1",
         "http://feeds.feedburner.com/~r/site/~3/abc", "https://example.org/page?utm_source=feed&utm_medium=rss&id=77",
         "https://youtu.be/dQw4w9WgXcQ", "http://example.net/wp-content/uploads/2014/05/photo.jpg")


def words_of(line):
    return line.split()


def code_share(line):
    shown = [c for c in line if not c.isspace()]
    return sum(c in CODE for c in shown) / max(1, len(shown))


def is_prose(line):
    words = words_of(line)
    return len(words) >= 8 and sum(w.lower() in FUNCTION for w in words) >= 0.15 * len(words) and code_share(line) < 0.03


def misread(c):
    """`c` in UTF-8, read as Windows-1252 with its gaps as Latin-1."""
    out = ""
    for byte in c.encode("utf-8"):
        try:
            out += bytes([byte]).decode("cp1252")
        except UnicodeDecodeError:
            out += chr(byte)
    return out


class Line:
    """A clean line and the edits that make it noisy."""

    def __init__(self, text):
        self.text = text
        self.edits = []

    def add(self, start, end, noise, kind):
        if all(end <= s or start >= e for s, e, _, _ in self.edits) and all(start != s for s, _, _, _ in self.edits):
            self.edits.append((start, end, noise, kind))

    def noisy(self, without=None):
        """The noisy line in bytes, and where each edit's noise stands in it; `without` one of them."""
        out, places, at = b"", [], 0
        for edit in sorted(self.edits):
            if edit is without:
                continue
            start, end, noise, kind = edit
            out += self.text[at:start].encode()
            places.append((len(out), len(out) + len(noise.encode()), edit))
            out += noise.encode()
            at = end
        return out + self.text[at:].encode(), places


def glue(line, rng, capital):
    spots = []
    for m in re.finditer(r"(?<=[A-Za-z]) (?=[A-Za-z])", line.text):
        left = LETTERS.findall(line.text[:m.start()])[-1]
        right = LETTERS.match(line.text, m.end()).group()
        if right[0].isupper() == capital and (not right[1:] or right[1:].islower()) and (left[1:].islower() or len(left) == 1):
            spots.append((m.start(), (left.lower() in FUNCTION) != (right.lower() in FUNCTION)))
    if rng.random() < 0.5:
        spots = [s for s in spots if s[1]] or spots
    if spots:
        at = rng.choice(spots)[0]
        line.add(at, at + 1, "", "case_glue" if capital else "glue")


def run_on(line, rng):
    spots = [m.start(1) for m in re.finditer(r"(?<=[a-z]{2}[.!?])( )(?=[A-Z][a-z ])", line.text)]
    if not spots or rng.random() < 0.3:
        spots += [m.start(1) for m in re.finditer(r"(?<=[a-z]{2},)( )(?=[A-Za-z])", line.text)]
    if spots:
        at = rng.choice(spots)
        line.add(at, at + 1, "", "run_on")


def ends_of(text):
    return [m.end() for m in re.finditer(r"(?<=[a-z)”\"])[.!?](?= |$)", text)]


def words_ends(text):
    return [m.end() for m in re.finditer(r"[a-z]{3,}(?=[ ,.])", text)]


def put(line, rng, kind):
    """One piece of noise of this kind, where the line has a place for it."""
    text = line.text
    if kind in ("glue", "case_glue"):
        return glue(line, rng, kind == "case_glue")
    if kind == "run_on":
        return run_on(line, rng)
    if kind == "mojibake":
        spots = [i for i, c in enumerate(text) if ord(c) > 0x7F and c.isprintable()]
        if spots:
            i = rng.choice(spots)
            return line.add(i, i + 1, misread(text[i]), kind)
        spots = [i for i, c in enumerate(text) if c in "'\"" and 0 < i < len(text) - 1]
        if spots:
            i = rng.choice(spots)
            curly = "’" if text[i] == "'" else "”"
            line.text = text[:i] + curly + text[i + 1:]
            return line.add(i, i + 1, misread(curly), kind)
        return None
    if kind == "entity":
        spots = [i for i, c in enumerate(text) if c in ENTITY]
        if spots:
            i = rng.choice(spots)
            line.add(i, i + 1, rng.choice(ENTITY[text[i]]), kind)
        return None
    if kind == "tag":
        spots = [m for m in re.finditer(r"(?<= )[A-Za-z]{3,}(?= )", text)]
        if spots and rng.random() < 0.7:
            m = rng.choice(spots)
            name = rng.choice(["b", "i", "em", "strong", "a", "span", "B", "u", "font"])
            attributes = ' href="http://www.example.com/"' if name == "a" else ' class="x"' if name == "span" else ""
            line.add(m.start(), m.start(), f"<{name}{attributes}>", kind)
            line.add(m.end(), m.end(), f"</{name}>", kind)
        else:
            at = rng.choice([0, 0] + ends_of(text))
            line.add(at, at, rng.choice(["<br>", "<br />", "<p>", "</p>", "<br/>", "<p> ", "</div>"]), kind)
        return None
    if kind == "wiki_mark":
        if len(words_of(text)) <= 6 and text[-1:].isalnum():
            line.add(len(text), len(text), "[edit]", kind)
        elif ends_of(text):
            at = rng.choice(ends_of(text))
            line.add(at, at, rng.choice(["[citation needed]", "[citation needed]", "[clarification needed]", "[who?]"]), kind)
        return None
    if kind == "citation":
        spots = (ends_of(text) * 3 + words_ends(text)) if is_prose(text) else []
        if spots:
            at = rng.choice(spots)
            n = rng.randrange(1, 120)
            mark = rng.choice([f"[{n}]"] * 4 + [f"[{n}, {n + 1}]", f"[{n}–{n + 2}]", f"[{n}][{n + 1}]", f"[note {n % 9 + 1}]"])
            before = text[at - 1]
            line.add(at, at, (" " if before.isalpha() and rng.random() < 0.7 else "") + mark, kind)
        return None
    if kind == "link_label":
        label = rng.choice(LABELS) if rng.random() < 0.5 else rng.choice(["({} Link)", "[{} link]", "({} link)"]).format(rng.choice(NOUNS))
        line.add(len(text), len(text), " " + label, kind)
        return None
    if kind == "read_more":
        if len(text) >= 25:
            line.add(len(text), len(text), " " + rng.choice(INVITATIONS), kind)
        return None
    if kind == "tool_words":
        if len(text) >= 25:
            line.add(len(text), len(text), " " + rng.choice([" ", " | ", " · "]).join(rng.sample(TOOLS, rng.randrange(2, 5))), kind)
        return None
    if kind == "url":
        spots = ends_of(text)
        if spots and is_prose(text):
            at = rng.choice(spots)
            if rng.random() < 0.4:
                line.add(at - 1, at - 1, f" ({rng.choice(SITES)})", kind)
            else:
                line.add(at, at, " " + rng.choice(SITES), kind)
        return None
    if kind == "punctuation":
        spots = [m.start() for m in re.finditer(r"[!?](?= |$)|(?<=[a-z]),(?= )|(?<=[a-z])\.\.\.(?!\.)", text)]
        if spots:
            at = rng.choice(spots)
            noise = text[at] * rng.randrange(1, 5 if text[at] != "," else 2)
            line.add(at, at, noise, kind)
        return None
    if kind == "invisible":
        at = rng.randrange(1, len(text)) if len(text) > 2 else 1
        line.add(at, at, rng.choice(INVISIBLE), kind)
        return None
    if kind == "arrow":
        line.add(len(text), len(text), rng.choice([" ↑", " ↩", " ↩︎", "↑"]), kind) if rng.random() < 0.6 else line.add(0, 0, "^ ", kind)
        return None
    if kind == "spaces":
        spots = [m.start() for m in re.finditer(r" (?=\w)", text)]
        if spots and code_share(text) < 0.03:
            at = rng.choice(spots)
            line.add(at, at, " " * rng.randrange(1, 4), kind)
    return None


RATES = {"glue": 40, "case_glue": 4, "run_on": 8, "mojibake": 5, "entity": 5, "tag": 5, "wiki_mark": 5, "citation": 7, "link_label": 5,
         "read_more": 5, "tool_words": 2, "url": 6, "punctuation": 4, "invisible": 4, "arrow": 2, "spaces": 5}


def corrupt(lines, rng: random.Random):
    """The lines with noise, mostly of one or two kinds, as noise comes; from one piece to one in every other line."""
    out = [Line(line) for line in lines]
    kinds = rng.choices(list(RATES), list(RATES.values()), k=rng.randrange(1, 4))
    prose = [i for i, line in enumerate(lines) if len(line.split()) >= 5]
    for kind in kinds:
        candidates = [i for i, line in enumerate(lines) if line] if kind in ("wiki_mark", "link_label", "arrow") else prose
        if candidates:
            count = min(len(candidates), max(1, round(2 ** rng.uniform(0, 4.5))))
            for i in rng.choices(candidates, k=count):
                put(out[i], rng, kind)
    return out


CODE_WORDS = re.compile(r"\b(element|elements|tag|tags|html|css|attribute)\b", re.I)


def natural(line: str, span) -> int | None:
    """What a candidate in a line nobody touched most likely is; None where only reading it could tell."""
    raw = line.encode()
    before, text, after = (part.decode("utf-8", "replace") for part in (raw[:span["start"]], raw[span["start"]:span["end"]], raw[span["end"]:]))
    kind, prose, code = span["kind"], is_prose(line), code_share(line)
    if kind in ("glue", "case_glue"):
        return 0
    if kind in ("mojibake", "invisible", "wiki_mark", "arrow", "tool_words"):
        return 1
    if kind == "run_on":
        left, right = (LETTERS.findall(before) or [""])[-1], (LETTERS.match(after) or [""])[0]
        if not prose or after[len(right):len(right) + 1] in (".", "(", "_", "=") or right.lower() in ("com", "net", "org", "js", "io", "py", "co"):
            return 0
        return 0 if "." in text and left[:1].isupper() else 1
    if kind == "citation":
        return int(len(before.split()) >= 3 and code < 0.03 and "git" not in before.split()[-1].lower() and not re.search(r"[=(\[,{][ ]?$", before))
    if kind == "tag":
        plain = re.match(r"\s*</?(b|strong|i|em|br|p|u|font)\b", text, re.I) is not None
        return int(plain and len(line.split()) >= 8 and not CODE_WORDS.search(line) and "\\" not in line)
    if kind == "read_more":
        return int(text.lstrip(" |-–»[(…")[:1].isupper())
    if kind == "link_label":
        return int(not re.search(r"[(\[](and|a|the|this|no|missing|broken|your|or|my)\b", text, re.I))
    if kind == "entity":
        return int(code < 0.1 and "Markup(" not in line and "<" not in line)
    if kind == "punctuation":
        return int(code < 0.05 and sum(c.isalpha() for c in line) > 0.5 * len(line))
    if kind == "spaces":
        return int(code < 0.05)
    if kind == "url":
        if not prose or after[:1] in ("'", '"', ";"):
            return 0
        return int(text.strip().startswith("(") or (before.rstrip()[-1:] in (".", "!", "?", "…") and (not after.strip() or after.strip()[0].isupper())))
    return None
