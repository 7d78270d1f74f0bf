"""The JSON shape of an answer: one function for `/api/v1/search` and for `timbao search --json`.

In: a `Result` and the `State` that asked for it. Out: a dict of JSON values. Keys are only ever added. Must not know
Flask, click or any engine.

>>> from search.model import Bucket, Result
>>> from search.state import State
>>> answer = Result("x", "x", 3, 0.5, (), {"city": (Bucket("Huế", "Huế", 3),)})
>>> result_json(answer, State(q="x"))["facets"]["city"][0]["url"]
'/api/v1/search?q=x&city=Hu%E1%BA%BF'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from search.model import Article, Bucket, Confidence, Evidence, Hit, Note, Result, Suggestion
from search.state import Field, Span, State, clean, period, quoted, span, word

SEARCH_PATH = "/api/v1/search"
PAGE_PATH = "/articles/"
COPIES_PATH = "/api/v1/copies"
DATE_FACETS = ("published", "month", "day")
"""Facets of the date of publication: years, months of the chosen year, days of the chosen month."""

Json = dict[str, Any]
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")
"""An id that an address holds as it is."""


def result_bytes(result: Result, state: State, path: str = SEARCH_PATH) -> bytes:
    """The answer as JSON: what `result_json` gives, written in half the time."""
    return orjson.dumps(result_json(result, state, path, _facet_written))


def result_json(
    result: Result,
    state: State,
    path: str = SEARCH_PATH,
    facet: Callable[[str, Sequence[Bucket], State, str], Any] | None = None,
) -> Json:
    """The answer as JSON values.

    Args:
        result: The answer.
        state: What asked for it.
        path: Where the addresses of facet buckets, notes and suggestions lead.
        facet: What makes the value of a facet; by default `facet_json`.
    """
    facet = facet or facet_json
    return {
        "query": {
            "raw": clean(result.raw),
            "normalized": clean(result.normalized),
            "notes": [note_json(note, state, path) for note in result.notes],
        },
        "total": result.total,
        "took_ms": round(result.took_ms, 3),
        "hits": [hit_json(hit, state.q) for hit in result.hits],
        "facets": {name: facet(name, buckets, state, path) for name, buckets in result.facets.items()},
        "next": result.next,
        "next_url": state.at(result.next).url(path) if result.next else None,
        "suggestions": [suggestion_json(suggestion, state, path) for suggestion in result.suggestions],
        "copies": result.copies,
        "units": state.units,
        "related": [suggestion_json(suggestion, state, path) for suggestion in result.related],
    }


def hit_json(hit: Hit, q: str = "") -> Json:
    """One hit. `url` is the original's address, `page` that of the article's page here.

    `copies` is how many other articles have its text; `copies_url` lists them.
    """
    shape: Json = {
        "id": hit.id,
        "title": hit.title,
        "title_highlights": [list(pair) for pair in hit.title_highlights],
        "url": hit.url,
        "city": hit.city,
        "published": hit.published,
        "byline": hit.byline,
        "source": hit.source,
        "score": round(hit.score, 6),
        "snippets": [{"text": s.text, "highlights": [list(pair) for pair in s.highlights]} for s in hit.snippets],
        "evidence": evidence_json(hit.evidence),
        "confidence": confidence_json(hit.confidence),
        "page": article_path(hit.id, q),
        "copies": hit.copies,
        "copies_url": f"{COPIES_PATH}?{urlencode({'id': hit.id}, errors='replace')}" if hit.copies else None,
    }
    if hit.explanation is not None:
        shape["explanation"] = hit.explanation
    return shape


def article_json(
    article: Article, marked: tuple[Sequence[Sequence[int]], Sequence[Sequence[int]]] | None = None
) -> Json:
    """One stored article; `marked` adds where the words of a query stand in its title and body."""
    shape: Json = {
        "id": article.id,
        "title": article.title,
        "body": article.body,
        "url": article.url,
        "city": article.city,
        "published": article.published,
        "byline": article.byline,
        "source": article.source,
        "evidence": evidence_json(article.evidence),
        "confidence": confidence_json(article.confidence),
    }
    if marked is not None:
        shape["title_highlights"] = [list(pair) for pair in marked[0]]
        shape["body_highlights"] = [list(pair) for pair in marked[1]]
    return shape


def evidence_json(evidence: Mapping[str, Evidence]) -> Json:
    """Why inferred fields have their values: field → rule, words and line."""
    return {name: {"rule": e.rule, "text": e.text, "line": e.line} for name, e in evidence.items()} if evidence else {}


def confidence_json(confidence: Mapping[str, Confidence]) -> Json:
    """How sure the reader was of inferred fields."""
    return dict(confidence)


def note_json(note: Note, state: State, path: str) -> Json:
    """One note; `query` (with its `url`) undoes or applies what it speaks of."""
    return {
        "kind": note.kind,
        "message": note.message,
        "message_en": note.message_en,
        "query": note.query,
        "url": state.asking(note.query).url(path) if note.query is not None else None,
    }


def suggestion_json(suggestion: Suggestion, state: State, path: str) -> Json:
    """One query offered instead."""
    return {
        "query": suggestion.query,
        "reason": suggestion.reason,
        "url": state.asking(suggestion.query).url(path),
    }


def facet_json(name: str, buckets: Sequence[Bucket], state: State, path: str) -> list[Json]:
    """The buckets of one facet; `url` chooses a bucket that is not chosen and lets go of one that is."""
    return [
        {
            "value": word(bucket.value),
            "label": bucket.label,
            "count": bucket.count,
            "selected": bucket.selected,
            "url": url,
        }
        for bucket, url in zip(buckets, facet_urls(name, buckets, state, path), strict=True)
    ]


def _facet_written(name: str, buckets: Sequence[Bucket], state: State, path: str) -> Any:
    """What `facet_json` gives as finished JSON: most of a long list of places is the same in every answer."""
    if name in DATE_FACETS:
        return facet_json(name, buckets, state, path)
    field: Field = "city" if name == "city" else "source" if name == "source" else "byline"
    before, after = state.around(field, state.chosen(field), path)
    written = []
    for value, label, count, selected in buckets:
        if selected:
            return facet_json(name, buckets, state, path)
        head, inside = _spelled(value, label)
        written.append(f'{head}{count},"selected":false,"url":"{before}{inside}{after}"}}')
    return orjson.Fragment(f"[{','.join(written)}]")


@lru_cache(maxsize=4096)
def _spelled(value: str, label: str) -> tuple[str, str]:
    """The beginning of a bucket as JSON up to its count, and its value as an address holds it."""
    begun = orjson.dumps({"value": word(value), "label": label})[:-1].decode()
    return f'{begun},"count":', quoted(value)


def facet_urls(name: str, buckets: Sequence[Bucket], state: State, path: str) -> list[str | None]:
    """For each bucket the address that chooses it or lets it go; None where there is no such filter.

    A bucket's value may be another spelling of what `state` holds: the buckets' own values are written.
    """
    if name in DATE_FACETS:
        inside, whole = state.dating(path), period(state.start, state.end)
        return [_date_url(bucket.value, state, path, inside, whole) for bucket in buckets]
    field: Field = "city" if name == "city" else "source" if name == "source" else "byline"
    chosen = [bucket.value for bucket in buckets if bucket.selected]
    added = state.adding(field, chosen or state.chosen(field), path)
    return [
        state.choosing(field, (value for value in chosen if value != bucket.value)).url(path)
        if bucket.selected
        else added(bucket.value)
        for bucket in buckets
    ]


def _date_url(value: str, state: State, path: str, inside: Callable[[Span], str], whole: str | None) -> str | None:
    """The address with only the days of a year, month or day; where it is `whole`, the chosen one, of the wider one."""
    if not value:
        return None
    if value != whole:
        return inside(span(value))
    wider = value.rpartition("-")[0]
    return (state.only_dates(*span(wider)) if wider else state.only_dates(None, None)).url(path)


def article_path(id: str, q: str = "") -> str:
    """The address of an article's page, with the query whose words are to be marked.

    Ids that an address cannot hold as a path (empty or dotted parts, which browsers resolve) go in a parameter.

    >>> article_path("2019/tin 1", "đê điều")
    '/articles/2019/tin%201?q=%C4%91%C3%AA+%C4%91i%E1%BB%81u'
    >>> article_path("../x")
    '/articles/?id=..%2Fx'
    """
    asked = _asked(q)
    if _PLAIN_ID.fullmatch(id):
        return f"{PAGE_PATH}{id}?{asked}" if asked else PAGE_PATH + id
    if any(part in ("", ".", "..") for part in id.split("/")):
        return f"{PAGE_PATH}?{urlencode({'id': id}, errors='replace')}{'&' if asked else ''}{asked}"
    path = PAGE_PATH + quote(id, safe="/", errors="replace")
    return f"{path}?{asked}" if asked else path


@lru_cache(maxsize=64)
def _asked(q: str) -> str:
    """The query as a parameter; all hits of an answer have the same."""
    return urlencode({"q": q}, errors="replace") if q else ""
