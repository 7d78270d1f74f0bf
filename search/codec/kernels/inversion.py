# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that turn columns of term ids, article after article, into posting lists in order of the terms."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.postings import put_list, put_varint
from search.codec.kernels.types import I32, I64, U8

_COUNTED = nb.types.Tuple((nb.int64[::1], nb.int32[::1], nb.int32[::1]))


@compiled(_COUNTED(I32, I64, I32, I64, nb.int64))
def invert(tokens: Any, starts: Any, extra: Any, extra_starts: Any, terms: int) -> tuple[Any, Any, Any]:
    """Postings of every term: `(pointers, docs, tfs)`, the list of term t in `[pointers[t], pointers[t+1])`.

    Article d holds the term ids `tokens[starts[d]:starts[d+1]]` and `extra[extra_starts[d]:extra_starts[d+1]]`;
    negative ids are passed over.
    """
    n = starts.size - 1
    last = np.full(terms, -1, np.int32)
    pointers = np.zeros(terms + 1, np.int64)
    for d in range(n):
        for side in range(2):
            ids = tokens if side == 0 else extra
            where = starts if side == 0 else extra_starts
            for j in range(where[d], where[d + 1]):
                t = ids[j]
                if t >= 0 and last[t] != d:
                    last[t] = d
                    pointers[t + 1] += 1
    for t in range(terms):
        pointers[t + 1] += pointers[t]
    at = pointers.copy()
    docs = np.empty(pointers[terms], np.int32)
    tfs = np.empty(pointers[terms], np.int32)
    last[:] = -1
    for d in range(n):
        for side in range(2):
            ids = tokens if side == 0 else extra
            where = starts if side == 0 else extra_starts
            for j in range(where[d], where[d + 1]):
                t = ids[j]
                if t >= 0:
                    if last[t] != d:
                        last[t] = d
                        docs[at[t]] = d
                        tfs[at[t]] = 1
                        at[t] += 1
                    else:
                        tfs[at[t] - 1] += 1
    return pointers, docs, tfs


@compiled(nb.void(I32, nb.int64[::1]))
def count_ids(ids: Any, counts: Any) -> None:
    """Add how often each id occurs to `counts`; negative ids are passed over."""
    for i in range(ids.size):
        if ids[i] >= 0:
            counts[ids[i]] += 1


@compiled(nb.void(I32, I64, nb.int64[::1]))
def count_present(ids: Any, starts: Any, counts: Any) -> None:
    """For each range `[starts[d], starts[d+1])`, how many ids in it are not negative."""
    for d in range(counts.size):
        found = 0
        for j in range(starts[d], starts[d + 1]):
            found += ids[j] >= 0
        counts[d] = found


_SORTED = nb.types.Tuple((nb.int32[::1], nb.int32[::1], nb.int32[::1]))


@compiled(_SORTED(I32, I64, nb.int64, nb.int64, nb.int64))
def sort_pairs(folded: Any, starts: Any, terms: int, low: int, high: int) -> tuple[Any, Any, Any]:
    """The adjacent pairs of the texts `folded[starts[d]:starts[d+1]]` whose first is in `[low, high)`.

    They come sorted by first, second, text: `(a, b, d)`.
    """
    n = starts.size - 1
    total = 0
    seconds = np.zeros(terms + 1, np.int64)
    firsts = np.zeros(terms + 1, np.int64)
    for d in range(n):
        for j in range(starts[d], starts[d + 1] - 1):
            a = folded[j]
            if low <= a and a < high:
                firsts[a + 1] += 1
                seconds[folded[j + 1] + 1] += 1
                total += 1
    for t in range(terms):
        firsts[t + 1] += firsts[t]
        seconds[t + 1] += seconds[t]
    # two stable counting sorts: by the second term, then by the first
    a1 = np.empty(total, np.int32)
    d1 = np.empty(total, np.int32)
    at = seconds.copy()
    for d in range(n):
        for j in range(starts[d], starts[d + 1] - 1):
            a = folded[j]
            if low <= a and a < high:
                b = folded[j + 1]
                a1[at[b]] = a
                d1[at[b]] = d
                at[b] += 1
    a2 = np.empty(total, np.int32)
    b2 = np.empty(total, np.int32)
    d2 = np.empty(total, np.int32)
    for b in range(terms):
        for i in range(seconds[b], seconds[b + 1]):
            a = a1[i]
            k = firsts[a]
            firsts[a] = k + 1
            a2[k] = a
            b2[k] = b
            d2[k] = d1[i]
    return a2, b2, d2


_WRITTEN = nb.types.Tuple((nb.int64, nb.int64, nb.int64))


