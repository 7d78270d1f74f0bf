# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Loops that cut fragments out of texts where a reader would cut, and put marked words together to stretches.

Texts are code points end to end, uint32; `properties` says what each is, as in `search.codec.kernels.sentences`.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.marking import best_windows, find
from search.codec.kernels.sentences import BLANK, NEWLINE, is_, sentences, shortened
from search.codec.kernels.types import I32, U8, U32

_ELLIPSIS = 0x2026


@nb.njit(inline="always")
def _blank_after(text: Any, low: int, high: int, properties: Any) -> int:
    """Start of the first word that begins within `(low, high]`."""
    if low <= 0:
        return 0
    for at in range(low, high):
        if is_(properties, text[at], BLANK) and not shortened(text, at, properties):
            return at + 1
    return high


@nb.njit(inline="always")
def _blank_before(text: Any, high: int, low: int, properties: Any) -> int:
    """End of the last word that ends within `[low, high]`; `high` itself inside a text without blanks."""
    for at in range(high, low - 1, -1):
        if is_(properties, text[at], BLANK) and not shortened(text, at, properties):
            return at
    return high


@nb.njit(inline="always")
def _together(text: Any, low: int, high: int, glued: int, properties: Any) -> bool:
    """Whether two marked words with `[low, high)` between them are one stretch."""
    blank = True
    broken = False
    for at in range(low, high):
        broken |= text[at] == NEWLINE
        blank &= is_(properties, text[at], BLANK)
    if broken:
        return False
    if blank or glued != 0:
        return True
    return high - low == 1 and text[low] in (45, 0x2013, 47, 46, 38)  # the mark of a code: - – / . &


@compiled(nb.int64(U32, I32, I32, U8, U8, nb.int64, nb.int64, U8, nb.int32[:, ::1], nb.int64))
def stretches(
    text: Any, starts: Any, ends: Any, marked: Any, glued: Any, first: int, last: int, properties: Any,
    out: Any, at: int,
) -> int:  # fmt: skip
    """Stretches of marked tokens that begin within `[first, last)`, into `out` from row `at`; returns the row behind.

    Args:
        text: Code points.
        starts, ends: Offsets of the tokens.
        marked, glued: Whether a token is marked, and one stretch with the next whatever stands between them.
        first, last: Code points; a stretch ends at `last` at the latest.
        properties: Of code points.
        out: Receives starts and ends.
        at: Rows of `out` that are taken.
    """
    low = 0
    high = starts.size
    while low < high:
        middle = (low + high) >> 1
        if starts[middle] < first:
            low = middle + 1
        else:
            high = middle
    opened = nb.int64(-1)
    closed = nb.int64(-1)
    before = -2
    for i in range(low, starts.size):
        if starts[i] >= last:
            break
        if marked[i] == 0:
            continue
        begin = nb.int64(starts[i])
        if opened >= 0 and before == i - 1 and _together(text, closed, begin, glued[before], properties):
            closed = ends[i]
        else:
            if opened >= 0:
                out[at, 0] = opened
                out[at, 1] = closed
                at += 1
            opened = begin
            closed = ends[i]
        before = i
    if opened >= 0:
        out[at, 0] = opened
        out[at, 1] = min(closed, last)
        at += 1
    return at


