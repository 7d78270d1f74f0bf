"""XML for programs: Atom feeds, the OpenSearch description, sitemaps.

In: hits, addresses, a language. Out: bytes of well-formed XML. Must not know Flask or searches.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from search.model import Hit
from search.state import State, clean
from search.wire import article_path
from web.language import Language

ATOM = "http://www.w3.org/2005/Atom"
OPENSEARCH = "http://a9.com/-/spec/opensearch/1.1/"
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
MOST_ADDRESSES = 50_000
"""Most addresses one sitemap may hold (sitemaps.org)."""
VIETNAM = dt.timezone(dt.timedelta(hours=7))


def atom(hits: Sequence[Hit], state: State, root: str, language: Language) -> bytes:
    """A feed of hits (RFC 4287), newest first; an article without a date is given the feed's earliest one."""
    title = language("results_for", q=state.q) if state.q else language("all_articles")
    moments = [moment(hit.published) for hit in hits if hit.published]
    earliest = min(moments, default=moment("1970-01-01"))
    feed = Element("feed", {"xmlns": ATOM, "xml:lang": language.code})
    here = root + state.url("/feed.atom")
    _add(feed, "title", f"{title} – {language('site')}")
    _add(feed, "id", here)
    _add(feed, "updated", max(moments, default=earliest))
    SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": here})
    SubElement(feed, "link", {"rel": "alternate", "type": "text/html", "href": root + state.url("/search")})
    SubElement(feed, "link", {"rel": "search", "type": f"{_DESCRIPTION}", "href": root + "/opensearch.xml"})
    _add(SubElement(feed, "author"), "name", language("site"))
    for hit in hits:
        entry = SubElement(feed, "entry")
        address = root + article_path(hit.id)
        _add(entry, "title", hit.title.strip() or language("untitled"))
        _add(entry, "id", address)
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": address})
        _add(entry, "updated", moment(hit.published) if hit.published else earliest)
        if hit.published:
            _add(entry, "published", moment(hit.published))
        if hit.byline or hit.source:
            _add(SubElement(entry, "author"), "name", hit.byline or hit.source or "")
        if hit.city:
            SubElement(entry, "category", {"term": clean(hit.city)})
        _add(entry, "summary", " … ".join(snippet.text for snippet in hit.snippets))
    return _whole(feed)


_DESCRIPTION = "application/opensearchdescription+xml"


def opensearch(root: str, language: Language) -> bytes:
    """The OpenSearch description: how a browser or reader searches here."""
    top = Element("OpenSearchDescription", {"xmlns": OPENSEARCH})
    _add(top, "ShortName", language("site"))
    _add(top, "Description", language("tagline"))
    _add(top, "InputEncoding", "UTF-8")
    _add(top, "OutputEncoding", "UTF-8")
    _add(top, "Language", "vi")
    SubElement(top, "Image", {"type": "image/svg+xml"}).text = root + "/static/icon.svg"
    for kind, path in (
        ("text/html", "/search?q={searchTerms}"),
        ("application/atom+xml", "/feed.atom?q={searchTerms}"),
        ("application/json", "/api/v1/search?q={searchTerms}"),
        ("application/x-suggestions+json", "/suggest?q={searchTerms}"),
    ):
        SubElement(top, "Url", {"type": kind, "method": "get", "template": root + path})
    return _whole(top)


def sitemap(addresses: Iterable[tuple[str, str | None]]) -> bytes:
    """A sitemap of addresses with the date of each, where it is known."""
    top = Element("urlset", {"xmlns": SITEMAP})
    for address, published in addresses:
        url = SubElement(top, "url")
        _add(url, "loc", address)
        if published:
            _add(url, "lastmod", published[:10])
    return _whole(top)


def sitemap_index(addresses: Iterable[str]) -> bytes:
    """An index of sitemaps."""
    top = Element("sitemapindex", {"xmlns": SITEMAP})
    for address in addresses:
        _add(SubElement(top, "sitemap"), "loc", address)
    return _whole(top)


def moment(published: str) -> str:
    """A stored date as an RFC 3339 moment: noon in Vietnam where only the day is known.

    >>> moment("2019-03"), moment("2021-12-29T09:43:00+07:00")
    ('2019-03-01T12:00:00+07:00', '2021-12-29T09:43:00+07:00')
    """
    if len(published) > 10:
        try:
            found = dt.datetime.fromisoformat(published)
        except ValueError:
            return moment(published[:10])
        return (found if found.tzinfo else found.replace(tzinfo=VIETNAM)).isoformat(timespec="seconds")
    year, month, day = [*published.split("-"), "01", "01"][:3]
    return f"{year}-{month}-{day}T12:00:00+07:00"


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = clean(text)


def _whole(top: Element) -> bytes:
    whole: bytes = tostring(top, encoding="utf-8", xml_declaration=True)
    return whole
