"""Tokens of whole texts → which of them pyvi joins to the one before: the best labels of its CRF.

In: what the model says of each token. Out: booleans. Must not know texts; strings only where the dictionaries ask.

The Viterbi recursion (Forney 1973) over two labels needs only the difference d of their scores:
`d[t] = e[t] + clip(c − d[t−1], low, high)`, and label[t] is 1 iff d[t] exceeds a threshold that the next label sets:
`c − high` before 0, `c − low` before 1. What comes out of the clip lies between low and high, so that the emission e[t]
alone decides nearly every label (991 of 1,000 in articles), and with the label what is passed on; the few between are
followed one by one. Where a difference lies so near its threshold that rounding could decide, the text is computed once
more in CRFsuite's own order of additions (`crf1d_context.c`, `crf1dc_viterbi`), which gives its very bits.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter.types import BIGRAM, TRIGRAM_HEAD, TRIGRAM_TAIL, Lexicon

NEAR = 1e-7
"""Differences closer than this to their threshold are computed again in exact order."""

Phrase = Callable[[int, int], str]
"""Gives the tokens of the places `[first, last)`, a blank between each two."""


def _allowed(rows: NDArray[np.void], over_breaks: bool) -> NDArray[np.bool_]:
    """Whether a token may be joined to the one before it, for each but the first; shape (n − 1,)."""
    offers, asks = ("offers_break", "asks_break") if over_breaks else ("offers", "asks")
    allowed: NDArray[np.bool_] = rows[asks][1:] <= rows[offers][:-1]
    return allowed


class Labeler:
    """Finds joins; keeps no state of a text, safe to share between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        weights = lexicon.model.weights
        (t00, t01), (t10, t11) = lexicon.model.transitions
        self._after_0, self._after_1 = t00 - t10, t01 - t11
        self._c, self._low, self._high = t01 - t10, t11 - t10, t01 - t00
        self._surely_0, self._surely_1 = self._after_0 - self._high, self._after_1 - self._low
        names = ("-1:word.bi_gram()", "+1:word.bi_gram()", "-2:word.tri_gram()", "+2:word.tri_gram()")
        two_left, two_right, self._three_left, self._three_right = (
            weights.get(name, (0.0, 0.0))[1] - weights.get(name, (0.0, 0.0))[0] for name in names
        )
        dictionary = np.arange(2 * TRIGRAM_TAIL + 1) & BIGRAM  # by what two adjacent tokens are; 8: nothing
        self._two = np.stack([two_left * dictionary, two_right * dictionary], axis=1)

    def joins(
        self, rows: NDArray[np.void], pads: NDArray[np.intp], phrase: Phrase, *, over_breaks: bool = False
    ) -> NDArray[np.bool_]:
        """Whether each token continues the word of the one before it.

        Args:
            rows: `ROW` of each token, shape (n,); that of `PAD` first, last and between texts.
            pads: where those stand.
            tokens: asked for the few strings that decide something.
            over_breaks: Whether a line break may continue a word, as pyvi has it.

        Returns:
            bool, shape (n,); False at pads and at first tokens.
        """
        emissions = self._emissions(rows, phrase)
        # Before a text stands what passes on the lowest difference, which its first token gives back; after it what
        # sets the higher threshold, which its last token, whose own is 0, has been given.
        if len(pads) == 2:  # one text
            emissions[0] = emissions[-1] = np.inf
            emissions[1] -= self._low
            emissions[-2] += self._after_1
        else:
            emissions[pads] = np.inf
            emissions[pads[:-1] + 1] -= self._low
            emissions[pads[1:] - 1] += self._after_1
        labels, near = self._labels(emissions)
        labels[0] = False
        labels[1:] &= _allowed(rows, over_breaks)
        if near:
            self._correct(rows, phrase, pads, near, labels, over_breaks)
        return labels

    def _emissions(self, rows: NDArray[np.void], phrase: Phrase) -> NDArray[np.float64]:
        emissions = rows["own"].copy()
        emissions[1:] += rows["to_next"][:-1]
        emissions[:-1] += rows["to_previous"][1:]
        bits = self._lexicon.cells.take(rows["place"][:-1] + rows["column"][1:])
        bits ^= rows["row"][:-1]
        two = self._two.take(bits, axis=0, mode="clip")
        emissions[1:] += two[:, 0]
        emissions[:-1] += two[:, 1]
        heads = bits[1:] >> 1  # a tail's bit where a head's is
        heads &= bits[:-1]
        heads &= TRIGRAM_HEAD
        trigrams = self._lexicon.model.trigrams
        for i in heads.nonzero()[0].tolist():
            if phrase(i, i + 3).lower() in trigrams:
                emissions[i] += self._three_right
                emissions[i + 2] += self._three_left
        return emissions

    def _labels(self, emissions: NDArray[np.float64]) -> tuple[NDArray[np.bool_], list[int]]:
        """The labels, and the places where rounding could decide."""
        labels = emissions > self._surely_1 + NEAR
        open_ = (labels != (emissions > self._surely_0 - NEAR)).nonzero()[0]
        if not len(open_):
            return labels, []
        c, low, high = self._c, self._low, self._high
        before = -1
        near: list[int] = []
        run: list[int] = []
        differences: list[float] = []
        for i, emission in zip([*open_.tolist(), -1], [*emissions[open_].tolist(), 0.0], strict=True):
            if i != before + 1 or i < 0:
                if run:
                    after = labels.item(before + 1)
                    while run:
                        place = run.pop()
                        apart = differences.pop() - (self._after_1 if after else self._after_0)
                        after = apart > 0.0
                        if after:
                            labels[place] = True
                        if -NEAR < apart < NEAR:
                            near.append(place)
                passed = low if labels.item(i - 1) else high
            d = emission + passed
            run.append(i)
            differences.append(d)
            passed = c - d
            passed = low if passed < low else high if passed > high else passed
            before = i
        return labels, near

    def _correct(
        self,
        rows: NDArray[np.void],
        phrase: Phrase,
        pads: NDArray[np.intp],
        near: list[int],
        joins: NDArray[np.bool_],
        over_breaks: bool,
    ) -> None:
        for text in sorted(set(np.searchsorted(pads, near).tolist())):
            a, b = int(pads[text - 1]) + 1, int(pads[text])
            joins[a:b] = self.exact_labels(phrase(a, b).split(" "))
            joins[a] = False
            joins[a + 1 : b] &= _allowed(rows[a:b], over_breaks)

    def exact_labels(self, tokens: list[str]) -> list[bool]:
        """CRFsuite's labels for one text, every addition in its order; some 5 µs a token."""
        model, zero = self._lexicon.model, (0.0, 0.0)
        weights = model.weights
        (t00, t01), (t10, t11) = model.transitions
        names = [token.lower().split("\0", 1)[0] for token in tokens]
        lower = [token.lower() for token in tokens]
        bigrams, trigrams, n = model.bigrams, model.trigrams, len(tokens)
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
