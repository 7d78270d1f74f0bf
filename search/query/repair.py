"""Words that nobody writes, read as what was meant: keystrokes of Telex and VNI, and syllables without blanks.

In: a piece of a query's text and the index's lexicon. Out: `Repair`s of single words. A word is repaired only when the
index does not hold it and does hold what it becomes; "test" stays "test". Keys of VNI are also a word and a number
("thang3", "quan1"): there the neighbors decide which of the two articles write. Must not know operators, notes or
engines.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from search.analysis import fold, is_syllable
from search.query import glued, telex, vni
from search.query.lexicon import Known
from search.query.matching import sequence
from search.query.tokens import tokenize
from search.query.tree import Sequence as Adjacent
from search.query.tree import Term

MAX_REPAIRS = 16
"""Unknown words of one query that a repair is looked for."""
SLIP = 3
"""A word that so few articles hold may be their own keystrokes."""
LIKELIER, LIKELIER_ALONE = 10, 50
"""A word with a number in it is keys of VNI when what they write is held so many times as often as word and number:
beside the same neighbors, or alone, when less is known."""
_WORD = re.compile(r"(?<![\w./@&+-])[^\W_]+(?![\w/@&+*~-]|\.\w)")
_CAPITALS = 6


@dataclass(frozen=True, slots=True)
class Repair:
    """The word at `[start, end)` of a text and what it is read as."""

    start: int
    end: int
    typed: str
    meant: str
    method: Literal["telex", "vni", "glued"]


def possible(text: str) -> bool:
    """Whether a text holds anything that a repair is looked for: not where it is syllables and blanks alone."""
    return any("oo" in word or not is_syllable(word) for word in text.lower().split())


def repairs(text: str, lexicon: Known) -> list[Repair]:
    """The words of a text that the index does not hold and that can be read as something it does.

    Once one word is Telex, so are others that the index holds only as a slip, English words ("hoof") among them.
    """
    found = _repairs(text, lexicon, 0)
    left_on = any(repair.method == "telex" for repair in found)
    return _repairs(text, lexicon, SLIP, left_on=True) if left_on else found


def likely(text: str, lexicon: Known) -> list[Repair]:
    """The same, also of words that few articles hold: to be offered, not made."""
    return _repairs(text, lexicon, SLIP)


def _repairs(text: str, lexicon: Known, slip: int, *, left_on: bool = False) -> list[Repair]:
    words = list(_WORD.finditer(text))
    found: list[Repair] = []
    tried = 0
    shouted = len(words) > 1 and text.isupper()
    for i, match in enumerate(words):
        word = match[0]
        low = word.lower()
        if low.isdigit() or (_abbreviation(word) and not shouted):
            continue
        if is_syllable(low) and "oo" not in low:  # "khoong" could be one, as "xoong" is, and is keys of "không"
            continue
        tried += 1
        if tried > MAX_REPAIRS:
            break
        before = (found[-1].meant if found and found[-1].end == words[i - 1].end() else words[i - 1][0]) if i else ""
        after = words[i + 1][0] if i + 1 < len(words) else ""
        meant = _meant(low, before, after, lexicon, slip, left_on=left_on)
        if meant is not None:
            found.append(Repair(match.start(), match.end(), word, *meant))
    return found


def _abbreviation(word: str) -> bool:
    """Whether a word in capitals is short for something: letters alone, or with one number ("QH14", "H5N1")."""
    digits = sum(letter.isdigit() for letter in word)
    return word.isupper() and len(word) <= _CAPITALS and (digits == 0 or word.rstrip("0123456789").isalpha())


def repaired(text: str, found: Sequence[Repair]) -> str:
    """The text with its repairs made."""
    for repair in reversed(found):
        text = text[: repair.start] + repair.meant + text[repair.end :]
    return text


def kept(text: str, found: Sequence[Repair]) -> str:
    """The text as a query that looks for its words as typed: each word that would be repaired gets a "+"."""
    for repair in reversed(found):
        text = f"{text[: repair.start]}+{repair.typed}{text[repair.end :]}"
    return text


def _meant(
    low: str, before: str, after: str, lexicon: Known, slip: int, *, left_on: bool
) -> tuple[str, Literal["telex", "vni", "glued"]] | None:
    if low.isascii() and low.isalnum():
        if low.isalpha():
            held = lexicon.frequency(Term("folded", low))
            if held > slip:
                return None
            named = low in english() and not left_on
            syllable = None if named else _likeliest(telex.decode(low), before, after, lexicon)
            if syllable and lexicon.frequency(Term("exact", syllable)) >= LIKELIER * held:
                return syllable, "telex"
            if held:
                return None
            if not named and (several := glued.keyed(low, telex.decode, lexicon)):
                plain = glued.split(low, lexicon)
                return (
                    (" ".join(plain), "glued") if plain and len(plain) <= len(several) else (" ".join(several), "telex")
                )
        elif len(low) > 2 and (syllables := vni.decode(low)):
            syllable = _likeliest(syllables, before, after, lexicon)
            return (syllable, "vni") if syllable and _is_keys(low, syllable, before, after, lexicon) else None
        elif not lexicon.holds(Term("folded", low)) and (several := glued.keyed(low, vni.decode, lexicon)):
            return " ".join(several), "vni"
    if low.isalpha() and not lexicon.holds(Term("folded", fold(low))):
        parts = glued.split(low, lexicon)
        if parts is not None:
            return " ".join(parts), "glued"
    return None


def _is_keys(low: str, syllable: str, before: str, after: str, lexicon: Known) -> bool:
    """Whether a word of letters and digits is keys of VNI rather than a word with its number ("thang3")."""
    near = [(low, after)] * bool(after) + [(before, low)] * bool(before)
    typed = lexicon.frequency_of(sequence(tokenize(" ".join(filter(None, (before, low, after)))), "ignore"))
    meant = 0
    for pair in near:
        forms = tuple((Term("exact", syllable) if word is low else Term("folded", _letters(word)),) for word in pair)
        meant += lexicon.frequency(Adjacent(forms))
    if meant:
        return meant >= LIKELIER * typed
    if near and typed:
        return False
    alone = lexicon.frequency_of(sequence(tokenize(low), "ignore"))
    return not alone if near else lexicon.frequency(Term("exact", syllable)) >= LIKELIER_ALONE * alone


def _letters(word: str) -> str:
    """A neighbor without diacritics, and without keys where those make it no syllable: "duc5" and "ducj" are "duc"."""
    low = word.lower()
    if low.isascii() and not is_syllable(low) and not low.isdigit():
        written = sorted(vni.decode(low) if not low.isalpha() else telex.decode(low))
        if written:
            return fold(written[0])
    return fold(low)


def _likeliest(syllables: set[str], before: str, after: str, lexicon: Known) -> str | None:
    """The syllable held most often beside its neighbors, then held most often at all; None when none is held."""

    def beside(syllable: str) -> list[Term]:
        folded = fold(syllable)
        pairs = [f"{_letters(before)}_{folded}"] * bool(before) + [f"{folded}_{_letters(after)}"] * bool(after)
        return [Term("pair", pair) for pair in pairs]

    lexicon.foresee(term for syllable in syllables for term in (Term("exact", syllable), *beside(syllable)))
    ranked = [
        (sum(map(lexicon.frequency, beside(syllable))), frequency, syllable)
        for syllable in sorted(syllables)
        if (frequency := lexicon.frequency(Term("exact", syllable)))
    ]
    return max(ranked)[2] if ranked else None


@lru_cache(maxsize=1)
def english() -> frozenset[str]:
    """English and international words that are also keys of a syllable: "test" is not "tét"."""
    text = files("search.query").joinpath("english.txt").read_text(encoding="utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
