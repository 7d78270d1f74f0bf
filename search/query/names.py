"""The table of names: abbreviations with what they stand for, places with their spellings.

In: the curated abbreviations and the gazetteer. Out: `Entry`s by the folded form of their first word, each made when
a query first meets such a word. Must not know queries or engines.

>>> [entry.as_written for entry in entries("hdnd")]
[('hội đồng nhân dân',)]
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from search.analysis import exact_form, fold
from search.query.abbreviations import table

Kind = Literal["abbreviation", "place", "number"]


@dataclass(frozen=True, slots=True)
class Entry:
    """An expression (exact and folded terms), its other names as exact terms, and whether it is fixed.

    `as_written`: of the other names, what a person is told; `unit`: of a place, its canonical name.
    """

    exact: tuple[str, ...]
    folded: tuple[str, ...]
    others: tuple[tuple[str, ...], ...]
    as_written: tuple[str, ...]
    fixed: bool
    kind: Kind
    unit: str = ""


class _Listed(NamedTuple):
    """An expression as listed, before its terms are worked out."""

    expression: str
    partners: tuple[str, ...]
    fixed: bool
    kind: Kind
    unit: str = ""


def entries(first: str) -> tuple[Entry, ...]:
    """The entries whose first word folds to `first`, longest first."""
    return _entries(first) if first in _index() else ()


@lru_cache(maxsize=1024)
def _entries(first: str) -> tuple[Entry, ...]:
    made = [_entry(listed) for listed in _index()[first]]
    return tuple(sorted(made, key=lambda entry: -len(entry.folded)))


@lru_cache(maxsize=1)
def _index() -> dict[str, list[_Listed]]:
    """What is listed, by the folded form of its first word."""
    index: dict[str, list[_Listed]] = {}
    for listed in [*_abbreviations(), *_places()]:
        run = _RUNS.search(listed.expression)
        if run is not None:
            index.setdefault(_folded(run[0]), []).append(listed)
    return index


_RUNS = re.compile(r"[^\W\d_]+|\d+")
_folded = lru_cache(maxsize=4096)(fold)


def _terms(text: str) -> tuple[str, ...]:
    """The exact terms of an expression, codes in their parts; as `tokenize` makes them, without segmenting words."""
    return tuple(exact_form(run) for run in _RUNS.findall(text))


def _abbreviations() -> list[_Listed]:
    """Each short form and each spelled-out form, with all their partners."""
    longs: dict[str, list[str]] = {}
    shorts: dict[str, list[str]] = {}
    names: set[str] = set()
    for row in table():
        longs.setdefault(row.short, []).append(row.words)
        if row.both:
            shorts.setdefault(row.words, []).append(row.short)
            if row.name:
                names.add(row.words)
    # one short form also finds the others of the same words: "KTXH", "KT-XH"
    sisters = {short: [other for words in longs[short] for other in shorts.get(words, ())] for short in longs}
    return [
        *(_Listed(short, (*words, *sisters[short]), True, "abbreviation") for short, words in longs.items()),
        *(_Listed(words, tuple(short), words in names, "abbreviation") for words, short in shorts.items()),
    ]


def _places() -> list[_Listed]:
    """Each spelling of each unit, with its other spellings; nicknames have other meanings and are left out."""
    from search import gazetteer

    listed = []
    for name in gazetteer.units():
        nicknames = set(gazetteer.unit(name).nicknames)
        spellings = tuple(alias for alias in gazetteer.aliases(name) if alias not in nicknames)
        listed += [_Listed(spelling, spellings, True, "place", name) for spelling in spellings]
    return listed


def _entry(listed: _Listed) -> Entry:
    """The entry with those of its partners that its own words, or another partner's, do not find already."""
    exact = _terms(listed.expression)
    others: dict[tuple[str, ...], str] = {}
    for partner in listed.partners:
        terms = _terms(partner)
        if not _within(exact, terms):
            others.setdefault(terms, partner)
    kept = {t: w for t, w in others.items() if not any(_within(o, t) for o in others if o != t)}
    folded = tuple(fold(term) for term in exact)
    return Entry(exact, folded, tuple(kept), tuple(kept.values()), listed.fixed, listed.kind, listed.unit)


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether `part` stands in `whole` as a stretch: what holds the whole then holds the part."""
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))
