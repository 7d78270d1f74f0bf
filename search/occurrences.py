"""Where in an analysed text the parts of a query stand.

In: an `Analysis` and nodes of the query tree. Out: `Occurrences`, columns over the places found, in text order.
Matching is by term ids on whole columns, so that what is marked is what an engine counted. Must not know engines, nor
what is made of the places.

Every place belongs to a concept: spellings and alternatives of one part of the query (the exact, folded and bare form
of "tham"; "PCTN" and what it stands for) share one, so that coverage counts parts of the query, not spellings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Analysis, Code, Vocabulary
from search.query.tree import All, Any, Fuzzy, Node, Prefix, Space, Term, Zone
from search.query.tree import Sequence as Phrase

Leaf: TypeAlias = Term | Phrase | Prefix | Fuzzy
Ids: TypeAlias = NDArray[np.int32]
Positions: TypeAlias = NDArray[np.intp]
Mask: TypeAlias = NDArray[np.bool_]

BARE = "~"
"""What the exact terms of articles typed without diacritics begin with."""


@dataclass(frozen=True, slots=True, eq=False)
class Occurrences:
    """Places in order of position: `first`, `last` (inclusive) positions and `concept`, shape (h,), intp.

    `marked` and `glued`, shape (n,) for n positions: the token belongs to a place; it makes one stretch with the next
    token whatever stands between them (inside a phrase or a code).
    """

    first: Positions
    last: Positions
    concept: Positions
    marked: Mask
    glued: Mask

    def __len__(self) -> int:
        return len(self.first)


def leaves(nodes: Sequence[Node]) -> Iterator[tuple[Leaf, object]]:
    """The parts of a query that can be seen in a text, each with the key of its concept; exclusions are left out."""
    for node in nodes:
        yield from _leaves(node, None)


def _leaves(node: Node, shared: object) -> Iterator[tuple[Leaf, object]]:
    if isinstance(node, Leaf):
        yield node, _concept(node) if shared is None else shared
    elif isinstance(node, All):
        for part in node.parts:
            yield from _leaves(part, shared)
    elif isinstance(node, Any):
        # alternatives written for one part of the query hold leaves only; an OR between groups keeps its own concepts
        if shared is None and node.minimum == 1 and node.parts and all(isinstance(p, Leaf) for p in node.parts):
            shared = next(_concept(part) for part in node.parts if isinstance(part, Leaf))
        for part in node.parts:
            yield from _leaves(part, shared)


def _concept(leaf: Leaf) -> object:
    if isinstance(leaf, Phrase):
        return tuple(slot[0].text.removeprefix(BARE) if slot else "" for slot in leaf.slots)
    return leaf.text.removeprefix(BARE)


@dataclass(frozen=True, slots=True, eq=False)
class _Text:
    """A text's columns as the matching below reads them; `bare` is None unless the article is without diacritics."""

    exact: Ids
    folded: Ids
    bare: Ids | None
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class _Slot:
    """One position of a phrase: the ids it accepts in each column, and codes by their (exact or folded) text."""

    exact: tuple[int, ...]
    folded: tuple[int, ...]
    bare: tuple[int, ...]
    codes: frozenset[str]

    def mask(self, text: _Text) -> Mask:
        """Where the slot holds, shape (n,)."""
        found = np.zeros(len(text.exact), np.bool_)
        for id in self.exact:
            found |= text.exact == id
        for id in self.folded:
            found |= text.folded == id
        if text.bare is not None:
            for id in self.bare:
                found |= text.bare == id
        for code in text.codes:
            if code.exact in self.codes or code.folded in self.codes:
                found[code.position] = True
        return found


@dataclass(frozen=True, slots=True, eq=False)
class _Lookup:
    """Ids in ascending order with the concept of each: finds every token of a text in one search."""

    ids: Ids
    concepts: Positions

    @classmethod
    def of(cls, concept_of: Mapping[int, int]) -> _Lookup:
        ids = sorted(concept_of)
        return cls(np.array(ids, np.int32), np.array([concept_of[id] for id in ids], np.intp))

    def into(self, column: Ids, concept: Positions) -> None:
        """Set `concept` where `column` holds one of the ids."""
        if len(self.ids):
            at = self.ids.searchsorted(column)
            at[at == len(self.ids)] = 0
            found = self.ids[at] == column
            concept[found] = self.concepts[at[found]]


