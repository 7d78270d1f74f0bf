"""The part of OpenSearch's query language that requests use, over documents in memory, by its documentation.

In: documents as `mapping.document` makes them, and request bodies as `dsl` makes them. Out: ids and counts. It shares
no code with either, and scores nothing: which articles match, in which order of days, and how many there are of each
value. A real cluster gives the same; this one is there where none is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.reference import distance

Body = dict[str, Any]
Span = tuple[int, int]
GAP, TOGETHER = 100_000, re.compile("\x01([^\x01]+)")
LEAST, MOST = -(2**63), 2**63 - 1


class Held:
    """One document as its fields are indexed."""

    def __init__(self, source: Body) -> None:
        self.source = source
        self.terms: dict[str, list[tuple[int, str]]] = {}

    def places(self, field: str) -> list[tuple[int, str]]:
        """Positions and terms of a text field: parted at blanks, terms of one place held together by U+0001."""
        if field not in self.terms:
            found: list[tuple[int, str]] = []
            values = self.source.get(field, ())
            position = -1
            for number, text in enumerate([values] if isinstance(values, str) else values):
                position += GAP if number else 0
                for token in filter(None, text.split(" ")):
                    position += 1
                    found += [(position, each) for each in (token, *TOGETHER.findall(token))]
            self.terms[field] = found
        return self.terms[field]

    def length(self, field: str) -> int:
        """Places of a text field; terms of one place count once."""
        return len({at for at, _ in self.places(field)}) if field else 0

    def holds(self, field: str, values: set[Any]) -> bool:
        """Whether a keyword or number, or a term of a text, is among some."""
        value = self.source.get(field)
        keyword = field in ("id", "city", "source", "byline", "year", "month", "day", "group")
        return value in values if keyword else any(term in values for _, term in self.places(field))


def _value(options: Any, *names: str) -> Any:
    return options[names[0]] if isinstance(options, dict) else options


def matches(query: Body, held: Held) -> bool:
    """Whether a document meets a query."""
    ((kind, options),) = query.items()
    if kind in ("match_all", "match_none"):
        return kind == "match_all"
    if kind == "bool":
        wanted = [*options.get("filter", ()), *options.get("must", ())]
        if not all(matches(part, held) for part in wanted) or any(
            matches(part, held) for part in options.get("must_not", ())
        ):
            return False
        should = options.get("should", [])
        least = options.get("minimum_should_match", 0 if wanted else 1)
        return not should or sum(matches(part, held) for part in should) >= least
    if kind == "exists":
        return options["field"] in held.source
    if kind.startswith("span_"):
        return bool(spans(query, held)[1])
    ((field, wanted),) = options.items()
    if kind == "term":
        return held.holds(field, {_value(wanted, "value")})
    if kind == "terms":
        return held.holds(field, set(wanted))
    if kind == "prefix":
        return any(term.startswith(wanted["value"]) for _, term in held.places(field))
    if kind == "fuzzy":
        begun = wanted["value"][: wanted["prefix_length"]]
        return any(
            term.startswith(begun) and distance(term, wanted["value"]) <= wanted["fuzziness"]
            for _, term in held.places(field)
        )
    assert kind == "range", kind
    value = held.source.get(field)
    return value is not None and wanted["gte"] <= value <= wanted.get("lte", value)


def spans(query: Body, held: Held) -> tuple[str, list[Span]]:
    """The field of a span query, as it is masked, and where it stands in a document: first place, and one behind."""
    ((kind, options),) = query.items()
    if kind == "span_term":
        ((field, wanted),) = options.items()
        return field, [(at, at + 1) for at, term in held.places(field) if term == wanted["value"]]
    if kind == "span_field_masking":
        return options["field"], spans(options["query"], held)[1]
    parts = [spans(part, held) for part in options["clauses"]]
    (field,) = {field for field, _ in parts}  # a cluster refuses clauses of several fields
    if kind == "span_or":
        return field, sorted({span for _, some in parts for span in some})
    assert kind == "span_near", kind
    assert options["in_order"]
    found: set[tuple[int, int, int]] = {(start, end, 0) for start, end in parts[0][1]}
    for _, some in parts[1:]:
        found = {
            (start, after, free + begin - end)
            for start, end, free in found
            for begin, after in some
            if begin >= end and free + begin - end <= options["slop"]
        }
    return field, sorted({(start, end) for start, end, _ in found})


def answer(
    request: Body, documents: list[Held], scored: Callable[[Held], float] = lambda _: 0.0
) -> tuple[int, list[tuple[Held, list[Any]]], dict[str, Counter[Any]]]:
    """Total, the page with its sort values, and counts of the facets."""
    found = [held for held in documents if matches(request["query"], held)]
    facets = {}
    for name, asked in request.get("aggs", {}).items():
        values = asked["aggs"]["values"]["terms"]
        within = [held for held in found if matches(asked["filter"], held)]
        each = (held.source.get(values["field"], values.get("missing")) for held in within)
        facets[name] = Counter(value for value in each if value is not None)
    hits = [held for held in found if matches(request.get("post_filter", {"match_all": {}}), held)]
    return len(hits), _page(request, hits, scored), facets


def counted(request: Body, documents: list[Held]) -> Body:
    """The answer to a request that counts: the total, and the terms, filters or distinct terms asked for."""
    found = [held for held in documents if matches(request.get("query", {"match_all": {}}), held)]
    answers = {}
    for name, asked in request.get("aggs", {}).items():
        ((kind, options),) = asked.items()
        if kind == "filters":
            buckets = {
                each: {"doc_count": sum(matches(q, held) for held in found)} for each, q in options["filters"].items()
            }
            answers[name] = {"buckets": buckets}
            continue
        values = Counter(term for held in found for term in held.source.get(options["field"], ()))
        if kind == "cardinality":
            answers[name] = {"value": len(values)}
            continue
        include = options.get("include")
        if isinstance(include, str):
            values = Counter({term: n for term, n in values.items() if re.fullmatch(include, term, re.DOTALL)})
        elif include:
            part, parts = include["partition"], include["num_partitions"]
            values = Counter({term: n for term, n in values.items() if sum(term.encode()) % parts == part})
        most = values.most_common(options["size"])
        answers[name] = {
            "buckets": [{"key": term, "doc_count": n} for term, n in most],
            "sum_other_doc_count": values.total() - sum(n for _, n in most),
            "doc_count_error_upper_bound": 0,
        }
    return {"hits": {"total": {"value": len(found)}}, "aggregations": answers}


def _page(request: Body, hits: list[Held], scored: Callable[[Held], float]) -> list[tuple[Held, list[Any]]]:
    """The hits behind the cursor in order, each with its sort values."""
    (first, options), *_ = request["sort"][0].items()
    down = "desc" in (options, options["order"] if isinstance(options, dict) else "")

    def values(held: Held) -> list[Any]:
        if first == "id":
            return [held.source["id"]]
        if first == "_score":
            return [scored(held), held.source["id"]]
        # where a day is missing, a number that no day has stands for it
        return [held.source.get("day", LEAST if down else MOST), held.source["id"]]

    def key(sort: list[Any]) -> tuple[Any, ...]:
        return (-sort[0] if down else sort[0], *sort[1:])

    ordered = sorted(((held, values(held)) for held in hits), key=lambda item: key(item[1]))
    if "search_after" in request:
        last = key(request["search_after"])
        ordered = [item for item in ordered if key(item[1]) > last]
    return ordered[: request["size"]]
