"""The best few articles of an answer, read token by token: how they spell a query's words, and how early they say them.

In: the tokens of those articles and the query's folded syllables. Out: a `Head` of counts and first places of terms,
and the spelling of a query typed without diacritics. Must not know engines, weights, or how a query was typed.

Everything is found at the few places of the articles where some word of the query stands, diacritics aside: those of
all articles are laid one after the other in columns, and terms are counted by adding up columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Vocabulary
from search.engines.base import Tokens
from search.query.tree import Term

NOWHERE = np.inf
"""The first place of a term that an article does not hold."""
Column = NDArray[np.int64]
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """Of terms (columns) in articles (rows): how often each occurs, and the position where it first does."""

    times: Table
    first: Table


class Head:
    """The places of some folded syllables in articles.

    Columns over those places, in order: `row` of the article in `ids`, `place` (position; one is left free between
    title and body), `syllable` (index into `folded`), `form` (index into `spelled`, −1 in articles without diacritics,
    which spell nothing).
    """

    def __init__(self, groups: Sequence[Tokens], folded: Iterable[str]) -> None:
        self.ids = [id for group in groups for id in group.ids]
        self.folded = {text: i for i, text in enumerate(dict.fromkeys(folded))}
        self.spelled: dict[str, int] = {}
        self.lengths = np.concatenate([np.diff(group.starts) for group in groups]).astype(float)
        before = np.cumsum([0, *(len(group.ids) for group in groups)]).tolist()
        columns = [self._columns(group, rows) for group, rows in zip(groups, before, strict=False)]
        self.row, self.place, self.syllable, self.form = map(np.concatenate, zip(*columns, strict=True))
        self.beside = np.zeros(len(self.row), np.bool_)  # whether the next place is the next token
        self.beside[:-1] = (np.diff(self.row) == 0) & (np.diff(self.place) == 1)

    def _columns(self, group: Tokens, rows: int) -> tuple[Column, Column, Column, Column]:
        syllables = self._syllables(group.vocabulary)[group.vocabulary.folded_ids()[group.exact]]
        at = np.flatnonzero(syllables >= 0)
        row = np.searchsorted(group.starts, at, "right") - 1
        place = at - group.starts[row]
        ids, form = np.unique(group.exact[at], return_inverse=True)
        names = [self.spelled.setdefault(group.vocabulary.exact(id), len(self.spelled)) for id in ids.tolist()]
        forms = np.where(group.plain[row], -1, np.array(names, np.int64)[form])
        return row + rows, place + (place >= group.titles[row]), syllables[at], forms

    def _syllables(self, vocabulary: Vocabulary) -> Column:
        """For each folded id of a vocabulary, the index of its syllable, −1 for all others."""
        table = np.full(int(vocabulary.folded_ids().max(initial=0)) + 1, -1, np.int64)
        for text, i in self.folded.items():
            id = vocabulary.find_folded(text)
            if id is not None and id < len(table):
                table[id] = i
        return table

    def find(self, terms: Sequence[Term]) -> Found:
        """Where terms of the exact, folded and pair spaces over title and body stand; a column for each."""
        shape = len(self.ids), len(terms)
        found = Found(np.zeros(shape), np.full(shape, NOWHERE))
        wanted: dict[str, dict[int, int]] = {"exact": {}, "folded": {}, "pair": {}}
        for column, term in enumerate(terms):
            if term.space == "exact":
                code = self.spelled.get(term.text)
            elif term.space == "folded":
                code = self.folded.get(term.text)
            else:
                code = self._pair(*term.text.split("_"))
            if code is not None:
                wanted[term.space][code] = column
        for space, codes in (("exact", self.form), ("folded", self.syllable), ("pair", self._pairs())):
            columns = np.full(int(codes.max(initial=-1)) + 2, -1, np.int64)  # the last is that of −1
            for code, column in wanted[space].items():
                if code < len(columns) - 1:
                    columns[code] = column
            at = np.flatnonzero(columns[codes] >= 0)
            cells = self.row[at] * len(terms) + columns[codes[at]]
            times = found.times
            times += np.bincount(cells, minlength=times.size).reshape(shape)
            held, earliest = np.unique(cells, return_index=True)
            found.first.reshape(-1)[held] = self.place[at[earliest]]
        return found

    def _pair(self, first: str, second: str) -> int | None:
        a, b = self.folded.get(first), self.folded.get(second)
        return None if a is None or b is None else a * len(self.folded) + b

    def _pairs(self) -> Column:
        """The code of the pair that begins at each place, −1 where none does."""
        codes = np.full(len(self.row), -1, np.int64)
        at = np.flatnonzero(self.beside)
        codes[at] = self.syllable[at] * len(self.folded) + self.syllable[at + 1]
        return codes

    def spelling(self, folded: Sequence[str], weights: Sequence[float]) -> list[str | None]:
        """How the articles spell a run of folded syllables: each as it is spelled most where it stands beside its
        neighbor; None where it never does.

        Args:
            folded: The run.
            weights: How much each article counts, in the order of `ids`.
        """
        chosen = np.flatnonzero(self.beside)
        chosen = chosen[(self.form[chosen] >= 0) & (np.asarray(weights)[self.row[chosen]] > 0)]
        codes, width = self._pairs()[chosen], len(self.folded) ** 2
        _, inverse, often = np.unique(self.row[chosen] * width + codes, return_inverse=True, return_counts=True)
        votes = np.asarray(weights, float)[self.row[chosen]] / often[inverse]
        counted = [dict[str, float]() for _ in folded]
        names = list(self.spelled)
        for i, (a, b) in enumerate(pairwise(folded)):
            pair = self._pair(a, b)
            here = np.flatnonzero(codes == (-2 if pair is None else pair))
            for j, forms in ((i, self.form[chosen[here]]), (i + 1, self.form[chosen[here] + 1])):
                for form, vote in zip(forms.tolist(), votes[here].tolist(), strict=True):
                    counted[j][names[form]] = counted[j].get(names[form], 0.0) + vote
        return [max(sorted(votes_of), key=votes_of.__getitem__) if votes_of else None for votes_of in counted]
