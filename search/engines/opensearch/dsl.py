"""A plan as the query language of OpenSearch.

In: `search.query.tree` values. Out: JSON bodies. Must not know a client, nor how text becomes terms.

Sequences become span queries, because these take the earliest place for each slot from each beginning, as the tree
defines it; the folded space is masked as the exact one, whose positions are the same. The condition stands in the
filter context and the weighted terms in `should`, so that the score is the sum of the tree and nothing else.
"""

from __future__ import annotations

import datetime as dt
from typing import Any as Json
from typing import Final

from search.engines.fields import field_name
from search.engines.opensearch.mapping import NO_TERM, POSITION_GAP, placed
from search.errors import QueryError
from search.query.tree import (
    After,
    All,
    Any,
    Attribute,
    FacetField,
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

NOTHING: Final[dict[str, Json]] = {"match_none": {}}
EVERYTHING: Final[dict[str, Json]] = {"match_all": {}}

MAX_FUZZY: Final = 2
"""Edits that Lucene's automata allow."""

BUCKETS: Final = 10_000
"""Values a facet returns in one request; more are fetched page by page."""

_UNDATED_LAST: Final = 2**63 - 1
_UNDATED_FIRST: Final = -(2**63)

DATE_FACETS: Final = ("year", "month", "day")


def condition(node: Node) -> dict[str, Json]:
    """A condition as a query; scores are not asked for."""
    match node:
        case Term(space, text, zone):
            return {"term": {field_name(space, zone): {"value": held(text)}}}
        case Sequence():
            return _spans(node)
        case Prefix(space, text, zone):
            field = field_name(space, zone)
            begins = {"prefix": {field: {"value": held(text), "rewrite": "constant_score"}}}
            return begins if text else {"bool": {"filter": [begins], "must_not": [{"term": {field: NO_TERM}}]}}
        case Fuzzy(space, text, distance, zone):
            return _fuzzy(field_name(space, zone), text, distance)
        case Attribute(field, values):
            return {"terms": {field: [clean(value) for value in values]}} if values else NOTHING
        case Published(start, end):
            return _days(start, end)
        case All(parts):
            return {"bool": {"filter": [condition(part) for part in parts]}} if parts else EVERYTHING
        case Any(parts, minimum):
            if not parts or minimum > len(parts):
                return NOTHING
            if minimum <= 0:
                return EVERYTHING
            return {"bool": {"should": [condition(part) for part in parts], "minimum_should_match": minimum}}
        case Not(part):
            return {"bool": {"must_not": [condition(part)]}}


def scored(plan: Plan, score: tuple[Weighted, ...]) -> dict[str, Json]:
    """Condition and score as one query."""
    query: dict[str, Json] = {"filter": [condition(plan.match)]}
    if score and plan.sort == "relevance":
        query["should"] = [weighted(item.term, item.weight) for item in score]
        query["minimum_should_match"] = 0
    return {"bool": query}


def weighted(term: Term | Sequence, weight: float = 1.0) -> dict[str, Json]:
    """A scored clause."""
    if isinstance(term, Term):
        return {"term": {field_name(term.space, term.zone): {"value": held(term.text), "boost": weight}}}
    return {"bool": {"must": [_spans(term)], "boost": weight}}


def body(plan: Plan, score: tuple[Weighted, ...]) -> dict[str, Json]:
    """The request that answers a plan: query, drill-sideways facets, order and place to go on from.

    `score` is the plan's own, but for weights that make up for how Lucene scores sequences.
    """
    limits = _limits(plan.filters)
    own = {_group(name) for name in plan.facets}
    # a choice whose facet is not asked for narrows the query itself, which is cheaper than after it
    inner = [limit for group, limit in limits.items() if group not in own]
    outer = {group: limit for group, limit in limits.items() if group in own}
    query = scored(plan, score)
    query["bool"]["filter"] += inner
    request: dict[str, Json] = {
        "query": query,
        "size": max(plan.limit, 0),
        "track_total_hits": True,
        "_source": False,
        "docvalue_fields": ["id", "copies"],
        "sort": _order(plan),
    }
    if outer:
        request["post_filter"] = {"bool": {"filter": list(outer.values())}}
    if plan.facets:
        request["aggs"] = {name: facet(name, outer) for name in plan.facets}
    if plan.after is not None and plan.limit > 0:
        request["search_after"] = [_sort_value(plan, plan.after), clean(plan.after.id)]
    return request


def facet(name: FacetField, outer: dict[str, dict[str, Json]]) -> dict[str, Json]:
    """Counts of one facet under every choice but its own."""
    others = [limit for group, limit in outer.items() if group != _group(name)]
    counted = {"field": name, "size": BUCKETS}
    if name == "day":
        counted["missing"] = 0
    within = {"bool": {"filter": others}} if others else EVERYTHING
    return {"filter": within, "aggs": {"values": {"terms": counted}}}


def facet_pages(name: FacetField, plan: Plan, after: dict[str, Json] | None) -> dict[str, Json]:
    """A request for one page of a facet with very many values, in their order."""
    others = [limit for group, limit in _limits(plan.filters).items() if group != _group(name)]
    source = {"value": {"terms": {"field": name, "missing_bucket": True}}}
    pages: dict[str, Json] = {"size": BUCKETS, "sources": [source]}
    if after:
        pages["after"] = after
    query = {"bool": {"filter": [condition(plan.match), *others]}}
    return {"query": query, "size": 0, "aggs": {"values": {"composite": pages}}}


def facet_value(name: FacetField, key: Json) -> str:
    """The value of a bucket as `Matches.facets` has it."""
    if name == "day":
        return dt.date.fromordinal(key).isoformat() if key else ""
    return str(key)


def sort_value(plan: Plan, value: Json) -> float:
    """The sort value of a hit as `Match.value` has it."""
    if plan.sort == "relevance":
        return float(value)
    return 0.0 if value in (None, _UNDATED_FIRST, _UNDATED_LAST) else float(value)


def held(term: str) -> str:
    """A term as it is looked for in a text field."""
    return placed(clean(term))


def clean(text: str) -> str:
    """Text that can be sent as JSON; a lone surrogate, which no index holds, becomes a character none holds either."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")


def _order(plan: Plan) -> list[dict[str, Json]]:
    if plan.sort == "relevance":
        return [{"_score": {"order": "desc"}}, {"id": {"order": "asc"}}]
    order = "desc" if plan.sort == "newest" else "asc"
    return [{"day": {"order": order, "missing": "_last"}}, {"id": {"order": "asc"}}]


def _sort_value(plan: Plan, after: After) -> float | int:
    if plan.sort == "relevance":
        return after.value
    if after.value <= 0:
        return _UNDATED_FIRST if plan.sort == "newest" else _UNDATED_LAST
    return int(after.value)


def _spans(sequence: Sequence) -> dict[str, Json]:
    if not sequence.slots or not all(sequence.slots):
        return NOTHING
    field = field_name("exact", sequence.zone)
    slots = [_slot(slot, field, sequence) for slot in sequence.slots]
    if len(slots) == 1:
        return slots[0]
    most = POSITION_GAP - len(slots) - 1
    return {"span_near": {"clauses": slots, "slop": min(sequence.slop, most), "in_order": True}}


def _slot(slot: tuple[Term, ...], field: str, sequence: Sequence) -> dict[str, Json]:
    places = []
    for term in dict.fromkeys(slot):
        if term.space not in ("exact", "folded"):
            raise ValueError("a sequence holds terms of the exact and folded spaces only")
        own = field_name(term.space, sequence.zone)
        place: dict[str, Json] = {"span_term": {own: {"value": held(term.text)}}}
        if own != field:
            place = {"span_field_masking": {"query": place, "field": field}}
        places.append(place)
    return places[0] if len(places) == 1 else {"span_or": {"clauses": places}}


def _fuzzy(field: str, text: str, distance: int) -> dict[str, Json]:
    if not text:
        return NOTHING
    if distance > MAX_FUZZY:
        raise QueryError(f"{distance} edits are asked for", f"a cluster allows up to {MAX_FUZZY}")
    options = {"fuzziness": distance, "prefix_length": 1, "transpositions": True, "rewrite": "constant_score"}
    return {"fuzzy": {field: {"value": held(text), **options}}}


def _days(start: dt.date | None, end: dt.date | None) -> dict[str, Json]:
    limits = {"gte": start.toordinal() if start else 1}
    if end:
        limits["lte"] = end.toordinal()
    return {"range": {"day": limits}}


def _limits(filters: Filters) -> dict[str, dict[str, Json]]:
    limits: dict[str, dict[str, Json]] = {}
    for name, values in (("city", filters.cities), ("source", filters.sources), ("byline", filters.bylines)):
        if values:
            limits[name] = {"terms": {name: [clean(value) for value in values]}}
    if filters.start or filters.end:
        limits["published"] = _days(filters.start, filters.end)
    return limits


def _group(name: FacetField) -> str:
    return "published" if name in DATE_FACETS else name
