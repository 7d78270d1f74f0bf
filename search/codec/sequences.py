"""Sequences on one segment: candidates from posting lists, verified on the articles' own tokens.

In: `tree.Sequence`. Out: the articles that hold one and at how many places it begins. Adjacent slots have a pair list,
far shorter than the lists of their terms, so candidates come from pairs wherever slots are single tokens and nothing
may stand between them. Must not know scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import forward as kinds
from search.codec.kernels import postings
from search.codec.layout import RARE, UNMARKED, field_name
from search.codec.matching import Docs, Lists, Matcher, Part
from search.codec.segment import Field, Segment
from search.query.tree import Sequence, Term

_COMBINATIONS: Final = 48
"""Pairs of alternatives of two slots that are looked up as pairs; beyond that the slots' own lists are used."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Articles that hold a sequence (ascending) and at how many places it begins in each; both int32."""

    docs: Docs
    tfs: NDArray[np.int32]


_NOTHING: Final = Counted(np.empty(0, np.int32), np.empty(0, np.int32))


@dataclass(frozen=True, slots=True)
class _Slot:
    """A slot in the numbers of one segment: alternatives, and their folded terms (empty when one may be a code)."""

    alternatives: tuple[tuple[int, int], ...]
    folded: tuple[int, ...]


class Sequences:
    """Evaluates sequences for one search; each is computed once a segment."""

    def __init__(self) -> None:
        self._found: dict[tuple[int, Sequence], Counted] = {}

    def docs(self, matcher: Matcher, sequence: Sequence) -> Docs:
        """Articles that hold a sequence."""
        return self.counted(matcher, sequence).docs

    def counted(self, matcher: Matcher, sequence: Sequence) -> Counted:
        """Live articles that hold a sequence, with the number of places."""
        key = (matcher.index, sequence)
        found = self._found.get(key)
        if found is None:
            found = _evaluate(matcher, sequence)
            live = matcher.segment.live
            if len(live) and len(found.docs):
                kept = live[found.docs] != 0
                found = Counted(found.docs[kept], found.tfs[kept])
            self._found[key] = found
        return found


def _evaluate(matcher: Matcher, sequence: Sequence) -> Counted:
    if any(term.space not in ("exact", "folded") for slot in sequence.slots for term in slot):
        raise ValueError("a sequence holds terms of the exact and folded spaces only")
    segment = matcher.segment
    kept = matcher.statistics.once
    slots = [kept((matcher.index, slot), lambda slot=slot: _slot(segment, slot)) for slot in sequence.slots]  # type: ignore[misc]
    if not slots or not all(slot.alternatives for slot in slots):
        return _NOTHING
    parts = _candidates(matcher, sequence, slots)
    direct = _direct(matcher, sequence, slots, parts)
    if direct is not None:
        return direct
    docs = matcher.conjunction(parts, [])
    return _verified(segment, sequence, slots, docs)


def _slot(segment: Segment, terms: tuple[Term, ...]) -> _Slot:
    exact, folded = segment.field("exact"), segment.field("folded")
    codes_exact, codes_folded = segment.code_terms
    found: set[tuple[int, int]] = set()
    for term in terms:
        if term.space == "folded":
            number = folded.find(term.text)
            if number >= 0:
                found.add((kinds.FOLDED, number))
                if codes_folded[number]:
                    found.add((kinds.CODE_FOLDED, number))
            continue
        number = exact.find(term.text)
        if number < 0:
            continue
        if codes_exact[number]:
            found.add((kinds.CODE_EXACT, number))
        form = int(segment.form_of_exact[number])
        if form >= 0:
            found.add((kinds.EXACT, form))
        elif term.text.startswith(UNMARKED):
            bare = folded.find(term.text.removeprefix(UNMARKED))
            if bare >= 0:
                found.add((kinds.PLAIN, bare))
    folded_of = segment.forward[6]
    terms_folded = {int(folded_of[i]) if kind == kinds.EXACT else i for kind, i in found}
    has_code = any(kind >= kinds.CODE_EXACT for kind, _ in found)
    return _Slot(tuple(sorted(found)), () if has_code else tuple(sorted(terms_folded)))


