"""The best few articles of an answer, read token by token: how they spell a query's words, and how early they say them.

In: the tokens of those articles and the query's folded syllables. Out: a `Head` of counts and first places of terms,
and the spelling of a query typed without diacritics. Also the words that articles share (`words_of`). Must not know
engines, weights, or how a query was typed.

Everything is found at the few places of the articles where some word of the query stands, diacritics aside: those of
all articles are laid one after the other in columns, and terms are counted by adding up columns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis import fold
from search.analysis.streams import Vocabulary
from search.engines.base import Tokens
from search.query.tree import Term

NOWHERE = np.inf
"""The first place of a term that an article does not hold."""
_folded = lru_cache(maxsize=4096)(fold)
Column = NDArray[np.int64]
Flags = NDArray[np.bool_]
Table = NDArray[np.float64]
_NONE: Column = np.empty(0, np.int64)

_scratch = threading.local()


def _table(size: int) -> NDArray[np.int16]:
    """A table of −1, at least `size` long, of this thread; whoever writes into it puts −1 back."""
    table: NDArray[np.int16] | None = getattr(_scratch, "table", None)
    if table is None or len(table) < size:
        table = _scratch.table = np.full(2 * size, -1, np.int16)
    return table


@dataclass(frozen=True, slots=True)
class Found:
    """Of terms (columns) in articles (rows): how often each occurs, and the position where it first does."""

    times: Table
    first: Table


class _Columns(NamedTuple):
    """The columns of a `Head`."""

    row: Column
    place: Column
    syllable: Column
    form: Column
    joined: Flags
    goes_on: Flags


class Head:
    """The places of some folded syllables in articles.

    Columns over those places, in order: `row` of the article in `ids`, `place` (position; one is left free between
    title and body), `syllable` (index into `folded`), `form` (a number for each spelling, −1 in articles without
    diacritics, which spell nothing), `joined` (it continues the word of the token before) and `goes_on` (the next token
    continues its word).
    """

    def __init__(self, groups: Sequence[Tokens], folded: Iterable[str]) -> None:
        self.ids = [id for group in groups for id in group.ids]
        self.folded = {text: i for i, text in enumerate(dict.fromkeys(folded))}
        self.lengths = np.concatenate([np.diff(group.starts) for group in groups]).astype(float)
        # forms of several vocabularies are numbered one after the other
        self._vocabularies: list[tuple[int, Vocabulary]] = []
        columns: list[_Columns] = []
        rows = forms = 0
        for group in groups:
            columns.append(self._columns(group, rows, forms))
            self._vocabularies.append((forms, group.vocabulary))
            rows += len(group.ids)
            forms += len(group.vocabulary)
        whole = columns[0]
        if len(columns) > 1:
            whole = _Columns(*map(np.concatenate, zip(*columns, strict=True)))
        self.row, self.place, self.syllable, self.form, self.joined, self.goes_on = whole
        # whether the next place is the next token, and the pair that begins there (−1 where none does)
        self.beside = np.zeros(len(self.row), np.bool_)
        self.beside[:-1] = (self.row[1:] == self.row[:-1]) & (self.place[1:] - self.place[:-1] == 1)
        self.pair = np.full(len(self.row), -1, np.int64)
        self.pair[:-1] = np.where(self.beside[:-1], self.syllable[:-1] * len(self.folded) + self.syllable[1:], -1)
        self._known: dict[tuple[str, str], Column] = {}
        self._forms: dict[str, dict[str, list[int]]] = {}

    def _columns(self, group: Tokens, rows: int, forms: int) -> _Columns:
        spelled = group.vocabulary.folded_ids().take(group.exact)
        size = int(spelled.max(initial=0)) + 1
        table = _table(size)
        ids = [(group.vocabulary.find_folded(text), i) for text, i in self.folded.items()]
        known = [(id, i) for id, i in ids if id is not None and id < size]
        for id, i in known:
            table[id] = i
        syllables = table.take(spelled)
        for id, _ in known:
            table[id] = -1
        at = (syllables >= 0).nonzero()[0]
        row = np.searchsorted(group.starts, at, "right") - 1
        place = at - group.starts[row]
        place += place >= group.titles[row]
        form = np.where(group.plain[row], -1, group.exact[at].astype(np.int64) + forms)
        joined = goes_on = np.zeros(len(at), np.bool_)
        if len(group.joined):
            joined, following = group.joined[at], at + 1
            goes_on = group.joined[np.minimum(following, len(syllables) - 1)] & (following < len(syllables))
        return _Columns(row + rows, place, syllables[at].astype(np.int64), form, joined, goes_on)

    def find(self, terms: Sequence[Term]) -> Found:
        """Where terms over title and body stand; a column for each."""
        shape = len(self.ids), len(terms)
        places = [self._places(term.space, term.text) for term in terms]
        at = np.concatenate(places) if places else _NONE
        cells = self.row[at] * len(terms) + np.repeat(np.arange(len(terms)), [len(found) for found in places])
        times = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
        first = np.full(shape[0] * shape[1], NOWHERE)
        first[cells[::-1]] = self.place[at[::-1]]  # of several the last one written is the first in the article
        return Found(times, first.reshape(shape))

    def _places(self, space: str, text: str) -> Column:
        """Indices into the columns where a term stands, or begins; ascending."""
        found = self._known.get((space, text))
        if found is None:
            if space == "exact":
                found = self._places("folded", _folded(text))
                found = found[self._is(self.form[found], text)]
            elif space == "folded":
                found = (self.syllable == self.folded.get(text, -1)).nonzero()[0]
            elif space == "pair":
                first, second = (self.folded.get(part, -1) for part in text.split("_", 1))
                found = _NONE
                if first >= 0 and second >= 0:
                    found = (self.pair == first * len(self.folded) + second).nonzero()[0]
            else:
                found = self._word(text.split("_"))
            self._known[space, text] = found
        return found

    def _is(self, forms: Column, text: str) -> Flags:
        """Which forms are a spelling."""
        folded = _folded(text)
        names = self._forms.get(folded)
        if names is None:
            names = self._forms[folded] = {}
            for form in set(self.form[self._places("folded", folded)].tolist()):
                if form >= 0:
                    names.setdefault(self._name(form), []).append(form)
        numbers = names.get(text)
        if not numbers:
            return np.zeros(len(forms), np.bool_)
        return forms == numbers[0] if len(numbers) == 1 else np.isin(forms, numbers)

    def _name(self, form: int) -> str:
        """How a form is spelled."""
        first, vocabulary = next(held for held in reversed(self._vocabularies) if held[0] <= form)
        return vocabulary.exact(form - first)

    def _word(self, parts: Sequence[str]) -> Column:
        """Where a word of pyvi's stands: its syllables joined to each other and to nothing else."""
        last = len(parts) - 1
        at = self._places("exact", parts[0])
        at = at[~self.joined[at] & (at + last < len(self.row))]
        for k, part in enumerate(parts[1:], 1):
            at = at[self.beside[at + k - 1] & self.joined[at + k] & self._is(self.form[at + k], part)]
        found: Column = at[~self.goes_on[at + last]]
        return found

    def spelling(self, folded: Sequence[str], weights: Sequence[float]) -> list[str | None]:
        """How the articles spell a run of folded syllables: each as it is spelled most where it stands beside its
        neighbor; None where it never does.

        Args:
            folded: The run.
            weights: How much each article counts, in the order of `ids`.
        """
        counted: list[dict[int, float]] = [{} for _ in folded]
        voting = np.asarray(weights, float)
        for i, (a, b) in enumerate(pairwise(folded)):
            here = self._places("pair", f"{a}_{b}")
            rows = self.row[here]
            chosen = (self.form[here] >= 0) & (voting[rows] > 0)
            here, rows = here[chosen], rows[chosen]
            votes = (voting[rows] / np.bincount(rows, minlength=len(voting))[rows]).tolist()
            for j, forms in ((i, self.form[here]), (i + 1, self.form[here + 1])):
                count = counted[j]
                for form, vote in zip(forms.tolist(), votes, strict=True):
                    count[form] = count.get(form, 0.0) + vote
        return [self._most(count) if count else None for count in counted]

    def _most(self, count: dict[int, float]) -> str:
        """The form with the most votes; forms of several vocabularies may be one."""
        named: dict[str, float] = {}
        for form, votes in count.items():
            name = self._name(form)
            named[name] = named.get(name, 0.0) + votes
        return max(sorted(named), key=named.__getitem__)


