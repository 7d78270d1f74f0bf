"""One analysed text as columns over positions: the value every other room reads term streams from.

In: columns made by `search.analysis.chain.analyze`. Out: the four spaces (exact, folded, pair, word), codes, offsets.
Must not know how they were made, nor engines.

A position is one syllable-like token (a run of letters or of digits), numbered from 0. `exact[i]` indexes the shared
`Vocabulary`; `starts[i]`/`ends[i]` are code points of the NFC text; `joined[i]` says that token i continues the pyvi
word of token i−1. A code such as `17-KH/TU` occupies the positions of its parts and is one more term at the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Vocabulary(Protocol):
    """Append-only table of exact terms, shared by all analyses of a process; ids are dense from 0 and never reused."""

    def __len__(self) -> int: ...
    def id(self, exact: str) -> int:
        """Id of an exact term, adding it when it is new."""

    def find(self, exact: str) -> int | None:
        """Id of an exact term, None when the table does not hold it."""

    def find_folded(self, folded: str) -> int | None:
        """Id of a folded term, None when no exact term of the table folds to it."""

    def exact(self, id: int) -> str:
        """The exact term of an id."""

    def folded(self, id: int) -> str:
        """The folded term of an exact id."""

    def folded_ids(self) -> NDArray[np.int32]:
        """Folded id of every exact id; shape (len(self),)."""

    def folded_term(self, folded_id: int) -> str:
        """The folded term of a folded id."""


class Code(NamedTuple):
    """A code or number with inner marks: the position of its first part, how many parts, its exact and folded form."""

    position: int
    length: int
    exact: str
    folded: str


class Word(NamedTuple):
    """A pyvi word: position of its first syllable, number of syllables, syllables joined by "_" (exact forms)."""

    position: int
    length: int
    text: str


@dataclass(frozen=True, slots=True)
class Plainness:
    """Evidence for "typed without diacritics": tokens of letters, those with marks, those that are bare syllables."""

    tokens: int = 0
    marked: int = 0
    syllables: int = 0

    def merge(self, other: Plainness) -> Plainness:
        """The evidence of both texts together."""
        return Plainness(self.tokens + other.tokens, self.marked + other.marked, self.syllables + other.syllables)

    @property
    def plain(self) -> bool:
        """True for Vietnamese wholly without diacritics: two tokens or more, none marked, two thirds syllables."""
        return self.tokens >= 2 and self.marked == 0 and 3 * self.syllables >= 2 * self.tokens


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """One text, analysed. Arrays have shape (n,), n = number of positions; exact, starts, ends int32; joined bool."""

    text: str
    vocabulary: Vocabulary
    exact: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    joined: NDArray[np.bool_]
    codes: Sequence[Code] = ()
    plainness: Plainness = Plainness()

    def __len__(self) -> int:
        return len(self.exact)

    def exact_terms(self) -> list[str]:
        """The exact space, one term a position."""
        term = self.vocabulary.exact
        return [term(i) for i in self.exact.tolist()]

    def folded_terms(self) -> list[str]:
        """The folded space, one term a position."""
        term = self.vocabulary.folded
        return [term(i) for i in self.exact.tolist()]

    def pair_terms(self) -> list[str]:
        """The pair space: term i joins the folded terms of positions i and i+1; one fewer than positions."""
        folded = self.folded_terms()
        return [f"{a}_{b}" for a, b in pairwise(folded)]

    def words(self) -> list[Word]:
        """The word space."""
        terms = self.exact_terms()
        first = np.flatnonzero(~self.joined).tolist()
        last = [*first[1:], len(terms)] if first else []
        return [Word(a, b - a, "_".join(terms[a:b])) for a, b in zip(first, last, strict=True)]
