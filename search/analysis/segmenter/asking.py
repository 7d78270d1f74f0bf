"""Joins from pyvi itself, for installed versions whose model is not known here.

In: type ids. Out: the same answers as `Labeler` and `ShortLabeler` give. Must not know texts.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter import pyvi_itself
from search.analysis.segmenter.types import LINE_BREAK, TokenTypes


class AskingLabeler:
    """Asks pyvi; some forty times slower."""

    def __init__(self, types: TokenTypes) -> None:
        self._types = types

    def joins_of(self, tokens: list[str]) -> list[bool]:
        """Whether pyvi has each token in one word with the token before it."""
        theirs, joined = pyvi_itself.tokens(" ".join(tokens))
        word_of: list[int] = []
        word = -1
        for token, join in zip(theirs, joined, strict=True):
            word += not join
            word_of += [word] * len(token)
        places = [0]
        for token in tokens[:-1]:
            places.append(places[-1] + len(token))
        return [i > 0 and word_of[p] == word_of[places[i - 1]] for i, p in enumerate(places)]

    @overload
    def joins(self, ids: list[int]) -> list[bool]: ...
    @overload
    def joins(
        self, ids: NDArray[np.integer[Any]], pads: NDArray[np.intp], *, over_breaks: bool = False
    ) -> NDArray[np.bool_]: ...
    def joins(
        self,
        ids: list[int] | NDArray[np.integer[Any]],
        pads: NDArray[np.intp] | None = None,
        *,
        over_breaks: bool = False,
    ) -> list[bool] | NDArray[np.bool_]:
        """What `ShortLabeler.joins` and `Labeler.joins` answer."""
        strings = self._types.strings
        if isinstance(ids, list):
            return self.joins_of([strings[i] for i in ids])
        found = np.zeros(len(ids), np.bool_)
        for a, b in pairwise(pads.tolist() if pads is not None else ()):
            if b > a + 1:
                found[a + 1 : b] = self.joins_of([strings[i] for i in ids[a + 1 : b].tolist()])
        if not over_breaks:
            breaks = (ids == LINE_BREAK).nonzero()[0]
            found[breaks] = found[breaks + 1] = False
        return found
