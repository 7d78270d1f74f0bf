"""Tokens and joins of some texts → their words as lists of strings.

In: a scan, which tokens are joined. Out: words. Must not know why they are joined.

A word of one token that is known is a string made beforehand; any other is cut out of the text, where its tokens stand
with one blank between them. Where they do not, they are put together one by one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter.known import KnownTokens
from search.analysis.segmenter.scanning import Scan
from search.analysis.segmenter.types import LINE_BREAK

_FEW = 40
"""So few line breaks are sooner deleted from a list than left out of arrays."""


def collect(
    found: Scan, numbers: NDArray[np.intp], joins: NDArray[np.bool_], pads: NDArray[np.intp], known: KnownTokens
) -> list[list[str]]:
    """The words of each text, syllables joined by a blank; line breaks are left out.

    Args:
        found: the tokens.
        numbers: the row of each.
        joins: whether each continues the word of the one before it; False at pads.
        pads: where the borders of texts stand.
        known: what gave the rows.
    """
    heads = (~joins).nonzero()[0]
    first = numbers.take(heads)
    breaks = (first == LINE_BREAK).nonzero()[0]
    sizes = heads[1:] - heads[:-1]  # none for the border at the end
    made = ((sizes != 1) | (first[:-1] >= known.fixed)).nonzero()[0]
    words = known.names.take(first, mode="clip")
    every: list[str] = words.tolist()
    text = found.text
    starts, ends = found.starts[heads[made]].tolist(), found.ends[heads[made + 1] - 1].tolist()
    for i, a, b in zip(made.tolist(), starts, ends, strict=True):
        every[i] = text[a:b]
    _mend(found, joins, heads, every)
    if len(breaks) <= _FEW:
        for i in breaks[::-1].tolist():
            del every[i]
    else:
        every = [word for word in every if word]
    if len(pads) == 2:
        del every[-1], every[0]
        return [every]
    edges = heads.searchsorted(pads)
    edges -= breaks.searchsorted(edges)
    return [every[a + 1 : b] for a, b in pairwise(edges.tolist())]


def _mend(found: Scan, joins: NDArray[np.bool_], heads: NDArray[np.intp], words: list[str]) -> None:
    """Put words together whose tokens do not stand with one usual blank between them."""
    gaps = found.starts[1:] - found.ends[:-1]
    if found.even:
        uneven = gaps != 1
        uneven &= joins[1:]
        places = uneven.nonzero()[0]
    else:
        places = joins[1:].nonzero()[0]
    if len(places):
        for i in dict.fromkeys((heads.searchsorted(places + 1, "right") - 1).tolist()):
            last = heads[i + 1] if i + 1 < len(heads) else len(joins)
            words[i] = " ".join(found.tokens(int(heads[i]), int(last)))
