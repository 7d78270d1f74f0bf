"""The posting lists of one field, written to a segment: sorted terms, where each list begins, the lists.

In: columns of term ids. Out: sections `F.terms.*` (or `F.firsts` and `F.seconds` for pairs),
`F.starts` and `F.postings` of a container. The key of a pair is the number of its first folded term in the segment's
field "folded" times 2³² plus that of its second; it is stored as the second number, in the range of the first. Must not
know articles.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.container import ContainerWriter
from search.codec.tables import write_table

PAIRS: Final = 2 << 20
"""Pairs sorted at a time: 20 bytes each. A term that begins more of them is sorted alone."""


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
        """Finish both sections; `starts` has one entry more than lists."""
        self._out.end()
        dtype = "<u4" if self._at <= 0xFFFFFFFF else "<i8"
        self._out.begin(f"{self._name}.starts", dtype)
        for base, starts in [*self._starts, (self._at, np.zeros(1, np.uint32))]:
            self._out.append((starts.astype(np.int64) + base).astype(dtype))
        self._out.end()


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
    out: ContainerWriter,
    name: str,
    first: NDArray[np.int32],
    second: NDArray[np.int32],
    docs: NDArray[np.int32],
    terms: int,
) -> None:
    """Write a field of pairs from columns sorted by first term, second term and article; `terms` folded terms exist."""
    from search.codec.kernels import inversion

    piece = np.empty(1 << 24, np.uint8)
    keys, starts = np.empty(1 << 20, np.uint64), np.empty(1 << 20, np.int64)
    sink = PostingSink(out, name)
    found: list[Any] = [np.empty(0, np.uint64)]
    at = 0
    while at < len(first):
        largest = 11 * len(docs) + 64
        following, lists, used = inversion.put_pairs(first, second, docs, at, keys, starts, piece)
        if lists == 0:  # one list larger than the whole piece
            piece = np.empty(min(2 * len(piece), largest), np.uint8)
            continue
        sink.append(piece[:used], starts[:lists].copy())
        found.append(keys[:lists].copy())
        at = following
    sink.end()
    write_pair_keys(out, name, np.concatenate(found), terms)


def write_pair_keys(out: ContainerWriter, name: str, keys: NDArray[np.uint64], terms: int) -> None:
    """Write sorted keys as the second terms, with where the pairs of each first term begin among them."""
    seconds = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    firsts = np.searchsorted(keys >> np.uint64(32), np.arange(terms + 1, dtype=np.uint64)).astype(np.uint32)
    out.array(f"{name}.seconds", seconds)
    out.array(f"{name}.firsts", firsts)
