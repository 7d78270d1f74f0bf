# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that find where sentences begin, in texts of code points, uint32.

What a code point is (a blank, a small letter, a digit) is looked up in a table of the first 65,536, as
`search.snippets` makes it.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import U8, U32

BLANK, SMALL, DIGIT = 1, 2, 4
"""Bits of the table of properties, as `str.isspace`, `str.islower` and `str.isdecimal` have them."""
SHORTENED = (
    ("TP", "Tp", "tp", "TX", "TT", "Th", "TS", "GS", "BS", "LS", "Mr", "Ms", "Dr", "St", "No", "vs"),
    ("ThS", "PGS", "KTS", "Mrs", "NXB", "đ/c"),
)
"""What a period belongs to without ending a sentence, of two and of three letters; and any single capital or digit."""
_TWO = np.array([[ord(c) for c in word] for word in SHORTENED[0]], np.uint32)
_THREE = np.array([[ord(c) for c in word] for word in SHORTENED[1]], np.uint32)
NEWLINE = 10
_PERIOD, _SLASH, _OPEN, _CAPITAL_D = 46, 47, 40, 0x110


@nb.njit(inline="always")
def is_(properties: Any, point: int, bit: int) -> bool:
    """Whether a code point is a blank, a small letter or a digit."""
    return point < 65536 and properties[point] & bit != 0


@nb.njit(inline="always")
def _capital(point: int) -> bool:
    return 65 <= point <= 90 or point == _CAPITAL_D


@nb.njit(inline="always")
def _begins(text: Any, at: int, properties: Any) -> bool:
    """Whether a word may begin at a place: at the start, behind a blank, a slash or a bracket."""
    return at == 0 or text[at - 1] == _SLASH or text[at - 1] == _OPEN or is_(properties, text[at - 1], BLANK)


@compiled(nb.boolean(U32, nb.int64, U8))
def shortened(text: Any, end: int, properties: Any) -> bool:
    """Whether the period before `end` belongs to an abbreviation or an initial rather than ending a sentence."""
    stop = end - 1
    if stop < 1 or text[stop] != _PERIOD:
        return False
    last = text[stop - 1]
    if (_capital(last) or is_(properties, last, DIGIT)) and _begins(text, stop - 1, properties):
        return True
    if stop >= 2 and _begins(text, stop - 2, properties):
        for k in range(_TWO.shape[0]):
            if text[stop - 2] == _TWO[k, 0] and last == _TWO[k, 1]:
                return True
    if stop >= 3 and _begins(text, stop - 3, properties):
        for k in range(_THREE.shape[0]):
            if text[stop - 3] == _THREE[k, 0] and text[stop - 2] == _THREE[k, 1] and last == _THREE[k, 2]:
                return True
        return _capital(text[stop - 3]) and text[stop - 2] == _PERIOD and _capital(last)
    return False


@nb.njit(inline="always")
def _closes(point: int) -> bool:
    return point in (34, 39, 41, 93, 0x201D, 0x2019, 0xBB)


@nb.njit(inline="always")
def _stops(point: int) -> bool:
    """Whether a code point ends a sentence: . ! ? …"""
    return point in (33, 46, 63, 0x2026)


@compiled(nb.int64(U32, nb.int64, nb.int64, U8, nb.int32[::1]))
def sentences(text: Any, low: int, high: int, properties: Any, found: Any) -> int:
    """Where sentences begin within `[low, high]`, into `found`: behind an end mark and a blank, or a line break."""
    count = 0
    if low == 0:
        found[0] = 0
        count = 1
    at = low
    while at < high:
        begin = at
        point = text[at]
        at += 1
        if _stops(point):
            end = at
            while end < high and _closes(text[end]):
                end += 1
            if end >= high or text[end] == NEWLINE or not is_(properties, text[end], BLANK):
                continue
            at = end
        elif point != NEWLINE:
            continue
        next = at
        if shortened(text, begin + 1, properties):
            continue
        while next < text.size and is_(properties, text[next], BLANK):
            next += 1
        if point == NEWLINE or next == text.size or not is_(properties, text[next], SMALL):
            found[count] = next
            count += 1
    return count
