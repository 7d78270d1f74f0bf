"""The terms of an index on a cluster and in how many articles each stands.

In: a way to ask (a point in time). Out: frequencies, terms by prefix, similar terms, each asked once. Must not know a
client.

A cluster has no list of terms to read. Distinct terms are therefore also kept as values of their own and counted by
aggregation; pairs, which are too many for that, are put together from the terms that can follow.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from search.engines.distance import edits
from search.engines.fields import SPACES, field_name
from search.engines.opensearch import dsl
from search.engines.opensearch.mapping import LEXICON, lexicon_field
from search.query.tree import All, Fuzzy, Node, Prefix, Sequence, Space, Term, Zone

BUCKETS: Final = 50_000
"""Terms of one answer; a cluster allows 65,535 by default. More are fetched in parts."""
FILTERS: Final = 500
KEPT_FREQUENCIES: Final = 50_000
KEPT_LISTS: Final = 2_000
TOGETHER: Final = 200
"""Frequencies of one request; a server allows any number and answers a few at a time."""

ALL: Final = All(())

Request = dict[str, Any]
Counted = Term | Sequence | All
Ask = Callable[[list[Request]], list[dict[str, Any]]]
"""Answers to searches, in order, all of one point in time."""


class Lexicon:
    """Look-ups at one point in time; what was found is kept, since queries repeat terms."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: dict[Counted, int] = {}
        self._lists: dict[Prefix | Fuzzy, tuple[tuple[str, int], ...]] = {}

    def __len__(self) -> int:
        """Number of articles."""
        return self._count(ALL)

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold a term."""
        return self._count(term)

    def foresee(self, terms: Iterable[Term | Sequence | Prefix | Fuzzy]) -> None:
        """Fetch at once the frequencies that will be asked for, the lists of terms that begin in some way or are like
        one, and the number of articles, which goes with them.
        """
        asked = list(dict.fromkeys(terms))
        if not asked:
            return
        nodes: list[Counted] = [ALL, *(node for node in asked if isinstance(node, Term | Sequence))]
        lists = [node for node in asked if isinstance(node, Prefix | Fuzzy)]
        listed = [node for node in lists if node.text and node.space != "pair"]
        with self._lock:
            nodes = [node for node in nodes if node not in self._known]
            listed = [node for node in listed if node not in self._lists]
        requests = [*map(_counting, nodes), *(_listing(node) for node in listed)]
        answers = []
        for start in range(0, len(requests), TOGETHER):
            answers += self._ask(requests[start : start + TOGETHER])
        self._remember(nodes, answers[: len(nodes)])
        for node, answer in zip(listed, answers[len(nodes) :], strict=True):
            if (found := _whole(answer)) is not None:
                self._remember_list(node, _nearest(node, found) if isinstance(node, Fuzzy) else sorted(found))

    def _remember(self, nodes: list[Counted], answers: list[dict[str, Any]]) -> dict[Counted, int]:
        found = {node: answer["hits"]["total"]["value"] for node, answer in zip(nodes, answers, strict=True)}
        with self._lock:
            if len(self._known) + len(found) > KEPT_FREQUENCIES:
                self._known.clear()
            self._known |= found
        return found

    def _remember_list(self, node: Prefix | Fuzzy, terms: list[tuple[str, int]]) -> None:
        with self._lock:
            if len(self._lists) >= KEPT_LISTS:
                self._lists.clear()
            if len(terms) <= KEPT_LISTS:
                self._lists[node] = tuple(terms)
            if isinstance(node, Fuzzy):
                # their frequencies are what similar terms are chosen by
                self._known |= {Term(node.space, term, node.zone): count for term, count in terms}

    def _count(self, node: Counted) -> int:
        with self._lock:
            known = self._known.get(node)
        return self._remember([node], self._ask([_counting(node)]))[node] if known is None else known

    def rarities(self, sequences: Iterable[Sequence]) -> dict[Sequence, float]:
        """Inverse frequency of each sequence as one term, over the sum that Lucene takes of its terms'; 0 for none."""
        parts: dict[Sequence, set[Term]] = {
            sequence: {Term(t.space, t.text, sequence.zone) for slot in sequence.slots for t in slot}
            for sequence in sequences
        }
        self.foresee([*parts, *set().union(*parts.values())])
        found = dict.fromkeys(parts, 0.0)
        for sequence, terms in parts.items():
            if whole := self.frequency(sequence):
                counted = [count for count in map(self.frequency, terms) if count]
                lucene = sum(_inverse_frequency(count, len(self)) for count in counted)
                found[sequence] = _inverse_frequency(whole, len(self)) / lucene
        return found

    def terms(self, space: Space, prefix: str, zone: Zone) -> Iterator[tuple[str, int]]:
        """Terms that begin with `prefix`, in order, with document frequencies."""
        if space == "pair":
            return self._pairs(prefix, zone)
        node = Prefix(space, prefix, zone)
        with self._lock:
            known = self._lists.get(node)
        if known is None:
            # only articles that hold such a term are gone through
            found = self._counted(field_name(space, zone), prefix, dsl.condition(node) if prefix else dsl.EVERYTHING)
            self._remember_list(node, found)
            return iter(found)
        return iter(known)

    def similar(self, space: Space, text: str, distance: int) -> list[tuple[str, int]]:
        """Terms within `distance` edits, first letter kept, nearest and most frequent first."""
        node = Fuzzy(space, text, distance)
        with self._lock:
            known = self._lists.get(node)
        if known is not None:
            return list(known)
        held = self._counted(field_name(space), text[:1], dsl.condition(node)) if text else []
        ordered = _nearest(node, held)
        self._remember_list(node, ordered)
        return ordered

    def counts(self) -> dict[str, int]:
        """Number of distinct terms of each space whose terms are kept; an estimate above 40,000."""
        spaces = [space for space in SPACES if field_name(space) in LEXICON]
        aggs = {
            space: {"cardinality": {"field": lexicon_field(field_name(space)), "precision_threshold": 40_000}}
            for space in spaces
        }
        answer = self._ask([{"size": 0, "aggs": aggs}])[0]["aggregations"]
        return {space: answer[space]["value"] for space in spaces}

    def _counted(self, field: str, prefix: str, query: dict[str, Any]) -> list[tuple[str, int]]:
        """Terms of a field beginning with `prefix` in articles that match; in parts when they are very many."""
        parts = 1
        while True:
            found: list[tuple[str, int]] = []
            complete = True
            for part in range(parts):
                include: Any = _pattern(prefix) if prefix else None
                if parts > 1:
                    include = {"partition": part, "num_partitions": parts}
                counted = _whole(self._ask([_grouping(field, query, include)])[0])
                if counted is None:
                    complete = False
                    break
                found += counted
            if complete:
                return sorted(item for item in found if item[0].startswith(prefix))
            parts *= 8

    def _pairs(self, prefix: str, zone: Zone) -> Iterator[tuple[str, int]]:
        first, joined, rest = prefix.partition("_")
        if joined:
            yield from self._following(first, rest, zone)
            return
        for term, _ in self._counted(field_name("folded", zone), first, dsl.EVERYTHING):
            yield from self._following(term, "", zone)

    def _following(self, first: str, rest: str, zone: Zone) -> Iterator[tuple[str, int]]:
        """Pairs of one first term: every term of the articles that hold such a pair is tried."""
        holding = dsl.condition(Prefix("pair", f"{first}_{rest}", zone))
        field = field_name("pair", zone)
        seconds = self._counted(field_name("folded", zone), rest, holding)
        for start in range(0, len(seconds), FILTERS):
            some = seconds[start : start + FILTERS]
            filters = {f"{first}_{second}": {"term": {field: f"{first}_{second}"}} for second, _ in some}
            counted = {"pairs": {"filters": {"filters": filters}}}
            found = self._ask([{"query": holding, "size": 0, "aggs": counted}])[0]
            answer = found["aggregations"]["pairs"]["buckets"]
            yield from ((pair, answer[pair]["doc_count"]) for pair in filters if answer[pair]["doc_count"])


