# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops over one block of `BLOCK` articles, each of a fixed length and over few arrays: vector instructions.

Division is IEEE's ("numpy"): a check for zero, which no divisor here can be, would keep it from becoming one.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.reading import STRIDE
from search.codec.kernels.types import I32, U8

BLOCK: Final = STRIDE
MOST: Final = np.float32(1e9)
"""Stands for a frequency beyond 254: the score is not lower than that of any other."""

_64 = np.uint64(BLOCK)
_BYTES = nb.uint8[::1]
_FLOATS = nb.float32[::1]
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
    k = nb.uint64(0)
    for j in range(width):
        chosen[k] = j
        k += nb.uint64(held[j])
    return k


@nb.njit(nb.uint8(U8, nb.uint64), cache=True, nogil=True)
def any_in(rows: Any, at: int) -> int:
    """Whether a row's block at `at` holds any article (not 0)."""
    found = nb.uint8(0)
    for j in range(_64):
        found |= rows[at + j]
    return found


@nb.njit(
    nb.void(_FLOATS, U8, nb.uint64, LINES, nb.int64, nb.uint64, nb.float32, nb.float32, nb.float32),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def add_scores(
    scores: Any, rows: Any, at: int, lengths: Any, line: int, first: int, weight: float, base: float, slope: float
) -> None:
    """Add one scorer's scores of the articles from `first` on, in single precision."""
    most = MOST if weight > 0 else np.float32(255)
    for j in range(_64):
        byte = rows[at + j]
        tf = most if byte == 255 else np.float32(byte)
        scores[j] += weight * tf / (tf + (base + slope * np.float32(lengths[line, first + j])))


@nb.njit(
    nb.void(_FLOATS, U8, nb.uint64, LINES, nb.int64, I32, nb.uint64, nb.uint64, nb.float32, nb.float32, nb.float32),
    cache=True,
    nogil=True,
    error_model="numpy",
)
def add_scores_of(
    scores: Any, rows: Any, at: int, lengths: Any, line: int, docs: Any, first: int, width: int,
    weight: float, base: float, slope: float,
) -> None:  # fmt: skip
    """Likewise of the articles `docs[first:first + width]`."""
    most = MOST if weight > 0 else np.float32(255)
    for j in range(width):
        byte = rows[at + j]
        tf = most if byte == 255 else np.float32(byte)
        d = nb.uint64(nb.uint32(docs[first + j]))
        scores[j] += weight * tf / (tf + (base + slope * np.float32(lengths[line, d])))


@nb.njit(nb.int64(_FLOATS, nb.float32), cache=True, nogil=True)
def reaching(scores: Any, least: float) -> int:
    """How many of a block's scores are not below `least`."""
    found = nb.int32(0)
    for j in range(_64):
        found += nb.int32(scores[j] >= least)
    return found


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
