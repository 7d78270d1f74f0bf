"""Other names of what a query says: "UBND" for "ủy ban nhân dân" and back, "TP.HCM" for "Sài Gòn".

In: the tokens of a run of words. Out: `Span`s of it that have other names, with those names as exact terms. The names
come from the table of abbreviations and from the gazetteer, both read at the first query, and from articles that
explain an abbreviation themselves. Must not know engines.

A person is not a place: "Hồ Chí Minh" alone has no other names, and none of the city's other names is that alone.

>>> from search.query.tokens import tokenize
>>> [" / ".join(" ".join(name) for name in span.others) for span in spans(tokenize("chủ tịch UBND"))]
['ủy ban nhân dân']
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from search.analysis import exact_form, fold
from search.query.abbreviations import table
from search.query.found import MAX_LETTERS, found
from search.query.lexicon import Known
from search.query.tokens import Token
from search.query.tree import Term

MAX_EXPLAINED, READ = 2, 10
"""Unlisted abbreviations of one query that are looked up in the index, and articles read for each."""
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


@dataclass(frozen=True, slots=True)
class Span:
    """Tokens `[start, end)` of a run that form an expression; `others` are its other names as exact terms.

    `fixed`: the expression's words stand side by side wherever it is meant.
    """

    start: int
    end: int
    others: tuple[tuple[str, ...], ...] = ()
    as_written: tuple[str, ...] = ()
    fixed: bool = True
    kind: Kind = "number"
    unit: str = ""


def spans(tokens: Sequence[Token]) -> list[Span]:
    """The expressions with other names among tokens, longest first from the left, not overlapping."""
    index = _entries()
    flat = [part for token in tokens for part in (token.parts or (token,))]
    begins: list[int | None] = []  # of each flat position, the token that begins there
    for i, token in enumerate(tokens):
        begins += [i] + [None] * (token.positions - 1)
    begins.append(len(tokens))
    collected: list[Span] = []
    at = 0
    while at < len(flat):
        span = None
        if begins[at] is not None:
            for entry in index.get(flat[at].folded, ()):
                end = at + len(entry.folded)
                if end <= len(flat) and begins[end] is not None and _agrees(entry, flat[at:end]):
                    start, stop = begins[at], begins[end]
                    if start is not None and stop is not None:
                        span = Span(start, stop, entry.others, entry.as_written, entry.fixed, entry.kind, entry.unit)
                        at = end
                        break
        if span is None:
            at += 1
        else:
            collected.append(span)
    return collected


def explained(tokens: Sequence[Token], known: Sequence[Span], lexicon: Known) -> list[Span]:
    """Abbreviations that no table lists, with what articles of the index say they stand for ("… (PCTN)").

    Capitals only: a lower-case word that the tables do not know is taken for a word. Each costs one search.
    """
    listed = {i for span in known for i in range(span.start, span.end)}
    collected: list[Span] = []
    for i, token in enumerate(tokens):
        if i in listed or token.parts or token.syllable or not (token.text.isupper() and token.text.isalpha()):
            continue
        if not 2 <= len(token.text) <= MAX_LETTERS or len(collected) == MAX_EXPLAINED:
            continue
        texts = lexicon.texts(Term("folded", token.folded), READ)
        said = Counter(pair.words for text in texts for pair in found(text) if exact_form(pair.short) == token.exact)
        if said:
            words, _ = said.most_common(1)[0]
            collected.append(Span(i, i + 1, (tuple(words.split()),), (words,), kind="abbreviation"))
    return collected


def _agrees(entry: Entry, tokens: Sequence[Token]) -> bool:
    """Whether tokens spell the entry: typed diacritics as in the entry, others open."""
    for exact, folded, token in zip(entry.exact, entry.folded, tokens, strict=True):
        if token.folded != folded or (token.marked and token.exact != exact):
            return False
    # one bare syllable ("hue") means too many things to be a name
    return len(tokens) > 1 or tokens[0].marked or not tokens[0].syllable


@lru_cache(maxsize=1)
def _entries() -> dict[str, tuple[Entry, ...]]:
    """Entries by the folded form of their first token, longest first."""
    index: dict[str, list[Entry]] = {}
    for entry in [*_abbreviations(), *_places()]:
        index.setdefault(entry.folded[0], []).append(entry)
    return {first: tuple(sorted(entries, key=lambda e: -len(e.folded))) for first, entries in index.items()}


_RUNS = re.compile(r"[^\W\d_]+|\d+")


def _terms(text: str) -> tuple[str, ...]:
    """The exact terms of an expression, codes in their parts; as `tokenize` makes them, without segmenting words."""
    return tuple(exact_form(run) for run in _RUNS.findall(text))


def _abbreviations() -> list[Entry]:
    """One entry for each short form and each spelled-out form, with all their partners."""
    longs: dict[str, list[str]] = {}
    shorts: dict[str, list[str]] = {}
    names: set[str] = set()
    for row in table():
        longs.setdefault(row.short, []).append(row.words)
        if row.both:
            shorts.setdefault(row.words, []).append(row.short)
            if row.name:
                names.add(row.words)
    entries = [_entry(short, words, fixed=True, kind="abbreviation") for short, words in longs.items()]
    entries += [_entry(words, short, fixed=words in names, kind="abbreviation") for words, short in shorts.items()]
    return entries


def _places() -> list[Entry]:
    """One entry for each spelling of each unit, with the other spellings that its words do not already find."""
    from search import gazetteer

    entries = []
    for name in gazetteer.units():
        unit = gazetteer.unit(name)
        nicknames = set(unit.nicknames)
        spellings = [alias for alias in gazetteer.aliases(name) if alias not in nicknames]
        entries += [replace(_entry(spelling, spellings, fixed=True, kind="place"), unit=name) for spelling in spellings]
    return entries


def _entry(expression: str, partners: Sequence[str], *, fixed: bool, kind: Kind) -> Entry:
    exact = _terms(expression)
    others: dict[tuple[str, ...], str] = {}
    for partner in partners:
        terms = _terms(partner)
        if not _within(exact, terms):
            others.setdefault(terms, partner)
    kept = {t: w for t, w in others.items() if not any(_within(o, t) for o in others if o != t)}
    folded = tuple(fold(term) for term in exact)
    return Entry(exact, folded, tuple(kept), tuple(kept.values()), fixed, kind)


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    """Whether `part` stands in `whole` as a stretch: what holds the whole then holds the part."""
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))
