"""One search as a value, and as the parameters of an address: `q=…&city=…&from=…&to=…&sort=…&marks=…&limit=…&cursor=…`,
`copies=…` and `units=…`.

In: name-value pairs (from an address, a form or a command line). Out: a frozen `State`, or a `ParametersError` that
lists everything wrong at once. Every filter change is a method that gives a new state on its first page, so that a
template or a program never builds an address by hand. Must not know Flask, click, or how a search is answered.

>>> state = read([("q", "tham nhung"), ("city", "Hải Phòng"), ("from", "2019"), ("to", "3/2020"), ("utm", "x")])
>>> state.query_string
'q=tham+nhung&city=H%E1%BA%A3i+Ph%C3%B2ng&from=2019-01-01&to=2020-03-31'
>>> state.only_dates(*span("2019-03")).query_string
'q=tham+nhung&city=H%E1%BA%A3i+Ph%C3%B2ng&from=2019-03-01&to=2019-03-31'
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args
from urllib.parse import parse_qsl, quote_plus

from search.errors import QueryError
from search.model import UNKNOWN, Counting, Marks, Sort, Units

DEFAULT_LIMIT = 10
MAX_VALUES = 50
"""Most values of one repeated parameter; more than any list of cities has."""
MAX_VALUE_CHARS = 200
MAX_CURSOR_CHARS = 2000

UNKNOWN_WORD = "không rõ"
"""How the empty facet value is written in an address: an empty parameter means "no filter", as forms send it."""
_UNKNOWN_WORDS = frozenset({UNKNOWN_WORD, "khong ro", "unknown"})

Field: TypeAlias = Literal["city", "source", "byline"]
Span: TypeAlias = tuple[dt.date, dt.date]

_NAMES = ("q", "city", "source", "byline", "from", "to", "sort", "marks", "copies", "units", "limit", "cursor")
_PLACES = {name: place for place, name in enumerate(_NAMES)}

_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]+")
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAY_FIRST = re.compile(r"(?:(\d{1,2})[/.-])?(\d{1,2})[/.-](\d{4})")


class ParametersError(QueryError):
    """One or more parameters outside their range; `errors` holds them all, in the order of the address."""

    def __init__(self, errors: list[QueryError]) -> None:
        super().__init__(errors[0].what, errors[0].next_step, errors[0].parameter)
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class State:
    """One search: what is asked for, what is filtered, how it is ordered and which page is looked at.

    `start` and `end` are the first and last day, both included. The empty string in `cities`, `sources` or `bylines`
    stands for articles whose value is not known.
    """

    q: str = ""
    cities: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    bylines: tuple[str, ...] = ()
    start: dt.date | None = None
    end: dt.date | None = None
    sort: Sort = "relevance"
    marks: Marks = "auto"
    copies: Counting = "once"
    units: Units = "publication"
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters in canonical order; defaults are left out."""
        pairs = [("q", self.q)] if self.q else []
        for name, values in (("city", self.cities), ("source", self.sources), ("byline", self.bylines)):
            pairs += [(name, word(value)) for value in values]
        if self.start:
            pairs.append(("from", self.start.isoformat()))
        if self.end:
            pairs.append(("to", self.end.isoformat()))
        pairs += [(n, v) for n, v, default in self._choices() if v != default]
        if self.cursor:
            pairs.append(("cursor", self.cursor))
        return pairs

    def _choices(self) -> tuple[tuple[str, str, str], ...]:
        return (
            ("sort", self.sort, "relevance"),
            ("marks", self.marks, "auto"),
            ("copies", self.copies, "once"),
            ("units", self.units, "publication"),
            ("limit", str(self.limit), str(DEFAULT_LIMIT)),
        )

    @property
    def query_string(self) -> str:
        """The part of an address after `?`; equal states give equal strings."""
        return "&".join([f"{name}={_quoted(value)}" for name, value in self.pairs])

    def url(self, path: str) -> str:
        """`path` with this state as its parameters."""
        written = self.query_string
        return f"{path}?{written}" if written else path

    @property
    def arguments(self) -> dict[str, Any]:
        """The keyword arguments that `Index.search(state.q, **state.arguments)` takes."""
        return {
            "cities": self.cities,
            "sources": self.sources,
            "bylines": self.bylines,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
            "sort": self.sort,
            "marks": self.marks,
            "copies": self.copies,
            "units": self.units,
            "limit": self.limit,
            "cursor": self.cursor,
        }

    @property
    def filtered(self) -> bool:
        """Whether anything beside the query narrows the answer."""
        return bool(self.cities or self.sources or self.bylines or self.start or self.end)

    def asking(self, q: str) -> State:
        """The same filters with another query, on the first page."""
        return replace(self, q=q, cursor=None)

    def chosen(self, field: Field) -> tuple[str, ...]:
        """The values chosen of one facet."""
        return {"city": self.cities, "source": self.sources, "byline": self.bylines}[field]

    def choosing(self, field: Field, values: Iterable[str]) -> State:
        """Exactly `values` chosen of one facet, on the first page."""
        unique = tuple(dict.fromkeys(values))
        if field == "city":
            return replace(self, cities=unique, cursor=None)
        if field == "source":
            return replace(self, sources=unique, cursor=None)
        return replace(self, bylines=unique, cursor=None)

    def adding(self, field: Field, kept: Iterable[str], path: str) -> Callable[[str], str]:
        """The address with one more value chosen beside `kept`, as a function of that value.

        Long lists of places are most of an answer's addresses: what they share is written once.
        """
        before, after = self.around(field, kept, path)
        return lambda value: f"{before}{quoted(value)}{after}"

    def around(self, field: Field, kept: Iterable[str], path: str) -> tuple[str, str]:
        """What `adding` writes before and after the value, which stands between as `quoted` writes it."""
        chosen = [f"{field}={_quoted(word(value))}&" for value in dict.fromkeys(kept)]
        before, after = _around(self, field, field)
        return f"{path}?{before}{''.join(chosen)}{field}=", after

    def dating(self, path: str) -> Callable[[Span], str]:
        """The address with only the days of a span, as a function of that span; see `adding`."""
        before, after = _around(self, "from", "to")
        return lambda days: f"{path}?{before}{_dated(days)}{after}"

    def only_dates(self, start: dt.date | None, end: dt.date | None) -> State:
        """Only days from `start` to `end`, on the first page; None leaves that side open."""
        return replace(self, start=start, end=end, cursor=None)

    def sorting(self, sort: Sort) -> State:
        """The same search in another order, on the first page."""
        return replace(self, sort=sort, cursor=None)

    def comparing(self, marks: Marks) -> State:
        """The same search with diacritics compared another way, on the first page."""
        return replace(self, marks=marks, cursor=None)

    def counting(self, copies: Counting) -> State:
        """The same search with republished articles counted another way, on the first page."""
        return replace(self, copies=copies, cursor=None)

    def placing(self, units: Units, cities: Iterable[str]) -> State:
        """The same search with places of another time, of which `cities` are chosen, on the first page."""
        return replace(self, units=units, cities=tuple(dict.fromkeys(cities)), cursor=None)

    def at(self, cursor: str | None) -> State:
        """Another page of the same search; None is the first."""
        return replace(self, cursor=cursor)

    def unfiltered(self) -> State:
        """The same query without any filter, on the first page."""
        return replace(self, cities=(), sources=(), bylines=(), start=None, end=None, cursor=None)


