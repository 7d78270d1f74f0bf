# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""What is left of the articles that meet a condition: filters, articles set apart, and pages that no score orders.

Arguments are those of `search.codec.kernels.answering`.
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.reading import keep, worse
from search.codec.kernels.types import F64, I32, I64, U8

_BYTES = nb.uint8[::1]
PASSED: Final = 1
APART: Final = 2


@compiled(
    nb.int64(I32, I64, I32, U8, I32, U8, I32, U8, I32, I32, I32, _BYTES, nb.int64[::1]),
)
def passing(
    docs: Any, ask: Any, city: Any, city_ok: Any, source: Any, source_ok: Any, byline: Any, byline_ok: Any, day: Any,
    dates: Any, apart: Any, passed: Any, counts: Any,
) -> int:  # fmt: skip
    """Which articles pass all filters (`PASSED`), are set `APART`, or do neither (0); returns how many pass.

    An article that fails one filter alone is counted in that filter's own facet.
    """
    first_day, last_day = ask[4], ask[5]
    total = 0
    for i in range(docs.size):
        d = docs[i]
        passed[i] = 0
        if apart.size > 0 and apart[d] >= 0:
            passed[i] = APART
            continue
        fails = 0
        which = -1
        if city_ok.size > 0 and city_ok[city[d]] == 0:
            fails += 1
            which = 7
        if source_ok.size > 0 and source_ok[source[d]] == 0:
            fails += 1
            which = 8
        if byline_ok.size > 0 and byline_ok[byline[d]] == 0:
            fails += 1
            which = 9
        if first_day >= 0 and (day[d] < first_day or day[d] > last_day):
            fails += 1
            which = 10
        if fails == 0:
            passed[i] = PASSED
            total += 1
        elif fails == 1 and ask[which] >= 0:
            if which == 7:
                counts[ask[7] + city[d]] += 1
            elif which == 8:
                counts[ask[8] + source[d]] += 1
            elif which == 9:
                counts[ask[9] + byline[d]] += 1
            else:
                counts[ask[10] + dates[d]] += 1
    return total


@compiled(nb.boolean(_BYTES, nb.uint64, I32, nb.uint64, nb.uint64, nb.int32))
def any_sooner(rows: Any, flags: int, ranks: Any, base: int, width: int, last: int) -> bool:
    """Whether a flagged article of the block at `base` ranks before `last`."""
    found = nb.uint8(0)
    for j in range(width):
        found |= rows[flags + base + j] & nb.uint8(ranks[base + j] < last)
    return found != 0


@compiled(
    nb.int64(I32, I32, F64, I32, nb.float64, nb.int64, nb.float64[::1], nb.int32[::1], nb.int64, nb.int64[::1]),
)
def keep_by_key(
    docs: Any, day: Any, day_keys: Any, ranks: Any, after_key: float, after_rank: int, keys: Any, hits: Any, size: int,
    behind: Any,
) -> int:  # fmt: skip
    """Keep articles that no score orders, by `day_keys` or, where these are empty, by their ranks; how many are kept.

    `behind[0]` grows by those behind the cursor, where there is one.
    """
    limit = keys.size
    cursor = after_key != np.inf
    by_day = day_keys.size > 0
    alike = not by_day and not cursor
    last = np.int32(ranks.size)
    worst = -np.inf
    if size == limit and limit > 0:
        worst = keys[0]
        last = ranks[hits[0]]
    for i in range(docs.size):
        d = nb.int64(docs[i])
        if alike and size == limit and ranks[d] >= last:
            continue
        key = day_keys[day[d]] if by_day else 0.0
        if cursor:
            if not worse(key, ranks[d], after_key, after_rank):
                continue
            behind[0] += 1
        if key > worst or (key == worst and ranks[d] < last) or size < limit:
            size = keep(keys, hits, ranks, size, key, d)
            if size == limit and limit > 0:
                worst = keys[0]
                last = ranks[hits[0]]
    return size
