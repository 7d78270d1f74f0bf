"""Type ids of whole texts → which tokens pyvi joins to the one before: the best labels of its CRF.

In: ids from `TokenTypes`. Out: booleans. Must not know strings beyond the dictionaries.

The Viterbi recursion (Forney 1973) over two labels needs only the difference d of their scores:
`d[t] = e[t] + clip(c − d[t−1], low, high)`, and label[t] is 1 iff d[t] exceeds a threshold that the next label sets.
The clip forgets the past nearly everywhere, so all positions are computed at once and the few that still change are
followed. Where a difference lies so near its threshold that rounding could decide, the text is computed once more in
CRFsuite's own order of additions (`crf1d_context.c`, `crf1dc_viterbi`), which gives its very bits.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter.types import BIGRAM, PAD, TRIGRAM_HEAD, TRIGRAM_TAIL, TokenTypes, TypeArrays

NEAR = 1e-7
"""Differences closer than this to their threshold are computed again in exact order."""
_PASSES = 32
_FEW = 8
"""So few places are changed sooner one by one than by an array of them."""


def _clip(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """The values brought into `[low, high]`, in place; a third of the cost of starting `np.clip`."""
    np.maximum(values, low, out=values)
    np.minimum(values, high, out=values)
    return values


def _allowed(marks: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether pyvi lets each token but the first be joined to the one before it; shape (n − 1,)."""
    joining = marks[:, 3]
    shared = joining[1:] >> 2
    shared &= joining[:-1]
    return shared.astype(np.bool_)


