"""Sequences on one segment: candidates from posting lists, verified on the articles' own tokens.

In: `tree.Sequence`. Out: the articles that hold one and at how many places it begins, or which of some articles do.
Adjacent slots have a pair list, far shorter than the lists of their terms, so candidates come from pairs wherever slots
are single tokens and nothing may stand between them. Must not know scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.codec.kernels import forward as kinds
from search.codec.kernels import postings, runs
from search.codec.layout import RARE, UNMARKED, field_name
from search.codec.matching import Docs, Lists, Matcher
from search.codec.segment import Field, Segment
from search.query.tree import Sequence, Term

_COMBINATIONS: Final = 48
"""Pairs of alternatives of two slots that are looked up as pairs; beyond that the slots' own lists are used."""

_SPELLINGS: Final = 5
"""Spellings of a syllable that words are looked up with."""
_REMEMBERED: Final = 2_000_000
"""Articles of sequences kept for later searches, 8 bytes each."""


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


@dataclass(frozen=True, slots=True)
class _Known:
    """A sequence in the numbers of one segment: conditions that every article with it meets, and whether they are it.

    `slots` is empty where no article can hold it. Articles in `proofs` hold it: they have it as a word.
    """

    slots: tuple[_Slot, ...]
    parts: tuple[Lists, ...]
    enough: bool
    proofs: Lists


class Remembered:
    """Articles with sequences, kept for later searches of a generation: names and spellings that many queries share."""

    def __init__(self) -> None:
        self._counted: dict[tuple[int, Sequence], Counted] = {}
        self._size = 0

    def get(self, key: tuple[int, Sequence]) -> Counted | None:
        """What was found for a segment and a sequence, None where that is not known."""
        return self._counted.get(key)

    def keep(self, key: tuple[int, Sequence], counted: Counted) -> None:
        """Remember what was found; when there is too much, all is forgotten."""
        self._size += len(counted.docs)
        if self._size > _REMEMBERED:
            self._counted, self._size = {}, len(counted.docs)
        self._counted[key] = counted


class Sequences:
    """Evaluates sequences for one search; each is computed once a segment."""

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered
        self._found: dict[tuple[int, Sequence], Counted] = {}
        self._known: dict[tuple[int, Sequence], _Known] = {}
        self._verdicts: dict[tuple[int, Sequence], NDArray[np.uint8]] = {}

    def docs(self, matcher: Matcher, sequence: Sequence) -> Docs:
        """Articles that hold a sequence; deleted ones too where it was not counted yet."""
        if self.bounds(matcher, sequence) is None:
            return self.counted(matcher, sequence).docs
        docs = matcher.conjunction(list(self._of(matcher, sequence).parts), [])
        return docs[self.held(matcher, sequence, docs)]

    def counted(self, matcher: Matcher, sequence: Sequence) -> Counted:
        """Live articles that hold a sequence, with the number of places."""
        key = (matcher.index, sequence)
        found = self._found.get(key) or self._remembered.get(key)
        if found is None:
            found = _evaluate(matcher, sequence, self._of(matcher, sequence))
            live = matcher.segment.live
            if len(live) and len(found.docs):
                kept = live[found.docs] != 0
                found = Counted(found.docs[kept], found.tfs[kept])
            self._remembered.keep(key, found)
        self._found[key] = found
        return found

    def bounds(self, matcher: Matcher, sequence: Sequence) -> tuple[Lists, ...] | None:
        """Conditions that every article with a sequence meets, all cheaper than looking for it in their tokens.

        None where there is nothing to save: its articles are known already, or are those of one list.
        """
        key = (matcher.index, sequence)
        if key in self._found or self._remembered.get(key) is not None:
            return None
        known = self._of(matcher, sequence)
        return None if known.enough or not known.slots else known.parts

    def held(self, matcher: Matcher, sequence: Sequence, docs: Docs) -> NDArray[np.bool_]:
        """Which of some ascending articles hold a sequence; only what is not known of them yet is looked for."""
        key = (matcher.index, sequence)
        verdicts = self._verdicts.get(key)
        if verdicts is None:
            verdicts = self._verdicts[key] = np.zeros(matcher.segment.size, np.uint8)
        unknown = docs[verdicts[docs] == 0]
        if len(unknown):
            known = self._of(matcher, sequence)
            verdicts[unknown] = _ABSENT
            if known.proofs.single:
                proven = matcher.has(known.proofs, unknown)
                verdicts[unknown[proven]] = _PRESENT
                unknown = unknown[~proven]
            for part in known.parts:
                unknown = unknown[matcher.has(part, unknown)]
            if known.slots and len(unknown):
                verdicts[_verified(matcher, sequence, known.slots, unknown).docs] = _PRESENT
        held: NDArray[np.bool_] = verdicts[docs] == _PRESENT
        return held

    def _of(self, matcher: Matcher, sequence: Sequence) -> _Known:
        key = (matcher.index, sequence)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _looked_up(matcher, sequence)
        return found


