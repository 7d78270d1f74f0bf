"""Analyses on their way from one process to another: the same columns over a list of their own terms.

In: analyses over one process's vocabulary. Out: a `Parcel` that pickles small, and analyses over another vocabulary.
Texts do not travel: the receiver has them. Must not know how processes are started.

>>> from search.analysis import analyze_batch
>>> packed = pack(analyze_batch(["tham nhũng vặt", ""]))
>>> [analysis.exact_terms() for analysis in unpack(packed, ["tham nhũng vặt", ""])]
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
    """Columns of several analyses one after another; `exact` counts in `terms`, `lengths` are positions of each.

    Shapes: exact, starts, ends int32 (n,), joined bool (n,), n = sum of `lengths`.
    """

    terms: list[str]
    lengths: list[int]
    exact: NDArray[np.int32]
    starts: NDArray[np.int32]
    ends: NDArray[np.int32]
    joined: NDArray[np.bool_]
    codes: list[tuple[Code, ...]]
    plainness: list[Plainness]


def pack(analyses: Sequence[Analysis]) -> Parcel:
    """The analyses without their texts and without the vocabulary of this process."""
    empty = np.zeros(0, np.int32)
    ids, places = np.unique(np.concatenate([empty, *(a.exact for a in analyses)]), return_inverse=True)
    return Parcel(
        terms=[VOCABULARY.exact(i) for i in ids.tolist()],
        lengths=[len(a) for a in analyses],
        exact=places.astype(np.int32),
        starts=np.concatenate([empty, *(a.starts for a in analyses)]),
        ends=np.concatenate([empty, *(a.ends for a in analyses)]),
        joined=np.concatenate([np.zeros(0, np.bool_), *(a.joined for a in analyses)]),
        codes=[tuple(a.codes) for a in analyses],
        plainness=[a.plainness for a in analyses],
    )


def unpack(parcel: Parcel, texts: Sequence[str]) -> list[Analysis]:
    """The analyses of a parcel over the vocabulary of this process; `texts` are the NFC texts they were made of."""
    own = np.array([VOCABULARY.id(term) for term in parcel.terms], np.int32)
    exact = own[parcel.exact] if len(own) else parcel.exact
    found, first = [], 0
    for text, length, codes, plainness in zip(texts, parcel.lengths, parcel.codes, parcel.plainness, strict=True):
        span = slice(first, first + length)
        columns = exact[span], parcel.starts[span], parcel.ends[span], parcel.joined[span]
        found.append(Analysis(text, VOCABULARY, *columns, codes=codes, plainness=plainness))
        first += length
    return found
