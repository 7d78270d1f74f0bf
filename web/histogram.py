"""A histogram of the date facet as numbers for an SVG: one bar a year, month or day, each a link.

In: buckets of one level and the state they were counted for. Out: `Histogram`, whose bars carry their geometry in the
units of the view box. Must not know SVG syntax (the template `_histogram.html` draws it) or how counts are made.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.model import Bucket
from search.state import State, span
from search.wire import DATE_FACETS, facet_urls
from web.language import Language

WIDTH = 272
HEIGHT = 96
TOP = 14
"""Room above the highest bar for its count."""
BOTTOM = 15
"""Room below the bars for the labels."""
MOST_BARS = 60
MOST_COUNTS = 12
"""Counts are written above the bars only where there are at most so many bars."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: place and size, what is written, where it leads, its first and last day; no articles lead nowhere."""

    x: float
    y: float
    width: float
    height: float
    slot_x: float
    slot_width: float
    label: str
    count_text: str
    name: str
    selected: bool
    inside: bool
    """Whether all of it lies between the chosen days, where some of the other bars do not."""
    url: str | None
    span: str


@dataclass(frozen=True, slots=True)
class Histogram:
    """The bars of one level with its heading; `rows` are the same figures for a table."""

    heading: str
    bars: tuple[Bar, ...]
    brushed: str
    """What a script tells of several bars chosen at once, with {0} and {1} for the first and last."""
    width: int = WIDTH
    height: int = HEIGHT
    baseline: int = HEIGHT - BOTTOM


def histogram(buckets: Sequence[Bucket], state: State, path: str, language: Language) -> Histogram | None:
    """The histogram of dated buckets (all of one level); None where no article has a date.

    Years and days between the first and last are there even where no article is; more than `MOST_BARS` years are
    shown without the gaps, the latest of them.
    """
    counted = {bucket.value: bucket for bucket in buckets if bucket.value}
    if not any(bucket.count for bucket in counted.values()):
        return None
    values = list(_filled(sorted(counted)))
    if len(values) > MOST_BARS:
        values = sorted(counted)[-MOST_BARS:]
    level = values[0].count("-")
    name = DATE_FACETS[level]
    urls = dict(zip(counted, facet_urls(name, list(counted.values()), state, path), strict=True))
    highest = max(bucket.count for bucket in counted.values())
    slot = WIDTH / max(len(values), 4)
    left = (WIDTH - slot * len(values)) / 2
    every = max(1, -(-len(values) // (9 if level == 0 else 12 if level == 1 else 8)))
    inside = _inside(values, state)
    bars = []
    for i, value in enumerate(values):
        bucket = counted.get(value)
        count = bucket.count if bucket else 0
        height = (HEIGHT - TOP - BOTTOM) * count / highest
        height = max(height, 2.0) if count else 0.0
        number = language.number(count)
        wide = min(slot * 0.78, 26.0)
        bars.append(
            Bar(
                x=round(left + slot * i + (slot - wide) / 2, 2),
                y=round(HEIGHT - BOTTOM - height, 2),
                width=round(wide, 2),
                height=round(height, 2),
                slot_x=round(left + slot * i, 2),
                slot_width=round(slot, 2),
                label=_short(value) if i % every == 0 else "",
                count_text=number if count and len(values) <= MOST_COUNTS and len(number) * 5 < slot + 4 else "",
                name=f"{language.date(value)}: {language('total', n=count)}",
                selected=bool(bucket and bucket.selected),
                inside=value in inside,
                url=urls.get(value),
                span=_span(value),
            )
        )
    wider = language.date(values[0].rpartition("-")[0]) if level else ""
    heading = language(("per_year", "per_month", "per_day")[level], period=wider)
    return Histogram(heading, tuple(bars), language("brushed", first="{0}", last="{1}"))


def _inside(values: Sequence[str], state: State) -> frozenset[str]:
    """The years, months or days within the chosen days; none where all are, for that tells nothing."""
    if state.start is None and state.end is None:
        return frozenset()
    first, last = state.start or dt.date.min, state.end or dt.date.max
    found = frozenset(value for value in values if first <= span(value)[0] and span(value)[1] <= last)
    return found if len(found) < len(values) else frozenset()


@lru_cache(maxsize=2048)
def _span(value: str) -> str:
    """First and last day of a bar, as a script reads them."""
    return "/".join(day.isoformat() for day in span(value))


def _short(value: str) -> str:
    return value if len(value) == 4 else str(int(value.rpartition("-")[2]))


def _filled(values: Sequence[str]) -> Iterator[str]:
    """All years between the first and last; all months of a year; all days of a month."""
    first, last = values[0], values[-1]
    if len(first) == 4:
        yield from (f"{year:04d}" for year in range(int(first), int(last) + 1))
    elif len(first) == 7:
        yield from (f"{first[:4]}-{month:02d}" for month in range(1, 13))
    else:
        days = calendar.monthrange(int(first[:4]), int(first[5:7]))[1]
        yield from (f"{first[:7]}-{day:02d}" for day in range(1, days + 1))
