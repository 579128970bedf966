"""An invented site for the tests: pages, gold texts, and clones with the layout of two repositories."""

import gzip
import json
import random

from ..sites import split_of

MENU = ["Home", "Harbour news", "Tide tables", "Contact us"]
TITLE = "The ferry that never sails"
ARTICLE = [
    "Every morning at six the crew of the Marigold starts the engine, checks the ropes and waits for a bell that nobody rings.",
    "The harbour office says the permit is on its way, and it has said so in every letter since the winter before last.",
    "Meanwhile the bakery on the quay sells bread to the crew, who have become its best customers without travelling a mile.",
    "Some passengers still come on Sundays, sit on the deck with their coffee, and leave when the wind turns to the north.",
    "The captain keeps a log of these days: weather, visitors, bread, and at the bottom of each page the words no departure.",
    "If the permit ever comes, he says, the crew will have to learn again which of the two lighthouses stands on the left.",
    "The ferry company has offered to buy the boat back twice, and twice the answer was a polite letter and a loaf of bread.",
    "Until then the engine runs for ten minutes a day, which is enough to keep the gulls awake and the mechanic employed.",
]
FOOT = ["Advertisement", "Share this article", "© 2024 Quayside Gazette", "Terms of use", "Sign up for our newsletter"]
SMALL = "the of and to with near under behind".split()
VERBS = "finds draws keeps paints moves turns hides names opens follows".split()
WORDS = "amber basin cedar delta ember fjord grove heath inlet jetty knoll ledge meadow nettle orchard pebble ridge".split()


def page(article=ARTICLE, title=TITLE, url="https://www.quayside-gazette.example.com/ferry") -> str:
    """A page with a menu, an article and a foot."""
    menu = "".join(f"<li><a href='/{i}'>{text}</a></li>" for i, text in enumerate(MENU))
    body = "".join(f"<p>{text}</p>" for text in article)
    foot = "".join(f"<div>{text}</div>" for text in FOOT)
    return (f"<html><head><title>{title}</title><link rel='canonical' href='{url}'></head><body><ul>{menu}</ul>"
            f"<h1>{title}</h1>{body}{foot}</body></html>")


def other_article(number: int) -> list[str]:
    """Sentences that no other article has."""
    chance = random.Random(number)
    sentences = []
    for k in range(9):
        order = [word for name in chance.sample(WORDS, 8) for word in (chance.choice(SMALL), name, chance.choice(VERBS))]
        sentences.append(f"Stop {number * 31 + k}: " + " ".join(order) + ".")
    return sentences


def clones(folder, pages=24):
    """A clone of an MIT source and of one that only judges; every page is a site of its own, and
    both splits have pages that judge."""
    benchmark = folder / "scrapinghub"
    (benchmark / "html").mkdir(parents=True)
    truth = {}
    for number in range(pages):
        name, article = f"{number:016x}f", other_article(number)
        url = f"https://walk{number}.example{number}.com/map"
        html = page(article, f"Walk number {number}", url)
        (benchmark / "html" / f"{name}.html.gz").write_bytes(gzip.compress(html.encode()))
        truth[name] = {"url": url, "articleBody": "\n".join(article)}
    (benchmark / "ground-truth.json").write_text(json.dumps(truth))
    dragnet = folder / "jszulc" / "dragnet_data"
    (dragnet / "input").mkdir(parents=True)
    (dragnet / "GoldStandard").mkdir()
    others = range(pages, pages + 400)
    in_dev = [number for number in others if split_of(f"example{number}.org") == "dev"][:2]
    for number in sorted({*others[:10], *in_dev}):
        article = other_article(number)
        url = f"https://walk{number}.example{number}.org/map"
        (dragnet / "input" / f"R{number}.html").write_text(page(article, f"Walk number {number}", url))
        (dragnet / "GoldStandard" / f"R{number}.txt").write_text("\n".join(article) + "\n!@#$%^&*()\nNice walk!")
