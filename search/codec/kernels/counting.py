# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Counting the codes of columns: of the articles a row of flags holds, or of those in a list.

Two columns are counted in one pass, articles in turn into two histograms: an addition to a counter that was changed a
moment ago waits for it, and most columns have few values. `some` holds the histograms: those of `counts[i]` are
`some[2 * i]` and `some[2 * i + 1]`. Where a column is not wanted, the place of its counts is −1.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.blocks import BLOCK, CHOSEN, choose
from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I32, I64, U8, U16

_1 = np.uint64(1)
_2 = np.uint64(2)
_SOME = nb.int32[::1]


@nb.njit(inline="always")
def _add(codes: Any, first: int, others: Any, second: int, both: bool, d: int, lane: int, some: Any) -> None:
    some[_2 * (first + nb.uint64(nb.uint32(codes[d]))) + lane] += 1
    if both:
        some[_2 * (second + nb.uint64(nb.uint32(others[d]))) + lane] += 1


@compiled(
    nb.void(I32, nb.uint64, I32, nb.uint64, nb.boolean, nb.uint64, nb.uint8[::1], nb.uint64, _SOME),
)
def _of_chosen(
    codes: Any, first: int, others: Any, second: int, both: bool, base: int, chosen: Any, c: int, some: Any
) -> None:
    """Count `c` chosen articles of the block at `base`."""
    i = nb.uint64(0)
    while i + _1 < c:
        _add(codes, first, others, second, both, base + nb.uint64(chosen[i]), nb.uint64(0), some)
        _add(codes, first, others, second, both, base + nb.uint64(chosen[i + _1]), _1, some)
        i += _2
    if i < c:
        _add(codes, first, others, second, both, base + nb.uint64(chosen[i]), nb.uint64(0), some)


@nb.njit(inline="always")
def _wanted(codes: Any, first: int, others: Any, second: int) -> Any:
    """The columns that are wanted, in this order, and whether both are."""
    if first < 0:
        return others, nb.uint64(second), others, nb.uint64(second), False
    return codes, nb.uint64(first), others, nb.uint64(max(second, 0)), second >= 0


@compiled(nb.void(I32, nb.int64, I32, nb.int64, U8, nb.uint64, nb.int64, nb.uint64, _SOME))
def count_flags(
    codes: Any, first: int, others: Any, second: int, held: Any, at: int, n: int, flip: int, some: Any
) -> None:
    """Count the articles held (1), of `n` whose flags begin at `at`; see `choose` for `flip`."""
    if first < 0 and second < 0:
        return
    a, a_first, b, b_first, both = _wanted(codes, first, others, second)
    chosen = np.empty(CHOSEN, np.uint8)
    for start in range(0, n, BLOCK):
        base = nb.uint64(start)
        c = choose(held, at + base, flip, chosen)
        while c > 0 and base + nb.uint64(chosen[c - _1]) >= nb.uint64(n):
            c -= _1
        _of_chosen(a, a_first, b, b_first, both, base, chosen, c, some)


@compiled(nb.void(I32, nb.int64, I32, nb.int64, I32, nb.uint64, _SOME))
def count_docs(codes: Any, first: int, others: Any, second: int, docs: Any, m: int, some: Any) -> None:
    """Count the first `m` articles of a list."""
    if first < 0 and second < 0:
        return
    a, a_first, b, b_first, both = _wanted(codes, first, others, second)
    for i in range(m):
        _add(a, a_first, b, b_first, both, nb.uint64(nb.uint32(docs[i])), i & _1, some)


@compiled(nb.int32(_SOME, _SOME))
def _add_up(row: Any, across: Any) -> int:
    """Add a row of counters to those of its columns, by vector instructions; returns their sum."""
    total = nb.int32(0)
    for k in range(nb.uint64(row.size)):
        across[k] += row[k]
        total += row[k]
    return total


@compiled(
    nb.void(U16, nb.int64, nb.int64, nb.int64, nb.int64, U8, nb.uint64, nb.int64, nb.uint64, _SOME),
)
def count_cells(
    cells: Any, many: int, first: int, others: int, second: int, held: Any, at: int, n: int, flip: int, some: Any
) -> None:
    """As `count_flags` two columns of `many` and `others` codes, given as one: `cells[d] = code · others + other code`.

    One addition an article instead of two, and a quarter of the memory to read.
    """
    table = np.zeros(many * others, np.int32)
    chosen = np.empty(CHOSEN, np.uint8)
    for start in range(0, n, BLOCK):
        base = nb.uint64(start)
        c = choose(held, at + base, flip, chosen)
        while c > 0 and base + nb.uint64(chosen[c - _1]) >= nb.uint64(n):
            c -= _1
        for i in range(c):
            table[nb.uint64(cells[base + nb.uint64(chosen[i])])] += 1
    across = np.zeros(others, np.int32)
    for i in range(many):
        some[2 * (first + i)] += _add_up(table[i * others : (i + 1) * others], across)
    for k in range(others):
        some[2 * (second + k)] += across[k]


@compiled(nb.void(_SOME, I64, nb.boolean, nb.int64[::1]))
def put_counts(some: Any, totals: Any, rest: bool, counts: Any) -> None:
    """Add what was counted to `counts`; with `rest` what is left of `totals`, as the others were counted."""
    for i in range(counts.size):
        found = nb.int64(some[2 * i]) + nb.int64(some[2 * i + 1])
        counts[i] += totals[i] - found if rest else found
