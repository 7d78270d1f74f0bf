"""Articles with their terms: those of a source, a sample of them, or made ones of its sentences.

In: articles. Out: `Item`s for `search.bench.corpus.written`, one at a time. Must not know engines.

A made article has the title of one article, as many sentences as another, each from anywhere in the source, five to a
paragraph. So lengths and frequencies of terms are those of the source at any size; the vocabulary does not grow, and
words meet by chance outside titles and sentences.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from search.analysis import analyze_batch, fold
from search.analysis.streams import Analysis, Plainness
from search.bench.corpus import BREAK, Item, attributed
from search.engines.fields import UNMARKED
from search.model import Article

BATCH: Final = 256
PARAGRAPH: Final = 5
_ENDS: Final = re.compile(r"(?<=[.!?…])\s+")


@dataclass(frozen=True, slots=True)
class Piece:
    """A title or sentence: text, its exact terms joined by blanks, and evidence of being typed without diacritics."""

    text: str
    terms: str
    plainness: Plainness


def sentences(body: str) -> list[str]:
    """The sentences of a body.

    >>> sentences("Một cửa. Công khai!\\nHết")
    ['Một cửa.', 'Công khai!', 'Hết']
    """
    return [part for line in body.split("\n") for part in _ENDS.split(line) if part.strip()]


def pieces(texts: Sequence[str]) -> Iterator[Piece]:
    """Texts with their terms."""
    for start in range(0, len(texts), BATCH):
        yield from map(_piece, analyze_batch(texts[start : start + BATCH]))


def _piece(analysis: Analysis) -> Piece:
    return Piece(analysis.text, " ".join(analysis.exact_terms()), analysis.plainness)


def terms(title: Piece, body: Sequence[Piece]) -> str:
    """The exact terms of an article, as the index holds them: folded and marked where it has no diacritics at all."""
    evidence = title.plainness
    for piece in body:
        evidence = evidence.merge(piece.plainness)
    parts = [title.terms, BREAK, *(piece.terms for piece in body)]
    if evidence.plain:
        return " ".join(UNMARKED + fold(term) for part in parts for term in part.split())
    return " ".join(part for part in parts if part)


def as_they_are(articles: Sequence[Article], count: int, seed: int) -> Iterator[Item]:
    """`count` articles of the source, evenly spread over it."""
    draw = random.Random(seed)
    # ids of different files may be equal, and an engine would keep one of the articles only
    chosen = [replace(articles[number * len(articles) // count], id=f"{number:07d}") for number in range(count)]
    for start in range(0, len(chosen), BATCH):
        batch = chosen[start : start + BATCH]
        titles = pieces([article.title for article in batch])
        bodies = pieces([article.body for article in batch])
        for article, title, body in zip(batch, titles, bodies, strict=True):
            yield Item(attributed(draw, article), terms(title, [body]))


def recombined(articles: Sequence[Article], count: int, seed: int) -> Iterator[Item]:
    """`count` articles made of the sentences of `articles`."""
    draw = random.Random(seed)
    split = [sentences(article.body) for article in articles]
    lengths = [len(parts) for parts in split]
    titles = list(pieces([article.title for article in articles]))
    pool = list(pieces([part for parts in split for part in parts]))
    for number in range(count):
        title = draw.choice(titles)
        body = draw.choices(pool, k=draw.choice(lengths)) if pool else []
        lines = [
            " ".join(piece.text for piece in body[start : start + PARAGRAPH])
            for start in range(0, len(body), PARAGRAPH)
        ]
        article = Article(f"made-{number:07d}", title.text, "\n".join(lines), None, None)
        yield Item(attributed(draw, article), terms(title, body))


def items(articles: Sequence[Article], count: int, seed: int) -> tuple[Iterator[Item], bool]:
    """`count` articles, and whether they are made: only where the source has fewer."""
    if count <= len(articles):
        return as_they_are(articles, count, seed), False
    return recombined(articles, count, seed), True
