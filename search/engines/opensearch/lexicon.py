"""The terms of an index on a cluster and in how many articles each stands.

In: a way to ask (a point in time). Out: frequencies, terms by prefix, similar terms. Must not know a client.

A cluster has no list of terms to read. Distinct terms are therefore also kept as values of their own and counted by
aggregation; pairs, which are too many for that, are put together from the terms that can follow.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from search.engines.distance import edits
from search.engines.fields import SPACES, field_name
from search.engines.opensearch import dsl
from search.engines.opensearch.mapping import LEXICON, lexicon_field
from search.query.tree import Fuzzy, Prefix, Sequence, Space, Term, Zone

BUCKETS: Final = 10_000
FILTERS: Final = 500
KEPT_FREQUENCIES: Final = 50_000

Ask = Callable[[dict[str, Any]], dict[str, Any]]


class Lexicon:
    """Look-ups at one point in time; frequencies are kept, since queries repeat terms."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._known: dict[Term | Sequence, int] = {}

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold a term."""
        with self._lock:
            known = self._known.get(term)
        if known is None:
            answer = self._ask({"query": dsl.condition(term), "size": 0, "track_total_hits": True})
            known = answer["hits"]["total"]["value"]
            with self._lock:
                if len(self._known) >= KEPT_FREQUENCIES:
                    self._known.clear()
                self._known[term] = known
        return known

    def rarity(self, sequence: Sequence, articles: int) -> float:
        """Inverse frequency of a sequence as one term, over the sum that Lucene takes of its terms'; 0 for none."""
        whole = self.frequency(sequence)
        if not whole:
            return 0.0
        terms = {Term(t.space, t.text, sequence.zone) for slot in sequence.slots for t in slot}
        counted = [count for count in map(self.frequency, terms) if count]
        return _inverse_frequency(whole, articles) / sum(_inverse_frequency(count, articles) for count in counted)

    def terms(self, space: Space, prefix: str, zone: Zone) -> Iterator[tuple[str, int]]:
        """Terms that begin with `prefix`, in order, with document frequencies."""
        if space == "pair":
            return self._pairs(prefix, zone)
        return iter(self._counted(field_name(space, zone), prefix, dsl.EVERYTHING))

    def similar(self, space: Space, text: str, distance: int) -> list[tuple[str, int]]:
        """Terms within `distance` edits, first letter kept, nearest and most frequent first."""
        found = []
        if text:
            fuzzy = dsl.condition(Fuzzy(space, text, distance))
            for term, count in self._counted(field_name(space), text[:1], fuzzy):
                away = edits(text, term, distance)
                if away is not None:
                    found.append((away, -count, term))
        return [(term, -count) for _, count, term in sorted(found)]

    def counts(self) -> dict[str, int]:
        """Number of distinct terms of each space whose terms are kept; an estimate above 40,000."""
        spaces = [space for space in SPACES if field_name(space) in LEXICON]
        aggs = {
            space: {"cardinality": {"field": lexicon_field(field_name(space)), "precision_threshold": 40_000}}
            for space in spaces
        }
        answer = self._ask({"size": 0, "aggs": aggs})["aggregations"]
        return {space: answer[space]["value"] for space in spaces}

    def _counted(self, field: str, prefix: str, query: dict[str, Any]) -> list[tuple[str, int]]:
        """Terms of a field beginning with `prefix` in articles that match; in parts when they are very many."""
        parts = 1
        while True:
            found: list[tuple[str, int]] = []
            complete = True
            for part in range(parts):
                counted: dict[str, Any] = {"field": lexicon_field(field), "size": BUCKETS}
                if parts > 1:
                    counted["include"] = {"partition": part, "num_partitions": parts}
                elif prefix:
                    counted["include"] = _pattern(prefix)
                answer = self._ask({"query": query, "size": 0, "aggs": {"terms": {"terms": counted}}})
                terms = answer["aggregations"]["terms"]
                found += [(bucket["key"], bucket["doc_count"]) for bucket in terms["buckets"]]
                if terms["sum_other_doc_count"] or terms["doc_count_error_upper_bound"]:
                    complete = False
                    break
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
            answer = self._ask({"query": holding, "size": 0, "aggs": counted})["aggregations"]["pairs"]["buckets"]
            yield from ((pair, answer[pair]["doc_count"]) for pair in filters if answer[pair]["doc_count"])


def _inverse_frequency(holding: int, articles: int) -> float:
    return math.log1p((articles - holding + 0.5) / (holding + 0.5))


def _pattern(prefix: str) -> str:
    """A pattern of Lucene's for terms with a prefix: whatever is not a letter or digit is taken literally."""
    return re.sub(r"([^\w])", r"\\\1", dsl.clean(prefix)) + ".*"