@lru_cache(maxsize=16)
def _written(state: State) -> tuple[tuple[int, str], ...]:
    """The parameters of a first page as an address holds them, each with the place of its name in it."""
    return tuple((_PLACES[name], f"{name}={_quoted(value)}") for name, value in state.pairs if name != "cursor")


def _around(state: State, first: str, last: str) -> tuple[str, str]:
    """What an address holds before the parameter `first` and after `last`, with the signs between."""
    begin, end = _PLACES[first], _PLACES[last]
    before = [f"{text}&" for place, text in _written(state) if place < begin]
    after = [f"&{text}" for place, text in _written(state) if place > end]
    return "".join(before), "".join(after)


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    """A value as an address holds it; the names of places and sources come again and again."""
    return quote_plus(value, errors="replace")


@lru_cache(maxsize=4096)
def _dated(days: Span) -> str:
    """A span as an address holds it; histograms show the same ones again and again."""
    return f"from={days[0].isoformat()}&to={days[1].isoformat()}"


def quoted(value: str) -> str:
    """A facet value as an address holds it."""
    return _quoted(word(value))


def word(value: str) -> str:
    """A facet value as written in an address: the empty one as "không rõ"."""
    return UNKNOWN_WORD if value == UNKNOWN else value


def value_of(written: str) -> str:
    """A facet value from an address: "không rõ", "khong ro" and "unknown" are the empty value."""
    return UNKNOWN if written.casefold() in _UNKNOWN_WORDS else written


@lru_cache(maxsize=4096)
def span(text: str) -> Span:
    """First and last day of a date, month or year: `2019`, `2019-03`, `2019-03-13`, `13/3/2019`, `3/2019`.

    Raises:
        ValueError: it is none of these, or there is no such day.

    >>> span("02/2020")
    (datetime.date(2020, 2, 1), datetime.date(2020, 2, 29))
    """
    if found := _ISO.fullmatch(text.strip()):
        year, month, day = found.groups()
    elif found := _DAY_FIRST.fullmatch(text.strip()):
        day, month, year = found.groups()
    else:
        raise ValueError(f"not a date: {text!r}")
    if month is None:
        return dt.date(int(year), 1, 1), dt.date(int(year), 12, 31)
    first = dt.date(int(year), int(month), int(day or 1))
    if day is None:
        return first, first.replace(day=calendar.monthrange(first.year, first.month)[1])
    return first, first