@compiled(
    _WRITTEN(I32, I32, I32, nb.int64, nb.uint64[::1], nb.int64[::1], nb.uint8[::1]),
)
def put_pairs(a: Any, b: Any, d: Any, i: int, keys: Any, starts: Any, out: Any) -> tuple[int, int, int]:
    """Write lists of sorted pairs from element `i` on until `keys` or `out` is nearly full.

    Returns (next element, number of lists, bytes). `starts` is counted from the first byte of `out`.
    """
    total = a.size
    docs = np.empty(1024, np.int32)
    tfs = np.empty(1024, np.int32)
    k = 0
    p = 0
    while i < total and k < keys.size:
        e = i
        while e < total and a[e] == a[i] and b[e] == b[i]:
            e += 1
        if p + 11 * (e - i) + 32 > out.size:
            break
        if e - i > docs.size:
            docs = np.empty(2 * (e - i), np.int32)
            tfs = np.empty(2 * (e - i), np.int32)
        m = 0
        for j in range(i, e):
            if m > 0 and docs[m - 1] == d[j]:
                tfs[m - 1] += 1
            else:
                docs[m] = d[j]
                tfs[m] = 1
                m += 1
        keys[k] = (nb.uint64(a[i]) << nb.uint64(32)) | nb.uint64(b[i])
        starts[k] = p
        p = put_list(out, p, docs, tfs, 0, m)
        k += 1
        i = e
    return i, k, p


@compiled(nb.int64(I32, U8, I64, nb.int64[::1], nb.int64[::1], nb.int64, nb.int32[::1]))
def word_nodes(ids: Any, joined: Any, starts: Any, keys: Any, values: Any, used: int, out: Any) -> int:
    """Node of the word that begins at each position (−1 inside a word); returns the number of nodes, −1 when full.

    A word of one syllable is the node of its id. A longer one is a node above all ids, looked up by the node before and
    the id that joins it in an open-addressing table (`keys` −1 where free, size a power of two; `values` the node).
    """
    mask = keys.size - 1
    base = used
    for d in range(starts.size - 1):
        first = -1
        for j in range(starts[d], starts[d + 1]):
            out[j] = -1
            if first < 0 or joined[j] == 0:
                first = j
                out[j] = ids[j]
            else:
                key = (nb.int64(out[first]) << 32) | nb.int64(ids[j])
                h = (nb.uint64(key) * nb.uint64(0x9E3779B97F4A7C15)) >> nb.uint64(20)
                s = nb.int64(h & nb.uint64(mask))
                while keys[s] != -1 and keys[s] != key:
                    s = (s + 1) & mask
                if keys[s] == -1:
                    if 2 * (used - base + 1) > keys.size:
                        return -1
                    keys[s] = key
                    values[s] = used
                    used += 1
                out[first] = values[s]
    return used


@compiled(
    nb.int64(I32, I64, I32, I32, I32, nb.uint8[::1], nb.int64[::1]),
)
def put_offsets(ids: Any, starts: Any, begins: Any, ends: Any, lengths: Any, out: Any, places: Any) -> int:
    """Write where tokens stand, as exceptions from "one blank behind the token before, as long as its term".

    For each text (CSR `starts`), for each token that differs: varint of the tokens passed over, varint of the gap
    before it, varint of its length. `places` (one more than texts) receives where each text begins; returns the bytes.
    """
    p = 0
    for t in range(starts.size - 1):
        places[t] = p
        end = nb.int64(-1)
        passed = 0
        for j in range(starts[t], starts[t + 1]):
            gap = begins[j] - end
            length = ends[j] - begins[j]
            if gap == 1 and length == lengths[ids[j]]:
                passed += 1
            else:
                p = put_varint(out, p, nb.uint64(passed))
                p = put_varint(out, p, nb.uint64(gap))
                p = put_varint(out, p, nb.uint64(length))
                passed = 0
            end = nb.int64(ends[j])
    places[starts.size - 1] = p
    return p


@compiled(nb.int64(I32, I64, nb.uint16[::1], nb.uint32[::1], nb.uint32[::1]))
def put_forward(ranks: Any, starts: Any, out: Any, rare: Any, rare_starts: Any) -> int:
    """Write form ranks as u16, 65535 standing for the next entry of `rare`; returns the number of rare entries."""
    k = 0
    for d in range(starts.size - 1):
        rare_starts[d] = k
        for j in range(starts[d], starts[d + 1]):
            r = ranks[j]
            if r < 65535:
                out[j] = r
            else:
                out[j] = 65535
                rare[k] = r
                k += 1
    rare_starts[starts.size - 1] = k
    return k
