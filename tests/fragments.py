"""How fragments are cut and marks put together, written down plainly, one code point after the other: the reference.

In: a text, where the query's words stand in it, a window. Out: what is shown. The compiled loops must agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from search.model import Snippet

END = re.compile(r"[.!?…][\"'”’»)\]]*(?=[^\S\n])|\n")
SHORTENED = re.compile(
    r"(?:^|[\s(/])(?:[A-ZĐ\d]|TP|Tp|tp|TX|TT|Th|TS|ThS|GS|PGS|BS|KTS|LS|Mr|Mrs|Ms|Dr|St|No|vs|NXB|đ/c|[A-ZĐ]\.[A-ZĐ])"
)
JOINS = re.compile(r"[^\S\n]*|[-–/.&]")
Word = tuple[int, int, bool, bool]
"""Start, end, whether it is marked, and whether it is one stretch with the next one whatever stands between."""


def shortened(text: str, end: int) -> bool:
    """Whether the period before `end` belongs to an abbreviation."""
    if end < 1 or text[end - 1] != ".":
        return False
    return any(SHORTENED.fullmatch(text, at, end - 1) for at in range(max(end - 6, 0), end - 1))


def sentences(text: str, low: int, high: int) -> list[int]:
    """Where sentences begin within `[low, high]`."""
    found = [0] if low == 0 else []
    for end in END.finditer(text, low, high):
        at = end.end()
        if shortened(text, end.start() + 1):
            continue
        while at < len(text) and text[at].isspace():
            at += 1
        if end.group() == "\n" or not text[at : at + 1].islower():
            found.append(at)
    return found


def stretches(text: str, words: Sequence[Word], start: int, end: int) -> list[tuple[int, int]]:
    """The marked words that begin within `[start, end)`, put together where nothing else stands between them."""
    found: list[tuple[int, int]] = []
    before: int | None = None
    for i, (a, b, marked, _) in enumerate(words):
        if not marked or not start <= a < end:
            continue
        if before == i - 1 and found:
            between = text[found[-1][1] : a]
            if JOINS.fullmatch(between) or (words[before][3] and "\n" not in between):
                found[-1] = found[-1][0], b
                before = i
                continue
        found.append((a, b))
        before = i
    return [(a, min(b, end)) for a, b in found]


def fragment(text: str, words: Sequence[Word], start: int, end: int, width: int) -> Snippet:
    """The fragment around `[start, end)`, at most `width` long."""
    spare = max(width - (end - start), 0)
    begins = sentences(text, max(start - spare, 0), min(end + spare + 1, len(text)))
    first = next((at for at in begins if start - 0.6 * spare <= at <= start), -1)
    if first < 0:
        low = start - spare // 3
        blanks = (at for at in range(max(low, 0), start) if text[at].isspace() and not shortened(text, at))
        first = 0 if low <= 0 else next(blanks, start - 1) + 1
    limit = min(first + width, len(text))
    whole = [at for at in begins if end <= at <= limit and at - first >= 0.6 * width]
    last = limit
    if limit < len(text):
        down = range(limit, max(end, first + 1) - 1, -1)
        blank = next((at for at in down if text[at].isspace() and not shortened(text, at)), limit)
        last = whole[-1] if whole else blank
    while first < last and text[first].isspace():
        first += 1
    while first < last and text[last - 1].isspace():
        last -= 1
    head = "" if first in begins or not text[:first].strip() else "…"
    tail = "" if whole or not text[last:].strip() else "…"

    def written(at: int) -> str:
        return head + re.sub(r"\s+", " ", text[first:at])

    marks = tuple((len(written(a)), len(written(b))) for a, b in stretches(text, words, first, last))
    return Snippet(written(last) + tail, marks)
