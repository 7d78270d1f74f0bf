"""Abbreviations that a text explains itself: "phòng chống tham nhũng (PCTN)".

In: a text. Out: the pairs it states. A pure function, for whoever collects them: an index at writing time, or a query
that meets an abbreviation nobody has listed. Must not know queries or engines.

The rule follows Schwartz & Hearst, "A simple algorithm for identifying abbreviation definitions" (2003), with syllables
for letters: every letter of the short form begins a syllable of the long one, in order; words that only join ("và",
"của") and short forms of foreign names may be left out.

>>> found("Ban Chỉ đạo phòng, chống tham nhũng (PCTN) họp với Sở GD&ĐT (Giáo dục và Đào tạo).")
[Found(short='PCTN', words='phòng chống tham nhũng'), Found(short='GD&ĐT', words='giáo dục và đào tạo')]
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from search.analysis import exact_form, fold, normalize

MAX_LETTERS = 10
"""Letters of a short form."""
_SHORT = r"[A-ZĐƯ][A-ZĐƯa-zđư]?(?:[A-ZĐƯ&-]|[a-zđ](?=[A-ZĐƯ])){1,10}"
_BEHIND = re.compile(
    rf"[(\[]\s*(?:(?:sau đây )?(?:gọi tắt|viết tắt|gọi)(?: là)?:?\s*)?[\"“]?(?P<short>{_SHORT})[\"”]?\s*[)\]]"
)
_BEFORE = re.compile(
    rf"(?<!\w)(?P<short>{_SHORT})\s*[(\[]\s*(?:viết tắt (?:của|từ)\s*)?(?P<words>[^()\[\]\n]{{5,90}})[)\]]"
)
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
    text = normalize(text)
    pairs: dict[Found, None] = {}
    places = [(m.start(), m) for m in (*_BEHIND.finditer(text), *_BEFORE.finditer(text))]
    for _, match in sorted(places, key=lambda place: place[0]):
        short = match["short"].strip("-&")
        letters = [letter for letter in short if letter.isupper()]
        if not 2 <= len(letters) <= MAX_LETTERS:
            continue
        if match.re is _BEFORE:
            words = _explained(letters, _words(match["words"]), whole=True)
        else:
            sentence = _STOP.split(text[max(0, match.start() - 200) : match.start()])[-1]
            words = _explained(letters, _words(sentence), whole=False)
        if words:
            pairs[Found(short, " ".join(words))] = None
    return list(pairs)


def _words(text: str) -> list[str]:
    return [exact_form(word) for word in _WORD.findall(text)]


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