@compiled(nb.int64(U32, nb.int64, nb.int64, nb.int64, U8, nb.int64[::1]))
def cut(text: Any, start: int, end: int, width: int, properties: Any, found: Any) -> int:
    """The fragment around `[start, end)`, at most `width` long: its first and last code point into `found`.

    It begins and ends with a sentence where one fits, else between words. Returns 1 where words before it were left
    out, plus 2 where words behind it were.
    """
    size = text.size
    spare = max(width - (end - start), 0)
    low = max(start - spare, 0)
    begins = np.empty(min(end + spare + 1, size) - low + 2, np.int32)
    count = sentences(text, low, min(end + spare + 1, size), properties, begins)
    first = nb.int64(-1)
    for k in range(count):
        if start - 0.6 * spare <= begins[k] <= start:
            first = nb.int64(begins[k])
            break
    if first < 0:
        first = _blank_after(text, start - spare // 3, start, properties)
    limit = min(first + width, size)
    whole = nb.int64(-1)
    for k in range(count):
        if end <= begins[k] <= limit and begins[k] - first >= 0.6 * width:
            whole = nb.int64(begins[k])
    if limit == size:
        last = size
    elif whole >= 0:
        last = whole
    else:
        last = _blank_before(text, limit, max(end, first + 1), properties)
    while first < last and is_(properties, text[first], BLANK):
        first += 1
    while first < last and is_(properties, text[last - 1], BLANK):
        last -= 1
    found[0] = first
    found[1] = last
    left = 1
    for k in range(count):
        if begins[k] == first:
            left = 0
    if left:
        at = 0
        while at < first and is_(properties, text[at], BLANK):
            at += 1
        left = nb.int64(at < first)
    if whole < 0:
        at = last
        while at < size and is_(properties, text[at], BLANK):
            at += 1
        left += 2 * nb.int64(at < size)
    return left


@compiled(
    nb.int64(
        U32, nb.int64, nb.int64, nb.int64, U8, nb.uint32[::1], nb.int64, nb.int32[:, ::1], nb.int64, nb.int64
    ),
)  # fmt: skip
def write(
    text: Any, first: int, last: int, left: int, properties: Any, out: Any, at: int, ranges: Any, low: int, high: int
) -> int:
    """A fragment as shown, into `out` from `at`: runs of blanks are one space, ellipses stand where it was cut.

    The ranges `[low, high)` are moved with it; returns where it ends.
    """
    begin = at
    if left & 1:
        out[at] = _ELLIPSIS
        at += 1
    r = low
    inside = False
    j = first
    while j < last:
        if r < high:
            if inside and j >= ranges[r, 1]:
                ranges[r, 1] = at - begin
                inside = False
                r += 1
            if r < high and not inside and j >= ranges[r, 0]:
                ranges[r, 0] = at - begin
                inside = True
        if is_(properties, text[j], BLANK):
            out[at] = 32
            j += 1
            while j < last and is_(properties, text[j], BLANK):
                j += 1
        else:
            out[at] = text[j]
            j += 1
        at += 1
    if inside:
        ranges[r, 1] = at - begin
    if left & 2:
        out[at] = _ELLIPSIS
        at += 1
    return at


@compiled(
    nb.int64(
        I32, I32, I32, I32, U32, I32, nb.int64, U8, I32,
        I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, I32, nb.int32[::1], nb.int64,
        nb.int64, nb.int64, U8, nb.uint32[::1], nb.int32[::1], nb.int32[:, ::1], nb.int32[::1], nb.int32[::1],
    ),
)  # fmt: skip
def show(
    exact: Any, starts: Any, ends: Any, bounds: Any, points: Any, point_bounds: Any, chosen: int, plain: Any,
    folded_of: Any, exact_ids: Any, exact_concepts: Any, folded_ids: Any, folded_concepts: Any, bare_ids: Any,
    bare_concepts: Any, phrases: Any, slops: Any, concept_of: Any, alternatives: Any, kinds: Any, ids: Any,
    codes: Any, code_bounds: Any, whole: Any, whole_bounds: Any, single: Any, concepts: int,
    count: int, width: int, properties: Any, out: Any, piece_ends: Any, ranges: Any, range_ends: Any, made: Any,
) -> int:  # fmt: skip
    """What is shown of some texts: all marks of each (`count` 0), or its best fragments with their marks.

    Texts alternate: title and body of each article; `chosen` is 0 for the titles, 1 for the bodies.

    Args:
        exact, starts, ends: Tokens of all texts, end to end: ids and offsets within their text.
        bounds: First token of each text, and where the last ends; `point_bounds` likewise for `points`.
        points: Code points of all texts.
        chosen: Which texts.
        plain: Of each article, 1 where it is typed without diacritics.
        folded_of, exact_ids, exact_concepts, folded_ids, folded_concepts, bare_ids, bare_concepts, phrases, slops,
        concept_of, alternatives, kinds, ids: As `marking.find` takes them.
        codes, whole: As `marking.find` takes them, for the chosen texts end to end; `code_bounds` and `whole_bounds`
            tell where those of each begin.
        single: As `marking.find` takes it, for all tokens.
        concepts: Concepts are numbered below it.
        count: Most fragments of a text. Without a match it is its beginning; a blank text has none.
        width: Code points of the longest fragment.
        properties: Of code points.
        out: Receives the fragments end to end; `piece_ends` where each ends.
        ranges: Receives the marks, in code points of the text or of its fragment; `range_ends` where those of each
            text or fragment end.
        made: Receives how many fragments each article has.

    Returns:
        The number of fragments (of texts, where `count` is 0).
    """
    articles = plain.size
    longest = 0
    room = 0
    for i in range(articles):
        t = 2 * i + chosen
        longest = max(longest, nb.int64(bounds[t + 1] - bounds[t]))
        room = max(room, nb.int64(whole_bounds[i + 1] - whole_bounds[i]) // 3)
    room += longest * (slops.size + 1)
    first = np.empty(room, np.int32)
    last = np.empty(room, np.int32)
    concept = np.empty(room, np.int32)
    marked = np.empty(longest, np.uint8)
    glued = np.empty(longest, np.uint8)
    window_starts = np.empty(max(count, 1), np.int32)
    window_ends = np.empty(max(count, 1), np.int32)
    found = np.empty(2, np.int64)
    pieces = 0
    at = 0
    row = 0
    for i in range(articles):
        t = 2 * i + chosen
        a = bounds[t]
        b = bounds[t + 1]
        text = points[point_bounds[t] : point_bounds[t + 1]]
        made[i] = 0
        places = find(
            exact[a:b], folded_of, plain[i],
            exact_ids, exact_concepts, folded_ids, folded_concepts, bare_ids, bare_concepts,
            phrases, slops, concept_of, alternatives, kinds, ids, codes[code_bounds[i] : code_bounds[i + 1]],
            whole[whole_bounds[i] : whole_bounds[i + 1]], single[a:b], first, last, concept, marked, glued,
        )  # fmt: skip
        if count == 0:
            if places:
                row = stretches(text, starts[a:b], ends[a:b], marked, glued, 0, text.size, properties, ranges, row)
            range_ends[pieces] = row
            made[i] = 1
            pieces += 1
            continue
        some = False
        for k in range(text.size):
            if not is_(properties, text[k], BLANK):
                some = True
                break
        if not some:
            continue
        window_starts[0] = 0
        window_ends[0] = 0
        windows = 1
        if places:
            windows = best_windows(
                first[:places], last[:places], concept[:places], starts[a:b], ends[a:b],
                concepts, count, width, window_starts, window_ends,
            )  # fmt: skip
        for w in range(windows):
            left = cut(text, window_starts[w], window_ends[w], width, properties, found)
            low = row
            if places:
                row = stretches(
                    text, starts[a:b], ends[a:b], marked, glued, found[0], found[1], properties, ranges, row
                )
            at = write(text, found[0], found[1], left, properties, out, at, ranges, low, row)
            piece_ends[pieces] = at
            range_ends[pieces] = row
            pieces += 1
        made[i] = windows
    return pieces
