"""The parts of a query made ready to be found in analysed texts.

In: nodes of the query tree and a vocabulary. Out: a `Bound`, the arrays by which compiled loops find every place of
the query in any number of texts. Matching is by term ids, so that what is marked is what an engine counted. Must not
know engines, nor what is made of the places.

Every place belongs to a concept: spellings and alternatives of one part of the query (the exact, folded and bare form
of "tham"; "PCTN" and what it stands for) share one, so that coverage counts parts of the query, not spellings.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from search.analysis import fold, is_syllable
from search.analysis.streams import Vocabulary
from search.engines.base import Texts
from search.query.tree import All, Any, Fuzzy, Node, Prefix, Space, Term, Zone
from search.query.tree import Sequence as Phrase

Leaf: TypeAlias = Term | Phrase | Prefix | Fuzzy
Ids: TypeAlias = NDArray[np.int32]
Mask: TypeAlias = NDArray[np.bool_]

BARE = "~"
"""What the exact terms of articles typed without diacritics begin with."""
_EXACT, _FOLDED, _BARE = range(3)
_NONE = np.empty(0, np.int32)


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


class Matcher:
    """The nodes of one query, ready to be found in any number of texts. Safe to share between threads."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        numbers: dict[object, int] = {}
        self._leaves = {leaf: numbers.setdefault(key, len(numbers)) for leaf, key in leaves(nodes)}
        self.concepts = len(numbers)
        self._bound: WeakKeyDictionary[Vocabulary, dict[Zone, Bound]] = WeakKeyDictionary()

    def bound(self, vocabulary: Vocabulary, zone: Zone = "any") -> Bound:
        """The query as ids of a vocabulary.

        Args:
            vocabulary: That of the texts.
            zone: "title" where the texts are titles: parts of the query asked of titles alone are found only there.
        """
        zones = self._bound.get(vocabulary)
        if zones is None:
            zones = self._bound.setdefault(vocabulary, {})
        bound = zones.get(zone)
        if bound is None or bound.outgrown(vocabulary):
            here = {leaf: n for leaf, n in self._leaves.items() if leaf.zone == "any" or zone == "title"}
            bound = Bound(here, vocabulary)
            if all(leaf.zone == "any" for leaf in self._leaves):
                zones["any"] = zones["title"] = bound
            zones[zone] = bound
        return bound