def _candidates(matcher: Matcher, sequence: Sequence, slots: list[_Slot]) -> list[Part]:
    """Conditions that every article with the sequence meets."""
    parts: list[Part] = []
    covered = [False] * len(slots)
    pairs = matcher.segment.field(field_name("pair", sequence.zone))
    kept = matcher.statistics.once
    if sequence.slop == 0:
        for i, (a, b) in enumerate(pairwise(slots)):
            if a.folded and b.folded and len(a.folded) * len(b.folded) <= _COMBINATIONS:
                pair = matcher.index, pairs.name, a.folded, b.folded
                places, most = kept(pair, lambda a=a, b=b: _pairs(pairs, a, b))  # type: ignore[misc]
                lists = Lists(list(places), [], most)
                parts.append(lists)
                covered[i] = covered[i + 1] = True
    for slot, done in zip(sequence.slots, covered, strict=True):
        if not done:
            lists = Lists()
            for term in slot:
                matcher.add_term(Term(term.space, term.text, sequence.zone), lists)
            parts.append(lists)
    return parts


def _pairs(field: Field, first: _Slot, second: _Slot) -> tuple[tuple[int, ...], int]:
    """Places of the lists of all pairs of two slots, and how many postings they have."""
    numbers = [field.find_pair(x, y) for x, y in product(first.folded, second.folded)]
    starts = field.starts_of(np.array([n for n in numbers if n >= 0], np.int64))
    counts = np.empty(len(starts), np.int64)
    postings.frequencies(field.postings, starts, counts)
    return tuple((starts + field.begin).tolist()), int(counts.sum())


def _direct(matcher: Matcher, sequence: Sequence, slots: list[_Slot], parts: list[Part]) -> Counted | None:
    """The answer where one posting list is it: two folded slots that are one pair."""
    folded = all(slot.folded and all(kind == kinds.FOLDED for kind, _ in slot.alternatives) for slot in slots)
    if not folded or len(slots) != 2 or sequence.slop or len(parts) != 1 or not isinstance(parts[0], Lists):
        return None
    places = parts[0].single
    if not places:
        return _NOTHING
    if len(places) != 1:
        return None
    docs, tfs = np.empty(parts[0].most, np.int32), np.empty(parts[0].most, np.int32)
    postings.get_list(matcher.segment.whole, places[0], docs, tfs, 0)
    return Counted(docs, tfs)


def _verified(segment: Segment, sequence: Sequence, slots: list[_Slot], docs: Docs) -> Counted:
    bounds = np.array([0, *accumulate(len(slot.alternatives) for slot in slots)], np.int32)
    flat = [alternative for slot in slots for alternative in slot.alternatives]
    tfs = np.empty(len(docs), np.int32)
    segment.trust_tokens(docs)
    kinds.count_sequences(
        docs,
        len(docs),
        tfs,
        bounds,
        np.array([kind for kind, _ in flat], np.uint8),
        np.array([number for _, number in flat], np.int32),
        _simple(slots, sequence.slop),
        sequence.slop,
        int(sequence.zone == "title"),
        *segment.forward,
    )
    held = tfs != 0
    return Counted(docs[held], tfs[held])


def _simple(slots: list[_Slot], slop: int) -> NDArray[np.int32]:
    """The one form of each slot in articles with diacritics, where that is all there is; else empty."""
    chosen = []
    for slot in slots:
        exact = [number for kind, number in slot.alternatives if kind == kinds.EXACT]
        others = [kind for kind, _ in slot.alternatives if kind not in (kinds.EXACT, kinds.PLAIN)]
        if slop or others or len(exact) != 1 or exact[0] >= RARE:
            return np.empty(0, np.int32)
        chosen.append(exact[0])
    return np.array(chosen, np.int32)
