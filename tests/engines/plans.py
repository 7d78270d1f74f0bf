"""Random plans over the syllables of `tests.engines.texts`: every node, nested, with every filter, facet and sort."""

from __future__ import annotations

import datetime as dt
import random

from search.query.tree import (
    All,
    Any,
    Attribute,
    Filters,
    Fuzzy,
    Node,
    Not,
    Plan,
    Prefix,
    Published,
    Sequence,
    Term,
    Weighted,
)
from tests.engines.texts import CITIES, SYLLABLES, fold

FACETS = ("city", "year", "month", "day", "source", "byline")
DAYS = (
    None,
    dt.date(2019, 3, 13),
    dt.date(2019, 3, 31),
    dt.date(2020, 1, 1),
    dt.date(1970, 1, 1),
    dt.date(2024, 2, 29),
)


def syllable(draw: random.Random, space: str) -> str:
    """One exact or folded term as some index holds it; at times one that none does."""
    text = draw.choice([*SYLLABLES, "tu", "17", "kh", "vắng"]).lower()
    if space == "folded":
        return fold(text)
    return "~" + fold(text) if draw.random() < 0.2 else text


def term(draw: random.Random, spaces: tuple[str, ...] = ("exact", "folded", "pair", "word")) -> Term:
    space = draw.choice(spaces)
    zone = "title" if draw.random() < 0.25 else "any"
    if space == "pair":
        return Term("pair", f"{syllable(draw, 'folded')}_{syllable(draw, 'folded')}", zone)
    if space == "word":
        return Term("word", "_".join(syllable(draw, "exact") for _ in range(draw.randint(1, 2))), zone)
    return Term(space, syllable(draw, space), zone)


def sequence(draw: random.Random) -> Sequence:
    zone = draw.choice(("any", "any", "title"))

    def slot() -> tuple[Term, ...]:
        spaces = [draw.choice(("exact", "folded")) for _ in range(draw.randint(1, 3))]
        return tuple(Term(space, syllable(draw, space), zone) for space in spaces)

    return Sequence(tuple(slot() for _ in range(draw.randint(1, 4))), draw.choice((0, 0, 1, 3, 40)), zone)


def node(draw: random.Random, depth: int = 3) -> Node:
    if depth and draw.random() < 0.55:
        parts = tuple(node(draw, depth - 1) for _ in range(draw.randint(0, 3)))
        kind = draw.random()
        if kind < 0.4:
            return All(parts)
        if kind < 0.8:
            return Any(parts, draw.choice((1, 1, 2)))
        return Not(node(draw, depth - 1))
    kind = draw.random()
    if kind < 0.4:
        return term(draw)
    if kind < 0.65:
        return sequence(draw)
    space = draw.choice(("exact", "folded", "word"))
    zone = draw.choice(("any", "title"))
    if kind < 0.75:
        return Prefix(space, syllable(draw, space)[: draw.randint(1, 3)], zone)
    if kind < 0.85:
        return Fuzzy(space, syllable(draw, space), draw.choice((1, 2)), zone)
    if kind < 0.93:
        field = draw.choice(("city", "source", "byline"))
        values = {"city": [c or "" for c in CITIES], "source": ["", "Báo A"], "byline": ["Lê Minh", "ai"]}[field]
        return Attribute(field, tuple(draw.sample(values, draw.randint(0, 2))))
    return Published(draw.choice(DAYS), draw.choice(DAYS))


def filters(draw: random.Random) -> Filters:
    if draw.random() < 0.4:
        return Filters()
    cities = tuple({draw.choice(CITIES) or "" for _ in range(draw.randint(0, 2))})
    sources = draw.choice(((), (), ("Báo A",), ("Báo B", "")))
    bylines = draw.choice(((), (), (), ("Nhóm PV",)))
    return Filters(cities, sources, bylines, draw.choice(DAYS), draw.choice(DAYS))


def plan(draw: random.Random) -> Plan:
    """One random plan."""
    weighed = tuple(
        Weighted(sequence(draw) if draw.random() < 0.2 else term(draw), draw.choice((0.5, 1.0, 2.0)))
        for _ in range(draw.randint(0, 4))
    )
    return Plan(
        node(draw),
        weighed,
        filters(draw),
        tuple(draw.sample(FACETS, draw.randint(0, 3))),
        draw.choice(("relevance", "relevance", "newest", "oldest")),
        draw.choice((0, 1, 3, 10, 1000)),
    )