class Bound:
    """A query's leaves as ids of one vocabulary, in the arrays that `search.codec.kernels.marking.find` takes."""

    def __init__(self, found: Mapping[Leaf, int], vocabulary: Vocabulary) -> None:
        self._size = len(vocabulary)
        self._missing = False
        self._codes: dict[str, int] = {}
        self._slot_codes: dict[str, list[int]] = {}
        self._open: list[tuple[Prefix | Fuzzy, int, dict[int, bool]]] = []
        single: tuple[dict[int, int], ...] = ({}, {}, {})
        phrases, slops, concepts = [0], [], []
        alternatives, kinds, ids = [0], [], []
        for leaf, concept in found.items():
            if isinstance(leaf, Prefix | Fuzzy):
                self._open.append((leaf, concept, {}))
                continue
            if isinstance(leaf, Term) and not (leaf.space in ("pair", "word") and "_" in leaf.text):
                for kind, id in self._ids((leaf,), vocabulary):
                    single[kind].setdefault(id, concept)
                if _may_be_code(leaf):
                    self._codes.setdefault(leaf.text, concept)
                continue
            if isinstance(leaf, Phrase):
                slots, slop = leaf.slots, leaf.slop
            else:
                space: Space = "folded" if leaf.space == "pair" else "exact"
                slots, slop = tuple((Term(space, part),) for part in leaf.text.split("_")), 0
            for slot in slots:
                for kind, id in self._ids(slot, vocabulary):
                    kinds.append(kind)
                    ids.append(id)
                for term in slot:
                    if _may_be_code(term):
                        self._slot_codes.setdefault(term.text, []).append(len(alternatives) - 1)
                alternatives.append(len(ids))
            phrases.append(len(alternatives) - 1)
            slops.append(slop)
            concepts.append(concept)
        columns: list[list[int]] = []
        for known in single:
            columns += sorted(known), [known[id] for id in sorted(known)]
        columns += phrases, slops, concepts, alternatives, kinds, ids
        self._arrays = tuple(np.array(column, np.int32) for column in columns)
        self._room = len(slops) + 1

    def outgrown(self, vocabulary: Vocabulary) -> bool:
        """Whether a term that the vocabulary did not hold may have come into it."""
        return self._missing and len(vocabulary) != self._size

    def _ids(self, terms: Sequence[Term], vocabulary: Vocabulary) -> Iterator[tuple[int, int]]:
        """Kind and id of the terms that the vocabulary holds."""
        for term in terms:
            kind, id = _EXACT, None
            if term.text.startswith(BARE):
                kind, id = _BARE, vocabulary.find_folded(fold(term.text.removeprefix(BARE)))
            elif term.space == "folded":
                kind, id = _FOLDED, vocabulary.find_folded(term.text)
            else:
                id = vocabulary.find(term.text)
            if id is None:
                self._missing = True
            else:
                yield kind, id

    @property
    def arrays(self) -> tuple[Ids, ...]:
        """What `search.codec.kernels.marking.find` takes from `exact_ids` to `ids`."""
        return self._arrays

    def codes(self, shown: Texts, chosen: int) -> tuple[Ids, Ids, Ids, Ids]:
        """The codes that the query asks for, of all titles (`chosen` 0) or all bodies (1).

        Returns:
            `codes` as `search.codec.kernels.marking.find` takes it, for all texts end to end, and where those of each
            begin; `whole` likewise.
        """
        if not (self._codes or self._slot_codes):  # most queries hold nothing that could be a code
            nothing = np.zeros(len(shown.articles) + 1, np.int32)
            return _NONE, nothing, _NONE, nothing
        pairs: list[int] = []
        whole: list[int] = []
        bounds, whole_bounds = [0], [0]
        terms = frozenset((*self._codes, *self._slot_codes))
        for text in range(chosen, 2 * len(shown.articles), 2):
            for code in shown.codes_among(text, terms):
                forms = (code.exact,) if code.exact == code.folded else (code.exact, code.folded)
                for form in forms:
                    for slot in self._slot_codes.get(form, ()):
                        pairs += slot, code.position
                meant = next((self._codes[form] for form in forms if form in self._codes), None)
                if meant is not None:
                    whole += code.position, code.position + code.length - 1, meant
            bounds.append(len(pairs))
            whole_bounds.append(len(whole))
        columns = pairs, bounds, whole, whole_bounds
        codes_of, code_bounds, known, known_bounds = (np.array(column, np.int32) for column in columns)
        return codes_of, code_bounds, known, known_bounds

    def single(self, exact: Ids, vocabulary: Vocabulary) -> Ids:
        """The concept of each token that begins with or is near a part of the query, −1 for the others."""
        found = np.full(len(exact), -1, np.int32)
        for leaf, number, known in self._open:
            found[_accepted(leaf, known, exact, vocabulary)] = number
        return found


def _may_be_code(term: Term) -> bool:
    """Whether a code could be spelled so: marks or digits, a Roman numeral, which stands for an Arabic one too, or
    letters that are no syllable, as of an abbreviation written with marks (GDĐT of GD&ĐT)."""
    if term.space == "pair" or term.text.startswith(BARE):
        return False
    return not term.text.isalpha() or not set(term.text) - set("ivxlcdm") or not is_syllable(term.text)


def _accepted(leaf: Prefix | Fuzzy, known: dict[int, bool], exact: Ids, vocabulary: Vocabulary) -> Mask:
    """Tokens that begin with, or are near, the leaf's text, shape (n,); `known` remembers the answer for each id."""
    column = vocabulary.folded_ids()[exact] if leaf.space == "folded" else exact
    spell = vocabulary.folded_term if leaf.space == "folded" else vocabulary.exact
    ids, inverse = np.unique(column, return_inverse=True)
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