def period(start: dt.date | None, end: dt.date | None) -> str | None:
    """The year "2019", month "2019-03" or day "2019-03-13" that runs exactly from `start` to `end`, if there is one.

    >>> period(*span("2019-03")), period(dt.date(2019, 1, 1), dt.date(2020, 6, 1))
    ('2019-03', None)
    """
    if start is None or end is None:
        return None
    for candidate in (start.isoformat(), start.isoformat()[:7], start.isoformat()[:4]):
        if span(candidate) == (start, end):
            return candidate
    return None


def clean(text: str) -> str:
    """Text without control characters and lone surrogates, which no page, log or JSON can hold: a blank for a run."""
    return _UNSHOWABLE.sub(" ", text)


def parse(query_string: str, *, max_query_chars: int = 2000, max_limit: int = 100) -> State:
    """The state written in an address; see `read`."""
    return read(parse_qsl(query_string, errors="replace"), max_query_chars=max_query_chars, max_limit=max_limit)


def read(pairs: Iterable[tuple[str, str]], *, max_query_chars: int = 2000, max_limit: int = 100) -> State:
    """The state that name-value pairs describe. Unknown names and empty values are passed over.

    Raises:
        ParametersError: a value is outside its range; all such values are listed.
    """
    values: dict[str, list[str]] = {}
    for name, text in pairs:
        if text.strip():
            values.setdefault(name, []).append(text.strip())
    reader = _Reader(values)
    start, end = reader.day("from", 0), reader.day("to", 1)
    if start and end and start > end:
        reader.wrong("from", f"from ({start}) is after to ({end})", "swap the two dates")
    state = State(
        q=clean(reader.text("q", max_query_chars) or "").strip(),
        cities=reader.several("city"),
        sources=reader.several("source"),
        bylines=reader.several("byline"),
        start=start,
        end=end,
        sort=reader.choice("sort", get_args(Sort)),
        marks=reader.choice("marks", get_args(Marks)),
        copies=reader.choice("copies", get_args(Counting)),
        units=reader.choice("units", get_args(Units)),
        limit=reader.number("limit", DEFAULT_LIMIT, 0, max_limit),
        cursor=reader.text("cursor", MAX_CURSOR_CHARS),
    )
    if reader.errors:
        raise ParametersError(reader.errors)
    return state


class _Reader:
    """Takes values out of `values` and collects what is wrong with them in `errors`."""

    def __init__(self, values: dict[str, list[str]]) -> None:
        self.values = values
        self.errors: list[QueryError] = []

    def wrong(self, name: str, what: str, next_step: str) -> None:
        self.errors.append(QueryError(what, next_step, name))

    def text(self, name: str, longest: int) -> str | None:
        text = self.values.get(name, [None])[-1]
        if text is not None and len(text) > longest:
            self.wrong(name, f"{name} has {len(text)} characters", f"shorten it to {longest} or fewer")
            return None
        return text

    def several(self, name: str) -> tuple[str, ...]:
        found = self.values.get(name, [])
        if len(found) > MAX_VALUES:
            self.wrong(name, f"{name} is given {len(found)} times", f"give at most {MAX_VALUES} values")
            return ()
        for text in found:
            if len(text) > MAX_VALUE_CHARS:
                self.wrong(name, f"a {name} has {len(text)} characters", f"shorten it to {MAX_VALUE_CHARS} or fewer")
                return ()
        return tuple(dict.fromkeys(value_of(clean(text).strip()) for text in found if clean(text).strip()))

    def choice(self, name: str, allowed: tuple[Any, ...]) -> Any:
        text = self.text(name, MAX_VALUE_CHARS) or allowed[0]
        if text not in allowed:
            self.wrong(name, f"{name} is {text!r}", f"use one of {', '.join(allowed)}")
            return allowed[0]
        return text

    def number(self, name: str, default: int, least: int, most: int) -> int:
        text = self.text(name, MAX_VALUE_CHARS) or str(default)
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
            self.wrong(name, f"{name} is {text!r}", f"use a whole number from {least} to {most}")
            return default
        return int(text)

    def day(self, name: str, side: Literal[0, 1]) -> dt.date | None:
        text = self.text(name, MAX_VALUE_CHARS)
        if text is None:
            return None
        try:
            return span(text)[side]
        except (ValueError, OverflowError):
            self.wrong(name, f"{name} is not a date: {text!r}", "use YYYY-MM-DD, YYYY-MM, YYYY or DD/MM/YYYY")
            return None
