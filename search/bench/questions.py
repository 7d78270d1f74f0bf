"""What is asked: fragments of titles in four shapes, each answered to three depths.

In: the terms of titles. Out: `Question`s, the same for every engine. Must not know an engine.

A fragment is two to four adjacent syllables of one title, drawn at random: what a person remembers of a headline.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

Shape = Literal["or", "and", "phrase", "prefix"]
"""Any of the terms; all of them; all of them side by side; whatever begins as the longest of them does."""

Depth = Literal["top", "total", "facets"]
"""The ten best alone; with the exact total; with the total and the counts of every city and month besides."""

SHAPES: Final[tuple[Shape, ...]] = get_args(Shape)
DEPTHS: Final[tuple[Depth, ...]] = get_args(Depth)
LENGTHS: Final = (2, 3, 4)
MOST: Final = 2000
"""Fragments kept with a corpus; a run asks the first of them."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query: its shape, the terms of the fragment, and the start of a term that a prefix query asks for."""

    shape: Shape
    terms: tuple[str, ...]

    @property
    def prefix(self) -> str:
        """The longest term without its last letter, of three letters at most.

        >>> Question("prefix", ("tham", "nhũng")).prefix
        'nhũ'
        """
        longest = max(self.terms, key=len)
        return longest[: max(1, min(3, len(longest) - 1))]


def fragments(titles: Sequence[Sequence[str]], count: int, seed: int) -> list[list[str]]:
    """`count` fragments of the titles given by their terms; fewer where no title has two terms."""
    long_enough = [title for title in titles if len(title) >= LENGTHS[0]]
    draw = random.Random(seed)
    found: list[list[str]] = []
    while long_enough and len(found) < count:
        title = draw.choice(long_enough)
        length = min(draw.choice(LENGTHS), len(title))
        start = draw.randrange(len(title) - length + 1)
        found.append(list(title[start : start + length]))
    return found
