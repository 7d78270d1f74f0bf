"""A sequence in the numbers of one segment: what each slot may be, and lists that every article with it is in.

In: `tree.Sequence`. Out: `Known`. Adjacent slots have a pair list, far shorter than the lists of their terms, so
conditions come from pairs wherever slots are single tokens and nothing may stand between them. Must not know which
articles are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import forward as kinds
from search.codec.kernels import postings
from search.codec.layout import UNMARKED, field_name
from search.codec.lists import Field
from search.codec.matching import Lists, Matcher
from search.codec.segment import Segment
from search.query.tree import Sequence, Term

_COMBINATIONS: Final = 48
"""Pairs of alternatives of two slots that are looked up as pairs; beyond that the slots' own lists are used."""

_SPELLINGS: Final = 5
"""Spellings of a syllable that words are looked up with."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A slot in the numbers of one segment: alternatives, and their folded terms (empty when one may be a code)."""

    alternatives: tuple[tuple[int, int], ...]
    folded: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """A sequence in the numbers of one segment: conditions that every article with it meets, and whether they are it.

    `slots` is empty where no article can hold it. `tokens`, where it is known, is the list of the articles whose tokens
    are the sequence, so that codes alone remain to be looked at.
    """

    slots: tuple[Slot, ...]
    parts: tuple[Lists, ...]
    enough: bool
    tokens: Lists | None = None


def looked_up(matcher: Matcher, sequence: Sequence) -> Known:
    """A sequence in the numbers of a matcher's segment."""
    if any(term.space not in ("exact", "folded") for slot in sequence.slots for term in slot):
        raise ValueError("a sequence holds terms of the exact and folded spaces only")
    segment = matcher.segment
    kept = matcher.statistics.once
    slots = [kept((matcher.index, slot), lambda slot=slot: _slot(segment, slot)) for slot in sequence.slots]  # type: ignore[misc]
    if not slots or not all(slot.alternatives for slot in slots):
        return Known((), (), False)
    parts = _candidates(matcher, sequence, slots)
    if (
        len(slots) == 2
        and not sequence.slop
        and all(_folded_or_code(slot) for slot in slots)
        and not all(slot.folded for slot in slots)
    ):
        return Known(tuple(slots), tuple(parts), False, _tokens(matcher, sequence, slots))
    folded = all(slot.folded and all(kind == kinds.FOLDED for kind, _ in slot.alternatives) for slot in slots)
    alone = folded and len(slots) == 2 and not sequence.slop and len(parts) == 1 and len(parts[0].single) < 2
    return Known(tuple(slots), tuple(parts), alone)


def _slot(segment: Segment, terms: tuple[Term, ...]) -> Slot:
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
    return Slot(tuple(sorted(found)), () if has_code else tuple(sorted(terms_folded)))


def _folded_or_code(slot: Slot) -> bool:
    """Whether a slot is one folded term, as a token or within a code; that one is a code is told by no pair of it."""
    numbers = {number for _, number in slot.alternatives}
    return len(numbers) == 1 and {kind for kind, _ in slot.alternatives} <= {kinds.FOLDED, kinds.CODE_FOLDED}


def _tokens(matcher: Matcher, sequence: Sequence, slots: list[Slot]) -> Lists:
    """The list of the pair that the folded terms of two slots are."""
    pairs = matcher.segment.field(field_name("pair", sequence.zone))
    first, second = (Slot(slot.alternatives, (slot.alternatives[0][1],)) for slot in slots)
    pair = matcher.index, pairs.name, first.folded, second.folded
    places, most = matcher.statistics.once(pair, lambda: _pairs(pairs, first, second))
    return Lists(list(places), [], most)


def _candidates(matcher: Matcher, sequence: Sequence, slots: list[Slot]) -> list[Lists]:
    """Conditions that every article with the sequence meets."""
    parts: list[Lists] = []
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


def _pairs(field: Field, first: Slot, second: Slot) -> tuple[tuple[int, ...], int]:
    """Places of the lists of all pairs of two slots, and how many postings they have."""
    if len(first.folded) == len(second.folded) == 1:  # which most are
        number = field.find_pair(first.folded[0], second.folded[0])
        if number < 0:
            return (), 0
        return (field.begin + field.start(number),), field.count(number)
    numbers = [field.find_pair(x, y) for x, y in product(first.folded, second.folded)]
    starts = field.starts_of(np.array([n for n in numbers if n >= 0], np.int64))
    counts = np.empty(len(starts), np.int64)
    postings.frequencies(field.postings, starts, counts)
    return tuple((starts + field.begin).tolist()), int(counts.sum())


def proofs(matcher: Matcher, sequence: Sequence, slots: tuple[Slot, ...]) -> Lists:
    """The lists of words of two syllables that are two slots, in articles with diacritics; empty for other sequences.

    The segmenter joins neighboring tokens to words, so who has the word has the sequence. Not every word is looked up
    (only the commonest spellings), nor does every article with a sequence have it as a word of its own: the others'
    tokens are read.
    """
    if len(slots) != 2 or sequence.slop:
        return Lists()
    forms, exact = matcher.segment.forms, matcher.segment.field("exact")
    order, edges = forms_of(matcher)
    spelled = []
    for slot in slots:
        numbers = [number for kind, number in slot.alternatives if kind == kinds.EXACT]
        for kind, number in slot.alternatives:
            if kind == kinds.FOLDED:
                numbers += order[edges[number] : edges[number + 1]].tolist()
        spelled.append([forms[number] for number in sorted(set(numbers))[:_SPELLINGS]])
    found = Lists()
    for first, second in product(*spelled):
        word = f"{first}_{second}"
        # a single token could be spelled like two joined
        if word.count("_") == 1 and exact.find(word) < 0:
            matcher.add_term(Term("word", word, sequence.zone), found)
    return found


def forms_of(matcher: Matcher) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Forms by their folded terms, the commonest first: those of term t are `order[edges[t] : edges[t + 1]]`."""

    def sort() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        folded_of = matcher.segment.forward[6]
        order = np.argsort(folded_of, kind="stable")
        return order, np.searchsorted(folded_of[order], np.arange(int(folded_of.max(initial=-1)) + 2))

    return matcher.statistics.once((matcher.index, "forms of folded terms"), sort)
