# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that join segments: posting lists renumbered and written as one, columns of bytes copied by ranges."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.lookups import live_frequency
from search.codec.kernels.postings import get_list, open_list, put_list
from search.codec.kernels.types import I32, I64, U8, U16, U32


@nb.njit(nb.void(U8, I64, U8, nb.int64[::1]), cache=True, nogil=True)
def live_frequencies(data: Any, starts: Any, live: Any, out: Any) -> None:
    """Number of live articles in the list at each of `starts`."""
    for i in range(out.size):
        out[i] = live_frequency(data, starts[i], live)


_STARTS = nb.types.Array(nb.int64, 2, "C", readonly=True)


@nb.njit(nb.int64(U8, _STARTS, I32, I64, nb.uint8[::1], nb.int64[::1]), cache=True, nogil=True)
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


@nb.njit(nb.int64(U16, I64, U32, U32, I32, I32, nb.uint16[::1], nb.uint32[::1], nb.uint32[::1]), cache=True, nogil=True)
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


@nb.njit(nb.void(U16, I64, U32, U32, I32, nb.int64[::1]), cache=True, nogil=True)
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


@nb.njit(nb.int64(U8, I64, I64, nb.uint8[::1]), cache=True, nogil=True)
def copy_ranges(data: Any, begins: Any, ends: Any, out: Any) -> int:
    """Copy the ranges `[begins[i], ends[i])` of `data` end to end; returns the bytes."""
    p = 0
    for i in range(begins.size):
        for j in range(begins[i], ends[i]):
            out[p] = data[j]
            p += 1
    return p