def words_of(group: Tokens, least: int) -> dict[str, int]:
    """The words of several syllables that `least` of a group's articles hold, with how many do."""
    first = np.flatnonzero(~group.joined)
    lengths = np.diff(first, append=len(group.exact))
    rows = np.searchsorted(group.starts, first, side="right")
    found: dict[str, int] = {}
    for length in range(2, int(lengths.max(initial=0)) + 1):
        chosen = np.flatnonzero(lengths == length)
        if not len(chosen):
            continue
        forms = group.exact[first[chosen][:, None] + np.arange(length)]
        _, words = np.unique(_numbered(forms), return_inverse=True)
        held = np.unique(words * len(group.starts) + rows[chosen] - 1)
        times = np.bincount(held // len(group.starts))
        sample = np.empty(len(times), np.int64)
        sample[words] = np.arange(len(words))
        for number in np.flatnonzero(times >= least).tolist():
            word = forms[sample[number]].tolist()
            found["_".join(map(group.vocabulary.exact, word))] = int(times[number])
    return found


def _numbered(forms: NDArray[np.int32]) -> Column:
    """A number for each row, equal rows the same: its columns one after the other, numbered anew where they grow."""
    key = forms[:, 0].astype(np.int64)
    for column in forms.T[1:]:
        _, key = np.unique(key, return_inverse=True)
        key = (key.astype(np.int64) << 32) | column
    return key
