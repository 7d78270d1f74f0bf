"""Abbreviations that a text explains itself: "phòng chống tham nhũng (PCTN)".

In: a text. Out: the pairs it states. For whoever collects them: an index at writing time (`with_stated` makes each pair
two more terms of the article, so that every engine holds, merges and deletes them like any other and their document
frequency is the number of articles that state them), or a query that meets an abbreviation nobody has listed. Must not
know queries or engines.

The rule follows Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions" (2003), with syllables
for letters: every letter of the short form begins a syllable of the long one, in order; words that only join ("và",
"của") and short forms of foreign names may be left out.

>>> found("Ban Chỉ đạo phòng, chống tham nhũng (PCTN) họp với Sở GD&ĐT (Giáo dục và Đào tạo).")
[Found(short='PCTN', words='phòng chống tham nhũng'), Found(short='GD&ĐT', words='giáo dục và đào tạo')]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from search.analysis import exact_form, fold, normalize
from search.analysis.streams import Analysis, Code

MAX_LETTERS = 10
"""Letters of a short form."""
SEPARATOR = "\x1f"
"""Stands between the two halves of a pair held as a term: no text's own term holds it."""
_SHORT = r"[A-ZĐƯ][A-ZĐƯa-zđư]?(?:[A-ZĐƯ&-]|[a-zđ](?=[A-ZĐƯ])){1,10}"
_BEHIND = re.compile(
    rf"[(\[]\s*(?:(?:sau đây )?(?:gọi tắt|viết tắt|gọi)(?: là)?:?\s*)?[\"“]?(?P<short>{_SHORT})[\"”]?\s*[)\]]"
)
_BEFORE = re.compile(rf"(?<!\w)(?P<short>{_SHORT})\s*$")
_WITHIN = re.compile(r"[(\[]\s*(?:viết tắt (?:của|từ)\s*)?(?P<words>[^()\[\]\n]{5,90})[)\]]")
_WORD = re.compile(r"[^\W\d_]+")
_JOINING = frozenset({"và", "của", "về", "cho", "các", "trong", "trên", "với", "những"})
_STOP = re.compile(r"[.;:!?\n()\[\]]")


@dataclass(frozen=True, slots=True)
class Found:
    """A short form as written and the exact terms it stands for, joined by blanks."""

    short: str
    words: str


def found(text: str) -> list[Found]:
    """The pairs that a text states, in order, each once."""
    return list(dict.fromkeys(pair for _, pair in _stated(normalize(text))))


def with_stated(analysis: Analysis) -> Analysis:
    """The analysis with two more terms for each pair that its text states: short to long, and long to short."""
    pairs = dict.fromkeys(_stated(analysis.text)) if "(" in analysis.text or "[" in analysis.text else ()
    added = []
    for place, pair in pairs:
        position = int(np.searchsorted(analysis.starts, place, "right")) - 1
        short = exact_form(pair.short)
        for one, other in ((short, pair.words), (pair.words, short)) if position >= 0 else ():
            exact = f"{one}{SEPARATOR}{other}"
            added.append(Code(position, 1, exact, SEPARATOR.join(map(_folded, (one, other)))))
    return replace(analysis, codes=tuple(sorted([*analysis.codes, *added]))) if added else analysis


def _folded(words: str) -> str:
    return " ".join(map(fold, words.split(" ")))


def _stated(text: str) -> Iterator[tuple[int, Found]]:
    """The pairs of a normalized text with the places of their short forms, in order."""
    for at in sorted([*_places(text, "("), *_places(text, "[")]):
        if match := _BEHIND.match(text, at):
            sentence = _STOP.split(text[max(0, at - 200) : at])[-1]
            place, short, words = (
                match.start("short"),
                match["short"].strip("-&"),
                _words(sentence, 3 * len(match["short"])),
            )
        elif (
            text[max(0, at - 3) : at].rstrip()[-1:].isupper()
            and (before := _BEFORE.search(text, max(0, at - 16), at))
            and (within := _WITHIN.match(text, at))
        ):
            place, short, words = before.start(), before["short"].strip("-&"), _words(within["words"])
        else:
            continue
        letters = [letter for letter in short if letter.isupper()]
        if 2 <= len(letters) <= MAX_LETTERS and (long := _explained(letters, words, whole=match is None)):
            yield place, Found(short, " ".join(long))


def _places(text: str, mark: str) -> Iterator[int]:
    at = text.find(mark)
    while at >= 0:
        yield at
        at = text.find(mark, at + 1)


def _words(text: str, last: int = 0) -> list[str]:
    """The words of a text, or the last few of them."""
    return [exact_form(word) for word in _WORD.findall(text)[-last:]]


def _explained(letters: list[str], words: list[str], *, whole: bool) -> list[str] | None:
    """The last words whose first letters spell the short form; all of them where `whole`."""
    i, j = len(letters) - 1, len(words) - 1
    while i >= 0 and j >= 0:
        if _begins(words[j], letters[i]):
            i -= 1
        elif words[j] not in _JOINING or i == len(letters) - 1:
            return None
        j -= 1
    if i >= 0 or (whole and j >= 0):
        return None
    return words[j + 1 :]


def _begins(word: str, letter: str) -> bool:
    """Whether a word can give a letter: "đ" only "Đ", other letters whatever mark the vowel carries."""
    low = letter.lower()
    if "đ" in (low, word[0]):
        return low == word[0]
    return fold(word)[:1] == fold(low)[:1]
