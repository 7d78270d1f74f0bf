"""What programs other than browsers fetch: feeds, exports, citations, the OpenSearch description, sitemaps.

In: requests. Out: Atom (RFC 4287), CSV, JSON lines, RIS, BibTeX, OpenSearch 1.1, sitemaps 0.9. Must not know
templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson
from flask import Blueprint, Response, abort, request, stream_with_context

from search.model import Article
from search.state import State, span
from search.wire import article_path
from web import feeds
from web.citations import MIMETYPES, written
from web.site import site
from web.visitors import visitor_language

if TYPE_CHECKING:
    from search.model import Hit

downloads = Blueprint("downloads", __name__)
FEED_ENTRIES = 30
KINDS = "any(csv, jsonl, ris, bib)"


@downloads.get("/feed.atom")
def feed() -> Response:
    """The newest articles of a search, as a feed."""
    state = site().state().sorting("newest")
    result = site().search(replace(state.at(None), limit=FEED_ENTRIES), snippets=1)
    text = feeds.atom(result.hits, state, site().root, visitor_language())
    return Response(text, mimetype="application/atom+xml")


@downloads.get(f"/export.<{KINDS}:kind>")
def export(kind: str) -> Response:
    """All articles of a search, at most `max_export` of them, in one of four formats."""
    state = site().state()
    hits = site().every_hit(state, site().settings.max_export)
    first = next(hits, None)
    articles = _articles(([] if first is None else [first]), hits, whole=kind == "jsonl")
    return _attachment(kind, stream_with_context(written(kind, articles)), "timbao")


@downloads.get(f"/cite.<{KINDS}:kind>/", defaults={"id": None})
@downloads.get(f"/cite.<{KINDS}:kind>/<path:id>")
def cite(kind: str, id: str | None) -> Response:
    """One article as a reference."""
    found = site().article(id or request.args.get("id", ""))
    if found is None:
        abort(404)
    return _attachment(kind, written(kind, [found]), "timbao-1")


@downloads.get("/opensearch.xml")
def opensearch() -> Response:
    """What a browser reads to add this site to its search box."""
    text = feeds.opensearch(site().root, visitor_language())
    return Response(text, mimetype="application/opensearchdescription+xml")


@downloads.get("/suggest")
def suggest() -> Response:
    """Completions in the form that search boxes of browsers read."""
    state = site().state()
    found = site().index.suggest(state.q, limit=8) if state.q else ()
    shape = [state.q, [c.text for c in found]]
    return Response(orjson.dumps(shape), mimetype="application/x-suggestions+json")


@downloads.get("/sitemap.xml")
def sitemap() -> Response:
    """The index of sitemaps: one for each month that has articles."""
    months: list[str] = []
    for bucket in site().search(State(limit=0)).facets.get("published", ()):
        if bucket.value:
            year = State(limit=0).only_dates(*span(bucket.value))
            months += [b.value for b in site().search(year).facets.get("month", ()) if b.value and b.count]
    places = [site().absolute(f"/sitemap-{month}.xml") for month in months]
    return Response(feeds.sitemap_index(places), mimetype="application/xml")


@downloads.get("/sitemap-<string(length=7):month>.xml")
def sitemap_of(month: str) -> Response:
    """The addresses of the articles of one month."""
    try:
        days = span(month)
    except ValueError:
        abort(404)
    state = State(sort="newest", copies="all").only_dates(*days)
    hits = site().every_hit(state, feeds.MOST_ADDRESSES)
    text = feeds.sitemap((site().absolute(article_path(hit.id)), hit.published) for hit in hits)
    return Response(text, mimetype="application/xml")


def _articles(first: Iterable[Hit], rest: Iterable[Hit], *, whole: bool) -> Iterator[Article]:
    """Hits as articles; `whole` fetches their bodies."""
    for hits in (first, rest):
        for hit in hits:
            if whole:
                found = site().article(hit.id)
                if found is not None:
                    yield found
            else:
                yield Article(hit.id, hit.title, "", hit.city, hit.published, hit.url, hit.source, hit.byline)


def _attachment(kind: str, pieces: Iterator[str], name: str) -> Response:
    response = Response((piece.encode("utf-8", "replace") for piece in pieces), mimetype=MIMETYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return response