class Matcher:
    """The nodes of one query, ready to be found in any number of texts. Safe to share between threads."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        numbers: dict[object, int] = {}
        found = {leaf: numbers.setdefault(key, len(numbers)) for leaf, key in leaves(nodes)}
        self._leaves = found
        self.concepts = len(numbers)
        self._bound: dict[Zone, _Bound] = {}

    def find(self, analysis: Analysis, *, zone: Zone = "any", plain: bool = False) -> Occurrences:
        """All places of the query in a text.

        Args:
            analysis: The text.
            zone: "title" when the text is a title: parts of the query asked of titles alone are found only there.
            plain: Whether the article is typed without diacritics, so that accented terms match bare spellings.
        """
        bound = self._bound.get(zone)
        if bound is None or bound.vocabulary is not analysis.vocabulary:
            here = {leaf: n for leaf, n in self._leaves.items() if leaf.zone == "any" or zone == "title"}
            bound = self._bound[zone] = _Bound(here, analysis.vocabulary)
        return bound.find(analysis, plain)


class _Bound:
    """A query's leaves as ids of one vocabulary."""

    def __init__(self, found: Mapping[Leaf, int], vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._folded_of = vocabulary.folded_ids()
        single: dict[str, dict[int, int]] = {"exact": {}, "folded": {}, "bare": {}}
        self._codes: dict[str, int] = {}
        self._phrases: list[tuple[tuple[_Slot, ...], int, int]] = []
        self._open: list[tuple[Prefix | Fuzzy, int, dict[int, bool]]] = []
        for leaf, concept in found.items():
            if isinstance(leaf, Prefix | Fuzzy):
                self._open.append((leaf, concept, {}))
            elif isinstance(leaf, Phrase):
                self._phrases.append((tuple(map(self._slot, leaf.slots)), leaf.slop, concept))
            elif leaf.space in ("pair", "word") and "_" in leaf.text:
                space: Space = "folded" if leaf.space == "pair" else "exact"
                parts = [self._slot((Term(space, part),)) for part in leaf.text.split("_")]
                self._phrases.append((tuple(parts), 0, concept))
            else:
                slot = self._slot((leaf,))
                for column in ("exact", "folded", "bare"):
                    for id in getattr(slot, column):
                        single[column].setdefault(id, concept)
                for code in slot.codes:
                    self._codes.setdefault(code, concept)
        self._single = {column: _Lookup.of(ids) for column, ids in single.items()}

    def _slot(self, terms: Sequence[Term]) -> _Slot:
        exact: list[int] = []
        folded: list[int] = []
        bare: list[int] = []
        for term in terms:
            id = self.vocabulary.id(term.text.removeprefix(BARE))
            if term.text.startswith(BARE):
                bare.append(id)
            elif term.space == "folded":
                folded.append(id)
            else:
                exact.append(id)
        self._grow(max([-1, *exact, *folded, *bare]))
        fold = self._folded_of
        codes = frozenset(term.text for term in terms if term.space != "pair")
        return _Slot(tuple(exact), tuple(int(fold[i]) for i in folded), tuple(int(fold[i]) for i in bare), codes)

    def _grow(self, id: int) -> None:
        if id >= len(self._folded_of):
            self._folded_of = self.vocabulary.folded_ids()

    def find(self, analysis: Analysis, plain: bool) -> Occurrences:
        n = len(analysis)
        exact = analysis.exact
        self._grow(int(exact.max()) if n else -1)
        folded = self._folded_of[exact]
        text = _Text(exact, folded, folded if plain else None, analysis.codes)
        single = np.full(n, -1, np.intp)
        for leaf, number, known in self._open:
            single[self._accepted(leaf, known, text)] = number
        if plain:
            self._single["bare"].into(folded, single)
        self._single["folded"].into(folded, single)
        self._single["exact"].into(exact, single)
        marked, glued = single >= 0, np.zeros(n, np.bool_)
        first = [marked.nonzero()[0]]
        last = [first[0]]
        concept = [single[first[0]]]

        def place(begin: Positions, end: Positions, number: int) -> None:
            first.append(begin)
            last.append(end)
            concept.append(np.full(len(begin), number, np.intp))

        for slots, slop, number in self._phrases:
            path = _loose(slots, slop, text) if slop else _tight(slots, text)
            if path is None:
                continue
            for column in path:
                marked[column] = True
            for before, after in pairwise(path):
                glued[before[after - before == 1]] = True
            place(path[0], path[-1], number)
        for code in analysis.codes if self._codes else ():
            for form in dict.fromkeys((code.exact, code.folded)):
                if form in self._codes:
                    final = code.position + code.length - 1
                    marked[code.position : final + 1] = True
                    glued[code.position : final] = True
                    place(np.array([code.position]), np.array([final]), self._codes[form])
                    break
        if len(first) == 1:
            return Occurrences(first[0], last[0], concept[0], marked, glued)
        begin, end, numbers = np.concatenate(first), np.concatenate(last), np.concatenate(concept)
        order = np.lexsort((numbers, end, begin))
        return Occurrences(begin[order], end[order], numbers[order], marked, glued)

    def _accepted(self, leaf: Prefix | Fuzzy, known: dict[int, bool], text: _Text) -> Mask:
        """Tokens that begin with, or are near, the leaf's text, shape (n,)."""
        column = text.folded if leaf.space == "folded" else text.exact
        ids, inverse = np.unique(column, return_inverse=True)
        spell = self.vocabulary.folded_term if leaf.space == "folded" else self.vocabulary.exact
        answers = []
        for id in ids.tolist():
            answer = known.get(id)
            if answer is None:
                term = spell(id)
                if isinstance(leaf, Prefix):
                    answer = term.startswith(leaf.text)
                else:
                    answer = within(leaf.text, term, leaf.distance)
                known[id] = answer
            answers.append(answer)
        return np.array(answers, np.bool_)[inverse] if answers else np.zeros(0, np.bool_)


def _tight(slots: Sequence[_Slot], text: _Text) -> list[Positions] | None:
    """Positions of each slot where all stand at consecutive positions; None when nowhere."""
    n = len(text.exact)
    at: Positions = np.arange(max(n - len(slots) + 1, 0), dtype=np.intp)
    for offset, slot in enumerate(slots):
        if not len(at):
            return None
        at = at[slot.mask(text)[at + offset]]
    return [at + offset for offset in range(len(slots))] if len(at) and slots else None


def _loose(slots: Sequence[_Slot], slop: int, text: _Text) -> list[Positions] | None:
    """As `_tight`, with at most `slop` positions in total between the slots; from each start the nearest way."""
    path: list[Positions] = []
    for slot in slots:
        here = slot.mask(text).nonzero()[0]
        if path:
            at = here.searchsorted(path[-1], side="right")
            reached = at < len(here)
            path = [column[reached] for column in path]
            path.append(here[at[reached]])
        else:
            path.append(here)
        if not len(path[-1]):
            return None
    near = path[-1] - path[0] - (len(slots) - 1) <= slop
    path = [column[near] for column in path]
    return path if len(path[0]) else None


def within(text: str, term: str, distance: int) -> bool:
    """Whether `term` is at most `distance` edits (insert, delete, replace, swap of neighbors) from `text`.

    The first letter must agree. Optimal string alignment (Damerau 1964), cut off beyond `distance`.

    >>> within("vat", "vta", 1), within("vat", "bat", 1), within("vat", "vatt", 1), within("vat", "vi", 1)
    (True, False, True, False)
    """
    if text[:1] != term[:1] or abs(len(text) - len(term)) > distance:
        return False
    before: list[int] = []
    row = list(range(len(term) + 1))
    for i, a in enumerate(text, 1):
        next_row = [i]
        for j, b in enumerate(term, 1):
            cost = min(row[j] + 1, next_row[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == term[j - 2] and text[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            next_row.append(cost)
        if min(next_row) > distance:
            return False
        before, row = row, next_row
    return row[-1] <= distance
