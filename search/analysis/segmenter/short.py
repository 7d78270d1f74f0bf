"""Joins of a short text in plain Python: a query is labeled in the time that starting array operations would take.

In: a list of type ids. Out: a list of booleans, the same as `Labeler.joins` gives. Must not know strings.
"""

from __future__ import annotations

from typing import Any

from search.analysis.segmenter.labels import NEAR, Labeler
from search.analysis.segmenter.types import BIGRAM, BYTES, TRIGRAM_HEAD, TRIGRAM_TAIL, TokenTypes

_Row = tuple[Any, ...]
"""The fields of a `ROW` in their order."""


class ShortLabeler:
    """Finds joins for short texts over the same `TokenTypes` as a `Labeler`."""

    def __init__(self, types: TokenTypes) -> None:
        self._types = types
        self._exact = Labeler(types.lexicon).exact_labels
        self._cells = types.lexicon.cells.tolist()
        self._rows: dict[int, _Row] = {}
        weights = types.model.weights
        (t00, t01), (t10, t11) = types.model.transitions
        self._constants = (t00 - t10, t01 - t11, t01 - t10, t11 - t10, t01 - t00)
        names = ("-1:word.bi_gram()", "+1:word.bi_gram()", "-2:word.tri_gram()", "+2:word.tri_gram()")
        self._dictionary = [weights.get(n, (0.0, 0.0))[1] - weights.get(n, (0.0, 0.0))[0] for n in names]

    def _row(self, id: int) -> _Row:
        row = self._rows[id] = BYTES.unpack(self._types.row(id))
        return row

    def joins(self, ids: list[int]) -> list[bool]:
        """Whether each token continues the word of the one before it; shape as `ids`."""
        get = self._rows.get
        rows = [get(i) or self._row(i) for i in ids]
        n = len(rows)
        emissions = [row[0] for row in rows]
        cells, trigrams = self._cells, self._types.model.trigrams
        two_left, two_right, three_left, three_right = self._dictionary
        before = 0
        for i in range(n - 1):
            x, y = rows[i], rows[i + 1]
            emissions[i + 1] += x[1]
            emissions[i] += y[2]
            bits = cells[x[3] + y[4]] ^ x[5] if x[5] and y[4] else 0
            if bits >= 8:
                bits = 0
            elif bits:
                if bits & BIGRAM:
                    emissions[i + 1] += two_left
                    emissions[i] += two_right
                if (
                    before & TRIGRAM_HEAD
                    and bits & TRIGRAM_TAIL
                    and " ".join([self._types.lower(id) for id in ids[i - 1 : i + 2]]) in trigrams
                ):
                    emissions[i - 1] += three_right
                    emissions[i + 1] += three_left
            before = bits
        after_0, after_1, c, low, high = self._constants
        passed, differences = 0.0, []
        for emission in emissions:
            d = emission + passed
            differences.append(d)
            passed = c - d
            passed = low if passed < low else high if passed > high else passed
        labels, threshold = [False] * n, 0.0
        for i in range(n - 1, -1, -1):
            apart = differences[i] - threshold
            if -NEAR < apart < NEAR:
                strings = self._types.strings
                labels = self._exact([strings[i] for i in ids])
                break
            labels[i] = apart > 0.0
            threshold = after_1 if labels[i] else after_0
        return [label and i > 0 and rows[i][9] <= rows[i - 1][8] for i, label in enumerate(labels)]
