# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Articles by which of a few scored terms they hold: those that hold most are scored first, most others never.

No term adds more than its weight, so articles that hold the same terms have one bound, and there are few different
ones. Which terms an article holds is one byte of a row: bit s for the term s, and `MATCHES` where the article meets the
condition ("max score" by sets of terms: Turtle and Flood, 1995, https://doi.org/10.1016/0306-4573(95)00020-H).

Arguments are those of `search.codec.kernels.answering` and `best`.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.best import FACTORS
from search.codec.kernels.blocks import BLOCK, ONES, places_of
from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import F64, I64, U8
from search.codec.kernels.words import load_word

_BYTES = nb.uint8[::1]
MOST_TERMS: Final = 5
"""More terms have too many sets."""
FEW: Final = 8
"""Articles are taken by the terms they hold where less than this part of all hold all scored terms."""
MATCHES: Final = 128
FLAGGED, ANY_TERM, ALL_TERMS = 0, 1, 2
NEAR: Final = 0.9
"""Sets that weigh at least so much of the heaviest one are taken together, as each look at all articles costs time."""
_8 = np.uint64(8)
_BLOCK = np.uint64(BLOCK)


@compiled(nb.void(_BYTES, U8, _BYTES, I64, I64, nb.int64, nb.uint64, nb.uint64, nb.int64, nb.int64[::1]))
def mark(
    rows: Any, hot: Any, kind: Any, row_at: Any, scored: Any, n: int, flags: int, marks: int, wants: int, found: Any
) -> None:  # fmt: skip
    """Lay which scored terms each article holds from `rows[marks]` on, 0 for those that do not match.

    Those that match have flags (1, from `rows[flags]` on) where `wants` is `FLAGGED`; where it is `ANY_TERM` or
    `ALL_TERMS` they are told by their terms, and get their flags here. `found` receives how many match, and how many
    of these hold all scored terms.
    """
    held = np.empty(BLOCK, np.uint8)
    match = np.empty(BLOCK, np.uint8)
    every = nb.uint8((1 << scored.size) - 1)
    found[:] = 0
    for start in range(0, n, BLOCK):
        base = nb.uint64(start)
        held[:] = 0
        for s in range(scored.size):
            r = scored[s]
            at = nb.uint64(row_at[r]) + base
            bit = nb.uint8(1 << s)
            if kind[r] == 3:
                for j in range(_BLOCK):
                    held[j] |= bit if hot[at + j] != 0 else nb.uint8(0)
            else:
                for j in range(_BLOCK):
                    held[j] |= bit if rows[at + j] != 0 else nb.uint8(0)
        if wants == FLAGGED:
            for j in range(_BLOCK):
                match[j] = rows[flags + base + j]
        else:
            least = every if wants == ALL_TERMS else nb.uint8(1)
            for j in range(_BLOCK):
                match[j] = nb.uint8(held[j] >= least)
            for j in range(_BLOCK):
                rows[flags + base + j] = match[j]
        some = nb.uint16(0)
        full = nb.uint16(0)
        for j in range(_BLOCK):
            some = nb.uint16(some + match[j])
            full = nb.uint16(full + (match[j] & nb.uint8(held[j] == every)))
        found[0] += some
        found[1] += full
        for j in range(_BLOCK):
            rows[marks + base + j] = (held[j] | nb.uint8(MATCHES)) if match[j] != 0 else nb.uint8(0)


@compiled(nb.int64(I64, I64, I64, nb.int64))
def told_by(part_bounds: Any, part_rows: Any, scored: Any, wanted: int) -> int:
    """How the scored terms tell which articles meet a condition of `wanted` parts; `FLAGGED` where they do not.

    They do where all scored rows, each scored once, are one part, or each a part of its own.
    """
    if part_rows.size != scored.size or scored.size == 0 or part_bounds.size != wanted + 1:
        return FLAGGED
    if wanted != 1 and wanted != scored.size:
        return FLAGGED
    for k in range(wanted):
        if wanted > 1 and part_bounds[k + 1] != part_bounds[k] + 1:
            return FLAGGED
    for s in range(scored.size):
        there = False
        for k in range(scored.size):
            there |= part_rows[k] == scored[s]
            if k < s and scored[k] == scored[s]:
                return FLAGGED
        if not there:
            return FLAGGED
    return ANY_TERM if wanted == 1 and scored.size > 1 else ALL_TERMS


@compiled(nb.void(F64, nb.float64[::1]))
def bounds_of(factors: Any, bounds: Any) -> None:
    """The most that each set of terms can score."""
    for terms in range(bounds.size):
        bounds[terms] = 0.0
        s = 0
        while terms >> s:
            if terms >> s & 1:
                bounds[terms] += max(factors[FACTORS + 3 * s], 0.0)
            s += 1


@compiled(nb.int64(F64, nb.boolean, nb.float64, _BYTES, _BYTES))
def next_sets(bounds: Any, full: bool, least: float, done: Any, chosen: Any) -> int:
    """Sets of terms to be looked at next, into `chosen`, which are `done` then; how many.

    With a `full` page all that can reach `least`; before, those that weigh about as much as the heaviest that is left.
    """
    low = least
    if not full:
        low = -np.inf
        for terms in range(bounds.size):
            if done[terms] == 0:
                low = max(low, NEAR * bounds[terms])
    count = 0
    for terms in range(bounds.size):
        if done[terms] == 0 and bounds[terms] >= low:
            done[terms] = 1
            chosen[count] = terms
            count += 1
    return count


@compiled(nb.int64(_BYTES, nb.uint64, nb.int64, U8, nb.int64, nb.int32[::1]))
def collect(rows: Any, marks: int, n: int, chosen: Any, count: int, docs: Any) -> int:
    """The articles that hold just one of the first `count` sets of `chosen`, ascending, into `docs`; how many."""
    held = np.empty(BLOCK, np.uint8)
    found = nb.uint64(0)
    for start in range(0, n, BLOCK):
        base = nb.uint64(start)
        held[:] = 0
        for k in range(count):
            wanted = nb.uint8(MATCHES | chosen[k])
            for j in range(_BLOCK):
                held[j] |= nb.uint8(rows[marks + base + j] == wanted)
        for word in range(nb.uint64(BLOCK // 8)):
            some = load_word(held, _8 * word)
            if some == 0:
                continue
            eight = places_of(some)
            for _ in range((some * ONES) >> nb.uint64(56)):
                docs[found] = base + _8 * word + (eight & nb.uint64(255))
                found += nb.uint64(1)
                eight >>= _8
    return found
