# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that join segments: posting lists renumbered and written as one, columns of bytes copied by ranges."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.lookups import live_frequency
from search.codec.kernels.postings import get_list, open_list, put_list
from search.codec.kernels.types import I32, I64, U8, U16, U32


@compiled(nb.void(U8, I64, U8, nb.int64[::1]))
def live_frequencies(data: Any, starts: Any, live: Any, out: Any) -> None:
    """Number of live articles in the list at each of `starts`."""
    for i in range(out.size):
        out[i] = live_frequency(data, starts[i], live)


_STARTS = nb.types.Array(nb.int64, 2, "C", readonly=True)


@compiled(nb.int64(U8, _STARTS, I32, I64, nb.uint8[::1], nb.int64[::1]))
def merge_lists(data: Any, starts: Any, renumbered: Any, bases: Any, out: Any, places: Any) -> int:
    """Write, for each term, the lists of all segments as one; returns the bytes.

    `starts[s, t]` is where segment s has its list of term t in `data`, −1 for none. Article d of segment s becomes
    `renumbered[bases[s] + d]`, −1 when it is deleted; numbers ascend from segment to segment. `places` receives where
    each list begins in `out`, which must hold 2.5 bytes a byte of `data` and 32 for each entry of `starts`.
    """
    head = np.empty(4, np.int64)
    docs = np.empty(4096, np.int32)
    tfs = np.empty(4096, np.int32)
    p = 0
    for t in range(starts.shape[1]):
        most = 0
        for s in range(starts.shape[0]):
            if starts[s, t] >= 0:
                open_list(data, starts[s, t], head)
                most += head[0]
        if most > docs.size:
            docs = np.empty(2 * most, np.int32)
            tfs = np.empty(2 * most, np.int32)
        k = 0
        for s in range(starts.shape[0]):
            if starts[s, t] < 0:
                continue
            n = get_list(data, starts[s, t], docs, tfs, k)
            base = bases[s]
            kept = k
            for i in range(k, k + n):
                d = renumbered[base + docs[i]]
                if d >= 0:
                    docs[kept] = d
                    tfs[kept] = tfs[i]
                    kept += 1
            k = kept
        places[t] = p
        p = put_list(out, p, docs, tfs, 0, k)
    return p


@compiled(nb.int64(U16, I64, U32, U32, I32, I32, nb.uint16[::1], nb.uint32[::1], nb.uint32[::1]))
def remap_forward(
    forms: Any, starts: Any, rare: Any, rare_starts: Any, docs: Any, new: Any, out: Any, out_rare: Any, counts: Any
) -> int:
    """Forms of `docs` renumbered by `new` into `out`, rare ones (65535) into `out_rare`; returns how many are rare.

    `counts[i]` receives the number of rare forms of `docs[i]`.
    """
    at = 0
    k = 0
    for i in range(docs.size):
        d = docs[i]
        r = rare_starts[d]
        before = k
        for j in range(starts[d], starts[d + 1]):
            form = nb.int64(forms[j])
            if form == 65535:
                form = nb.int64(rare[r])
                r += 1
            form = nb.int64(new[form])
            if form < 65535:
                out[at] = form
            else:
                out[at] = 65535
                out_rare[k] = form
                k += 1
            at += 1
        counts[i] = k - before
    return k


@compiled(nb.void(U16, I64, U32, U32, I32, nb.int64[::1]))
def count_forms(forms: Any, starts: Any, rare: Any, rare_starts: Any, docs: Any, counts: Any) -> None:
    """Add how often each form occurs in `docs` to `counts`."""
    for i in range(docs.size):
        d = docs[i]
        r = rare_starts[d]
        for j in range(starts[d], starts[d + 1]):
            form = nb.int64(forms[j])
            if form == 65535:
                form = nb.int64(rare[r])
                r += 1
            counts[form] += 1


@compiled(nb.int64(U8, I64, I64, nb.uint8[::1]))
def copy_ranges(data: Any, begins: Any, ends: Any, out: Any) -> int:
    """Copy the ranges `[begins[i], ends[i])` of `data` end to end; returns the bytes."""
    p = 0
    for i in range(begins.size):
        for j in range(begins[i], ends[i]):
            out[p] = data[j]
            p += 1
    return p


@nb.njit(inline="always")
def _before(text: Any, ends: Any, x: int, y: int) -> int:
    """−1, 0 or 1 as entry x of a table comes before y, is equal or comes behind."""
    a = ends[x - 1] if x > 0 else 0
    b = ends[y - 1] if y > 0 else 0
    m = ends[x] - a
    n = ends[y] - b
    for i in range(min(m, n)):
        if text[a + i] != text[b + i]:
            return -1 if text[a + i] < text[b + i] else 1
    return -1 if m < n else (1 if m > n else 0)


@compiled(nb.int64(U8, I64, I64, U8, nb.int32[::1], nb.uint8[::1], nb.int64[::1]))
def merge_tables(text: Any, ends: Any, firsts: Any, keep: Any, ranks: Any, out: Any, out_ends: Any) -> int:
    """Join sorted tables of strings; returns the number of different entries, which go to `out` and `out_ends`.

    Table s has the entries `[firsts[s], firsts[s + 1])` of `text` and `ends`; only those with `keep` count, and
    `ranks` receives the number of each among the joined, −1 for the others.
    """
    tables = firsts.size - 1
    heap = np.empty(tables + 1, np.int64)
    size = 0
    p = 0
    count = 0
    last = -1
    following = firsts.copy()
    for start in range(tables + ends.size):
        # first every table enters the heap with its first entry, then the least leaves and its table's next enters
        if start < tables:
            s = start
        else:
            if size == 0:
                break
            s = heap[0]
            x = following[s]
            if last < 0 or _before(text, ends, last, x) != 0:
                for i in range(ends[x - 1] if x > 0 else 0, ends[x]):
                    out[p] = text[i]
                    p += 1
                out_ends[count] = p
                count += 1
                last = x
            ranks[x] = count - 1
            following[s] = x + 1
            size -= 1
            moved = heap[size]
            j = 0
            while True:
                child = 2 * j + 1
                if child >= size:
                    break
                if child + 1 < size and _before(text, ends, following[heap[child + 1]], following[heap[child]]) < 0:
                    child += 1
                if _before(text, ends, following[heap[child]], following[moved]) >= 0:
                    break
                heap[j] = heap[child]
                j = child
            heap[j] = moved
        while following[s] < firsts[s + 1] and keep[following[s]] == 0:
            ranks[following[s]] = -1
            following[s] += 1
        if following[s] < firsts[s + 1]:
            j = size
            size += 1
            while j > 0:
                parent = (j - 1) >> 1
                if _before(text, ends, following[s], following[heap[parent]]) >= 0:
                    break
                heap[j] = heap[parent]
                j = parent
            heap[j] = s
    return count
