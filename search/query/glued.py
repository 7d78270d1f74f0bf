"""Syllables written without blanks, taken apart: "thamnhungvat" is "tham nhung vat".

In: one word and the index's lexicon. Out: the syllables, when the index holds each beside the next. Must not know how
the word was typed, nor operators.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from search.analysis import fold, is_syllable
from search.query.lexicon import Known
from search.query.tree import Term

MIN_LETTERS, MAX_LETTERS = 5, 48
"""Shorter words are too often something else; longer ones are no expression anybody glues together."""
_LONGEST = 7


def split(word: str, lexicon: Known) -> list[str] | None:
    """The word's syllables in order, or None.

    Of several ways the one with the fewest syllables wins, then the one whose rarest pair is the most frequent.
    """
    if not MIN_LETTERS <= len(word) <= MAX_LETTERS or not word.isalpha():
        return None
    low = word.lower()
    # best[start, end]: the best way to take apart low[:end] whose last syllable is low[start:end]
    best: dict[tuple[int, int], tuple[int, int, tuple[int, ...]]] = {}
    lexicon.foresee(_pairs(low))
    ends: dict[int, list[int]] = {}
    for start in range(len(low)):
        if start and start not in ends:
            continue
        for end in range(start + 1, min(start + _LONGEST, len(low)) + 1):
            if not is_syllable(low[start:end]):
                continue
            ways: list[tuple[int, int, tuple[int, ...]]] = [] if start else [(0, 1 << 60, (0,))]
            if start:
                for before in ends[start]:
                    count, rarest, cuts = best[before, start]
                    pair = Term("pair", f"{fold(low[before:start])}_{fold(low[start:end])}")
                    if frequency := lexicon.frequency(pair):
                        ways.append((count - 1, min(rarest, frequency), (*cuts, start)))
            if ways:
                best[start, end] = max(ways)
                ends.setdefault(end, []).append(start)
    whole = [best[start, len(low)] for start in ends.get(len(low), ()) if start]
    if not whole:
        return None
    cuts = (*max(whole)[2], len(word))
    return [word[a:b] for a, b in pairwise(cuts)]


def _pairs(low: str) -> Iterator[Term]:
    """Every pair of syllables that stand side by side in some way to take a word apart."""
    for middle in range(1, len(low)):
        before = {low[a:middle] for a in range(max(middle - _LONGEST, 0), middle) if is_syllable(low[a:middle])}
        after = {low[middle:b] for b in range(middle + 1, middle + _LONGEST + 1) if is_syllable(low[middle:b])}
        yield from (Term("pair", f"{fold(first)}_{fold(second)}") for first in before for second in after)
