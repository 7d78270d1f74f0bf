# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""The rows of a request: over all articles, or over the candidates of a conjunction.

`rows` holds one row behind the other, `stride` bytes each, and a spare one behind them. A row is a union of posting
lists and given articles; see `search.codec.kernels.answering` for what a request is.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.lookups import look_up
from search.codec.kernels.postings import BLOCK as LIST_BLOCK
from search.codec.kernels.postings import decode, open_list
from search.codec.kernels.reading import AT_ONCE, STRIDE, fill, held
from search.codec.kernels.types import I32, I64, U8

_BYTES = nb.uint8[::1]


@compiled(nb.void(U8, I64, I32, I32, _BYTES, nb.int64))
def dense(data: Any, lists: Any, given: Any, tfs: Any, row: Any, n: int) -> None:
    """A row over all `n` articles; 0 behind them."""
    row[:] = 0
    for k in range(lists.size):
        fill(data, lists[k], row, n)
    for i in range(given.size):
        row[given[i]] = min(tfs[i], 255)


@compiled(nb.boolean(U8, I64, nb.int64, nb.int64, nb.float64))
def read_whole(data: Any, lists: Any, m: int, n: int, cost: float) -> bool:
    """Whether reading lists to their ends costs less than looking `m` of `n` articles up in them.

    `cost` is that of finding a block of a list, in units of reading one posting; articles in a block found cost some
    ten more each (measured).
    """
    head = np.empty(4, np.int64)
    size = 0
    found = 0.0
    for k in range(lists.size):
        open_list(data, lists[k], head)
        size += head[0]
        found += cost * min(m, head[0] // LIST_BLOCK + 1) + 10.0 * m
    return lists.size > 0 and found > size + 0.05 * n + 1.5 * m


@compiled(nb.void(U8, I64, I32, I32, I32, _BYTES, _BYTES, nb.int64, nb.float64))
def sparse(data: Any, lists: Any, given: Any, tfs: Any, docs: Any, row: Any, spare: Any, n: int, cost: float) -> None:
    """A row over the ascending articles `docs`, by look-ups, or from a dense row in `spare` where that reads less."""
    m = docs.size
    row[: m + STRIDE] = 0
    if read_whole(data, lists, m, n, cost):
        dense(data, lists, given, tfs, spare, n)
        for i in range(nb.uint64(m)):
            row[i] = spare[nb.uint64(nb.uint32(docs[i]))]
        return
    none = np.empty(0, np.int32)
    for k in range(lists.size):
        look_up(data, lists[k], docs, m, row, none)
    i = 0
    for j in range(given.size):
        while i < m and docs[i] < given[j]:
            i += 1
        if i < m and docs[i] == given[j]:
            row[i] = min(tfs[j], 255)


@compiled(nb.void(U8, I64, I32, I32, U8, nb.int64, I32, _BYTES, _BYTES, nb.int64, nb.float64))
def some_of_row(
    data: Any, lists: Any, given: Any, tfs: Any, hot: Any, k: int, docs: Any, row: Any, spare: Any, n: int, cost: float
) -> None:
    """A row over some articles: from that in `hot` from k on, or where k is −1, as `sparse` makes it."""
    if k >= 0:
        at = nb.uint64(k)
        for i in range(nb.uint64(docs.size)):
            row[i] = hot[at + nb.uint64(nb.uint32(docs[i]))]
        row[docs.size : docs.size + STRIDE] = 0
    else:
        sparse(data, lists, given, tfs, docs, row, spare, n, cost)


@compiled(nb.int64(U8, I64, I32, I32, nb.int32[::1], _BYTES, _BYTES, nb.int64))
def candidates(data: Any, lists: Any, given: Any, tfs: Any, docs: Any, row: Any, spare: Any, n: int) -> int:
    """The articles of a row, ascending, into `docs`, and the row over just these; returns how many."""
    if lists.size == 0:
        docs[: given.size] = given
        for i in range(given.size):
            row[i] = min(tfs[i], 255)
        return given.size
    if lists.size > 1 or given.size > 0:
        dense(data, lists, given, tfs, spare, n)
        m = held(spare, n, docs)
        for i in range(nb.uint64(m)):
            row[i] = spare[nb.uint64(nb.uint32(docs[i]))]
        return m
    head = np.empty(4, np.int64)
    open_list(data, lists[0], head)
    some = np.empty(AT_ONCE, np.int32)
    frequencies = np.empty(AT_ONCE, np.int32)
    p = nb.uint64(head[3])
    d = nb.int64(-1)
    m = 0
    while m < head[0]:
        count = min(head[0] - m, AT_ONCE)
        p = decode(data, p, count, head[1], d, some, frequencies, 0)
        d = nb.int64(some[count - 1])
        if d >= n or m + count > n:
            break
        for i in range(nb.uint64(count)):
            docs[nb.uint64(m) + i] = some[i]
            row[nb.uint64(m) + i] = min(frequencies[i], 255)
        m += count
    return m


@compiled(nb.int64(nb.int32[::1], nb.int64, _BYTES, nb.boolean, _BYTES, nb.int64, U8))
def narrow(docs: Any, m: int, held: Any, wanted: bool, rows: Any, stride: int, done: Any) -> int:
    """Keep the articles where `held` is not 0 (or is, if not `wanted`), with the rows marked in `done`; how many."""
    kept = np.empty(m + 1, np.int32)
    k = nb.uint64(0)
    for i in range(nb.uint64(m)):
        kept[k] = i
        k += nb.uint64((held[i] != 0) == wanted)
    if k == nb.uint64(m):
        return m
    for i in range(k):
        docs[i] = docs[nb.uint64(nb.uint32(kept[i]))]
    for r in range(done.size):
        if done[r] != 0:
            at = nb.uint64(r * stride)
            for i in range(k):
                rows[at + i] = rows[at + nb.uint64(nb.uint32(kept[i]))]
    return k
