"""Type ids of whole texts → which tokens pyvi joins to the one before: the best labels of its CRF.

In: ids from `TokenTypes`. Out: booleans. Must not know strings beyond the dictionaries.

The Viterbi recursion (Forney 1973) over two labels needs only the difference d of their scores:
`d[t] = e[t] + clip(c − d[t−1], low, high)`, and label[t] is 1 iff d[t] exceeds a threshold that the next label sets.
The clip forgets the past nearly everywhere, so all positions are computed at once and the few that still change are
followed. Where a difference lies so near its threshold that rounding could decide, the text is computed once more in
CRFsuite's own order of additions (`crf1d_context.c`, `crf1dc_viterbi`), which gives its very bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter.types import BIGRAM, PAD, TRIGRAM_HEAD, TRIGRAM_TAIL, TokenTypes, TypeArrays

NEAR = 1e-7
"""Differences closer than this to their threshold are computed again in exact order."""
_PASSES = 32


def _clip(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.float64]:
    """The values brought into `[low, high]`, in place; a third of the cost of starting `np.clip`."""
    np.maximum(values, low, out=values)
    np.minimum(values, high, out=values)
    return values


def _allowed(ids: NDArray[np.int32], types: TypeArrays) -> NDArray[np.bool_]:
    """Whether pyvi lets each token but the first be joined to the one before it; shape (n − 1,)."""
    shared = types.offers.take(ids[:-1]) & types.asks.take(ids[1:])
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
        self._two_left, self._two_right, self._three_left, self._three_right = (
            weights.get(name, (0.0, 0.0))[1] - weights.get(name, (0.0, 0.0))[0] for name in names
        )

    def joins(self, ids: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Whether each token continues the word of the one before it.

        Args:
            ids: int32, shape (n,); `PAD` first, last and between texts.

        Returns:
            bool, shape (n,); False at pads and at first tokens.
        """
        types = self.types.arrays()
        emissions = self._emissions(ids, types)
        pads = ids == PAD
        differences = self._forward(emissions, pads)
        labels, near = self._backward(differences, pads)
        labels[1:] &= _allowed(ids, types)
        if len(near):
            self._correct(ids, pads, near, labels, types)
        return labels

    def _emissions(self, ids: NDArray[np.int32], types: TypeArrays) -> NDArray[np.float64]:
        emissions = types.own.take(ids)
        emissions[1:] += types.to_next.take(ids[:-1])
        emissions[:-1] += types.to_previous.take(ids[1:])
        key = types.first.take(ids[:-1])
        key += types.second.take(ids[1:])
        bits = self.types.lexicon.pairs.take(key)
        two = np.flatnonzero(bits & BIGRAM)
        emissions[two + 1] += self._two_left
        emissions[two] += self._two_right
        heads = np.flatnonzero(bits[:-1] & TRIGRAM_HEAD)
        for i in heads[(bits[heads + 1] & TRIGRAM_TAIL) != 0].tolist():
            if self._three(*ids[i : i + 3].tolist()):
                emissions[i] += self._three_right
                emissions[i + 2] += self._three_left
        return emissions

    def _three(self, a: int, b: int, c: int) -> bool:
        lower = self.types.lower
        return f"{lower(a)} {lower(b)} {lower(c)}" in self.types.model.trigrams

    def _forward(self, emissions: NDArray[np.float64], pads: NDArray[np.bool_]) -> NDArray[np.float64]:
        c, low, high = self._c, self._low, self._high
        passed = _clip(c - emissions - high, low, high)  # a first guess at what each token passes on
        passed[pads] = 0.0
        differences = emissions.copy()
        differences[1:] += passed[:-1]
        right = _clip(c - differences, low, high)
        right[pads] = 0.0
        changed = np.flatnonzero(right != passed)
        for _ in range(_PASSES):
            if not len(changed):
                return differences
            after = changed + 1
            if after[-1] == len(pads):
                after = after[:-1]
            values = emissions[after] + right[after - 1]
            differences[after] = values
            values = _clip(c - values, low, high)
            values[pads[after]] = 0.0
            moved = values != right[after]
            right[after] = values
            changed = after[moved]
        self._follow(changed, emissions, pads, differences, right)
        return differences

    def _follow(
        self,
        changed: NDArray[np.int64],
        emissions: NDArray[np.float64],
        pads: NDArray[np.bool_],
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
            while t < len(pads):
                d = float(emissions[t]) + float(right[t - 1])
                differences[t] = d
                g = 0.0 if pads[t] else min(max(c - d, low), high)
                if g == right[t]:
                    break
                right[t] = g
                t += 1
            done = t

    def _backward(
        self, differences: NDArray[np.float64], pads: NDArray[np.bool_]
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Labels from last to first, and the places where rounding could decide."""
        after_0, after_1 = self._after_0, self._after_1
        labels = differences > after_1
        places = np.flatnonzero(pads)
        last = places[1:] - 1
        labels[last] = differences[last] > 0.0
        labels[places] = False
        near = last[np.abs(differences[last]) < NEAR]
        open_ = np.flatnonzero((differences > after_0 - NEAR) & (differences < after_1 + NEAR))
        if len(open_):
            values = differences[open_]
            near = np.concatenate([near, open_[np.minimum(abs(values - after_0), abs(values - after_1)) < NEAR]])
            closed = pads.copy()
            closed[last] = True
            between = open_[(values > after_0) & (values <= after_1) & ~closed[open_]].tolist()
            if len(between) > 2000:
                plain = labels.tolist()
                for i in reversed(between):
                    plain[i] = not plain[i + 1]
                labels = np.array(plain, np.bool_)
            else:
                for i in reversed(between):
                    labels[i] = not labels[i + 1]
        return labels, near[~pads[near]] if len(near) else near

    def _correct(
        self,
        ids: NDArray[np.int32],
        pads: NDArray[np.bool_],
        near: NDArray[np.int64],
        joins: NDArray[np.bool_],
        types: TypeArrays,
    ) -> None:
        places = np.flatnonzero(pads)
        for text in np.unique(np.searchsorted(places, near)).tolist():
            a, b = int(places[text - 1]) + 1, int(places[text])
            joins[a:b] = self.exact_labels(ids[a:b].tolist())
            joins[a] = False
            joins[a + 1 : b] &= _allowed(ids[a:b], types)

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
