# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""The articles that meet a conjunction, from its smallest part on.

Arguments are those of `search.codec.kernels.answering` and `best`.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.reading import held
from search.codec.kernels.rows import candidates, dense, narrow, some_of_row
from search.codec.kernels.types import I32, I64, U8

_BYTES = nb.uint8[::1]


@compiled(
    nb.int64(
        U8, I64, I64, I64, I64, I64, nb.int64, nb.int64, I64, I64, I32, I32, U8, U8, I64, _BYTES, nb.int64,
        nb.int32[::1], nb.int64, nb.float64, _BYTES,
    ),
)  # fmt: skip
def conjunction(
    data: Any, row_bounds: Any, given_bounds: Any, part_bounds: Any, part_rows: Any, order: Any, wanted: int,
    excluded: int, scored: Any, lists: Any, given: Any, tfs: Any, live: Any, hot: Any, hot_of: Any, rows: Any,
    stride: int, docs: Any, n: int, cost: float, kind: Any,
) -> int:  # fmt: skip
    """The live articles in all wanted parts and no excluded one, ascending, into `docs`; returns how many.

    `order` holds the wanted parts, the smallest first. Rows that are scored and were read on the way have their bytes
    at the articles' places, and 2 in `kind`.
    """
    many_rows = row_bounds.size - 1
    spare = rows[many_rows * stride : (many_rows + 1) * stride]
    done = np.zeros(many_rows, np.uint8)
    needed = np.zeros(many_rows, np.uint8)
    for s in range(scored.size):
        needed[scored[s]] = 1
    first = order[0]
    a, b = part_bounds[first], part_bounds[first + 1]
    if b - a == 1:
        r = part_rows[a]
        m = candidates(
            data, lists[row_bounds[r] : row_bounds[r + 1]],
            given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
            docs, rows[r * stride : (r + 1) * stride], spare, n,
        )  # fmt: skip
        done[r] = 1
    else:
        spare[:] = 0
        for k in range(a, b):
            # rows are built on their way to their union, which is all that is wanted of them here
            r = part_rows[k]
            row = rows[r * stride : (r + 1) * stride]
            if hot_of[r] >= 0:
                row[:] = hot[hot_of[r] : hot_of[r] + stride]
            else:
                dense(
                    data, lists[row_bounds[r] : row_bounds[r + 1]],
                    given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]], row, n,
                )  # fmt: skip
            for j in range(nb.uint64(stride)):
                spare[j] |= row[j]
        m = held(spare, n, docs)
        for k in range(a, b):
            row = rows[part_rows[k] * stride : (part_rows[k] + 1) * stride]
            for j in range(nb.uint64(m)):
                row[j] = row[nb.uint64(nb.uint32(docs[j]))]
            done[part_rows[k]] = 1
    if live.size > 0:
        for i in range(m):
            spare[i] = live[docs[i]]
        m = narrow(docs, m, spare, True, rows, stride, done)
    union = np.empty(0, np.uint8)
    for place in range(1, wanted + excluded):
        if m == 0:
            break
        p = order[place] if place < wanted else place
        if union.size == 0:
            union = np.empty(m, np.uint8)
        union[:m] = 0
        for k in range(part_bounds[p], part_bounds[p + 1]):
            r = part_rows[k]
            row = rows[r * stride : (r + 1) * stride]
            if done[r] == 0:
                some_of_row(
                    data, lists[row_bounds[r] : row_bounds[r + 1]],
                    given[given_bounds[r] : given_bounds[r + 1]], tfs[given_bounds[r] : given_bounds[r + 1]],
                    hot, hot_of[r], docs[:m], row, spare, n, cost,
                )  # fmt: skip
                done[r] = needed[r]
            for j in range(nb.uint64(m)):
                union[j] |= row[j]
        m = narrow(docs, m, union, place < wanted, rows, stride, done)
    for r in range(many_rows):
        if done[r] != 0:
            kind[r] = 2
    return m
