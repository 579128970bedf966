"""The site of a page and the split of a site.

Pages of one site share their menus and phrases, so a site is in one split only. The split is a hash of the registered
domain: it needs no list, and pages that are added later fall into the same splits.
"""

import re
from collections import Counter
from functools import cache

from .words import stable_hash

SPLITS = ("train", "dev", "heldout")
# Sites that pages link to without being theirs.
SHARED = set(
    """facebook.com twitter.com x.com google.com googleapis.com gstatic.com youtube.com instagram.com linkedin.com
    pinterest.com addthis.com doubleclick.net w3.org schema.org wordpress.org gravatar.com googletagmanager.com
    cloudfront.net amazonaws.com akamaihd.net adobe.com apple.com microsoft.com reddit.com digg.com delicious.com
    stumbleupon.com feedburner.com wp.com tumblr.com flickr.com yahoo.com tinyurl.com bit.ly whatsapp.com t.me
    telegram.org archive.org sharethis.com disqus.com jquery.com ogp.me purl.org creativecommons.org technorati.com
    vimeo.com newsvine.com""".split()
)
URL = r"""["']?(https?://[^"' >]+)"""
OWN_URL = [
    re.compile(pattern, re.I)
    for pattern in (
        r"""<link[^>]+rel=["']?canonical["']?[^>]+href=""" + URL,
        r"<link[^>]+href=" + URL + r"""["']?[^>]+rel=["']?canonical""",
        r"""property=["']og:url["'][^>]+content=""" + URL,
        r"content=" + URL + r"""["'][^>]+property=["']og:url""",
        r"<base[^>]+href=" + URL,
    )
]
LINK = re.compile("(?:href|src)=" + URL, re.I)
FEWEST_LINKS = 3


def split_of(site: str) -> str:
    """The split of a site: 80 % train, 5 % dev, 15 % held out."""
    chance = stable_hash("prox-split-v1|" + site) % 1000
    return "train" if chance < 800 else "dev" if chance < 850 else "heldout"


@cache
def _suffixes():
    # needed for pages with addresses only, so that everything else runs without the package
    import tldextract

    # the list shipped with the package, never a download: the split must not depend on the day
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def registered_domain(url: str) -> str:
    """`example.co.uk` of `https://news.example.co.uk/1`; empty where there is none, as for a bare IP address."""
    parts = _suffixes()(url)
    return f"{parts.domain}.{parts.suffix}" if parts.domain and parts.suffix else ""


def own_site(html: str) -> tuple[str | None, str | None]:
    """The site a page says it is from, with that address; else the one it mostly links to."""
    for pattern in OWN_URL:
        found = pattern.search(html)
        site = found and registered_domain(found.group(1))
        if site and site not in SHARED:
            return site, found.group(1)
    links = Counter(registered_domain(url) for url in LINK.findall(html))
    for site in SHARED | {""}:
        links.pop(site, None)
    if links:
        site, count = links.most_common(1)[0]
        if count >= FEWEST_LINKS:
            return site, None
    return None, None


def site_of(page) -> tuple[str, str | None, str]:
    """Site of a page, its address if known, and where the site is known from. A page of unknown site is a site by itself."""
    site = registered_domain(page.url) if page.url else ""
    if site:
        return site, page.url, "url"
    site, address = own_site(page.html)
    if site:
        return site, page.url or address, "canonical" if address else "link-majority"
    if page.publisher:
        return f"{page.source}:{page.publisher.lower()}", page.url, "publisher"
    return f"unknown:{page.source}:{page.id}", page.url, "unknown"
