"""Sequences on one segment: candidates from posting lists, verified on the articles' own tokens.

In: `tree.Sequence`. Out: the articles that hold one and at how many places it begins, or which of some articles do.
Tokens are read of as few articles as possible, as they lie far apart. Must not know scores.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import numpy as np
from numpy.typing import NDArray

from search import deadline
from search.codec.kernels import forward as kinds
from search.codec.kernels import gaps, postings, runs
from search.codec.layout import RARE, UNMARKED
from search.codec.matching import Docs, Lists, Matcher
from search.codec.segment import Segment
from search.codec.slots import Known, Slot, forms_of, looked_up, proofs
from search.query.tree import Sequence, Term

_BYTE: Final = 255
"""What stands for this frequency and more."""
_REMEMBERED: Final = 2_000_000
"""Articles of sequences kept for later searches, 8 bytes each."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Articles that hold a sequence (ascending) and at how many places it begins in each; both int32."""

    docs: Docs
    tfs: NDArray[np.int32]


_NOTHING: Final = Counted(np.empty(0, np.int32), np.empty(0, np.int32))


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
    """Evaluates sequences for one search; each is computed once a segment.

    A sequence is known by its identity here: equal ones are few in one search, and comparing them costs more.
    """

    def __init__(self, remembered: Remembered) -> None:
        self._remembered = remembered
        self._met: list[Sequence] = []  # so that an identity stays that of one sequence
        self._found: dict[tuple[int, int], Counted] = {}
        self._known: dict[tuple[int, int], Known] = {}
        self._proofs: dict[tuple[int, int], Lists] = {}
        self._verdicts: dict[tuple[int, int], NDArray[np.uint8]] = {}

    def docs(self, matcher: Matcher, sequence: Sequence) -> Docs:
        """Articles that hold a sequence; deleted ones too where it was not counted yet."""
        if self.bounds(matcher, sequence) is None:
            return self.counted(matcher, sequence).docs
        docs = matcher.conjunction(list(self._of(matcher, sequence).parts), [])
        return docs[self.held(matcher, sequence, docs)]

    def counted(self, matcher: Matcher, sequence: Sequence) -> Counted:
        """Live articles that hold a sequence, with the number of places."""
        found = self._counted(matcher, sequence)
        if found is None:
            found = _evaluate(matcher, sequence, self._of(matcher, sequence))
            live = matcher.segment.live
            if len(live) and len(found.docs):
                kept = live[found.docs] != 0
                found = Counted(found.docs[kept], found.tfs[kept])
            self._remembered.keep((matcher.index, sequence), found)
            self._found[self._key(matcher, sequence)] = found
        return found

    def bounds(self, matcher: Matcher, sequence: Sequence) -> tuple[Lists, ...] | None:
        """Conditions that every article with a sequence meets, all cheaper than looking for it in their tokens.

        None where there is nothing to save: its articles are known already, or are those of one list.
        """
        if self._counted(matcher, sequence) is not None:
            return None
        known = self._of(matcher, sequence)
        return None if known.enough or not known.slots else known.parts

    def held(self, matcher: Matcher, sequence: Sequence, docs: Docs) -> NDArray[np.bool_]:
        """Which of some ascending articles hold a sequence; only what is not known of them yet is looked for."""
        key = self._key(matcher, sequence)
        known = self._of(matcher, sequence)
        verdicts = self._verdicts.get(key)
        if verdicts is None:
            verdicts = self._verdicts[key] = np.zeros(matcher.segment.size, np.uint8)
        unknown = docs[verdicts[docs] == 0]
        if len(unknown):
            verdicts[unknown] = _ABSENT
            words = self._proofs.get(key)
            if words is None:
                told = known.enough or known.tokens is not None
                words = self._proofs[key] = Lists() if told else proofs(matcher, sequence, known.slots)
            if words.single:
                proven = matcher.has(words, unknown)
                verdicts[unknown[proven]] = _PRESENT
                unknown = unknown[~proven]
            for part in known.parts:
                unknown = unknown[matcher.has(part, unknown)]
            if known.tokens is not None and len(unknown):
                if known.tokens.single:
                    proven = matcher.has(known.tokens, unknown)
                    verdicts[unknown[proven]] = _PRESENT
                    unknown = unknown[~proven]
                verdicts[_coded(matcher, sequence, known.slots, unknown).docs] = _PRESENT
            elif known.slots and len(unknown):
                counts = _counts_by_lists(matcher, sequence, known, unknown)
                verdicts[unknown[(counts > 0) | (counts == _SOME)]] = _PRESENT
                unknown = unknown[counts == _UNKNOWN]
                verdicts[_verified(matcher, sequence, known.slots, unknown, enough=1).docs] = _PRESENT
        held: NDArray[np.bool_] = verdicts[docs] == _PRESENT
        return held

    def _key(self, matcher: Matcher, sequence: Sequence) -> tuple[int, int]:
        return matcher.index, id(sequence)

    def _counted(self, matcher: Matcher, sequence: Sequence) -> Counted | None:
        key = self._key(matcher, sequence)
        found = self._found.get(key)
        if found is None and key not in self._known:  # else it was asked for before, and not remembered
            found = self._remembered.get((matcher.index, sequence))
            if found is not None:
                self._met.append(sequence)
                self._found[key] = found
        return found

    def _of(self, matcher: Matcher, sequence: Sequence) -> Known:
        key = self._key(matcher, sequence)
        found = self._known.get(key)
        if found is None:
            self._met.append(sequence)
            found = self._known[key] = looked_up(matcher, sequence)
        return found


