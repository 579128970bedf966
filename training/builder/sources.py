"""The public repositories the pages come from, and what each may be used for.

Page texts belong to their publishers; the licence named is the one of the repository. Only a permissive licence lets a
model that learnt from the pages be published, so all others only judge: their pages go into no train file.

Two things of the first data files cannot be rebuilt: the two pages `math-bench` (ccprocessor/llm-webkit-mirror), whose
article bodies were chosen by hand, and the exact commits, which were not written down ("any").
"""

from dataclasses import dataclass
from pathlib import Path

PERMISSIVE = ("CC-BY-4.0", "MIT", "Apache-2.0")


@dataclass(frozen=True)
class Source:
    """One row: a clone and what is read from it. `kind` says which reader it has:

    `gold` pages with a gold text, `labels` texts with human line labels, `pages` whole pages without gold (documents
    only), `mail` e-mails (documents only).
    """

    key: str  # name of the reader
    name: str  # `source` in the records
    repository: str
    folder: str  # below the folder of clones
    licence: str  # as written into the records
    kind: str
    gives: str
    version: str = "any"
    own_split: bool = False  # split by its authors, not by site

    @property
    def trainable(self) -> bool:
        return may_train(self.licence)

    def where(self, sources: Path) -> Path:
        return sources / self.folder

    def how_to_get(self) -> str:
        return f"clone {self.repository} into {self.folder}/"


def may_train(licence: str) -> bool:
    """Whether pages under this licence may go into a train file. A remark in brackets may follow the licence's name."""
    return bool(licence) and licence.split(" (")[0] in PERMISSIVE


MERGED = "j-szulc/html-cleaning-dataset-merged"
# The order is a ranking: of two near duplicates the page of the earlier source stays.
SOURCES = [
    Source("wcxb", "wcxb", "Murrough-Foley/web-content-extraction-benchmark", "wcxb", "CC-BY-4.0", "gold",
           "pages of 7 kinds, gold drafted by a model and reviewed by people"),
    Source("scrapinghub", "scrapinghub", "scrapinghub/article-extraction-benchmark", "scrapinghub", "MIT", "gold",
           "news articles, gold by people"),
    Source("cleaneval", "cleaneval", MERGED, "jszulc", "not stated", "gold", "pages of 2006, gold by people"),
    Source("fundus", "fundus", "flairNLP/fundus", "fundus", "MIT (repo)", "gold",
           "news in many languages, expectations of a parser written for each publisher"),
    Source("magic-html", "magic-html", "opendatalab/magic-html", "magichtml", "Apache-2.0 (repo)", "gold",
           "articles and forums in English and Chinese, gold by people"),
    Source("webmainbench", "webmainbench", "opendatalab/WebMainBench", "webmainbench", "Apache-2.0 (repo)", "gold",
           "the sample data sets in data/ (older commits), gold by people"),
    Source("dragnet", "dragnet", MERGED, "jszulc", "AGPL-3.0", "gold", "blogs and news of 2012, gold by people"),
    Source("readability", "readability", "mozilla/readability", "readability", "Apache-2.0 (repo)", "gold",
           "test pages, the extractor's output as its maintainers accepted it"),
    Source("newspaper", "newspaper", "codelucas/newspaper", "newspaper", "MIT (repo)", "gold",
           "test pages with the expected article"),
    Source("newspaper4k", "newspaper", "AndyTheFactory/newspaper4k", "newspaper4k", "MIT (repo)", "gold",
           "test pages with the expected article"),
    Source("cleanportaleval", "cleanportaleval", MERGED, "jszulc", "not stated", "gold",
           "pages of 4 portals, gold by people"),
    Source("waddle", "waddle-daniel", "rundimeco/waddle", "waddle",
           "GPL-3.0 (LICENSE of rundimeco/waddle; page texts not cleared)", "gold",
           "news in 6 languages, the DANIEL corpus checked by people"),
    Source("turku", "turku-tqa", "TurkuNLP/multilingual-register-labeling", "turku",
           "not stated for text-quality-annotations", "labels", "line labels by people, menus already gone",
           own_split=True),
    Source("formasaurus", "formasaurus", "TeamHG-Memex/Formasaurus", "formasaurus", "MIT (repo)", "pages",
           "login, registration and search pages, forms annotated by people"),
    Source("autopager", "autopager", "TeamHG-Memex/autopager", "autopager", "MIT (repo)", "pages", "listings with pages"),
    Source("product_bench", "product-bench", "scrapinghub/product-extraction-benchmark", "productbench", "MIT (repo)",
           "pages", "product pages"),
    Source("trafilatura", "trafilatura", "adbar/trafilatura", "trafilatura", "Apache-2.0 (repo)", "pages",
           "articles its tests use"),
    Source("warc_dolma", "warc-fixtures", "allenai/dolma", "dolma",
           "Apache-2.0 (repos allenai/dolma, chatnoir-resiliparse)", "pages", "two small WARC files of its tests"),
    Source("warc_resiliparse", "warc-fixtures", "chatnoir-eu/chatnoir-resiliparse", "resiliparse",
           "Apache-2.0 (repos allenai/dolma, chatnoir-resiliparse)", "pages", "a small WARC file of its tests"),
    Source("csdmc", "csdmc2010-mail", "thoughtfulml/examples-in-python", "csdmc",
           "not stated (CSDMC2010 corpus, via thoughtfulml/examples-in-python)", "mail",
           "e-mail, spam and not, labelled by people: stands in for advertising text"),
]
OWN_SPLIT = {source.name for source in SOURCES if source.own_split}
