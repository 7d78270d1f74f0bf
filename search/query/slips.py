"""What a person may have meant who typed a word: syllables one slip away, and what each slip costs.

In: a folded word as typed, or two exact spellings. Out: costs, the natural logarithm of how many words are typed right
for each that slips so; more for what seldom happens. Must not know any index, nor what stands beside a word.

>>> sorted(slips("sem"), key=slips("sem").get)[:1]
['xem']
>>> marks_apart("mã", "mả") < marks_apart("mã", "má") < marks_apart("mã", "mã") + 3
True
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from search.analysis import is_syllable

SOUND, DOUBLED, SWAPPED, NEAR_KEY, EXTRA, DROPPED, OTHER = 3.0, 3.0, 4.0, 4.5, 5.0, 5.0, 6.0
"""Of a letter or two: written as it is spoken somewhere; typed twice; two swapped; the key beside it; one too many; one
too few; any other in its place."""
TWICE = 10.0
"""Of two slips in one word."""
HOOK_TILDE, TONE, HAT = 1.0, 2.5, 2.0
"""Of diacritics: hỏi for ngã or the reverse, one sound in many regions; another tone; the mark of each letter."""

_ALPHABET = "abcdeghiklmnopqrstuvxy"
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_FIRST = (
    ("tr", "ch"), ("s", "x"), ("l", "n"), ("d", "gi"), ("d", "r"), ("gi", "r"), ("v", "d"), ("v", "gi"), ("d", "g"),
    ("k", "c"), ("c", "q"), ("g", "gh"), ("ng", "ngh"), ("kh", "h"), ("qu", "h"), ("f", "ph"), ("j", "gi"), ("j", "d"),
    ("j", "ch"), ("z", "d"), ("z", "gi"), ("w", "qu"), ("w", "u"),
)  # fmt: skip
_LAST = (("n", "ng"), ("c", "t"), ("ch", "t"), ("ch", "c"), ("nh", "n"), ("i", "y"), ("o", "u"))
"""Beginnings and ends that are spoken alike in the north, the center or the south, or written for one sound."""
_HATS = "\u0302\u0306\u031b"
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@lru_cache(maxsize=1024)
def slips(typed: str) -> dict[str, float]:
    """The syllables one slip away from a folded word, with the cost of the slip; itself is not among them."""
    costs: dict[str, float] = {}
    for meant, cost in _edited(typed):
        if meant != typed and cost < costs.get(meant, TWICE) and is_syllable(meant):
            costs[meant] = cost
    return costs


def _edited(typed: str) -> Iterator[tuple[str, float]]:
    for pairs, rest in ((_FIRST, typed.removeprefix), (_LAST, typed.removesuffix)):
        for one, other in pairs:
            for wrong, right in ((one, other), (other, one)):
                kept = rest(wrong)
                if kept != typed and kept:
                    yield (right + kept if pairs is _FIRST else kept + right), SOUND
    for i, letter in enumerate(typed):
        before, after = typed[:i], typed[i + 1 :]
        yield before + after, DOUBLED if letter in (typed[i - 1 : i], after[:1]) else EXTRA
        if after:
            yield before + after[0] + letter + after[1:], SWAPPED
        near = _beside(letter)
        for meant in _ALPHABET:
            yield before + meant + after, NEAR_KEY if meant in near else OTHER
            yield before + meant + letter + after, DROPPED
    for meant in _ALPHABET:
        yield typed + meant, DROPPED


@lru_cache(maxsize=64)
def _beside(letter: str) -> frozenset[str]:
    """The letters on the keys around a letter's."""
    found: set[str] = set()
    for row, keys in enumerate(_KEYS):
        at = keys.find(letter)
        if at >= 0:
            for other in _KEYS[max(row - 1, 0) : row + 2]:
                found.update(other[max(at - 1, 0) : at + 2])
    return frozenset(found - {letter})


@lru_cache(maxsize=8192)
def marks_apart(typed: str, meant: str) -> float:
    """The cost of one exact form's diacritics typed for those of another, whatever the letters below them."""
    (tone, hats), (other_tone, other_hats) = _marks(typed), _marks(meant)
    cost = 0.0
    if tone != other_tone:
        cost = HOOK_TILDE if {tone, other_tone} == {"\u0303", "\u0309"} else TONE
    return cost + HAT * max(len(hats - other_hats), len(other_hats - hats))


@lru_cache(maxsize=8192)
def _marks(exact: str) -> tuple[str, frozenset[str]]:
    """The tone of an exact form and its letters with marks ("đ" among them)."""
    tone, hats, letter = "", set(), ""
    for char in unicodedata.normalize("NFD", exact):
        if char in _TONES:
            tone = char
        elif char in _HATS:
            hats.add(letter + char)
        else:
            letter = char
            if char == "đ":
                hats.add(char)
    return tone, frozenset(hats)