_ABSENT: Final = 1
_PRESENT: Final = 2

_UNKNOWN: Final = -1
_SOME: Final = -2
"""Where lists do not tell the number of places: nothing, or that there are some."""
_WORTH: Final = 64
"""Articles from which on reading lists costs less than reading tokens."""
_ALL_PLACES: Final = 1 << 40
_AT_ONCE: Final = 1 << 15
"""Articles whose tokens are read without a look at the time."""


def _evaluate(matcher: Matcher, sequence: Sequence, known: Known) -> Counted:
    if not known.slots:
        return _NOTHING
    if known.enough:
        return _listed(matcher.segment, known.parts[0])
    docs = matcher.conjunction(list(known.parts), [])
    if known.tokens is not None:
        return _added(_listed(matcher.segment, known.tokens), _coded(matcher, sequence, known.slots, docs))
    counts = _counts_by_lists(matcher, sequence, known, docs)
    read = counts < 0
    if read.any():
        counts[read] = 0
        verified = _verified(matcher, sequence, known.slots, docs[read])
        counts[np.searchsorted(docs, verified.docs)] = verified.tfs
    held = counts != 0
    return Counted(docs[held], counts[held])


def _counts_by_lists(matcher: Matcher, sequence: Sequence, known: Known, docs: Docs) -> NDArray[np.int32]:
    """At how many places two slots stand side by side in each of some articles, as far as lists tell it.

    The list of the pair counts the places where the folded terms do. As many of these may be of other spellings as
    there are other spellings of the two terms in the article: none at all in most articles, whose count is that of the
    pair then.
    """
    counts = np.full(len(docs), _UNKNOWN, np.int32)
    if len(docs) < _WORTH or len(sequence.slots) != 2 or sequence.slop or len(known.parts) != 1:
        return counts
    if len(known.parts[0].single) != 1 or any(len(slot.folded) != 1 for slot in known.slots):
        return counts
    folded = matcher.segment.field("folded")
    spelled: list[tuple[Lists, Lists]] = []
    for terms, slot in zip(sequence.slots, known.slots, strict=True):
        if any(term.space == "folded" for term in terms):
            continue  # every spelling fits
        if sum(not term.text.startswith(UNMARKED) for term in terms) > 1:
            return counts
        own, every = Lists(), Lists()
        for term in terms:
            matcher.add_term(Term("exact", term.text, sequence.zone), own)
        matcher.add_term(Term("folded", folded.term(slot.folded[0]), sequence.zone), every)
        spelled.append((own, every))
    left = np.arange(len(docs))
    owns: list[NDArray[np.uint8]] = []
    for own, _ in spelled:
        found = matcher.frequencies(own, docs[left])
        counts[left[found == 0]] = 0
        kept = found != 0
        left = left[kept]
        owns = [*(each[kept] for each in owns), found[kept]]
    some = docs[left]
    pairs = matcher.frequencies(known.parts[0], some).astype(np.int32)
    others = np.zeros(len(some), np.int32)
    sure = pairs < _BYTE
    for (_, every), found in zip(spelled, owns, strict=True):
        all_of = matcher.frequencies(every, some)
        sure &= all_of < _BYTE
        others += all_of.astype(np.int32) - found
    counts[left] = np.where(sure & (others == 0), pairs, np.where(sure & (pairs > others), _SOME, _UNKNOWN))
    return counts


