# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""The best of the articles that match where the bytes of all scored rows are there and no list is to be read.

All articles of a stretch get their scores in single precision, scorer after scorer, by loops that become vector
instructions. A heap of the highest of these says what an article needs for the page; those that reach it, less twice
the error of single precision, are noted, and in the end the few that still do are scored exactly (`best.exact`).

Of few scorers, articles are taken by which of these they hold, those with all of them first: who holds terms that
together weigh less than the page needs is not looked at (`search.codec.kernels.subsets`).

Arguments are those of `search.codec.kernels.answering` and `best`. What is known from one stretch to the next: `heap`,
the highest sums, as many as the page has hits, −∞ at first; `noted`, `noted_at` and `noted_sums`, numbers, places and
sums of noted articles; `state`, how many of these there are and how many hits are kept.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.best import ERROR, FACTORS, add, exact, frequency_of, sink
from search.codec.kernels.blocks import LINES, ONES, places_of
from search.codec.kernels.compiling import compiled
from search.codec.kernels.reading import keep
from search.codec.kernels.types import F64, I32, I64, U8, U32
from search.codec.kernels.words import load_word, store_word

_BYTES = nb.uint8[::1]
_FLOATS = nb.float32[::1]
WIDTH: Final = 1024
"""Articles at a time: what is known of them fits into the nearest cache, and calls are few."""
NOTED: Final = 1024
"""Articles noted before those that still reach the page are scored exactly."""
_8 = np.uint64(8)


@compiled(nb.void(U32, nb.uint64, nb.float32, nb.float32, _FLOATS))
def _normed(lengths: Any, width: int, base: float, slope: float, norms: Any) -> None:
    """What is added to a frequency below the line, for articles of these lengths."""
    for j in range(width):
        norms[j] = base + slope * np.float32(np.int32(lengths[j]))


@compiled(nb.boolean(_FLOATS, nb.uint64, nb.float32, _BYTES))
def _reach(sums: Any, width: int, least: float, held: Any) -> bool:
    """Strike out the articles held whose sums are below `least`; whether any are left."""
    some = nb.uint8(0)
    for j in range(width):
        held[j] &= nb.uint8(sums[j] >= least)
        some |= held[j]
    return some != 0


_TAKEN = (
    U8, I64, I64, F64, LINES, _BYTES, nb.int64, _BYTES, U8, I64, I64, I64, I64, I32, I32,
)  # fmt: skip
_KNOWN = (
    I32, nb.float64[::1], nb.int32[::1], _FLOATS, nb.int32[::1], nb.int32[::1], _FLOATS, nb.int64[::1],
)  # fmt: skip


@compiled(nb.void(*_TAKEN, *_KNOWN, nb.float32), error_model="numpy")
def settle(
    data: Any, scored: Any, lines: Any, factors: Any, lengths: Any, rows: Any, stride: int, kind: Any, hot: Any,
    hot_of: Any, row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any, ranks: Any, keys: Any,
    hits: Any, heap: Any, noted: Any, noted_at: Any, noted_sums: Any, state: Any, slack: float,
) -> None:  # fmt: skip
    """Score the noted articles exactly that still reach the page, and keep the best in `keys` and `hits`."""
    least = heap[0] - slack if heap.size > 0 else np.float32(np.inf)
    for i in range(state[0]):
        if noted_sums[i] >= least:
            d = nb.int64(noted[i])
            key = exact(
                nb.int64(noted_at[i]), d, data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of,
                row_bounds, given_bounds, lists, given, tfs,
            )  # fmt: skip
            state[1] = keep(keys, hits, ranks, state[1], key, d)
    state[0] = 0


@compiled(nb.float32(F64, nb.int64))
def slack_of(factors: Any, scorers: int) -> float:
    """How far the sums of two articles can be wrong together."""
    slack = 0.0
    for s in range(scorers):
        slack += abs(factors[FACTORS + 3 * s]) * ERROR * 2 * (scorers + 10)
    return np.float32(slack)


