"""Stored articles with their analyses, read back from the forward index instead of being analysed again.

In: a segment and an article's number. Out: `Prepared`, its ids in the vocabulary of the process. Two things are not
kept and come back reduced: the counts behind `Plainness` (only whether the article is plain) and, in articles without
diacritics, the exact form of codes (their folded form). Must not know snippets or ranking.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from search.analysis.streams import Analysis, Code, Plainness, Vocabulary
from search.codec.segment import Segment
from search.engines.base import Prepared

_PLAIN: Final = Plainness(tokens=2, marked=0, syllables=2)


class Restorer:
    """Restores articles; keeps the ids of each segment's forms in the vocabulary, as they are met."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._ids: dict[int, NDArray[np.int32]] = {}

    def prepared(self, segment: Segment, number: int) -> Prepared:
        """One article with the analyses of its title and body."""
        article = segment.records.article(number)
        forms = segment.tokens(number)
        title = int(segment.columns["title_positions"][number])
        start = int(segment.forward[1][number])
        packed = segment.container.array("forward.joined")
        joined = np.unpackbits(packed[start >> 3 : (start + len(forms) + 7) >> 3])[start & 7 :][: len(forms)].view(bool)
        codes = self._codes(segment, number)
        plain = _PLAIN if segment.columns["plain"][number] else Plainness()
        analyses = []
        for side, text, low, high in ((0, article.title, 0, title), (1, article.body, title, len(forms))):
            begins, ends = self._offsets(segment, 2 * number + side, forms[low:high])
            mine = tuple(Code(c.position - low, *c[1:]) for c in codes if low <= c.position < high)
            ids = self._translated(segment, forms[low:high])
            evidence = plain if side == 0 else Plainness()
            analyses.append(Analysis(text, self._vocabulary, ids, begins, ends, joined[low:high], mine, evidence))
        return Prepared(article, analyses[0], analyses[1])

    def _offsets(
        self, segment: Segment, text: int, forms: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        from search.codec.kernels import forward

        places = segment.container.array("forward.offset_starts")
        encoded = segment.container.array("forward.offsets")
        begins, ends = np.empty(len(forms), np.int32), np.empty(len(forms), np.int32)
        widths = segment.form_widths[forms]
        forward.get_offsets(encoded, int(places[text]), int(places[text + 1]), forms, widths, begins, ends)
        return begins, ends

    def _translated(self, segment: Segment, forms: NDArray[np.int32]) -> NDArray[np.int32]:
        """Ids in the vocabulary; two threads that fill the same entry fill it alike."""
        known = self._ids.get(id(segment))
        if known is None:
            known = self._ids.setdefault(id(segment), np.full(len(segment.forms), -1, np.int32))
        ids = known[forms]
        if len(ids) and ids.min() < 0:
            for form in np.unique(forms[ids < 0]).tolist():
                known[form] = self._vocabulary.id(segment.forms[form])
            ids = known[forms]
        return ids

    def _codes(self, segment: Segment, number: int) -> list[Code]:
        _, starts, places, exact, folded = segment.forward[6:]
        first, stop = int(starts[number]), int(starts[number + 1])
        if first == stop:
            return []
        lengths = segment.container.array("codes.lengths")
        plain = bool(segment.columns["plain"][number])
        found = []
        for i in range(first, stop):
            form = segment.field("folded").term(int(folded[i]))
            spelled = form if plain else segment.field("exact").term(int(exact[i]))
            found.append(Code(int(places[i]), int(lengths[i]), spelled, form))
        return found
