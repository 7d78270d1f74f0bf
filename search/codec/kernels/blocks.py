# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops over one block of `BLOCK` articles, each of a fixed length and over few arrays: vector instructions."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.reading import STRIDE
from search.codec.kernels.types import I32, U8
from search.codec.kernels.words import load_word

BLOCK: Final = STRIDE
FEW: Final = 48
"""Up to so many articles of a block are looked for eight at a time."""

_64 = np.uint64(BLOCK)
_BYTES = nb.uint8[::1]
LINES = nb.types.Array(nb.uint32, 2, "C", readonly=True)


@nb.njit(nb.void(U8, nb.uint64, _BYTES), cache=True, nogil=True)
def add(rows: Any, at: int, held: Any) -> None:
    """Add the articles of a row's block at `at` to those held (not 0)."""
    for j in range(_64):
        held[j] |= rows[at + j]


@nb.njit(nb.void(U8, nb.uint64, _BYTES), cache=True, nogil=True)
def need(rows: Any, at: int, held: Any) -> None:
    """Keep, of the articles held (1), those of a row's block at `at`."""
    for j in range(_64):
        held[j] &= nb.uint8(rows[at + j] != 0)


@nb.njit(nb.void(U8, nb.uint64, _BYTES), cache=True, nogil=True)
def forbid(rows: Any, at: int, held: Any) -> None:
    """Keep, of the articles held (1), those that are not in a row's block at `at`."""
    for j in range(_64):
        held[j] &= nb.uint8(rows[at + j] == 0)


@nb.njit(nb.uint64(_BYTES, nb.uint64, nb.int32[::1]), cache=True, nogil=True)
def choose(held: Any, width: int, chosen: Any) -> int:
    """Places of the articles held (1) among the first `width`, into `chosen`; returns how many."""
    some = nb.uint16(0)
    for j in range(_64):
        some = nb.uint16(some + held[j])
    k = nb.uint64(0)
    if some > FEW:
        for j in range(width):
            chosen[k] = j
            k += nb.uint64(held[j])
        return k
    if some > 0:
        for at in range(0, BLOCK, 8):
            if load_word(held, nb.uint64(at)) != 0:
                for j in range(8):
                    chosen[k] = at + j
                    k += nb.uint64(held[nb.uint64(at + j)])
        while k > 0 and nb.uint64(chosen[k - nb.uint64(1)]) >= width:
            k -= nb.uint64(1)
    return k


@nb.njit(nb.void(U8, nb.uint64, nb.uint16, nb.uint16[::1]), cache=True, nogil=True)
def add_most(rows: Any, at: int, most: int, sums: Any) -> None:
    """Add `most` to the sums of the articles of a row's block at `at`."""
    for j in range(_64):
        sums[j] += most if rows[at + j] != 0 else nb.uint16(0)


@nb.njit(nb.void(nb.uint16[::1], nb.uint16, _BYTES), cache=True, nogil=True)
def reaching(sums: Any, least: int, held: Any) -> None:
    """Keep, of the articles held (1), those whose sums are not below `least`."""
    for j in range(_64):
        held[j] &= nb.uint8(sums[j] >= least)


@nb.njit(
    nb.void(I32, nb.uint64, nb.int32[::1], nb.uint64, nb.boolean, I32, nb.uint64, nb.int64[::1]),
    cache=True,
    nogil=True,
)
def count(codes: Any, first: int, chosen: Any, c: int, whole: bool, docs: Any, start: int, counts: Any) -> None:
    """Count the codes of the chosen articles of a block, from `counts[start]` on."""
    if whole:
        for i in range(c):
            d = first + nb.uint64(nb.uint32(chosen[i]))
            counts[start + nb.uint64(nb.uint32(codes[d]))] += 1
    else:
        for i in range(c):
            d = nb.uint64(nb.uint32(docs[first + nb.uint64(nb.uint32(chosen[i]))]))
            counts[start + nb.uint64(nb.uint32(codes[d]))] += 1


@nb.njit(
    nb.void(
        I32, I32, nb.uint64, nb.int32[::1], nb.uint64, nb.boolean, I32, nb.uint64, nb.uint64, nb.int64[::1]
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def count_both(
    codes: Any, others: Any, first: int, chosen: Any, c: int, whole: bool, docs: Any,
    start: int, other_start: int, counts: Any,
) -> None:  # fmt: skip
    """Count the codes of two columns in one pass, where the one's additions wait while the other's are made."""
    for i in range(c):
        d = first + nb.uint64(nb.uint32(chosen[i]))
        if not whole:
            d = nb.uint64(nb.uint32(docs[d]))
        counts[start + nb.uint64(nb.uint32(codes[d]))] += 1
        counts[other_start + nb.uint64(nb.uint32(others[d]))] += 1


@nb.njit(
    nb.uint64(I32, nb.int32, nb.uint64, nb.int32[::1], nb.uint64, nb.boolean, I32),
    cache=True,
    nogil=True,
)
def sooner(ranks: Any, last: int, first: int, chosen: Any, c: int, whole: bool, docs: Any) -> int:
    """Keep the chosen articles of a block that rank before `last`; returns how many."""
    k = nb.uint64(0)
    for i in range(c):
        j = chosen[i]
        d = first + nb.uint64(nb.uint32(j))
        if not whole:
            d = nb.uint64(nb.uint32(docs[d]))
        chosen[k] = j
        k += nb.uint64(ranks[d] < last)
    return k
