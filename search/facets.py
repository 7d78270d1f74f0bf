"""Facet requests and what people see of them: which facets a search asks for, and counts turned into labelled buckets.

In: the user's choice and an engine's counts. Out: facet fields to ask for, and `Bucket` tuples by facet name.
Must not know engines or URLs (a bucket's toggle URL belongs to `search.state`).

Keys of an answer: "city", "published" (years), "month" (of the chosen year), "day" (of the chosen month), "source" and
"byline". Each ignores its own selection ("drill-sideways"), so a chosen value never hides its neighbours.

>>> [b.label for b in buckets({"city": {"Hải Phòng": 2, "": 1}}, Choice())["city"]]
['Hải Phòng', 'không rõ']
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from search.model import UNKNOWN, Bucket, Units
from search.query.tree import FacetField
from search.state import period

UNKNOWN_LABEL = "không rõ"
FACET_KEYS: tuple[str, ...] = ("city", "published", "month", "day", "source", "byline")
_FIELD_OF: Mapping[str, FacetField] = {
    "city": "city",
    "published": "year",
    "month": "month",
    "day": "day",
    "source": "source",
    "byline": "byline",
}
_DATES = {"published": 4, "month": 7, "day": 10}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user has chosen: values of each facet, and days `start` to `end` inclusive."""

    cities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None

    @property
    def period(self) -> str | None:
        """The year ("2019"), month ("2019-03") or day that the range is exactly; None for any other range."""
        return period(self.start, self.end)


def requests(choice: Choice) -> tuple[FacetField, ...]:
    """Facet fields to ask an engine for: months only inside a chosen year, days only inside a chosen month."""
    wanted: list[FacetField] = ["city", "year", "source", "byline"]
    if choice.period is not None:
        wanted.append("month")
        if len(choice.period) > 4:
            wanted.append("day")
    return tuple(wanted)


def placed(choice: Choice, units: Units) -> Choice:
    """The choice with its places as units of today, where those are asked for."""
    if units == "publication":
        return choice
    from search import gazetteer

    return replace(choice, cities=tuple(dict.fromkeys(map(gazetteer.today, choice.cities))))


def as_place(query: str, units: Units) -> tuple[tuple[str, ...], str] | None:
    """The places that a whole query names, and the query that asks for their articles; None where it names none.

    >>> as_place("da nang", "publication"), as_place("cầu ở Đà Nẵng", "publication")
    ((('Đà Nẵng',), 'thành phố:"Đà Nẵng"'), None)
    """
    from search import gazetteer

    name = gazetteer.canonical(query)
    return None if name is None else (members((name,), units), f'thành phố:"{gazetteer.label(name)}"')


def members(cities: tuple[str, ...], units: Units) -> tuple[str, ...]:
    """The places that articles may have: for a unit of today all that became part of it.

    >>> members(("Hải Phòng", ""), "today")
    ('Hải Dương', 'Hải Phòng', '')
    """
    if units == "publication":
        return cities
    from search import gazetteer

    return tuple(member for city in cities for member in (gazetteer.before(city) or (city,)))


def regrouped(units: Units) -> tuple[tuple[str, str], ...]:
    """For the units of today, under which of them each former unit counts."""
    if units == "publication":
        return ()
    from search import gazetteer

    return tuple((name, gazetteer.today(name)) for name in gazetteer.units() if gazetteer.today(name) != name)


@lru_cache(maxsize=4096)
def _label(key: str, value: str) -> str:
    """What people read for a value; dates day first, as Vietnamese writes them."""
    if value == UNKNOWN:
        return UNKNOWN_LABEL
    if key == "city":
        from search import gazetteer

        return gazetteer.label(value)
    if key in _DATES:
        return "/".join(reversed(value.split("-")))
    return value


def buckets(counts: Mapping[str, Mapping[str, int]], choice: Choice) -> dict[str, tuple[Bucket, ...]]:
    """Labelled buckets by facet key: places by count, dates newest first; chosen values stay even at zero."""
    chosen: dict[str, set[str]] = {
        "city": set(choice.cities),
        "source": set(choice.sources),
        "byline": set(choice.bylines),
    }
    new = tuple.__new__
    chosen_period = choice.period or ""
    for key, length in _DATES.items():
        chosen[key] = {chosen_period[:length]} if len(chosen_period) >= length else set()
    answer: dict[str, tuple[Bucket, ...]] = {}
    for key in FACET_KEYS:
        if _FIELD_OF[key] not in counts:
            continue
        found = dict(counts[_FIELD_OF[key]])
        if key in {"month", "day"}:
            within = chosen_period[: 4 if key == "month" else 7]
            found = {value: count for value, count in found.items() if value.startswith(within)}
        for value in chosen[key]:
            found.setdefault(value, 0)
        if key in _DATES:
            order = sorted(found, reverse=True)
        else:
            order = sorted(sorted(found), key=found.__getitem__, reverse=True)
            if UNKNOWN in found:
                order.remove(UNKNOWN)
                order.append(UNKNOWN)
        held = chosen[key]
        # as Bucket(…) does, in a third of the time: there are some fifty in an answer
        answer[key] = tuple([new(Bucket, (v, _label(key, v), found[v], v in held)) for v in order])
    return answer
