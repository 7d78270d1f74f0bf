# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops over the forward index: sequences verified on an article's own tokens, offsets read back."""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I32, I64, U8, U16, U32
from search.codec.kernels.words import fetch

AHEAD: Final = 6
"""Tokens of the article so many behind the one that is read are fetched meanwhile: they lie anywhere in the memory."""
LINES_AHEAD: Final = 8
"""And so many lines of 32 tokens of them; what follows is fetched by the processor, which sees where reading goes."""
EXACT, PLAIN, FOLDED, CODE_EXACT, CODE_FOLDED = 0, 1, 2, 3, 4
"""Kinds of alternatives: a form in an article with diacritics; a folded term in one without, or in any; a code."""


@nb.njit(inline="always")
def fetch_tokens(forms: Any, starts: Any, docs: Any, i: int) -> None:
    """Have the tokens of an article `AHEAD` behind the i-th on their way."""
    begin = nb.uint64(starts[docs[min(i + AHEAD, docs.size - 1)]])
    for k in range(LINES_AHEAD):
        fetch(forms, begin + nb.uint64(32 * k))


@compiled(nb.int64(U16, nb.int64, nb.int64, nb.uint16))
def _find(forms: Any, a: int, b: int, wanted: int) -> int:
    """First place of a form in `[a, b)`, b where there is none.

    The inner loop has a fixed length, no exit and unsigned indices (which need no check for negative ones), so that it
    becomes a few vector instructions: a seventh of the time of the plain loop.
    """
    if a >= b:
        return b
    view = forms[a:b]
    n = nb.uint64(view.size)
    j = nb.uint64(0)
    while j + nb.uint64(64) <= n:
        hits = nb.uint32(0)
        for k in range(64):
            hits += nb.uint32(view[j + nb.uint64(k)] == wanted)
        if hits:
            break
        j += nb.uint64(64)
    while j < n:
        if view[j] == wanted:
            return a + nb.int64(j)
        j += nb.uint64(1)
    return b


@compiled(nb.int64(U16, nb.int64, nb.int64, nb.uint16, nb.uint16, nb.int64))
def _beside(forms: Any, a: int, b: int, first: int, second: int, enough: int) -> int:
    """At how many places of `[a, b)` one form stands with the other right behind it; `forms[b]` is read too.

    A loop of the same make, which stops only at the end of 64 tokens, when there are `enough`. Hits are added up in two
    bytes, as long as a token is: a wider sum would halve what one instruction does.
    """
    if a >= b:
        return 0
    view = forms[a : b + 1]
    n = nb.uint64(b - a)
    one = nb.uint64(1)
    j = nb.uint64(0)
    found = 0
    while j + nb.uint64(64) <= n:
        hits = nb.uint16(0)
        for k in range(64):
            both = (view[j + nb.uint64(k)] == first) & (view[j + nb.uint64(k) + one] == second)
            hits = nb.uint16(hits + nb.uint16(both))
        found += hits
        if found >= enough:
            return found
        j += nb.uint64(64)
    while j < n:
        found += nb.int64((view[j] == first) & (view[j + one] == second))
        j += one
    return found


@nb.njit(inline="always")
def _holds(
    s: int, j: int, form: int, folded: int, plain: int, c0: int, c1: int,
    slots: Any, kinds: Any, ids: Any, code_places: Any, code_exact: Any, code_folded: Any,
) -> bool:  # fmt: skip
    for k in range(slots[s], slots[s + 1]):
        kind = kinds[k]
        if kind == 0:
            if plain == 0 and form == ids[k]:
                return True
        elif kind == 1:
            if plain != 0 and folded == ids[k]:
                return True
        elif kind == 2:
            if folded == ids[k]:
                return True
        else:
            for c in range(c0, c1):
                if code_places[c] == j and (code_exact[c] if kind == 3 else code_folded[c]) == ids[k]:
                    return True
    return False


