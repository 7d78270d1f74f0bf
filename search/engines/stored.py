"""The stored form of an article: JSON with every field, so that what comes back is what was given.

In: an `Article`, or the bytes it was stored as. Out: the other; also stored articles analyzed anew. Must not know an
engine.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from search.engines.base import Prepared
from search.model import Article, Evidence

NAMES: Final = ("id", "title", "body", "city", "published", "url", "source", "byline")


def values(article: Article) -> dict[str, Any]:
    """The article as JSON values."""
    evidence = {name: [e.rule, e.text, e.line] for name, e in article.evidence.items()}
    plain = {name: getattr(article, name) for name in NAMES}
    return {**plain, "evidence": evidence, "confidence": dict(article.confidence)}


def stored(article: Article) -> bytes:
    """The article as JSON.

    Raises:
        TypeError: a text holds a lone surrogate.
    """
    return orjson.dumps(values(article))


def restored(record: bytes | dict[str, Any]) -> Article:
    """The article of a stored record, as JSON or as its values."""
    found = orjson.loads(record) if isinstance(record, bytes) else record
    evidence = {name: Evidence(rule, text, line) for name, (rule, text, line) in found["evidence"].items()}
    return Article(**{**found, "evidence": evidence})


def analyzed(articles: list[Article]) -> list[Prepared]:
    """Stored articles with their analyses made anew."""
    from search.analysis import analyze_batch

    titles = analyze_batch([article.title for article in articles])
    bodies = analyze_batch([article.body for article in articles])
    return [Prepared(*parts) for parts in zip(articles, titles, bodies, strict=True)]
