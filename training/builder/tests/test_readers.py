"""Every reader over a tiny clone with the layout of its repository."""

import gzip
import json
import tempfile
import unittest
from pathlib import Path

from ..readers import READERS
from .example import ARTICLE, TITLE, page

GOLD = "\n".join(ARTICLE)
RESPONSE = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page()


def warc_record(kind: str, body: str) -> bytes:
    """A record of a WARC file."""
    body = body.encode()
    head = (f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: https://a.example.com/\r\nWARC-Record-ID: <urn:uuid:1>\r\n"
            f"WARC-Date: 2024-01-01T00:00:00Z\r\nContent-Type: application/http\r\nContent-Length: {len(body)}\r\n\r\n")
    return gzip.compress(head.encode() + body + b"\r\n\r\n")


class Readers(unittest.TestCase):
    def read_files(self, key, contents):
        """What a reader finds in a clone with these files."""
        with tempfile.TemporaryDirectory() as folder:
            for path, content in contents.items():
                path = Path(folder, path)
                path.parent.mkdir(parents=True, exist_ok=True)
                content = content if isinstance(content, (str, bytes)) else json.dumps(content)
                content = content.encode() if isinstance(content, str) else content
                packed = path.suffix == ".gz" and content[:2] != b"\x1f\x8b"
                path.write_bytes(gzip.compress(content) if packed else content)
            return list(READERS[key](Path(folder)))

    def one(self, key, contents):
        """The only page of a clone, which must be the invented one."""
        (found,) = self.read_files(key, contents)
        self.assertIn(ARTICLE[0], found.html)
        return found

    def gold(self, key, contents):
        found = self.one(key, contents)
        self.assertEqual([line for line in found.gold.split("\n") if line in ARTICLE], ARTICLE)
        return found

    def test_wcxb(self):
        truth = {"url": "https://a.b/", "ground_truth": {"main_content": "# " + GOLD, "title": TITLE},
                 "_internal": {"page_type": {"primary": "article"}}}
        found = self.gold("wcxb", {"dev/ground-truth/0001.json": truth, "dev/html/0001.html.gz": page(),
                                   "test/ground-truth/0002.json": truth})
        self.assertEqual((found.name, found.title, found.page_type), ("wcxb/0001", TITLE, "article"))

    def test_magic_html(self):
        base = {"abc": {"url": "https://a.b/", "content": "**" + GOLD + "**"}}
        found = self.gold("magic-html", {"benchmark/data/article/base.json": base, "benchmark/data/forum/base.json": {},
                                         "benchmark/data/article/htmls/abc.html": page()})
        self.assertEqual((found.name, found.page_type), ("magic-html/article_abc", "article"))

    def test_webmainbench(self):
        line = json.dumps({"id": "x" * 20, "url": "https://a.b/", "html": page(), "groundtruth_content": GOLD})
        self.assertEqual(self.gold("webmainbench", {"data/sample_dataset.jsonl": f"{line}\n{line}\n"}).id, "x" * 16)

    def test_cleaneval(self):
        gold = "URL: http://a.b/c\n\n<h>" + "\n<p>".join(ARTICLE)
        found = self.read_files("cleaneval", {"cleaneval-final/GoldStandard/1.txt": gold,
                                              "cleaneval-final/input/1.html": f'<text id="x">\n{page()}\n</text>'})
        self.assertEqual([(p.name, p.url) for p in found], [("cleaneval/final_1", "http://a.b/c")])
        self.assertEqual([line.strip() for line in found[0].gold.strip().split("\n")], ARTICLE)
        self.assertNotIn("<text", found[0].html)

    def test_cleanportaleval(self):
        folder = "CleanPortalEval-master"
        found = self.gold("cleanportaleval", {f"{folder}/GoldStandard/a.com_1.txt": GOLD,
                                              f"{folder}/input/a.com_1.html": page()})
        self.assertEqual(found.url, "http://a.com/")

    def test_dragnet(self):
        found = self.gold("dragnet", {"dragnet_data/GoldStandard/R1.txt": GOLD + "\n!@#$%^&*()\nI agree!",
                                      "dragnet_data/input/R1.html": page()})
        self.assertNotIn("agree", found.gold)

    def test_waddle(self):
        name, folder = "20111101_www.a.gr_" + "0" * 40, "corpora/Corpus_daniel_v2.1"
        marked = "".join(f"<p>{text}</p>" for text in ARTICLE)
        found = self.gold("waddle", {f"{folder}/reference/{name}": marked, f"{folder}/html/{name}": page()})
        self.assertEqual((found.id, found.url), ("0" * 24, "http://www.a.gr/"))

    def test_readability(self):
        marked = "".join(f"<p>{text}</p>" for text in ARTICLE)
        folder = "test/test-pages/001"
        found = self.gold("readability", {f"{folder}/source.html": page(), f"{folder}/expected.html": marked,
                                          f"{folder}/expected-metadata.json": {"title": TITLE}})
        self.assertEqual((found.name, found.title), ("readability/001", TITLE))

    def test_newspaper(self):
        for key, folder in (("newspaper", "text"), ("newspaper4k", "txt")):
            found = self.gold(key, {f"tests/data/{folder}/a.com2.txt": GOLD, "tests/data/html/a.com2.html": page()})
            self.assertEqual((found.name, found.url), (f"newspaper/{key}_a.com2", "http://a.com/"))

    def test_fundus(self):
        def version(paragraphs):
            return {"title": TITLE, "body": {"summary": [], "sections": [{"headline": [], "paragraphs": paragraphs}]}}

        folder = "tests/resources/parser/test_data/uk"
        versions = {"V1": version(["Another text entirely."]), "V2": version(ARTICLE)}
        found = self.gold("fundus", {f"{folder}/Gazette.json": versions,
                                     f"{folder}/Gazette_2024_01_01.html.gz": page()})
        self.assertEqual((found.id, found.publisher), ("Gazette_2024_01_01", "Gazette"))

    def test_turku(self):
        records = [{"text": ["A line.", " ", "Menu"], "labels": ["1", "1", "0"]}, {"text": ["Alone"], "labels": ["1"]}]
        (found,) = self.read_files("turku", {"text-quality-annotations/fi/test.json": records})
        self.assertEqual((found.id, found.split), ("fi_test_0", "heldout"))
        self.assertEqual((found.lines, found.labels), (["A line.", "Menu"], ["k", "r"]))

    def test_csdmc(self):
        letter = "Subject: x\nContent-Type: text/plain\n\nBuy bread\nme@a.b\n> quoted\nnow\n"
        data = "naive_bayes/data"
        found = self.read_files("csdmc", {f"{data}/SPAMTrain.label": "0 a.eml\n1 b.eml\n1 lost.eml\n",
                                          f"{data}/TRAINING/a.eml": letter, f"{data}/TRAINING/b.eml": letter})
        self.assertEqual([(mail.file, mail.spam) for mail in found], [("a.eml", True), ("b.eml", False)])
        self.assertEqual({mail.text for mail in found}, {"Buy bread\nnow"})

    def test_formasaurus(self):
        index = {"html/a-0.html": {"url": "https://a.b/", "forms": ["l", "s"]}, "html/lost.html": {"url": "", "forms": []}}
        found = self.one("formasaurus", {"formasaurus/data/index.json": index, "formasaurus/data/html/a-0.html": page()})
        self.assertEqual((found.name, found.forms, found.gold), ("formasaurus/0", ["l", "s"], None))

    def test_autopager(self):
        table = "File Name,URL,Encoding,failed\n7,https://a.b/,utf8,\n8,https://a.b/,utf8,yes\n"
        found = self.one("autopager", {"autopager/data/data.csv": table, "autopager/data/html/7.html": page(),
                                       "autopager/data/html/8.html": page()})
        self.assertEqual((found.id, found.url), ("7", "https://a.b/"))

    def test_product_bench(self):
        found = self.one("product_bench", {"dataset/ground-truth.json": {"f" * 64: {"url": "https://a.b/"}},
                                           f"dataset/html/{'f' * 64}.html.gz": page()})
        self.assertEqual((found.id, found.url), ("f" * 16, "https://a.b/"))

    def test_trafilatura(self):
        self.assertEqual(self.one("trafilatura", {"tests/cache/a.html": page(), "tests/eval/a.html": "x"}).id, "a.html")

    def test_warc(self):
        data = warc_record("request", "GET / HTTP/1.1\r\n\r\n") + warc_record("response", RESPONSE)
        found = self.one("warc_dolma", {"tests/data/warc/sample-0000.warc.gz": data})
        self.assertEqual((found.id, found.url), ("sample-0000_1", "https://a.example.com/"))
        self.assertEqual(self.one("warc_resiliparse", {"tests/data/warcfile.warc.gz": data}).id, "warcfile_1")


if __name__ == "__main__":
    unittest.main()
