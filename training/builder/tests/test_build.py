"""The whole way over invented clones, and planted errors."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from .. import build, check, files, language, sites
from .example import FOOT, MENU, clones
from .test_splits import last_two_labels


class Built(unittest.TestCase):
    """Builds once for all tests; domains and languages need packages that are stood in for."""

    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.enterClassContext(mock.patch.object(sites, "registered_domain", last_two_labels))
        cls.enterClassContext(mock.patch.object(language, "language_of", return_value="en"))
        cls.sources, cls.out = Path(folder, "clones"), Path(folder, "data")
        clones(cls.sources)
        cls.messages = io.StringIO()
        with contextlib.redirect_stderr(cls.messages):
            cls.table, cls.stopped = build.build(cls.sources, cls.out)

    def records(self, kind, split):
        return list(files.read(self.out / files.file_name(kind, split)))


class Build(Built):
    def test_labels_are_right(self):
        train = self.records("lines", "train")
        self.assertGreater(len(train), 10)
        for record in train:
            removed = {line.lstrip("• ") for line, label in zip(record["lines"], record["labels"]) if label == "r"}
            self.assertEqual(removed, set(MENU + FOOT), record["id"])

    def test_judges_are_in_no_train_file(self):
        for kind in files.FIELDS:
            self.assertEqual({r["source"] for r in self.records(kind, "train")}, {"scrapinghub"})
        self.assertIn("dragnet", {r["source"] for r in self.records("lines", "dev")})

    def test_missing_sources_are_named(self):
        self.assertIn("wcxb: skipped, clone Murrough-Foley/web-content-extraction-benchmark into wcxb/",
                      self.messages.getvalue())

    def test_sources_of_another_layout_are_named(self):
        # the invented clone of three corpora has only one of them
        self.assertEqual(self.stopped, ["cleaneval", "cleanportaleval"])
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()) as said:
            Path(folder, "scrapinghub").mkdir()
            Path(folder, "scrapinghub", "ground-truth.json").write_text('{"a": {}}')
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                self.assertEqual(build.main(["--sources", folder, "--out", folder]), 1)
            self.assertIn("not read to its end: scrapinghub", printed.getvalue())
            self.assertIn("scrapinghub: stopped after 0", said.getvalue())

    def test_check_finds_nothing(self):
        self.assertEqual(check.check(self.out).errors, {})

    def test_two_runs_give_equal_bytes(self):
        with tempfile.TemporaryDirectory() as again, contextlib.redirect_stderr(io.StringIO()):
            self.assertEqual(build.build(self.sources, Path(again)), (self.table, self.stopped))
            for path in self.out.iterdir():
                self.assertEqual(path.read_bytes(), (Path(again) / path.name).read_bytes())

    def test_one_kind_alone_is_the_same(self):
        for only in files.FIELDS:
            with tempfile.TemporaryDirectory() as again, contextlib.redirect_stderr(io.StringIO()):
                build.build(self.sources, Path(again), only)
                names = {path.name for path in Path(again).iterdir()}
                self.assertEqual(names, {files.file_name(only, split) for split in ("train", "dev")})
                for name in names:
                    self.assertEqual((Path(again) / name).read_bytes(), (self.out / name).read_bytes())

    def test_nothing_to_read_is_an_error(self):
        with tempfile.TemporaryDirectory() as empty, contextlib.redirect_stderr(io.StringIO()) as said:
            self.assertEqual(build.main(["--sources", empty, "--out", empty]), 1)
            self.assertIn("clone mozilla/readability into readability/", said.getvalue())


class Check(Built):
    def errors_after(self, change, kind="lines", split="train"):
        """Kinds of errors once `change` was made to the records of a file."""
        with tempfile.TemporaryDirectory() as folder:
            for each in files.FIELDS:
                for part in ("train", "dev"):
                    records = self.records(each, part)
                    if (each, part) == (kind, split):
                        change(records)
                    files.write(Path(folder, files.file_name(each, part)), each, records)
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                code = check.main([folder])
            report = check.check(Path(folder))
            self.assertEqual(code, 1 if report.errors else 0)
            for problem in report.errors:
                self.assertIn(problem, printed.getvalue())
            return set(report.errors), set(report.notes)

    def test_untouched(self):
        self.assertEqual(self.errors_after(lambda records: None), (set(), set()))

    def test_a_lost_label(self):
        found = self.errors_after(lambda records: records[0]["labels"].pop())[0]
        self.assertEqual(found, {"lines and labels differ in number"})

    def test_an_unknown_label(self):
        self.assertEqual(self.errors_after(lambda records: records[0]["labels"].__setitem__(0, "x"))[0], {"unknown label"})
        self.assertEqual(self.errors_after(lambda records: records[0].update(label="k"), "docs")[0], {"unknown label"})

    def test_a_licence_that_forbids(self):
        self.assertEqual(self.errors_after(lambda records: records[0].update(licence="AGPL-3.0"))[0],
                         {"licence does not allow training"})

    def test_a_page_twice(self):
        found = self.errors_after(lambda records: records.append(records[0]))
        self.assertEqual(found, ({"id twice in a file"}, {"same text twice"}))

    def test_a_train_page_in_dev(self):
        page = self.records("lines", "train")[0]
        found = self.errors_after(lambda records: records.append(page | {"split": "dev"}), "lines", "dev")[0]
        self.assertEqual(found, {"site belongs to another split", "site in two splits", "same text in two splits"})

    def test_a_wrong_split(self):
        self.assertEqual(self.errors_after(lambda records: records[0].update(split="dev"))[0], {"split is not the file's"})

    def test_an_empty_line(self):
        self.assertEqual(self.errors_after(lambda records: records[0]["lines"].__setitem__(0, " "))[0],
                         {"a line is empty or not one line"})

    def test_a_lost_field(self):
        with tempfile.TemporaryDirectory() as folder:
            with mock.patch.dict(files.FIELDS, lines=files.LINE_FIELDS[:-1]):
                files.write(Path(folder, files.file_name("lines", "train")), "lines", self.records("lines", "train")[:1])
            self.assertEqual(set(check.check(Path(folder)).errors), {"fields differ", "file is missing"})


if __name__ == "__main__":
    unittest.main()