_ABSENT: Final = 1
_PRESENT: Final = 2


def _looked_up(matcher: Matcher, sequence: Sequence) -> _Known:
    if any(term.space not in ("exact", "folded") for slot in sequence.slots for term in slot):
        raise ValueError("a sequence holds terms of the exact and folded spaces only")
    segment = matcher.segment
    kept = matcher.statistics.once
    slots = [kept((matcher.index, slot), lambda slot=slot: _slot(segment, slot)) for slot in sequence.slots]  # type: ignore[misc]
    if not slots or not all(slot.alternatives for slot in slots):
        return _Known((), (), False, Lists())
    parts = _candidates(matcher, sequence, slots)
    folded = all(slot.folded and all(kind == kinds.FOLDED for kind, _ in slot.alternatives) for slot in slots)
    alone = folded and len(slots) == 2 and not sequence.slop and len(parts) == 1 and len(parts[0].single) < 2
    proofs = Lists() if alone or len(slots) != 2 or sequence.slop else _proofs(matcher, sequence, slots)
    return _Known(tuple(slots), tuple(parts), alone, proofs)


def _evaluate(matcher: Matcher, sequence: Sequence, known: _Known) -> Counted:
    if not known.slots:
        return _NOTHING
    if known.enough:
        return _listed(matcher.segment, known.parts[0])
    return _verified(matcher, sequence, known.slots, matcher.conjunction(list(known.parts), []))


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


def _candidates(matcher: Matcher, sequence: Sequence, slots: list[_Slot]) -> list[Lists]:
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


def _pairs(field: Field, first: _Slot, second: _Slot) -> tuple[tuple[int, ...], int]:
    """Places of the lists of all pairs of two slots, and how many postings they have."""
    numbers = [field.find_pair(x, y) for x, y in product(first.folded, second.folded)]
    starts = field.starts_of(np.array([n for n in numbers if n >= 0], np.int64))
    counts = np.empty(len(starts), np.int64)
    postings.frequencies(field.postings, starts, counts)
    return tuple((starts + field.begin).tolist()), int(counts.sum())


def _proofs(matcher: Matcher, sequence: Sequence, slots: list[_Slot]) -> Lists:
    """The lists of words of two syllables that are the two slots, in articles with diacritics.

    The segmenter joins neighboring tokens to words, so who has the word has the sequence. Not every word is looked up
    (only the commonest spellings), nor does every article with a sequence have it as a word of its own: the others'
    tokens are read.
    """
    forms, exact = matcher.segment.forms, matcher.segment.field("exact")
    order, edges = _forms_of(matcher)
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


def _listed(segment: Segment, lists: Lists) -> Counted:
    """The answer where one posting list is it: two folded slots that are one pair."""
    if not lists.single:
        return _NOTHING
    docs, tfs = np.empty(lists.most, np.int32), np.empty(lists.most, np.int32)
    postings.get_list(segment.whole, lists.single[0], docs, tfs, 0)
    return Counted(docs, tfs)