def _listed(segment: Segment, lists: Lists) -> Counted:
    """The answer where one posting list is it: two folded slots that are one pair."""
    if not lists.single:
        return _NOTHING
    docs, tfs = np.empty(lists.most, np.int32), np.empty(lists.most, np.int32)
    postings.get_list(segment.whole, lists.single[0], docs, tfs, 0)
    return Counted(docs, tfs)


def _coded(matcher: Matcher, sequence: Sequence, slots: tuple[Slot, ...], docs: Docs) -> Counted:
    """Those of some articles where a code makes the sequence that tokens alone are not."""
    segment = matcher.segment
    tfs = np.empty(len(docs), np.int32)
    deadline.check()
    segment.trust_tokens(docs)
    fits, _, _, _, bits, kind, numbers = _fits(matcher, slots)
    title_only = int(sequence.zone == "title")
    runs.count_coded(docs, tfs, len(slots), fits, bits, kind, numbers, title_only, *segment.forward)
    held = tfs != 0
    return Counted(docs[held], tfs[held])


def _added(first: Counted, second: Counted) -> Counted:
    """The articles of both, and how many places they have together."""
    docs = np.union1d(first.docs, second.docs)
    tfs = np.zeros(len(docs), np.int32)
    for each in (first, second):
        tfs[docs.searchsorted(each.docs)] += each.tfs
    return Counted(docs, tfs)


def _verified(
    matcher: Matcher, sequence: Sequence, slots: tuple[Slot, ...], docs: Docs, *, enough: int = _ALL_PLACES
) -> Counted:
    """Those of some articles that hold a sequence, by their tokens; counted up to `enough` places at least."""
    segment, slop, title_only = matcher.segment, sequence.slop, int(sequence.zone == "title")
    tfs = np.empty(len(docs), np.int32)
    deadline.check()
    segment.trust_tokens(docs)
    simple = _simple(slots, slop)
    if not len(simple) and len(slots) <= runs.MOST_SLOTS:
        fits, plain, anchor, form, bits, kind, number = _fits(matcher, slots)
        if not slop:
            runs.count_runs(
                docs, tfs, len(slots), fits, plain, anchor, form, bits, kind, number, title_only, enough,
                *segment.forward,
            )  # fmt: skip
        for at in range(0, len(docs) if slop else 0, _AT_ONCE):
            deadline.check()
            some, counts = docs[at : at + _AT_ONCE], tfs[at : at + _AT_ONCE]
            gaps.count_gapped(
                some, counts, len(slots), slop, fits, plain, bits, kind, number, title_only, enough, *segment.forward,
            )  # fmt: skip
    else:
        bounds = np.array([0, *accumulate(len(slot.alternatives) for slot in slots)], np.int32)
        flat = [alternative for slot in slots for alternative in slot.alternatives]
        kind = np.array([kind for kind, _ in flat], np.uint8)
        number = np.array([number for _, number in flat], np.int32)
        for at in range(0, len(docs), _AT_ONCE):
            deadline.check()
            some, counts = docs[at : at + _AT_ONCE], tfs[at : at + _AT_ONCE]
            kinds.count_sequences(
                some, len(some), counts, bounds, kind, number, simple, slop, title_only, enough, *segment.forward,
            )  # fmt: skip
    held = tfs != 0
    return Counted(docs[held], tfs[held])


def _fits(
    matcher: Matcher, slots: tuple[Slot, ...]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], int, int, NDArray[np.uint8], NDArray[np.uint8], NDArray[np.int32]]:
    """Slots as `runs.count_runs` takes them, from `fits` on; `gaps.count_gapped` takes the same but for the anchor."""
    folded_of = matcher.segment.forward[6]
    order, edges = forms_of(matcher)
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


def _simple(slots: tuple[Slot, ...], slop: int) -> NDArray[np.int32]:
    """The one form of each slot in articles with diacritics, where that is all there is; else empty."""
    chosen = []
    for slot in slots:
        exact = [number for kind, number in slot.alternatives if kind == kinds.EXACT]
        others = [kind for kind, _ in slot.alternatives if kind not in (kinds.EXACT, kinds.PLAIN)]
        if slop or others or len(exact) != 1 or exact[0] >= RARE:
            return np.empty(0, np.int32)
        chosen.append(exact[0])
    return np.array(chosen, np.int32)