@compiled(
    nb.int64(
        I32, nb.int64, nb.int32[::1], I32, U8, I32, I32, nb.int64, nb.int64, nb.int64,
        U16, I64, U32, U32, U32, U8, I32, I64, I32, I32, I32,
    ),
)  # fmt: skip
def count_sequences(
    docs: Any, n: int, tfs: Any, slots: Any, kinds: Any, ids: Any, simple: Any, slop: int, title_only: int,
    enough: int, forms: Any, starts: Any, rare: Any, rare_starts: Any, titles: Any, plain: Any, folded_of: Any,
    code_starts: Any, code_places: Any, code_exact: Any, code_folded: Any,
) -> int:  # fmt: skip
    """Number of places where a sequence begins, in each of `docs[:n]`, into `tfs`; returns how many articles have one.

    Slot s holds the alternatives `kinds[k]`, `ids[k]` for k in `[slots[s], slots[s+1])`. `simple` is the one form of
    each slot that matters in articles with diacritics, when that is all there is and slop is 0; else empty. A place
    counts when the earliest choice of later tokens for the later slots leaves at most `slop` tokens between. An article
    need not be read on where `enough` places are found.
    """
    many = slots.size - 1
    buffer = np.empty(1024, np.int32)
    found = 0
    for i in range(n):
        fetch_tokens(forms, starts, docs, i)
        d = docs[i]
        a = starts[d]
        b = starts[d + 1]
        border = a + titles[d]
        if title_only != 0:
            b = border
        count = 0
        if simple.size > 0 and plain[d] == 0:
            # only the rarest form is looked for; forms are numbered by frequency
            rarest = 0
            for s in range(many):
                if simple[s] > simple[rarest]:
                    rarest = s
            if many == 2:
                first = nb.uint16(simple[0])
                second = nb.uint16(simple[1])
                count = _beside(forms, a, border - 1, first, second, enough)
                if count < enough:
                    count += _beside(forms, border, b - 1, first, second, enough)
                tfs[i] = count
                found += tfs[i] > 0
                continue
            x = nb.uint16(simple[rarest])
            stop = b - many + rarest + 1
            j = _find(forms, a + rarest, stop, x)
            while j < stop and count < enough:
                begin = j - rarest
                if begin >= border or begin + many <= border:
                    s = 0
                    while s < many and forms[begin + s] == simple[s]:
                        s += 1
                    if s == many:
                        count += 1
                j = _find(forms, j + 1, stop, x)
        else:
            size = b - a
            if size > buffer.size:
                buffer = np.empty(2 * size, np.int32)
            r = rare_starts[d]
            for j in range(size):
                form = nb.int32(forms[a + j])
                if form == 65535:
                    form = nb.int32(rare[r])
                    r += 1
                buffer[j] = form
            c0 = code_starts[d]
            c1 = code_starts[d + 1]
            mine = plain[d]
            for side in range(2):
                low = 0 if side == 0 else border - a
                high = min(border - a, size) if side == 0 else size
                for j in range(low, high - many + 1):
                    if count >= enough:
                        break
                    form = buffer[j]
                    if not _holds(
                        0,
                        j,
                        form,
                        folded_of[form],
                        mine,
                        c0,
                        c1,
                        slots,
                        kinds,
                        ids,
                        code_places,
                        code_exact,
                        code_folded,
                    ):
                        continue
                    at = j
                    complete = True
                    for s in range(1, many):
                        last = min(j + s + slop, high - 1)
                        at += 1
                        while at <= last:
                            form = buffer[at]
                            if _holds(
                                s, at, form, folded_of[form], mine, c0, c1,
                                slots, kinds, ids, code_places, code_exact, code_folded,
                            ):  # fmt: skip
                                break
                            at += 1
                        if at > last:
                            complete = False
                            break
                    if complete:
                        count += 1
        tfs[i] = count
        if count > 0:
            found += 1
    return found


@compiled(nb.void(U8, nb.int64, nb.int64, I32, I32, nb.int32[::1], nb.int32[::1]))
def get_offsets(data: Any, p: int, end: int, forms: Any, widths: Any, begins: Any, ends: Any) -> None:
    """Offsets of a text's tokens from the exceptions in `data[p:end]`; `widths[i]` is the length of token i's form."""
    at = nb.int64(-1)
    waiting = nb.int64(1) << 60
    gap = nb.int64(1)
    width = nb.int64(0)
    read = False
    for i in range(forms.size):
        if not read:
            read = True
            waiting = nb.int64(1) << 60
            if p < end:
                waiting = nb.int64(0)
                for k in range(3):
                    value = nb.int64(0)
                    shift = 0
                    while True:
                        byte = nb.int64(data[p])
                        p += 1
                        value |= (byte & 127) << shift
                        shift += 7
                        if byte < 128:
                            break
                    if k == 0:
                        waiting = value
                    elif k == 1:
                        gap = value
                    else:
                        width = value
        if waiting == 0:
            begins[i] = at + gap
            ends[i] = begins[i] + width
            read = False
        else:
            begins[i] = at + 1
            ends[i] = begins[i] + widths[i]
            waiting -= 1
        at = nb.int64(ends[i])
