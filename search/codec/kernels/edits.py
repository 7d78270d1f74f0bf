# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Edits between one term and a whole lexicon."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I64, U32


@compiled(nb.int64(U32, I64, U32, nb.int64, nb.int64, nb.uint8[::1]))
def within(points: Any, ends: Any, wanted: Any, first: int, most: int, out: Any) -> int:
    """Edits (optimal string alignment, Boytsov 2011) from `wanted` to each term, 255 beyond `most`; returns the near.

    Terms are code points end to end; with `first` ≥ 0 only terms that begin with that letter are looked at.
    """
    m = wanted.size
    rows = np.empty((3, m + 1), np.int64)
    found = 0
    for t in range(ends.size):
        out[t] = 255
        a = ends[t - 1] if t > 0 else nb.int64(0)
        length = ends[t] - a
        if length > m + most or m > length + most or length == 0:
            continue
        if first >= 0 and nb.int64(points[a]) != first:
            continue
        for j in range(m + 1):
            rows[0, j] = j
        best_before = nb.int64(0)
        beyond = False
        for i in range(1, length + 1):
            row = i % 3
            before = (i - 1) % 3
            earlier = (i - 2) % 3
            rows[row, 0] = i
            best = nb.int64(i)
            c = points[a + i - 1]
            for j in range(1, m + 1):
                cost = rows[before, j - 1] + (0 if wanted[j - 1] == c else 1)
                cost = min(cost, rows[before, j] + 1, rows[row, j - 1] + 1)
                if i > 1 and j > 1 and wanted[j - 2] == c and wanted[j - 1] == points[a + i - 2]:
                    cost = min(cost, rows[earlier, j - 2] + 1)
                rows[row, j] = cost
                best = min(best, cost)
            if best > most and best_before > most:
                beyond = True
                break
            best_before = best
        if beyond:
            continue
        edits = rows[length % 3, m]
        if edits <= most:
            out[t] = edits
            found += 1
    return found
