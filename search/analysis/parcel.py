"""Analyses on their way from one process to another: the same columns, and each term spelled once.

In: analyses over one process's vocabulary. Out: `Parcel`s that pickle small, and analyses over another vocabulary.
Texts do not travel where the receiver has them as they are. Must not know how processes are started.

>>> from search.analysis import analyze_batch
>>> texts, sender, receiver = ["tham nhũng vặt", ""], Sender(), Receiver()
>>> [analysis.exact_terms() for analysis in receiver.unpack(sender.pack(analyze_batch(texts), texts), texts)]
[['tham', 'nhũng', 'vặt'], []]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search.analysis.chain import VOCABULARY
from search.analysis.streams import Analysis, Code, Plainness


@dataclass(frozen=True, slots=True, eq=False)
class Parcel:
    """Columns of several analyses one after another; `lengths` are positions of each.

    `exact` counts in all terms that the sender has sent: `first` of them in the parcels before, then `terms`. `changed`
    are the texts that analysis stores otherwise than they were given, by their number.

    Shapes: exact, starts, ends int32 (n,), joined bool (n,), n = sum of `lengths`.
    """

    first: int
    terms: list[str]
    lengths: list[int]
    exact: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    joined: NDArray[np.bool_]
    codes: list[tuple[Code, ...]]
    plainness: list[Plainness]
    changed: dict[int, str]


class LostParcel(Exception):
    """A parcel that the receiver cannot read, because one before it never came."""


class Sender:
    """Makes parcels of the analyses of this process; whoever takes one must have taken all before it."""

    def __init__(self) -> None:
        self._sent = 0

    def pack(self, analyses: Sequence[Analysis], texts: Sequence[str]) -> Parcel:
        """The analyses of some texts, without those and without the vocabulary of this process."""
        empty = np.zeros(0, np.int32)
        first, self._sent = self._sent, len(VOCABULARY)
        return Parcel(
            first=first,
            terms=[VOCABULARY.exact(i) for i in range(first, self._sent)],
            lengths=[len(a) for a in analyses],
            exact=np.concatenate([empty, *(a.exact for a in analyses)]),
            starts=np.concatenate([empty, *(a.starts for a in analyses)]),
            ends=np.concatenate([empty, *(a.ends for a in analyses)]),
            joined=np.concatenate([np.zeros(0, np.bool_), *(a.joined for a in analyses)]),
            codes=[tuple(a.codes) for a in analyses],
            plainness=[a.plainness for a in analyses],
            changed={i: a.text for i, (a, text) in enumerate(zip(analyses, texts, strict=True)) if a.text != text},
        )


class Receiver:
    """Reads the parcels of one sender, in their order."""

    def __init__(self) -> None:
        self._own: NDArray[np.int32] = np.zeros(1 << 12, np.int32)
        self._known = 0

    def unpack(self, parcel: Parcel, texts: Sequence[str]) -> list[Analysis]:
        """The analyses of a parcel over the vocabulary of this process; `texts` as they were given to the sender.

        Raises:
            LostParcel: a parcel before it was not unpacked.
        """
        if parcel.first != self._known:
            raise LostParcel
        known = parcel.first + len(parcel.terms)
        if known > len(self._own):
            self._own = np.concatenate([self._own[: self._known], np.zeros(known, np.int32)])
        self._own[self._known : known] = [VOCABULARY.id(term) for term in parcel.terms]
        self._known = known
        exact = self._own.take(parcel.exact)
        found, first = [], 0
        rest = zip(texts, parcel.lengths, parcel.codes, parcel.plainness, strict=True)
        for number, (text, length, codes, plainness) in enumerate(rest):
            span = slice(first, first + length)
            columns = exact[span], parcel.starts[span], parcel.ends[span], parcel.joined[span]
            stored = parcel.changed.get(number, text)
            found.append(Analysis(stored, VOCABULARY, *columns, codes=codes, plainness=plainness))
            first += length
        return found
