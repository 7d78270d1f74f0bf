"""The best few articles of an answer, read token by token: how they spell a query's words, and how early they say them.

In: the tokens of those articles and the query's folded syllables. Out: a `Head` of counts and first places of terms,
and the spelling of a query typed without diacritics. Also the words that articles share (`words_of`). Must not know
engines, weights, or how a query was typed.

Everything is found at the few places of the articles where some word of the query stands, diacritics aside, by compiled
loops (`search.codec.kernels.heads`) that pass over them once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.analysis import fold
from search.analysis.streams import Vocabulary
from search.engines.base import Tokens
from search.query.tree import Term

NOWHERE = np.inf
"""The first place of a term that an article does not hold."""
_folded = lru_cache(maxsize=4096)(fold)
_ANY_FORM = -1
Column = NDArray[np.int64]
Table = NDArray[np.float64]

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


class Head:
    """The places of some folded syllables in articles.

    They are held in columns as `search.codec.kernels.heads` has them; `ids` and `lengths` are those of the articles,
    `folded` numbers the syllables. Forms of several vocabularies are numbered one after the other.
    """

    def __init__(self, groups: Sequence[Tokens], folded: Iterable[str]) -> None:
        self.ids = [id for group in groups for id in group.ids]
        self.folded = {text: i for i, text in enumerate(dict.fromkeys(folded))}
        found = [np.diff(group.starts) for group in groups]
        self.lengths = (found[0] if len(found) == 1 else np.concatenate(found)).astype(float)
        self._vocabularies: list[tuple[int, Vocabulary]] = []
        columns = []
        rows = forms = 0
        for group in groups:
            columns.append(self._places(group, rows, forms))
            self._vocabularies.append((forms, group.vocabulary))
            rows += len(group.ids)
            forms += len(group.vocabulary)
        self._columns = columns[0] if len(columns) == 1 else np.concatenate(columns, axis=1)
        self._count = self._columns.shape[1]

    def _places(self, group: Tokens, rows: int, forms: int) -> NDArray[np.int32]:
        find, folded_of = group.vocabulary.find_folded, group.vocabulary.folded_ids()
        ids = [(id, i) for text, i in self.folded.items() if (id := find(text)) is not None]
        table = _table(max(id for id, _ in ids) + 1 if ids else 1)
        out = np.empty((5, len(group.exact)), np.int32)
        for id, i in ids:
            table[id] = i
        try:
            count = _kernels().places(
                group.exact, folded_of, table, group.starts, group.titles, group.plain.view(np.uint8),
                group.joined.view(np.uint8), rows, forms, out,
            )  # fmt: skip
        finally:
            for id, _ in ids:
                table[id] = -1
        return np.ascontiguousarray(out[:, :count])

    def find(self, terms: Sequence[Term]) -> Found:
        """Where terms over title and body stand; a column for each."""
        starting: list[list[int]] = [[] for _ in self.folded]
        slots, syllables, spellings, allowed = [0], list[int](), list[int](), list[int]()
        for number, (space, text, _) in enumerate(terms):
            if space == "folded" or space == "pair":
                parts = text.split("_", 1) if space == "pair" else [text]
                numbers = [self.folded.get(part, -1) for part in parts]
                spellings += (0, _ANY_FORM) * len(parts)
            else:
                parts = text.split("_") if space == "word" else [text]
                numbers = [self.folded.get(_folded(part), -1) for part in parts]
                for part, known in zip(parts, numbers, strict=True):
                    forms = self._forms(part) if known >= 0 else ()
                    spellings += len(allowed), len(forms)
                    allowed += forms
            syllables += numbers
            slots.append(len(syllables))
            if min(numbers) >= 0:
                starting[numbers[0]].append(number)
        bounds, order = [0], list[int]()
        for listed in starting:
            order += listed
            bounds.append(len(order))
        words = [space == "word" for space, _, _ in terms]
        lists = bounds, order, slots, syllables, spellings, allowed
        numbers_of, ends = np.array([*chain(*lists)], np.int32), [*accumulate(map(len, lists))]
        shape = len(self.ids), len(terms)
        times, first = np.zeros(shape), np.full(shape, NOWHERE)
        _kernels().count(
            self._columns, self._count, *(numbers_of[a:b] for a, b in pairwise([0, *ends])),
            np.array(words, np.uint8), times, first,
        )  # fmt: skip
        return Found(times, first)

    def _forms(self, text: str) -> list[int]:
        """The numbers of a spelling, one for each vocabulary that holds it."""
        found = ((first, vocabulary.find(text)) for first, vocabulary in self._vocabularies)
        return [first + form for first, form in found if form is not None]

    def _name(self, form: int) -> str:
        """How a form is spelled."""
        first, vocabulary = next(held for held in reversed(self._vocabularies) if held[0] <= form)
        return vocabulary.exact(form - first)

    def spelling(self, folded: Sequence[str], weights: Sequence[float]) -> list[str | None]:
        """How the articles spell a run of folded syllables: each as it is spelled most where it stands beside its
        neighbor; None where it never does.

        Args:
            folded: The run.
            weights: How much each article counts, in the order of `ids`.
        """
        run = np.array([self.folded.get(text, -1) for text in folded], np.int32)
        voting = np.asarray(weights, float)
        room, made = 64 * len(folded), -1
        while made < 0:
            room *= 2
            tokens, forms = np.empty((2, room), np.int32)
            votes = np.empty(room)
            made = _kernels().vote(self._columns, self._count, voting, run, tokens, forms, votes)
        named: list[dict[str, float]] = [{} for _ in folded]
        for token, form, count in zip(
            tokens[:made].tolist(), forms[:made].tolist(), votes[:made].tolist(), strict=True
        ):
            counted, name = named[token], self._name(form)  # forms of several vocabularies may be one
            counted[name] = counted.get(name, 0.0) + count
        return [max(sorted(counted), key=counted.__getitem__) if counted else None for counted in named]


@lru_cache(maxsize=1)
def _kernels() -> Any:
    """The compiled loops, brought in when they are first needed."""
    from search.codec.kernels import heads

    return heads


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
