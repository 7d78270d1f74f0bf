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
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from search.analysis import exact_form
from search.query.found import MAX_LETTERS, found
from search.query.lexicon import Known, stating
from search.query.names import Entry, Kind, entries
from search.query.tokens import Token
from search.query.tree import Prefix, Space, Term

MAX_EXPLAINED, READ = 2, 10
"""Unlisted abbreviations of one query that are looked up in the index, and articles read for each."""


STATED = 2
"""So many articles must state a pair before a query is expanded with it, unless the query's own articles are read."""
MAX_RUN = 8
"""Words of a run within which abbreviated expressions are looked for."""
_PART = re.compile(r"[^\W_]+")


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
            for entry in entries(flat[at].folded):
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
    """Abbreviations that no table lists, with what articles of the index say they stand for ("… (PCTN)"), and back.

    Capitals only: a lower-case word that the tables do not know is taken for a word. Where fewer articles than `STATED`
    state a pair, the articles that hold the abbreviation are read, which costs a search.
    """
    listed = {i for span in known for i in range(span.start, span.end)}
    collected: list[Span] = []
    for i, token in enumerate(tokens):
        if i in listed or token.parts or token.syllable or not (token.text.isupper() and token.text.isalpha()):
            continue
        if not 2 <= len(token.text) <= MAX_LETTERS or len(collected) == MAX_EXPLAINED:
            continue
        said = [words for words, count in lexicon.stated(token.exact, marked=True) if count >= STATED]
        if not said:
            texts = lexicon.texts(Term("folded", token.folded), READ)
            heard = Counter(
                pair.words for text in texts for pair in found(text) if exact_form(pair.short) == token.exact
            )
            said = [words for words, _ in heard.most_common(1)]
        if said:
            collected.append(Span(i, i + 1, (tuple(said[0].split()),), (said[0],), kind="abbreviation"))
            listed.add(i)
    return collected + _abbreviated(tokens, listed, lexicon)


def looked_up(tokens: Sequence[Token]) -> Iterator[Prefix]:
    """What `explained` will list of an index for tokens without names."""
    for token in tokens:
        if not token.syllable and token.text.isupper() and token.text.isalpha() and len(token.text) <= MAX_LETTERS:
            yield stating(token.exact, marked=True)
    yield from (Prefix(space, words) for i in _pairs(tokens) for space, words in _beginnings(tokens, i))


def _words(run: Sequence[Token]) -> tuple[str, bool]:
    """Tokens as a stated pair has them: as typed where any has a diacritic, and whether one has."""
    marked = any(token.marked for token in run)
    return " ".join(token.exact if marked else token.folded for token in run), marked


def _abbreviated(tokens: Sequence[Token], listed: set[int], lexicon: Known) -> list[Span]:
    """Words that articles abbreviate themselves and no table lists, longest first."""
    # one look-up for each place where such words can begin, not one for each length
    starts = [i for i in _pairs(tokens) if any(lexicon.states(*begin) for begin in _beginnings(tokens, i))]
    collected: list[Span] = []
    taken = set(listed)
    for size in range(min(len(tokens), MAX_LETTERS), 1, -1) if starts else ():
        for start in starts:
            end = start + size
            if end > len(tokens) or not all(map(_worded, tokens[start:end])):
                continue
            if not taken.isdisjoint(range(start, end)):
                continue
            words, marked = _words(tokens[start:end])
            said = [short for short, count in lexicon.stated(words, marked=marked) if count >= STATED]
            if said and len(collected) < MAX_EXPLAINED:
                others = tuple(tuple(_PART.findall(short)) for short in said[:1])
                shown = tuple(short.upper() for short in said[:1])
                collected.append(Span(start, end, others, shown, fixed=False, kind="abbreviation"))
                taken.update(range(start, end))
    return collected


def _pairs(tokens: Sequence[Token]) -> list[int]:
    """Where two words that an abbreviation could stand for begin; nowhere in a long run."""
    if len(tokens) > MAX_RUN:
        return []
    return [i for i in range(len(tokens) - 1) if _worded(tokens[i]) and _worded(tokens[i + 1])]


def _worded(token: Token) -> bool:
    return not token.parts and token.folded.isalpha()


def _beginnings(tokens: Sequence[Token], start: int) -> list[tuple[Space, str]]:
    """The first two words of what articles may abbreviate, as they hold it: folded while no word has a diacritic."""
    first, second = tokens[start : start + 2]
    begins: list[tuple[Space, str]] = []
    if not (first.marked or second.marked):
        begins.append(("folded", f"{first.folded} {second.folded}"))
    if any(token.marked for token in tokens[start:]):
        begins.append(("exact", f"{first.exact} {second.exact}"))
    return begins


def _agrees(entry: Entry, tokens: Sequence[Token]) -> bool:
    """Whether tokens spell the entry: typed diacritics as in the entry, others open."""
    for exact, folded, token in zip(entry.exact, entry.folded, tokens, strict=True):
        if token.folded != folded or (token.marked and token.exact != exact):
            return False
    # one bare syllable ("hue") means too many things to be a name
    return len(tokens) > 1 or tokens[0].marked or not tokens[0].syllable
