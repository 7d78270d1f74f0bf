# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Sequences with gaps, counted by bits: each form has one bit for every slot that it fits, as in `runs`.

The tokens of an article become bytes of such bits first, by a look into a table for each. What stands where is then
looked for in these bytes, from the few places on that the first slot fits.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.forward import fetch_tokens
from search.codec.kernels.runs import bits_of
from search.codec.kernels.types import I32, I64, U8, U16, U32

_RARE = 65535
_1 = np.uint64(1)


@compiled(nb.void(U16, nb.int64, nb.int64, U32, nb.int64, U8, nb.uint8[::1]))
def _fill(forms: Any, a: int, b: int, rare: Any, r: int, fits: Any, bits: Any) -> None:
    """The slots that each token of `[a, b)` fits; `r` is the place in `rare` of the first form that is there."""
    place = nb.uint64(r)
    begin = nb.uint64(a)
    for j in range(nb.uint64(b - a)):
        form = forms[begin + j]
        if form == _RARE:
            bits[j] = fits[nb.uint64(rare[place])]
            place += _1
        else:
            bits[j] = fits[nb.uint64(form)]


@compiled(nb.boolean(U8, nb.int64, nb.int64, nb.int64, nb.int64))
def _begins(bits: Any, j: int, high: int, many: int, slop: int) -> bool:
    """Whether the earliest choice of tokens behind place j, before `high`, leaves at most `slop` between."""
    at = j
    for s in range(1, many):
        last = min(j + s + slop, high - 1)
        at += 1
        while at <= last and (bits[at] >> s) & 1 == 0:
            at += 1
        if at > last:
            return False
    return True


@compiled(
    nb.int64(
        I32, nb.int32[::1], nb.int64, nb.int64, U8, U8, U8, U8, I32, nb.int64, nb.int64,
        U16, I64, U32, U32, U32, U8, I32, I64, I32, I32, I32,
    ),
)  # fmt: skip
def count_gapped(
    docs: Any, tfs: Any, many: int, slop: int, fits: Any, fits_plain: Any, code_slots: Any, code_kinds: Any,
    code_ids: Any, title_only: int, enough: int,
    forms: Any, starts: Any, rare: Any, rare_starts: Any, titles: Any, plain: Any, folded_of: Any,
    code_starts: Any, code_places: Any, code_exact: Any, code_folded: Any,
) -> int:  # fmt: skip
    """Number of places where a sequence begins, in each of `docs`, into `tfs`; returns how many articles have one.

    A place counts as `forward.count_sequences` says; the other arguments are those of `runs.count_runs`.
    """
    bits = np.empty(1024, np.uint8)
    found = 0
    for i in range(docs.size):
        fetch_tokens(forms, starts, docs, i)
        d = docs[i]
        a = starts[d]
        title = nb.int64(titles[d])
        size = title if title_only != 0 else starts[d + 1] - a
        if size > bits.size:
            bits = np.empty(2 * size, np.uint8)
        _fill(forms, a, a + size, rare, rare_starts[d], fits if plain[d] == 0 else fits_plain, bits)
        if code_ids.size > 0:
            for c in range(code_starts[d], code_starts[d + 1]):
                if code_places[c] < size:
                    bits[code_places[c]] |= bits_of(c, code_exact, code_folded, code_slots, code_kinds, code_ids)
        count = 0
        for side in range(2):
            low = 0 if side == 0 else title
            high = min(title, size) if side == 0 else size
            for j in range(low, high - many + 1):
                if bits[j] & 1 != 0 and _begins(bits, j, high, many, slop):
                    count += 1
                    if count >= enough:
                        break
        tfs[i] = count
        if count > 0:
            found += 1
    return found