class Labeler:
    """Finds joins for the ids of one `TokenTypes`; keeps no state of a text, safe to share between threads."""

    def __init__(self, types: TokenTypes) -> None:
        self.types = types
        weights = types.model.weights
        (t00, t01), (t10, t11) = types.model.transitions
        self._after_0, self._after_1 = t00 - t10, t01 - t11
        self._c, self._low, self._high = t01 - t10, t11 - t10, t01 - t00
        names = ("-1:word.bi_gram()", "+1:word.bi_gram()", "-2:word.tri_gram()", "+2:word.tri_gram()")
        two_left, two_right, self._three_left, self._three_right = (
            weights.get(name, (0.0, 0.0))[1] - weights.get(name, (0.0, 0.0))[0] for name in names
        )
        dictionary = np.arange(2 * TRIGRAM_TAIL + 1) & BIGRAM  # by what two adjacent tokens are; 8: nothing
        self._two = np.stack([two_left * dictionary, two_right * dictionary], axis=1)

    def joins(self, ids: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Whether each token continues the word of the one before it.

        Args:
            ids: int32 or intp, shape (n,); `PAD` first, last and between texts.

        Returns:
            bool, shape (n,); False at pads and at first tokens.
        """
        types = self.types.arrays()
        places = ids.astype(np.intp, copy=False)
        marks = types.marks.take(places, axis=0)
        emissions = self._emissions(places, marks, types)
        pads = (ids == PAD).nonzero()[0]
        emissions[pads] = np.inf  # always passes on the lowest difference, which the first token of a text gives back
        if len(pads) > _FEW:
            emissions[pads[:-1] + 1] -= self._low
        else:
            for pad in pads[:-1].tolist():
                emissions[pad + 1] -= self._low
        differences = self._forward(emissions)
        labels, near = self._backward(differences, pads)
        labels[1:] &= _allowed(marks)
        if len(near):
            self._correct(places, pads, near, labels, types)
        return labels

    def _emissions(self, ids: NDArray[np.intp], marks: NDArray[np.int32], types: TypeArrays) -> NDArray[np.float64]:
        weights = types.weights.take(ids, axis=0)
        emissions = weights[:, 0].copy()
        emissions[1:] += weights[:-1, 1]
        emissions[:-1] += weights[1:, 2]
        bits = self.types.lexicon.cells.take(marks[:-1, 0] + marks[1:, 2])
        bits ^= marks[:-1, 1]
        np.minimum(bits, 2 * TRIGRAM_TAIL, out=bits)
        two = self._two.take(bits, axis=0)
        emissions[1:] += two[:, 0]
        emissions[:-1] += two[:, 1]
        heads = bits[1:] >> 1  # a tail's bit where a head's is
        heads &= bits[:-1]
        heads &= TRIGRAM_HEAD
        for i in heads.nonzero()[0].tolist():
            if self._three(*ids[i : i + 3].tolist()):
                emissions[i] += self._three_right
                emissions[i + 2] += self._three_left
        return emissions

    def _three(self, a: int, b: int, c: int) -> bool:
        lower = self.types.lower
        return f"{lower(a)} {lower(b)} {lower(c)}" in self.types.model.trigrams

    def _forward(self, emissions: NDArray[np.float64]) -> NDArray[np.float64]:
        c, low, high = self._c, self._low, self._high
        passed = _clip(c - high - emissions, low, high)  # a first guess at what each token passes on
        differences = emissions.copy()
        differences[1:] += passed[:-1]
        right = _clip(c - differences, low, high)
        changed = (right != passed).nonzero()[0]
        for _ in range(_PASSES):
            if not len(changed):
                return differences
            after = changed + 1
            values = emissions.take(after)
            values += right.take(changed)
            differences[after] = values
            values = _clip(c - values, low, high)
            moved = values != right.take(after)
            right[after] = values
            changed = after[moved]
        self._follow(changed, emissions, differences, right)
        return differences

    def _follow(
        self,
        changed: NDArray[np.intp],
        emissions: NDArray[np.float64],
        differences: NDArray[np.float64],
        right: NDArray[np.float64],
    ) -> None:
        """Carry the last changes on one by one: long stretches that never settle cost time linear in their length."""
        c, low, high = self._c, self._low, self._high
        done = -1
        for start in changed.tolist():
            if start < done:
                continue
            t = start + 1
            while True:  # the pad that ends the text never changes
                d = float(emissions[t]) + float(right[t - 1])
                differences[t] = d
                g = min(max(c - d, low), high)
                if g == right[t]:
                    break
                right[t] = g
                t += 1
            done = t

    def _backward(
        self, differences: NDArray[np.float64], pads: NDArray[np.intp]
    ) -> tuple[NDArray[np.bool_], list[int]]:
        """Labels from last to first, and the places where rounding could decide."""
        after_0, after_1 = self._after_0, self._after_1
        last = pads[1:] - 1
        ends = differences.take(last)
        near: list[int] = last[np.abs(ends) < NEAR].tolist()
        differences[last] = np.copysign(np.inf, ends)  # nothing follows: the threshold is 0
        differences[pads] = -np.inf
        labels = differences > after_1
        open_ = ((differences > after_0 - NEAR) & (differences < after_1 + NEAR)).nonzero()[0][::-1]
        for i, d in zip(open_.tolist(), differences.take(open_).tolist(), strict=True):
            if after_0 < d <= after_1:
                labels[i] = not labels[i + 1]
            if d - after_0 < NEAR or after_1 - d < NEAR:
                near.append(i)
        return labels, near

    def _correct(
        self,
        ids: NDArray[np.intp],
        pads: NDArray[np.intp],
        near: list[int],
        joins: NDArray[np.bool_],
        types: TypeArrays,
    ) -> None:
        for text in np.unique(np.searchsorted(pads, near)).tolist():
            a, b = int(pads[text - 1]) + 1, int(pads[text])
            joins[a:b] = self.exact_labels(ids[a:b].tolist())
            joins[a] = False
            joins[a + 1 : b] &= _allowed(types.marks.take(ids[a:b], axis=0))

    def exact_labels(self, ids: list[int]) -> list[bool]:
        """CRFsuite's labels for one text, every addition in its order; some 5 µs a token."""
        types, weights, zero = self.types, self.types.model.weights, (0.0, 0.0)
        (t00, t01), (t10, t11) = types.model.transitions
        tokens = [types.strings[i] for i in ids]
        names = [token.lower().split("\0", 1)[0] for token in tokens]
        lower = [token.lower() for token in tokens]
        bigrams, trigrams, n = types.model.bigrams, types.model.trigrams, len(ids)
        two = [f"{lower[i]} {lower[i + 1]}" in bigrams for i in range(n - 1)]
        three = [f"{lower[i]} {lower[i + 1]} {lower[i + 2]}" in trigrams for i in range(n - 2)]
        title, upper = [token.istitle() for token in tokens], [token.isupper() for token in tokens]
        back: list[tuple[int, int]] = []
        best0 = best1 = 0.0
        for i, token in enumerate(tokens):
            features = ["bias", f"word.lower():{names[i]}"]
            features += ["word.isupper()"] * upper[i] + ["word.istitle()"] * title[i]
            features += ["word.isdigit()"] * token.isdigit()
            if i > 0:
                features.append(f"-1:word.lower():{names[i - 1]}")
                features += ["-1:word.istitle()"] * title[i - 1] + ["-1:word.isupper()"] * upper[i - 1]
                features += ["-1:word.bi_gram()"] * two[i - 1]
            if i > 1:
                features += ["-2:word.tri_gram()"] * three[i - 2]
            if i < n - 1:
                features.append(f"+1:word.lower():{names[i + 1]}")
                features += ["+1:word.istitle()"] * title[i + 1] + ["+1:word.isupper()"] * upper[i + 1]
                features += ["+1:word.bi_gram()"] * two[i]
            if i < n - 2:
                features += ["+2:word.tri_gram()"] * three[i]
            state0 = state1 = 0.0
            for feature in features:
                w0, w1 = weights.get(feature, zero)
                state0 += w0
                state1 += w1
            if i == 0:
                best0, best1 = state0, state1
                back.append((0, 0))
                continue
            from0, from1 = int(best0 + t00 < best1 + t10), int(best0 + t01 < best1 + t11)
            best0, best1 = (
                ((best1 + t10) if from0 else (best0 + t00)) + state0,
                ((best1 + t11) if from1 else (best0 + t01)) + state1,
            )
            back.append((from0, from1))
        labels = [False] * n
        label = int(best0 < best1)
        for i in range(n - 1, -1, -1):
            labels[i] = bool(label)
            label = back[i][label]
        return labels