def _verified(matcher: Matcher, sequence: Sequence, slots: tuple[_Slot, ...], docs: Docs) -> Counted:
    """Those of some articles that hold a sequence, by their tokens."""
    segment, slop, title_only = matcher.segment, sequence.slop, int(sequence.zone == "title")
    tfs = np.empty(len(docs), np.int32)
    segment.trust_tokens(docs)
    simple = _simple(slots, slop)
    if not len(simple) and not slop and len(slots) <= runs.MOST_SLOTS:
        fits = _fits(matcher, slots)
        runs.count_runs(docs, tfs, len(slots), *fits, title_only, *segment.forward)
    else:
        bounds = np.array([0, *accumulate(len(slot.alternatives) for slot in slots)], np.int32)
        flat = [alternative for slot in slots for alternative in slot.alternatives]
        kind = np.array([kind for kind, _ in flat], np.uint8)
        number = np.array([number for _, number in flat], np.int32)
        kinds.count_sequences(
            docs, len(docs), tfs, bounds, kind, number, simple, slop, title_only, *segment.forward,
        )  # fmt: skip
    held = tfs != 0
    return Counted(docs[held], tfs[held])


def _fits(
    matcher: Matcher, slots: tuple[_Slot, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int, int, NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]:
    """Slots as `runs.count_runs` takes them, from `fits` on."""
    folded_of = matcher.segment.forward[6]
    order, edges = _forms_of(matcher)
    fits, plain = np.zeros(len(folded_of), np.uint8), np.zeros(len(folded_of), np.uint8)
    codes: list[tuple[int, int, int]] = []
    anchor, anchored = -1, -1
    for s, slot in enumerate(slots):
        bit = 1 << s
        for kind, number in slot.alternatives:
            if kind == kinds.EXACT:
                fits[number] |= bit
            elif kind >= kinds.CODE_EXACT:
                codes.append((bit, kind, number))
            else:
                spelled = order[edges[number] : edges[number + 1]]
                plain[spelled] |= bit
                if kind == kinds.FOLDED:
                    fits[spelled] |= bit
        exact = [number for kind, number in slot.alternatives if kind == kinds.EXACT]
        others = [kind for kind, _ in slot.alternatives if kind not in (kinds.EXACT, kinds.PLAIN)]
        if len(exact) == 1 and not others and anchored < exact[0] < RARE:
            anchor, anchored = s, exact[0]  # forms are numbered by frequency
    bits, kind_of, numbers = zip(*codes, strict=True) if codes else ((), (), ())
    return (
        fits, plain, anchor, anchored,
        np.array(bits, np.uint8), np.array(kind_of, np.uint8), np.array(numbers, np.int32),
    )  # fmt: skip


def _forms_of(matcher: Matcher) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Forms by their folded terms, the commonest first: those of term t are `order[edges[t] : edges[t + 1]]`."""

    def sort() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        folded_of = matcher.segment.forward[6]
        order = np.argsort(folded_of, kind="stable")
        return order, np.searchsorted(folded_of[order], np.arange(int(folded_of.max(initial=-1)) + 2))

    return matcher.statistics.once((matcher.index, "forms of folded terms"), sort)


def _simple(slots: tuple[_Slot, ...], slop: int) -> NDArray[np.int32]:
    """The one form of each slot in articles with diacritics, where that is all there is; else empty."""
    chosen = []
    for slot in slots:
        exact = [number for kind, number in slot.alternatives if kind == kinds.EXACT]
        others = [kind for kind, _ in slot.alternatives if kind not in (kinds.EXACT, kinds.PLAIN)]
        if slop or others or len(exact) != 1 or exact[0] >= RARE:
            return np.empty(0, np.int32)
        chosen.append(exact[0])
    return np.array(chosen, np.int32)
