"""The best fragments of an article for a query, and everything of a text that a query marks.

In: an analysed article and the nodes of the query to be shown. Out: text as written and ranges, never markup: whoever
shows them escapes the text and sets the marks. Must not know engines, how queries are typed, or pages.

Offsets are code points of the text they come with, `[start, end)`. A fragment is chosen for how many parts of the query
it holds, then for how close together they stand; it begins and ends with a sentence where one fits, else between words
with an ellipsis, and blanks within it are single spaces.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from search.analysis.streams import Analysis
from search.codec.kernels import marking
from search.engines.base import Prepared
from search.model import Snippet
from search.occurrences import Matcher, Occurrences
from search.query.tree import Node, Zone

ELLIPSIS = "…"
Ranges = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Marked:
    """What a hit shows: the ranges marked in its title, and its fragments, best first."""

    title_highlights: Ranges
    snippets: tuple[Snippet, ...]


def highlight(article: Prepared, nodes: tuple[Node, ...], *, count: int = 2, width: int = 200) -> Marked:
    """The marks in an article's title and the best fragments of its body.

    Args:
        article: The article, analysed.
        nodes: The parts of the query to show, as its interpretation gives them.
        count: At most this many fragments; a further one is given only when it shows something.
        width: Length of a fragment in code points, ellipses not counted.

    Returns:
        Fragments best first. Without a match in the body, its beginning; without a body, none.
    """
    matcher = _matcher(nodes)
    title = _marked(matcher, article.title, zone="title", plain=article.plain)
    if count < 1 or not article.body.text.strip():
        return Marked(title, ())
    found = matcher.find(article.body, plain=article.plain)
    places = _best(article.body, found, matcher.concepts, count, width)
    text, marks = article.body.text, _marks(article.body, found)
    return Marked(title, tuple(_cut(text, marks, start, end, width) for start, end in places or ((0, 0),)))


def mark(analysis: Analysis, nodes: tuple[Node, ...], *, plain: bool = False, zone: Zone = "any") -> Ranges:
    """Everything in a text that the nodes match, as ranges in text order that do not touch.

    Args:
        analysis: The text.
        nodes: The parts of the query to show.
        plain: Whether the article is typed without diacritics, so that accented queries mark bare words.
        zone: "title" when the text is a title.
    """
    return _marked(_matcher(nodes), analysis, zone=zone, plain=plain)


def _marked(matcher: Matcher, analysis: Analysis, *, zone: Zone, plain: bool) -> Ranges:
    """As `mark`, with nodes made ready."""
    found = matcher.find(analysis, zone=zone, plain=plain)
    return _ranges(analysis.text, _marks(analysis, found)) if len(found) else ()


@lru_cache(maxsize=128)
def _matcher(nodes: tuple[Node, ...]) -> Matcher:
    return Matcher(nodes)


class _Marks(NamedTuple):
    """The marked tokens of a text: their positions, offsets, and whether each is one stretch with the next token."""

    tokens: list[int]
    starts: list[int]
    ends: list[int]
    glued: list[bool]


def _marks(analysis: Analysis, found: Occurrences) -> _Marks:
    tokens = found.marked.nonzero()[0]
    starts, ends, glued = analysis.starts[tokens], analysis.ends[tokens], found.glued[tokens]
    return _Marks(tokens.tolist(), starts.tolist(), ends.tolist(), glued.tolist())


_JOINS = re.compile(r"[^\S\n]*|[-–/.&]")  # between the words of one stretch: blanks at most, or the mark of a code


def _ranges(text: str, marks: _Marks, start: int = 0, end: int | None = None) -> Ranges:
    """Stretches of marked tokens that begin within `[start, end)`; neighbors with only a blank between are one."""
    end = len(text) if end is None else end
    low, high = bisect_left(marks.starts, start), bisect_left(marks.starts, end)
    found: list[tuple[int, int]] = []
    opened = closed = -1
    for i in range(low, high):
        first = marks.starts[i]
        if (
            opened >= 0
            and marks.tokens[i] == marks.tokens[i - 1] + 1
            and (_JOINS.fullmatch(text, closed, first) or (marks.glued[i - 1] and text.find("\n", closed, first) < 0))
        ):
            closed = marks.ends[i]
            continue
        if opened >= 0:
            found.append((opened, closed))
        opened, closed = first, marks.ends[i]
    if opened >= 0:
        found.append((opened, min(closed, end)))
    return tuple(found)


def _best(analysis: Analysis, found: Occurrences, concepts: int, count: int, width: int) -> list[tuple[int, int]]:
    """The windows of at most `width` that hold most of the query, best first, none overlapping."""
    if not len(found):
        return []
    starts, ends = np.empty((2, count), np.int32)
    made = marking.best_windows(
        found.first, found.last, found.concept, analysis.starts, analysis.ends, concepts, count, width, starts, ends
    )
    return list(zip(starts[:made].tolist(), ends[:made].tolist(), strict=True))


_SENTENCE = re.compile(r"[.!?…][\"'”’»)\]]*(?=[^\S\n])|\n")
_SHORT = re.compile(
    r"(?:^|[\s(/])(?:[A-ZĐ\d]|TP|Tp|tp|TX|TT|Th|TS|ThS|GS|PGS|BS|KTS|LS|Mr|Mrs|Ms|Dr|St|No|vs|NXB|đ/c|[A-ZĐ]\.[A-ZĐ])$"
)
_BLANK = re.compile(r"\s")
_ODD_BLANKS = re.compile(r"[^\S ]\s*| \s+")  # every run of blanks but the single space


def _boundaries(text: str, low: int, high: int) -> list[int]:
    """Where sentences begin within `[low, high]`: after an end mark and a blank, or a line break; not after "TP. "."""
    found = [0] if low == 0 else []
    for end in _SENTENCE.finditer(text, low, high):
        at = end.end()
        if _shortened(text, end.start() + 1):
            continue
        while at < len(text) and text[at].isspace():
            at += 1
        if end.group() == "\n" or not text[at : at + 1].islower():
            found.append(at)
    return found


def _shortened(text: str, end: int) -> bool:
    """Whether the period before `end` belongs to an abbreviation or an initial rather than ending a sentence."""
    return text[end - 1] == "." and _SHORT.search(text, max(end - 9, 0), end - 1) is not None


def _cut(text: str, marks: _Marks, start: int, end: int, width: int) -> Snippet:
    """The fragment around `[start, end)`, at most `width` long."""
    spare = max(width - (end - start), 0)
    begins = _boundaries(text, max(start - spare, 0), min(end + spare + 1, len(text)))
    before = [at for at in begins if start - 0.6 * spare <= at <= start]
    first = before[0] if before else _blank_after(text, start - spare // 3, start)
    limit = min(first + width, len(text))
    after = [at for at in begins if end <= at <= limit and at - first >= 0.6 * width]
    last = len(text) if limit == len(text) else after[-1] if after else _blank_before(text, limit, max(end, first + 1))
    piece = text[first:last]
    first += len(piece) - len(piece.lstrip())
    last = first + len(piece.strip())
    head = "" if first in begins or not text[:first].strip() else ELLIPSIS
    tail = "" if after or not text[last:].strip() else ELLIPSIS
    return _snippet(text[first:last], _ranges(text, marks, first, last), first, head, tail)


def _blank_after(text: str, low: int, high: int) -> int:
    """Start of the first word that begins within `(low, high]`."""
    if low <= 0:
        return 0
    for blank in _BLANK.finditer(text, low, high):
        if not _shortened(text, blank.start()):
            return blank.end()
    return high


def _blank_before(text: str, high: int, low: int) -> int:
    """End of the last word that ends within `[low, high]`; `high` itself inside a text without blanks."""
    for at in range(high, low - 1, -1):
        if text[at].isspace() and not _shortened(text, at):
            return at
    return high


def _snippet(text: str, marks: Ranges, offset: int, head: str, tail: str) -> Snippet:
    """The fragment as shown: runs of blanks become one space, ellipses stand where it was cut."""
    moved = [(start - offset, end - offset) for start, end in marks]
    parts: list[str] = []
    shift: list[tuple[int, int]] = []
    at = removed = 0
    for blanks in _ODD_BLANKS.finditer(text):
        parts += (text[at : blanks.start()], " ")
        at = blanks.end()
        removed += at - blanks.start() - 1
        shift.append((at, removed))
    if shift:
        text = "".join([*parts, text[at:]])
        moved = [(a - _removed(shift, a), b - _removed(shift, b)) for a, b in moved]
    lead = len(head)
    return Snippet(f"{head}{text}{tail}", tuple((a + lead, b + lead) for a, b in moved))


def _removed(shift: Sequence[tuple[int, int]], at: int) -> int:
    """How many code points were taken out before `at`."""
    return next((removed for end, removed in reversed(shift) if end <= at), 0)
