"""The best fragments of articles for a query, and everything of their texts that a query marks.

In: analysed articles and the nodes of the query to be shown. Out: text as written and ranges, never markup: whoever
shows them escapes the text and sets the marks. Must not know engines, how queries are typed, or pages.

Offsets are code points of the text they come with, `[start, end)`. A fragment is chosen for how many parts of the query
it holds, then for how close together they stand; it begins and ends with a sentence where one fits, else between words
with an ellipsis, and blanks within it are single spaces. All texts of a page of hits are looked at in one compiled pass
(`search.codec.kernels.fragments`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.engines.base import Prepared, Texts, texts
from search.model import Snippet
from search.occurrences import Matcher
from search.query.tree import Node, Zone

ELLIPSIS = "…"
Ranges = tuple[tuple[int, int], ...]
_TITLES, _BODIES = 0, 1


class Marked(NamedTuple):
    """What a hit shows: the ranges marked in its title, and its fragments, best first."""

    title_highlights: Ranges
    snippets: tuple[Snippet, ...]


def highlight(article: Prepared, nodes: Sequence[Node], *, count: int = 2, width: int = 200) -> Marked:
    """What one article shows for the parts of a query, as its interpretation gives them; see `highlights`."""
    return highlights(texts((article,))[0], Matcher(nodes), count=count, width=width)[0]


def highlights(shown: Texts, matcher: Matcher, *, count: int = 2, width: int = 200) -> list[Marked]:
    """The marks in the titles of some articles and the best fragments of their bodies.

    Args:
        shown: The articles, analysed.
        matcher: The parts of the query to show.
        count: At most this many fragments of each; a further one is given only when it shows something.
        width: Length of a fragment in code points, ellipses not counted.

    Returns:
        For each article its fragments, best first. Without a match in the body, its beginning; without a body, none.
    """
    titles = _Pass(matcher, shown, _TITLES, "title")
    if count < 1:
        return [Marked(titles.ranges(i), ()) for i in range(len(shown.articles))]
    bodies = _Pass(matcher, shown, _BODIES, "any", count, width)
    found, first = [], 0
    for i, made in enumerate(bodies.made):
        snippets = tuple([Snippet(bodies.text(p), bodies.ranges(p)) for p in range(first, first + made)])
        found.append(Marked(titles.ranges(i), snippets))
        first += made
    return found


def marks(article: Prepared, nodes: Sequence[Node]) -> tuple[Ranges, Ranges]:
    """Everything in an article's title and in its body that the nodes match, as ranges in order that do not touch."""
    (shown,), matcher = texts((article,)), Matcher(nodes)
    return _Pass(matcher, shown, _TITLES, "title").ranges(0), _Pass(matcher, shown, _BODIES, "any").ranges(0)


class _Pass:
    """The titles or the bodies of some articles, looked at once: all marks of each, or up to `count` fragments.

    `made` is the number of fragments of each article; they are numbered through.
    """

    def __init__(self, matcher: Matcher, shown: Texts, chosen: int, zone: Zone, count: int = 0, width: int = 0) -> None:
        from search.codec.kernels import fragments

        bound = matcher.bound(shown.vocabulary, zone)
        articles = len(shown.articles)
        pieces = articles * max(count, 1)
        out = np.empty(articles * count * (width + 2), np.uint32)
        ends, made = np.empty((2, pieces), np.int32)
        range_ends = np.empty(pieces, np.int32)
        ranges = np.empty((max(count, 1) * len(shown.exact) + 1, 2), np.int32)
        show: Callable[..., int] = fragments.show
        many = show(
            shown.exact, shown.starts, shown.ends, shown.bounds, shown.points, shown.point_bounds, chosen, shown.plain,
            shown.vocabulary.folded_ids(), *bound.arrays, *bound.codes(shown, chosen),
            bound.single(shown.exact, shown.vocabulary), matcher.concepts, count, width, properties(),
            out, ends, ranges, range_ends, made,
        )  # fmt: skip
        self.made: list[int] = made[:articles].tolist()
        self._ends: list[int] = range_ends[:many].tolist()
        firsts, lasts = ranges[: self._ends[-1] if many else 0].T.tolist()
        self._ranges = list(zip(firsts, lasts, strict=True))
        self._text_ends: list[int] = ends[:many].tolist() if count else []
        self._text = out[: self._text_ends[-1] if self._text_ends else 0].tobytes().decode("utf-32-le", "surrogatepass")

    def text(self, piece: int) -> str:
        """A fragment."""
        return self._text[self._text_ends[piece - 1] if piece else 0 : self._text_ends[piece]]

    def ranges(self, piece: int) -> Ranges:
        """The marks of a fragment, or of a text."""
        return tuple(self._ranges[self._ends[piece - 1] if piece else 0 : self._ends[piece]])


@cache
def properties() -> NDArray[np.uint8]:
    """Which of the first 65,536 code points are blanks, small letters, digits; none of those behind them counts."""
    from search.codec.kernels.sentences import BLANK, DIGIT, SMALL

    every = "".join(map(chr, range(1 << 16)))
    found = np.array([SMALL if letter.islower() else 0 for letter in every], np.uint8)
    for bit, kind in ((BLANK, r"\s"), (DIGIT, r"\d")):
        found[[match.start() for match in re.finditer(kind, every)]] |= bit
    return found
