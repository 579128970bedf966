"""Sites, splits, licences, duplicates and document rules."""

import unittest
from unittest import mock

from .. import documents, language, prose, rules, sites
from ..duplicates import NearDuplicates
from ..pages import Page
from ..sources import OWN_SPLIT, SOURCES, may_train
from ..readers import READERS
from ..words import words
from .example import ARTICLE, FOOT, MENU, other_article, page


def last_two_labels(url):
    """Stands in for the list of public suffixes."""
    return ".".join(url.split("/")[2].split(".")[-2:])


class Splits(unittest.TestCase):
    def test_are_those_of_the_first_files(self):
        expected = {"mozilla.org": "train", "github.com": "train", "nytimes.com": "train", "reuters.com": "dev",
                    "telegraph.co.uk": "dev", "wordpress.com": "dev"}
        self.assertEqual({site: sites.split_of(site) for site in expected}, expected)

    def test_have_their_shares(self):
        found = [sites.split_of(f"site{k}.example") for k in range(4000)]
        for split, share in (("train", 0.80), ("dev", 0.05), ("heldout", 0.15)):
            self.assertAlmostEqual(found.count(split) / len(found), share, delta=0.02)


class Sites(unittest.TestCase):
    def setUp(self):
        patch = mock.patch.object(sites, "registered_domain", last_two_labels)
        patch.start()
        self.addCleanup(patch.stop)

    def site(self, html, **known):
        return sites.site_of(Page("s", "1", html, **known))

    def test_come_from_the_address_then_from_the_page(self):
        self.assertEqual(self.site(page(), url="https://a.known.org/x"), ("known.org", "https://a.known.org/x", "url"))
        self.assertEqual(self.site(page())[::2], ("example.com", "canonical"))

    def test_links_decide_only_if_there_are_some(self):
        link = "<a href='https://www.here.net/{}'>x</a><img src='https://www.facebook.com/{}'>"
        self.assertEqual(self.site(link * 3), ("here.net", None, "link-majority"))
        self.assertEqual(self.site(link * 2), ("unknown:s:1", None, "unknown"))
        self.assertEqual(self.site(link, publisher="Gazette"), ("s:gazette", None, "publisher"))


class Sources(unittest.TestCase):
    def test_only_permissive_licences_train(self):
        for licence in ("MIT", "MIT (repo)", "Apache-2.0 (repo)", "CC-BY-4.0"):
            self.assertTrue(may_train(licence))
        for licence in ("AGPL-3.0", "GPL-3.0 (LICENSE)", "not stated", "", "CC-BY-NC-4.0", "MITX"):
            self.assertFalse(may_train(licence))

    def test_every_source_has_a_reader(self):
        self.assertEqual({source.key for source in SOURCES}, set(READERS))
        self.assertEqual(len({source.key for source in SOURCES}), len(SOURCES))
        self.assertEqual(OWN_SPLIT, {"turku-tqa"})


class Duplicates(unittest.TestCase):
    def test_near_ones_are_found_and_others_not(self):
        known = NearDuplicates(5, 0.7)
        tokens = words(" ".join(other_article(1)))
        known.add("first", known.sketch(tokens))
        changed = tokens[:40] + ["changed"] + tokens[40:]
        self.assertEqual(known.find(known.sketch(changed)), "first")
        self.assertIsNone(known.find(known.sketch(words(" ".join(ARTICLE)))))
        self.assertIsNone(known.sketch(tokens[:4]))


class Documents(unittest.TestCase):
    def record(self, kept, rest, **known):
        return dict(id="s/1", source="s", url_or_site="x.org", site="x.org", lang="en", licence="MIT", split="train",
                    page_type=None, lines=[*rest, *kept], labels=["r"] * len(rest) + ["k"] * len(kept)) | known

    def labels(self, record):
        return [(d["id"].split("/")[0], d["label"]) for d in documents.of_page(record)]

    def test_prose_is_counted_in_sentences(self):
        self.assertEqual(prose.prose_words(ARTICLE), prose.word_count(ARTICLE))
        self.assertEqual(prose.prose_words(MENU + FOOT + ["word " * 30]), 0)

    def test_an_article_is_kept_and_a_list_dropped(self):
        self.assertEqual(self.labels(self.record(other_article(3), MENU)), [("doc", "keep")])
        self.assertEqual(self.labels(self.record(["Blue lamp 3"] * 5, MENU, page_type="listing")), [("doc", "drop")])
        self.assertEqual(self.labels(self.record(other_article(3), MENU, page_type="listing")), [])

    def test_a_page_without_its_text_is_dropped(self):
        rest = [f"{name} {number}" for number in range(12) for name in MENU + FOOT]
        found = {label for k in range(20) for label in self.labels(self.record(ARTICLE, rest, id=f"s/{k}"))}
        self.assertIn(("boil", "drop"), found)

    def test_login_pages_are_dropped(self):
        record = dict(id="formasaurus/1", source="formasaurus", url_or_site="https://x.org/login", site="x.org", licence="MIT",
                      lines=["User name", "Password", "Forgot your password?", "Stay signed in", "No account yet? Join us"])
        with mock.patch.object(language, "language_of", return_value="en"):
            self.assertEqual([d["label"] for d in documents.of_whole_page(record, ["l"])], ["drop"])
            self.assertEqual(list(documents.of_whole_page(record, ["s"])), [])

    def test_rules_name_what_fails(self):
        self.assertEqual(rules.gopher("\n".join(ARTICLE)), [])
        self.assertIn("dupline", rules.gopher("\n".join(["the same line of the page"] * 20)))
        self.assertIn("words", rules.gopher("few words"))
        self.assertIn("c4_lorem", rules.c4_and_fineweb("Lorem ipsum dolor"))
        self.assertEqual(rules.c4_and_fineweb("\n".join(ARTICLE)), [])


if __name__ == "__main__":
    unittest.main()
