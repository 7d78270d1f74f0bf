# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that read several articles back at once: the texts of their stored records, and their tokens with offsets."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.forward import get_offsets
from search.codec.kernels.types import I32, I64, U8, U16, U32

_OPENING = np.frombuffer(b'{"id":"', np.uint8)
_TITLE = np.frombuffer(b',"title":"', np.uint8)
_BODY = np.frombuffer(b',"body":"', np.uint8)
_QUOTE, _BACKSLASH, _U = 34, 92, 117


@nb.njit(inline="always")
def _follows(raw: Any, at: int, end: int, expected: Any) -> bool:
    if at + expected.size > end:
        return False
    for k in range(expected.size):  # noqa: SIM110 (numba compiles no generators)
        if raw[at + k] != expected[k]:
            return False
    return True


@nb.njit(inline="always")
def _plain_escape(byte: int) -> int:
    """What a letter behind a backslash stands for."""
    if byte == 110:
        return 10
    if byte == 116:
        return 9
    if byte == 114:
        return 13
    if byte == 98:
        return 8
    if byte == 102:
        return 12
    return byte


@nb.njit(inline="always")
def _hexadecimal(byte: int) -> int:
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32
    return byte - 87 if 97 <= byte <= 102 else -1


@compiled(nb.int64(U8, nb.int64, nb.int64, nb.uint32[::1], nb.int64, nb.int64[::1]))
def _string(raw: Any, at: int, end: int, points: Any, n: int, stop: Any) -> int:
    """Decode a JSON string whose content begins at `at`, into `points` from `n`; `stop` receives where it ends.

    Returns where the code points end, −1 for what is not such a string or a pair of escaped surrogates.
    """
    p = nb.uint64(at)  # unsigned indices need no check for negative ones
    e = nb.uint64(end)
    q = nb.uint64(n)
    one = nb.uint64(1)
    while p < e:
        byte = nb.uint32(raw[p])
        if byte < 128:
            if byte == _QUOTE:
                stop[0] = nb.int64(p)
                return nb.int64(q)
            p += one
            if byte == _BACKSLASH:
                if p >= e:
                    return -1
                byte = nb.uint32(raw[p])
                p += one
                if byte == _U:
                    if p + nb.uint64(4) > e:
                        return -1
                    point = nb.int64(0)
                    for k in range(4):
                        digit = _hexadecimal(nb.int64(raw[p + nb.uint64(k)]))
                        if digit < 0:
                            return -1
                        point = (point << 4) | digit
                    if 0xD800 <= point < 0xE000:
                        return -1
                    p += nb.uint64(4)
                    byte = nb.uint32(point)
                else:
                    byte = nb.uint32(_plain_escape(byte))
            points[q] = byte
        elif byte < 0xE0:
            if p + one >= e:
                return -1
            points[q] = (byte & nb.uint32(31)) << nb.uint32(6) | nb.uint32(raw[p + one] & 63)
            p += nb.uint64(2)
        elif byte < 0xF0:
            if p + nb.uint64(2) >= e:
                return -1
            second = nb.uint32(raw[p + one] & 63) << nb.uint32(6)
            points[q] = (byte & nb.uint32(15)) << nb.uint32(12) | second | nb.uint32(raw[p + nb.uint64(2)] & 63)
            p += nb.uint64(3)
        else:
            if p + nb.uint64(3) >= e:
                return -1
            second = nb.uint32(raw[p + one] & 63) << nb.uint32(12)
            third = nb.uint32(raw[p + nb.uint64(2)] & 63) << nb.uint32(6)
            head = (byte & nb.uint32(7)) << nb.uint32(18)
            points[q] = head | second | third | nb.uint32(raw[p + nb.uint64(3)] & 63)
            p += nb.uint64(4)
        q += one
    return -1


@nb.njit(inline="always")
def _passed(raw: Any, at: int, end: int) -> int:
    """Where a JSON string that begins at `at` ends: its closing quote, or `end`."""
    while at < end and raw[at] != _QUOTE:
        at += 2 if raw[at] == _BACKSLASH else 1
    return min(at, end)


@compiled(nb.int64(U8, I64, nb.uint32[::1], nb.int32[::1], nb.int64[:, ::1]))
def read_texts(raw: Any, bounds: Any, points: Any, point_bounds: Any, spans: Any) -> int:
    """Titles and bodies of the JSON records in `raw`, which begin with id, title and body.

    Args:
        raw: Records end to end; `bounds` tells where each begins, and where the last ends.
        points: Receives the code points of title, body, title, …; room for one a byte.
        point_bounds: Receives where each of these texts begins, and where the last ends.
        spans: Receives for each record where the content of its body begins and ends in `raw`.

    Returns:
        −1, or the number of the first record that is not made like that.
    """
    n = nb.int64(0)
    stop = np.zeros(1, np.int64)
    point_bounds[0] = 0
    for i in range(bounds.size - 1):
        at = bounds[i]
        end = bounds[i + 1]
        if not _follows(raw, at, end, _OPENING):
            return i
        at = _passed(raw, at + _OPENING.size, end) + 1
        if not _follows(raw, at, end, _TITLE):
            return i
        n = _string(raw, at + _TITLE.size, end, points, n, stop)
        if n < 0:
            return i
        at = stop[0]
        point_bounds[2 * i + 1] = n
        if not _follows(raw, at + 1, end, _BODY):
            return i
        at += 1 + _BODY.size
        spans[i, 0] = at
        n = _string(raw, at, end, points, n, stop)
        if n < 0:
            return i
        spans[i, 1] = stop[0]
        point_bounds[2 * i + 2] = n
    return -1


@compiled(
    nb.void(
        I32, U16, I64, U32, U32, U32, I32, U8, I64,
        nb.int32[::1], nb.int32[::1], nb.int32[::1], nb.int32[::1],
    ),
)  # fmt: skip
def read_tokens(
    numbers: Any, forms: Any, starts: Any, rare: Any, rare_starts: Any, titles: Any, widths: Any, offsets: Any,
    offset_starts: Any, exact: Any, begins: Any, ends: Any, bounds: Any,
) -> None:  # fmt: skip
    """Tokens of the titles and bodies of some articles, end to end.

    Args:
        numbers: The articles.
        forms, starts, rare, rare_starts, titles: The forward index of their segment.
        widths: Length of each form in code points.
        offsets, offset_starts: Exceptions from the usual distance of tokens, of the title and body of each article.
        exact, begins, ends: Receive forms and offsets; room for all tokens.
        bounds: Receives where the tokens of each text begin, and where the last end.
    """
    n = 0
    bounds[0] = 0
    wide = np.empty(exact.size, np.int32)
    for i in range(numbers.size):
        d = numbers[i]
        size = starts[d + 1] - starts[d]
        r = nb.int64(rare_starts[d])
        for j in range(size):
            form = nb.int32(forms[starts[d] + j])
            if form == 65535:
                form = nb.int32(rare[r])
                r += 1
            exact[n + j] = form
            wide[n + j] = widths[form]
        m = n + nb.int64(titles[d])
        stop = n + size
        p = nb.int64(offset_starts[2 * d])
        q = nb.int64(offset_starts[2 * d + 1])
        e = nb.int64(offset_starts[2 * d + 2])
        get_offsets(offsets, p, q, exact[n:m], wide[n:m], begins[n:m], ends[n:m])
        get_offsets(offsets, q, e, exact[m:stop], wide[m:stop], begins[m:stop], ends[m:stop])
        bounds[2 * i + 1] = m
        bounds[2 * i + 2] = stop
        n = stop