@compiled(
    nb.void(*_TAKEN, *_KNOWN, nb.float32, I32, I32, nb.int64, nb.int64, I64, nb.int64),
    error_model="numpy",
)
def screen(
    data: Any, scored: Any, lines: Any, factors: Any, lengths: Any, rows: Any, stride: int, kind: Any, hot: Any,
    hot_of: Any, row_bounds: Any, given_bounds: Any, lists: Any, given: Any, tfs: Any, ranks: Any, keys: Any,
    hits: Any, heap: Any, noted: Any, noted_at: Any, noted_sums: Any, state: Any, slack: float, docs: Any, places: Any,
    flags: int, m: int, group: Any, groups: int,
) -> None:  # fmt: skip
    """Note the articles of a stretch that reach the page.

    With `flags` ≥ 0 the articles are those of `m` whose flags, from `rows[flags]` on, are set; else `docs[:m]` at their
    `places`. `group` is that of `best.in_order`, which made `groups` of them. There is no cursor.
    """
    scorers = scored.size
    whole = flags >= 0
    wide = min(WIDTH, m)
    row = np.empty(0 if whole else wide, np.uint8)
    long = np.empty(0 if whole else wide, np.uint32)
    held = np.empty(WIDTH, np.uint8)
    sums = np.empty(wide, np.float32)
    norms = np.empty(wide, np.float32)
    count = state[0]
    for start in range(0, m, WIDTH):
        base = nb.uint64(start)
        width = nb.uint64(min(m - start, WIDTH))
        if whole:
            at = nb.uint64(flags) + base
            for word in range((width + nb.uint64(7)) // _8):
                store_word(held, _8 * word, load_word(rows, at + _8 * word))
        else:
            held[:] = 1
        for j in range(width, min(width + _8, nb.uint64(WIDTH))):
            held[j] = 0
        sums[:] = 0
        for g in range(groups):
            first = True
            for s in range(scorers):
                if group[s] != g:
                    continue
                own = FACTORS + 3 * s
                if first:
                    first = False
                    of_line = lengths[lines[s]]
                    low = np.float32(factors[own + 1])
                    slope = np.float32(factors[own + 2])
                    if whole:
                        _normed(of_line[start : start + nb.int64(width)], width, low, slope, norms)
                    else:
                        for j in range(width):
                            long[j] = of_line[nb.uint64(nb.uint32(docs[base + j]))]
                        _normed(long, width, low, slope, norms)
                weight = np.float32(factors[own])
                r = scored[s]
                at = nb.uint64(hot_of[r] if kind[r] == 3 else r * stride)
                if whole:
                    begin = nb.int64(at + base)
                    bytes_ = hot if kind[r] == 3 else rows
                    bytes_ = bytes_[begin : begin + nb.int64(width)]
                else:
                    bytes_ = row
                    if kind[r] == 2:
                        for j in range(width):
                            row[j] = rows[at + nb.uint64(nb.uint32(places[base + j]))]
                    elif kind[r] == 3:
                        for j in range(width):
                            row[j] = hot[at + nb.uint64(nb.uint32(docs[base + j]))]
                    else:
                        for j in range(width):
                            row[j] = rows[at + nb.uint64(nb.uint32(docs[base + j]))]
                if add(sums, bytes_, norms, width, weight) == 255:
                    for j in range(width):
                        if bytes_[j] == 255:
                            d = nb.int64(base + j) if whole else nb.int64(docs[base + j])
                            tf = np.float32(frequency_of(data, row_bounds, given_bounds, lists, given, tfs, r, d))
                            most = np.float32(255)
                            sums[j] += weight * (tf / (tf + norms[j]) - most / (most + norms[j]))
        least = heap[0] - slack
        if not _reach(sums, width, least, held):
            continue
        for word in range((width + nb.uint64(7)) // _8):
            some = load_word(held, _8 * word)
            if some == 0:
                continue
            eight = places_of(some)
            for _ in range((some * ONES) >> nb.uint64(56)):
                j = _8 * word + (eight & nb.uint64(255))
                eight >>= _8
                total = sums[j]
                if total < least:
                    continue
                if total > heap[0]:
                    sink(heap, 0, total)
                    least = heap[0] - slack
                if count == noted.size:
                    state[0] = count
                    settle(
                        data, scored, lines, factors, lengths, rows, stride, kind, hot, hot_of, row_bounds,
                        given_bounds, lists, given, tfs, ranks, keys, hits, heap, noted, noted_at, noted_sums, state,
                        slack,
                    )  # fmt: skip
                    count = 0
                noted[count] = base + j if whole else nb.uint64(nb.uint32(docs[base + j]))
                noted_at[count] = base + j if whole else nb.uint64(nb.uint32(places[base + j]))
                noted_sums[count] = total
                count += 1
    state[0] = count
