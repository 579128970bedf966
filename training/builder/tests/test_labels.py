"""Lines against a gold text, and the rules after that."""

import random
import unittest

from ..alignment import align
from ..extraction import clean_lines, decode, visible_lines
from ..labels import is_boilerplate, keep_title, remove_boilerplate, titles
from ..lcs import matching_blocks
from .example import ARTICLE, FOOT, MENU, TITLE, page


class Subsequence(unittest.TestCase):
    def test_is_as_long_as_the_table_says(self):
        chance = random.Random(5)
        for _ in range(200):
            first, second = ([chance.randrange(4) for _ in range(chance.randrange(30))] for _ in range(2))
            table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
            for i, a in enumerate(first):
                for j, b in enumerate(second):
                    table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
            blocks = matching_blocks(first, second)
            self.assertEqual(sum(length for _, _, length in blocks), table[-1][-1])
            at, other = 0, 0
            for start, place, length in blocks:
                self.assertGreaterEqual((start, place), (at, other))
                self.assertEqual(first[start : start + length], second[place : place + length])
                at, other = start + length, place + length


class Extraction(unittest.TestCase):
    def test_every_block_is_a_line(self):
        lines, how = visible_lines(page(), "example/1")
        self.assertEqual([line.lstrip("• ") for line in lines], [*MENU, TITLE, *ARTICLE, *FOOT])
        self.assertIn(how.split("+")[0], ("bul", "nobul"))

    def test_bullets_differ_between_pages_but_not_between_runs(self):
        ways = [visible_lines(page(), f"example/{k}") for k in range(40)]
        self.assertEqual(ways, [visible_lines(page(), f"example/{k}") for k in range(40)])
        self.assertEqual({how.split("+")[0] for _, how in ways}, {"bul", "nobul"})
        for lines, how in ways:
            self.assertEqual(lines[0].startswith("•"), how.startswith("bul"))

    def test_declared_encodings_are_read(self):
        self.assertEqual(decode("<meta charset='iso-8859-2'>żółw".encode("iso-8859-2"))[-4:], "żółw")
        self.assertEqual(decode("Käse".encode()), "Käse")

    def test_lines_are_trimmed(self):
        self.assertEqual(clean_lines(" a\u00a0 b \n\n \u200b\nc\x00"), ["a b", "c"])


class Alignment(unittest.TestCase):
    def aligned(self, lines, gold):
        return [line for line, keep in zip(lines, align(lines, "\n".join(gold)).keep) if keep]

    def test_keeps_the_article_only(self):
        lines = [*MENU, TITLE, *ARTICLE, *FOOT]
        found = align(lines, "\n".join(ARTICLE))
        self.assertEqual([line for line, keep in zip(lines, found.keep) if keep], ARTICLE)
        self.assertEqual((found.coverage, found.precision, found.ambiguous), (1.0, 1.0, 0))

    def test_typography_does_not_matter(self):
        gold = [text.upper().replace(",", " –") for text in ARTICLE]
        self.assertEqual(self.aligned([*MENU, *ARTICLE], gold), ARTICLE)

    def test_words_of_the_article_in_a_menu_stay_out(self):
        lines = ["Bread", "The permit", "Captain", "Letters", "Jobs", *ARTICLE, "Jobs", "Letters", "The mechanic"]
        self.assertEqual(self.aligned(lines, ARTICLE), ARTICLE)

    def test_a_moved_line_is_found(self):
        gold = [*ARTICLE[:2], *ARTICLE[3:], ARTICLE[2]]
        self.assertEqual(self.aligned([*MENU, *ARTICLE, *FOOT], gold), ARTICLE)

    def test_a_short_heading_inside_the_text_is_found(self):
        lines = [*ARTICLE[:3], "The log", *ARTICLE[3:], "The log"]
        keep = align(lines, "\n".join([*ARTICLE[:3], "The log", *ARTICLE[3:]])).keep
        self.assertEqual(keep, [True] * (len(ARTICLE) + 1) + [False])

    def test_a_line_half_of_which_is_gold_is_kept(self):
        half = "read on " * 3 + ARTICLE[3]
        self.assertIn(half, self.aligned([*ARTICLE[:3], half, *ARTICLE[4:]], ARTICLE))

    def test_another_text_is_not_covered(self):
        found = align(["Nothing here is known to the other text at all"] * 5, "\n".join(ARTICLE))
        self.assertEqual((any(found.keep), found.coverage, found.precision), (False, 0.0, None))

    def test_a_rule_between_kept_lines_is_kept(self):
        self.assertEqual(align([*ARTICLE[:2], "* * *", *ARTICLE[2:], "* * *"], "\n".join(ARTICLE)).keep,
                         [True] * (len(ARTICLE) + 1) + [False])


class Rules(unittest.TestCase):
    def test_exact_boilerplate_is_removed(self):
        lines = ["Advertisement", "» Share this article «", "© 2024 Quayside Gazette", "Story continues below", ARTICLE[0]]
        labels = ["k"] * 5
        self.assertEqual(remove_boilerplate(lines, labels), 4)
        self.assertEqual(labels, ["r", "r", "r", "r", "k"])

    def test_sentences_about_boilerplate_are_not(self):
        self.assertFalse(is_boilerplate("Advertisement is older than the newspaper."))
        self.assertFalse(is_boilerplate("Read more books, said the captain"))

    def test_the_title_above_the_text_is_kept(self):
        lines = [*MENU, TITLE, "By our correspondent", *ARTICLE]
        keep = [False] * 6 + [True] * len(ARTICLE)
        self.assertTrue(keep_title(lines, keep, titles(page(), None)))
        self.assertEqual(keep[4:6], [True, False])
        self.assertFalse(keep_title(lines, keep, titles(page(), None)))

    def test_headings_that_are_no_title_are_not_candidates(self):
        html = f"<title>{TITLE} - Gazette</title><h1>Quayside Gazette daily</h1><h1>{TITLE}</h1>"
        self.assertEqual(titles(html, None), {"the ferry that never sails"})
        self.assertEqual(titles(html, "A known one"), {"the ferry that never sails", "a known one"})


if __name__ == "__main__":
    unittest.main()
