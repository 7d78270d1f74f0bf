# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Sequences without gaps, counted by bits: each form has one bit for every slot that it fits.

Where a slot is one form alone, its places are looked for, which is many tokens at a time; else a token costs a look at
its bits: bit s of the state says that the last s + 1 tokens fit the slots 0 to s ("shift-and": Baeza-Yates and Gonnet,
1992, https://doi.org/10.1145/135239.135243).
"""

from __future__ import annotations

from typing import Any, Final

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.forward import CODE_EXACT, _find, fetch_tokens
from search.codec.kernels.types import I32, I64, U8, U16, U32

MOST_SLOTS: Final = 8
"""Slots that a byte has bits for."""
_RARE = 65535
_1 = np.uint64(1)


@compiled(nb.uint8(nb.int64, I32, I32, U8, U8, I32))
def bits_of(c: int, code_exact: Any, code_folded: Any, bits: Any, kinds: Any, ids: Any) -> int:
    """Slots that code c fits."""
    found = nb.uint8(0)
    for k in range(ids.size):
        if (code_exact[c] if kinds[k] == CODE_EXACT else code_folded[c]) == ids[k]:
            found |= bits[k]
    return found


@compiled(nb.uint8(nb.int64, nb.int64, nb.int64, I32, I32, I32, U8, U8, I32))
def _code_bits(
    c0: int, c1: int, j: int, code_places: Any, code_exact: Any, code_folded: Any, bits: Any, kinds: Any, ids: Any
) -> int:
    """Slots that the codes at place j of an article fit."""
    found = nb.uint8(0)
    for c in range(c0, c1):
        if code_places[c] == j:
            found |= bits_of(c, code_exact, code_folded, bits, kinds, ids)
    return found


@compiled(
    nb.int64(
        I32, nb.int32[::1], nb.int64, U8, U8, nb.int64, nb.int64, U8, U8, I32, nb.int64, nb.int64,
        U16, I64, U32, U32, U32, U8, I32, I64, I32, I32, I32,
    ),
)  # fmt: skip
def count_runs(
    docs: Any, tfs: Any, many: int, fits: Any, fits_plain: Any, anchor: int, form: int,
    code_slots: Any, code_kinds: Any, code_ids: Any, title_only: int, enough: int,
    forms: Any, starts: Any, rare: Any, rare_starts: Any, titles: Any, plain: Any, folded_of: Any,
    code_starts: Any, code_places: Any, code_exact: Any, code_folded: Any,
) -> int:  # fmt: skip
    """Number of places where a sequence of `many` slots begins, in each of `docs`, into `tfs`; returns how many
    articles have one.

    `fits[form]` are the slots that a form fits in articles with diacritics, `fits_plain[form]` in those without.
    `anchor` is a slot that one common `form` alone fits in articles with diacritics, −1 where there is none. The
    codes that fit: `code_slots` (bits), `code_kinds` and `code_ids`, one behind the other. An article need not be read
    on where `enough` places are found.
    """
    last = nb.uint8(1 << (many - 1))
    first = nb.uint8(1)
    one = nb.uint8(1)
    found = 0
    for i in range(docs.size):
        fetch_tokens(forms, starts, docs, i)
        d = docs[i]
        a = starts[d]
        b = starts[d + 1]
        border = a + titles[d]
        if title_only != 0:
            b = border
        c0 = code_starts[d]
        c1 = code_starts[d + 1]
        if code_ids.size == 0:
            c1 = c0
        count = 0
        if anchor >= 0 and plain[d] == 0:
            wanted = nb.uint16(form)
            stop = b - many + anchor + 1
            j = _find(forms, a + anchor, stop, wanted)
            while j < stop and count < enough:
                begin = j - anchor
                if begin >= border or begin + many <= border:
                    s = 0
                    while s < many:
                        held = nb.uint8(0)
                        at = forms[begin + s]
                        if at != _RARE:
                            held = fits[at]
                        else:
                            r = rare_starts[d]
                            for k in range(a, begin + s):
                                r += forms[k] == _RARE
                            held = fits[rare[r]]
                        if c0 < c1:
                            held |= _code_bits(
                                c0, c1, begin + s - a, code_places, code_exact, code_folded,
                                code_slots, code_kinds, code_ids,
                            )  # fmt: skip
                        if (held >> s) & 1 == 0:
                            break
                        s += 1
                    count += s == many
                j = _find(forms, j + 1, stop, wanted)
        else:
            table = fits if plain[d] == 0 else fits_plain
            r = nb.uint64(rare_starts[d])
            c = c0
            for side in range(2):
                low = a if side == 0 else border
                high = min(border, b) if side == 0 else b
                state = nb.uint8(0)
                for j in range(nb.uint64(low), nb.uint64(high)):
                    if count >= enough:
                        break
                    at = forms[j]
                    held = nb.uint8(0)
                    if at != _RARE:
                        held = table[nb.uint64(at)]
                    else:
                        held = table[nb.uint64(rare[r])]
                        r += _1
                    while c < c1 and code_places[c] < nb.int64(j) - a:
                        c += 1
                    if c < c1 and code_places[c] == nb.int64(j) - a:
                        held |= _code_bits(
                            c, c1, nb.int64(j) - a, code_places, code_exact, code_folded,
                            code_slots, code_kinds, code_ids,
                        )  # fmt: skip
                    state = nb.uint8(((state << one) | first) & held)
                    count += nb.int64((state & last) != 0)
        tfs[i] = count
        if count > 0:
            found += 1
    return found


@compiled(
    nb.int64(
        I32, nb.int32[::1], nb.int64, U8, U8, U8, I32, nb.int64,
        U16, I64, U32, U32, U32, U8, I32, I64, I32, I32, I32,
    ),
)  # fmt: skip
def count_coded(
    docs: Any, tfs: Any, many: int, fits: Any, code_slots: Any, code_kinds: Any, code_ids: Any, title_only: int,
    forms: Any, starts: Any, rare: Any, rare_starts: Any, titles: Any, plain: Any, folded_of: Any,
    code_starts: Any, code_places: Any, code_exact: Any, code_folded: Any,
) -> int:  # fmt: skip
    """Number of places where a sequence begins that tokens alone are not, in each of `docs`, into `tfs`; returns how
    many articles have one.

    Arguments are those of `count_runs`. Only the neighbors of codes are looked at: a place is found from the first
    slot that no token fits, and from the first code there that does.
    """
    found = 0
    for i in range(docs.size):
        d = docs[i]
        a = starts[d]
        b = starts[d + 1]
        border = a + titles[d]
        if title_only != 0:
            b = border
        c0 = code_starts[d]
        c1 = code_starts[d + 1]
        count = 0
        for c in range(c0, c1):
            own = bits_of(c, code_exact, code_folded, code_slots, code_kinds, code_ids)
            if own == 0:
                continue
            e = c - 1
            while e >= c0 and code_places[e] == code_places[c]:
                own &= ~bits_of(e, code_exact, code_folded, code_slots, code_kinds, code_ids)
                e -= 1
            for slot in range(many):
                if (own >> slot) & 1 == 0:
                    continue
                begin = a + code_places[c] - slot
                if begin < a or begin + many > b or begin < border < begin + many:
                    continue
                s = 0
                while s < many:
                    at = forms[begin + s]
                    if at != _RARE:
                        held = fits[at]
                    else:
                        r = rare_starts[d]
                        for k in range(a, begin + s):
                            r += forms[k] == _RARE
                        held = fits[rare[r]]
                    if (held >> s) & 1 == 0:
                        if s < slot:  # found from that slot, if a code fits it
                            break
                        if s > slot:
                            coded = _code_bits(
                                c0, c1, begin + s - a, code_places, code_exact, code_folded,
                                code_slots, code_kinds, code_ids,
                            )  # fmt: skip
                            if (coded >> s) & 1 == 0:
                                break
                    elif s == slot:  # a token fits it as well
                        break
                    s += 1
                count += s == many
        tfs[i] = count
        if count > 0:
            found += 1
    return found
