"""The posting lists of one field, written to a segment: sorted terms, where each list begins, the lists.

In: columns of term ids. Out: sections `F.terms.*` (or `F.firsts` and `F.seconds` for pairs),
`F.bases`, `F.starts` and `F.postings` of a container. The key of a pair is the number of its first folded term in the
segment's field "folded" times 2³² plus that of its second; it is stored as the second number, in the range of the
first. Must not know articles.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.container import ContainerWriter
from search.codec.layout import GROUP
from search.codec.tables import write_table

PAIRS: Final = 2 << 20
"""Pairs sorted at a time: 20 bytes each. A term that begins more of them is sorted alone."""


NEAR: Final = 0xFFFF
"""Places of lists are kept in two bytes where no group of them is longer."""


class PostingSink:
    """Collects the starts of lists while their bytes go to the container piece by piece."""

    def __init__(self, out: ContainerWriter, name: str) -> None:
        self._out, self._name = out, name
        self._starts: list[tuple[int, NDArray[np.uint32]]] = []
        self._at = 0
        out.begin(f"{name}.postings")

    def append(self, piece: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        """Add lists: their bytes, and where each begins in them."""
        self._starts.append((self._at, starts.astype(np.uint32)))
        self._at += len(piece)
        self._out.append(piece)

    def end(self) -> None:
        """Finish the lists and write where they begin; `starts` has one entry more than lists."""
        self._out.end()
        starts = np.concatenate([*(each.astype(np.int64) + base for base, each in self._starts), [self._at]])
        self._starts.clear()
        bases = starts[::GROUP]
        near = starts - np.repeat(bases, GROUP)[: len(starts)]
        wide = self._at > 0xFFFFFFFF
        if wide or near.max() > NEAR:
            bases, near = bases[:0], starts
        self._out.array(f"{self._name}.bases", bases.astype(np.uint32))
        self._out.array(f"{self._name}.starts", near.astype("<u2" if len(bases) else "<i8" if wide else "<u4"))


def write_text_field(
    out: ContainerWriter,
    name: str,
    terms: list[bytes],
    tokens: NDArray[np.int32],
    starts: NDArray[np.int64],
    extra: NDArray[np.int32],
    extra_starts: NDArray[np.int64],
) -> None:
    """Invert `tokens` (numbers into the sorted `terms`, articles in CSR form) and `extra` likewise, and write a field.

    Terms that do not occur are left out.
    """
    from search.codec.kernels import inversion, postings

    pointers, docs, tfs = inversion.invert(
        np.ascontiguousarray(tokens, np.int32), starts, np.ascontiguousarray(extra, np.int32), extra_starts, len(terms)
    )
    present = np.flatnonzero(np.diff(pointers)).astype(np.int32)
    encoded = np.empty(11 * len(docs) + 16 * len(present) + 16, np.uint8)
    places = np.empty(len(present) + 1, np.int64)
    used = postings.put_lists(pointers, present, docs, tfs, encoded, places)
    write_table(out, f"{name}.terms", (terms[i] for i in present.tolist()))
    sink = PostingSink(out, name)
    sink.append(encoded[:used], places[:-1])
    sink.end()


def write_pair_field(
    out: ContainerWriter, name: str, folded: NDArray[np.int32], starts: NDArray[np.int64], terms: int, texts: int
) -> None:
    """Write a field of the adjacent pairs of some texts, a range of first terms at a time.

    Args:
        out: container to write to.
        name: the field.
        folded: folded term of each token.
        starts: where each text begins in `folded`, and where the last ends.
        terms: number of folded terms.
        texts: consecutive texts that make one article.
    """
    from search.codec.kernels import inversion

    piece = np.empty(1 << 22, np.uint8)
    keys, places = np.empty(1 << 18, np.uint64), np.empty(1 << 18, np.int64)
    sink = PostingSink(out, name)
    seconds: list[Any] = [np.empty(0, np.uint32)]
    counts = np.zeros(terms, np.int64)
    for low, high in _ranges(folded, terms):
        first, second, docs = inversion.sort_pairs(folded, starts, terms, low, high)
        docs //= texts
        at = 0
        while at < len(first):
            largest = 11 * len(docs) + 64
            following, lists, used = inversion.put_pairs(first, second, docs, at, keys, places, piece)
            if lists == 0:  # one list larger than the whole piece
                piece = np.empty(min(2 * len(piece), largest), np.uint8)
                continue
            sink.append(piece[:used], places[:lists].copy())
            seconds.append(keys[:lists].astype(np.uint32))  # the low half of a key
            counts += np.bincount((keys[:lists] >> np.uint64(32)).astype(np.int64), minlength=terms)
            at = following
    sink.end()
    write_pair_keys(out, name, seconds, counts)


def _ranges(folded: NDArray[np.int32], terms: int) -> list[tuple[int, int]]:
    """Ranges of first terms with `PAIRS` pairs or fewer each, or one term each."""
    from search.codec.kernels import inversion

    counts = np.zeros(terms, np.int64)
    inversion.count_ids(folded, counts)
    running = np.cumsum(counts)
    found, low = [], 0
    while low < terms:
        done = int(running[low - 1]) if low else 0
        high = max(int(np.searchsorted(running, done + PAIRS, side="right")), low + 1)
        found.append((low, high))
        low = high
    return found


def write_pair_keys(
    out: ContainerWriter, name: str, seconds: list[NDArray[np.uint32]], counts: NDArray[np.int64]
) -> None:
    """Write the second terms of all pairs, in order, and where those of each first term begin among them."""
    dtype = "<u2" if len(counts) <= 1 << 16 else "<u4"
    out.begin(f"{name}.seconds", dtype)
    for some in seconds:
        out.append(some.astype(dtype, copy=False))
    out.end()
    out.array(f"{name}.firsts", np.concatenate([[0], np.cumsum(counts)]).astype(np.uint32))
