"""Syllables written without blanks, taken apart: "thamnhungvat" is "tham nhung vat", "thanhfphoos" is "thành phố".

In: one word, the index's lexicon, and for keys of an input method what they write. Out: the syllables, when the index
holds each beside the next. Must not know which input method there is, nor operators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from search.analysis import fold, is_syllable
from search.query.lexicon import Known
from search.query.tree import Sequence as Adjacent
from search.query.tree import Term

MIN_LETTERS, MAX_LETTERS = 5, 48
"""Shorter words are too often something else; longer ones are no expression anybody glues together."""
MAX_KEYED, _KEYS = 26, 10
"""Letters and keys of a word, and of one syllable, that is looked for keys of an input method in."""
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


def keyed(word: str, decode: Callable[[str], set[str]], lexicon: Known) -> list[str] | None:
    """The syllables that the keys of an input method write without blanks between, or None.

    A syllable without keys stays bare. Of several ways the one with the fewest syllables wins, then the one whose
    rarest pair is the most frequent; the index must hold them all side by side as they are spelled.

    Args:
        word: Letters and keys.
        decode: The exact terms that keys write.
        lexicon: The index.
    """
    low = word.lower()
    if not MIN_LETTERS <= len(low) <= MAX_KEYED or not low.isascii():
        return None
    # ways[end]: by last syllable the best way to take apart low[:end]
    ways: list[dict[str, tuple[int, int, tuple[str, ...]]]] = [{} for _ in range(len(low) + 1)]
    ways[0][""] = (0, 1 << 60, ())
    for start in range(len(low)):
        if not ways[start]:
            continue
        found = [
            (end, s)
            for end in range(start + 1, min(start + _KEYS, len(low)) + 1)
            for s in _written(low[start:end], decode)
        ]
        if start:
            lexicon.foresee(_beside(before, after) for before in ways[start] for _, after in found)
        lexicon.foresee(Term("exact", syllable) for _, syllable in found if not syllable.isascii())
        for end, syllable in found:
            if not syllable.isascii() and not lexicon.frequency(Term("exact", syllable)):
                continue
            for before, (count, rarest, parts) in ways[start].items():
                held = lexicon.frequency(_beside(before, syllable)) if start else rarest
                way = count - 1, min(rarest, held), (*parts, syllable)
                if held and way > ways[end].get(syllable, (-len(low), 0, ())):
                    ways[end][syllable] = way
    for _, _, parts in sorted(ways[-1].values(), reverse=True):
        if len(parts) > 1 and not all(map(str.isascii, parts)) and lexicon.holds(_as_spelled(parts)):
            return list(parts)
    return None


def _written(keys: str, decode: Callable[[str], set[str]]) -> Iterator[str]:
    """The syllables that a stretch of keys may be: itself, or what it writes."""
    if len(keys) <= _LONGEST and is_syllable(keys):
        yield keys
    yield from sorted(decode(keys))


def _beside(before: str, after: str) -> Term:
    return Term("pair", f"{fold(before)}_{fold(after)}")


def _as_spelled(parts: tuple[str, ...]) -> Adjacent:
    """Syllables side by side, those with diacritics as they are, the others in any spelling."""
    return Adjacent(tuple((Term("folded" if part.isascii() else "exact", part),) for part in parts))


def _pairs(low: str) -> Iterator[Term]:
    """Every pair of syllables that stand side by side in some way to take a word apart."""
    for middle in range(1, len(low)):
        before = {low[a:middle] for a in range(max(middle - _LONGEST, 0), middle) if is_syllable(low[a:middle])}
        after = {low[middle:b] for b in range(middle + 1, middle + _LONGEST + 1) if is_syllable(low[middle:b])}
        yield from (Term("pair", f"{fold(first)}_{fold(second)}") for first in before for second in after)
