"""One function a source: the folder of a clone in, its pages out, in a fixed order."""

from . import benchmarks, corpora, texts, tests_of_extractors, whole_pages

READERS = {
    "wcxb": benchmarks.wcxb,
    "scrapinghub": benchmarks.scrapinghub,
    "magic-html": benchmarks.magic_html,
    "webmainbench": benchmarks.webmainbench,
    "cleaneval": corpora.cleaneval,
    "cleanportaleval": corpora.cleanportaleval,
    "dragnet": corpora.dragnet,
    "waddle": corpora.waddle,
    "fundus": tests_of_extractors.fundus,
    "readability": tests_of_extractors.readability,
    "newspaper": tests_of_extractors.newspaper,
    "newspaper4k": tests_of_extractors.newspaper4k,
    "turku": texts.turku,
    "csdmc": texts.csdmc,
    "formasaurus": whole_pages.formasaurus,
    "autopager": whole_pages.autopager,
    "product_bench": whole_pages.product_bench,
    "trafilatura": whole_pages.trafilatura,
    "warc_dolma": whole_pages.warc_dolma,
    "warc_resiliparse": whole_pages.warc_resiliparse,
}