def _counting(node: Node) -> Request:
    return {"query": dsl.condition(node), "size": 0, "track_total_hits": True}


def _listing(node: Prefix | Fuzzy) -> Request:
    begin = node.text if isinstance(node, Prefix) else node.text[:1]
    return _grouping(field_name(node.space, node.zone), dsl.condition(node), _pattern(begin))


def _nearest(node: Fuzzy, held: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """Those of some terms that are meant, nearest and most frequent first."""
    found = []
    for term, count in held:
        away = edits(node.text, term, node.distance)
        if away is not None:
            found.append((away, -count, term))
    return [(term, -count) for _, count, term in sorted(found)]


def _grouping(field: str, query: dict[str, Any], include: Any) -> Request:
    counted: dict[str, Any] = {"field": lexicon_field(field), "size": BUCKETS}
    if include:
        counted["include"] = include
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": {"terms": {"terms": counted}}}


def _whole(answer: dict[str, Any]) -> list[tuple[str, int]] | None:
    """The terms of an answer with their counts; None where some had no room in it."""
    terms = answer["aggregations"]["terms"]
    if terms["sum_other_doc_count"] or terms["doc_count_error_upper_bound"]:
        return None
    return [(bucket["key"], bucket["doc_count"]) for bucket in terms["buckets"]]


def _inverse_frequency(holding: int, articles: int) -> float:
    return math.log1p((articles - holding + 0.5) / (holding + 0.5))


def _pattern(prefix: str) -> str:
    """A pattern of Lucene's for terms with a prefix: whatever is not a letter or digit is taken literally."""
    return re.sub(r"([^\w])", r"\\\1", dsl.clean(prefix)) + ".*"
