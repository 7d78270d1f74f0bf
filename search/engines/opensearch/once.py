"""Counting republished articles once: what is asked of a cluster for that, and how its answers are put together.

In: a `Plan`, the request that would answer it singly, and the matching articles that have copies. Out: requests, and
the share of the answer that those articles have. Must not know a client.

Articles without copies are counted by the cluster, as ever. Those that have some are fetched, with their groups and
what they count under, and counted here: a cluster has no exact way to count distinct values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from search.engines.base import Match
from search.engines.opensearch import dsl
from search.query.tree import After, Plan

GROUPED: Final[dict[str, Any]] = {"exists": {"field": "group"}}

Request = dict[str, Any]
Key = tuple[bool, float, str]

_OF_DATE: Final = {"year": 4, "month": 7, "day": 10}


def alone(request: Request) -> Request:
    """The same request for articles without copies."""
    query = request["query"]["bool"]
    return request | {"query": {"bool": query | {"must_not": [*query.get("must_not", ()), GROUPED]}}}


def aside(plan: Plan, request: Request, size: int) -> Request:
    """A request for the articles with copies that match, before choices whose facets are asked for; `size` a page."""
    query = request["query"]["bool"]
    fields = {"id", "group", "copies", *(_field(name) for name in plan.facets)}
    fields |= {"day"} if plan.filters.start or plan.filters.end else set()
    return {
        "query": {"bool": query | {"filter": [*query["filter"], GROUPED]}},
        "size": size,
        "track_total_hits": False,
        "_source": False,
        "stored_fields": "_none_",
        "docvalue_fields": sorted(fields),
        "sort": request["sort"],
    }


class Once:
    """The share of one answer that articles with copies have; `take` is called with their hits in order."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._renamed = dict(plan.regrouped)
        self._chosen = {
            name: frozenset(map(dsl.clean, values))
            for name, values in (
                ("city", plan.filters.cities),
                ("source", plan.filters.sources),
                ("byline", plan.filters.bylines),
            )
            if values and name in plan.facets
        }
        self._dated = bool(plan.filters.start or plan.filters.end) and any(f in _OF_DATE for f in plan.facets)
        self._counted: set[tuple[str, str, str]] = set()
        self._first: dict[str, tuple[Key, Match]] = {}
        self.facets: dict[str, dict[str, int]] = {name: {} for name in plan.facets}

    @property
    def total(self) -> int:
        """Number of groups."""
        return len(self._first)

    def take(self, hits: Iterable[dict[str, Any]]) -> None:
        """Count matching articles, the next in the order of the plan."""
        for hit in hits:
            fields = hit["fields"]
            group = fields["group"][0]
            failed = self._failed(fields)
            for name in self._plan.facets:
                if failed <= {_choice(name)}:
                    self._count(name, group, self._value(name, fields))
            if not failed and group not in self._first:
                match = Match(fields["id"][0], dsl.sort_value(self._plan, hit["sort"][0]), fields["copies"][0])
                self._first[group] = order(self._plan, match), match

    def page(self) -> list[Match]:
        """The first article of each group, behind the cursor."""
        after = self._plan.after
        start = order(self._plan, Match(dsl.clean(after.id), after.value)) if after is not None else None
        return [match for key, match in self._first.values() if start is None or key > start]

    def _failed(self, fields: dict[str, Any]) -> set[str]:
        failed: set[str] = {name for name, values in self._chosen.items() if fields[name][0] not in values}
        if self._dated:
            day = fields.get("day", (0,))[0]
            start, end = self._plan.filters.start, self._plan.filters.end
            if day < (start.toordinal() if start else 1) or (end and day > end.toordinal()):
                failed.add("published")
        return failed

    def _count(self, name: str, group: str, value: str) -> None:
        if (name, group, value) not in self._counted:
            self._counted.add((name, group, value))
            counts = self.facets[name]
            counts[value] = counts.get(value, 0) + 1

    def _value(self, name: str, fields: dict[str, Any]) -> str:
        if characters := _OF_DATE.get(name):
            day = fields.get("day", (0,))[0]
            return dt.date.fromordinal(day).isoformat()[:characters] if day else ""
        value = str(fields[name][0])
        return self._renamed.get(value, value) if name == "city" else value


def order(plan: Plan, match: Match) -> Key:
    """What the order of a plan sorts by."""
    if plan.sort == "oldest":
        return not match.value, match.value, match.id
    return plan.sort == "newest" and not match.value, -match.value, match.id


def following(page: list[Match], limit: int) -> After | None:
    """Where to go on from, for a page of one more than `limit` at the most."""
    last = page[limit - 1] if 0 < limit < len(page) else None
    return After(last.value, last.id) if last else None


def _field(name: str) -> str:
    return "day" if name in _OF_DATE else name


def _choice(name: str) -> str:
    return "published" if name in _OF_DATE else name
