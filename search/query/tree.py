"""The query tree: what must match, and what adds to the score, in terms every engine can hold.

In: nothing. Out: `Node` (an unscored condition), `Weighted` (a scored term) and `Plan` (everything an engine needs to
answer). Must not know how text becomes terms, nor any engine.

The condition and the score are kept apart: an article counts iff `Plan.match` and the filters hold; its score is the
sum of `weight · BM25(term)` over `Plan.score` (terms not present add nothing). BM25 is Lucene's form (Robertson et al.
1994): `idf · tf / (tf + k1·(1 − b + b·length/average))`, `idf = ln(1 + (N − df + ½)/(df + ½))`, k1 = 1.2, b = 0.85,
with df, N and average over the whole index (all segments, all shards), per field.

`Term` and `Weighted` are named tuples, as a search makes and looks up dozens of them: a tuple is made in half the time
of a frozen dataclass, and hashed in a quarter.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from search.model import Counting, Sort

Space = Literal["exact", "folded", "pair", "word"]
Zone = Literal["any", "title"]
"""Which part of an article is looked at: "any" is title and body together, "title" the title alone."""
AttributeField = Literal["id", "city", "source", "byline"]


class Term(NamedTuple):
    """One term of one space, as the index holds it (already normalized)."""

    space: Space
    text: str
    zone: Zone = "any"


@dataclass(frozen=True, slots=True)
class Sequence:
    """Slots at consecutive positions, in order; each slot matches any of its terms (spaces exact and folded only).

    `slop` positions in total may lie between the slots. A sequence never spans the title and the body.
    """

    slots: tuple[tuple[Term, ...], ...]
    slop: int = 0
    zone: Zone = "any"


@dataclass(frozen=True, slots=True)
class Prefix:
    """Any term of `space` that begins with `text`."""

    space: Space
    text: str
    zone: Zone = "any"


@dataclass(frozen=True, slots=True)
class Fuzzy:
    """Any term of `space` within `distance` edits (insert, delete, replace, swap) of `text`, first letter kept."""

    space: Space
    text: str
    distance: int = 1
    zone: Zone = "any"


@dataclass(frozen=True, slots=True)
class Attribute:
    """The stored field equals one of `values`; the empty string stands for "not known"."""

    field: AttributeField
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """The day of publication lies in `[start, end]`, both inclusive, None meaning open; never so for the undated."""

    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. No parts: every article."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """At least `minimum` parts hold. No parts: no article."""

    parts: tuple[Node, ...]
    minimum: int = 1


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Node


Node: TypeAlias = Term | Sequence | Prefix | Fuzzy | Attribute | Published | All | Any | Not
EVERYTHING: Node = All(())
NOTHING: Node = Any(())


class Weighted(NamedTuple):
    """A term (or sequence, counted by its occurrences as one term) and the factor on its BM25 score."""

    term: Term | Sequence
    weight: float


@dataclass(frozen=True, slots=True)
class Filters:
    """The user's choices beside the query: facets and dates. The empty string among values stands for "không rõ".

    A range of days excludes articles without a date.
    """

    cities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None


FacetField = Literal["city", "year", "month", "day", "source", "byline"]


@dataclass(frozen=True, slots=True)
class After:
    """The last hit of the previous page: its sort value (score, or the day's ordinal; 0 undated) and id."""

    value: float
    id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """All an engine needs to answer one search; hashable, so that it can be a cache key.

    Order: by sort value descending (ascending for "oldest"; undated last), then by id ascending.
    Facets are drill-sideways: the counts of "city" ignore `filters.cities`, those of "year", "month" and "day" ignore
    `filters.start/end`, and so on; all count articles that match everything else.

    With `copies` "once", articles of one text (a group, as the engine has them) count as one: the total counts groups,
    a facet counts for each value the groups that have it, and only the first match of a group in the order above is
    one. `regrouped` names values of the facet "city" that are counted under another value.
    """

    match: Node
    score: tuple[Weighted, ...] = ()
    filters: Filters = Filters()
    facets: tuple[FacetField, ...] = ()
    sort: Sort = "relevance"
    limit: int = 10
    after: After | None = None
    copies: Counting = "all"
    regrouped: tuple[tuple[str, str], ...] = ()
