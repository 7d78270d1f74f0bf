"""Texts → pyvi's tokens as arrays: where each begins and ends, and its letters packed into a key.

In: texts. Out: `Scan`. Must not know the model.

Nothing is remembered from text to text, so that a text never seen costs what one seen before costs. Tokens are runs of
letters and digits, and single marks; that is told of each character by one comparison with its neighbor. The few
places where pyvi's expression has it otherwise are found by two neighboring characters and mended one by one:
abbreviations that keep their dot (`TP.`), numbers with inner marks (`58,42`). Pieces with an address, an arrow, three
dots, a low line or an unusual character are cut by `lexing`.

>>> found = scan(["TP.HCM: 58,42% ..."])
>>> [found.text[a:b] for a, b in zip(found.starts.tolist()[1:-1], found.ends.tolist()[1:-1])]
['TP.', 'HCM', ':', '58,42', '%', '...']
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis.letters import BETWEEN_CODE, BLANK_CODE, BREAK_CODE, FIRST_CODE, OTHER_CODE, USUAL, codes_of
from search.analysis.segmenter.lexing import ABBREVIATION, NUMBER, lex_piece, readable

WIDTH = 8
"""Tokens of so many characters at most have a key."""
UNUSUAL_BLANK = 254
_BLANK, _WORD, _MARK = 0, 1, 128
"""Kinds of characters: those of words lie between blanks' and marks', whatever else their bits tell."""
_ANY_WORD = 127
_ENDS_ABBREVIATION, _JOINS_NUMBER, _COLON = 2, 4, 8
"""What may begin a pair that makes one token of two (also in kinds), and by the same bits what may end it."""
_DOT, _DIGIT, _SLASH = 2, 4, 8
_MASKS = np.array([*((1 << 8 * n) - 1 for n in range(WIDTH + 1)), 0], "<u8")
_CODE = {letter: code for code, letter in enumerate(USUAL, FIRST_CODE)}
_STRANGE = [_CODE["@"], _CODE[">"], _CODE["_"], OTHER_CODE]
"""Pieces with one of these are cut by `lexing`."""
_DOT_CODE = _CODE["."]

_CODES = codes_of(UNUSUAL_BLANK)


def kinds(kind: Callable[[str], int], others: dict[int, int]) -> bytes:
    """A table for `translate`: what `kind` says of each usual character, and what the other codes are."""
    made = bytearray(256)
    for letter, code in _CODE.items():
        made[code] = kind(letter)
    for code, value in others.items():
        made[code] = value
    return bytes(made)


_KINDS = kinds(
    lambda letter: (
        (_WORD if letter.isalnum() or letter == "_" else _MARK)
        | _ENDS_ABBREVIATION * ("A" <= letter <= "Z" or letter in "Đprs.")
        | _JOINS_NUMBER * (letter in ".,")
        | _COLON * (letter == ":")
    ),
    {BLANK_CODE: _BLANK, UNUSUAL_BLANK: _BLANK, BREAK_CODE: _MARK, BETWEEN_CODE: _MARK, OTHER_CODE: _MARK},
)
_WORDS = kinds(lambda letter: _ANY_WORD * (letter.isalnum() or letter == "_"), {})
_SECONDS = kinds(lambda letter: _DOT * (letter == ".") | _DIGIT * letter.isdigit() | _SLASH * (letter == "/"), {})
_APART = bytes(int(code in (BLANK_CODE, UNUSUAL_BLANK, BREAK_CODE, BETWEEN_CODE)) for code in range(256))


class Scan(NamedTuple):
    """Texts cut into tokens: line breaks and the borders around texts (before the first, after each) are tokens too.

    `text` is what `starts` and `ends` (intp, shape (n,)) count in: NFC, the texts with a line break between; `keys`
    (uint64) are the packed tokens, 0 for long ones, `OTHER_CODE` among the bytes of those that do not pack. `even`
    tells that no blank is another one than the usual.
    """

    text: str
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    keys: NDArray[np.uint64]
    even: bool

    def token(self, place: int) -> str:
        """The token at a place."""
        return self.text[self.starts.item(place) : self.ends.item(place)]

    def phrase(self, first: int, last: int) -> str:
        """The tokens of the places `[first, last)`, a blank between each two."""
        text = self.text[self.starts.item(first) : self.ends.item(last - 1)]
        if self.even and text.count(" ") == last - first - 1 and "  " not in text:
            return text
        return " ".join(self.tokens(first, last))

    def tokens(self, first: int, last: int) -> list[str]:
        """The tokens of the places `[first, last)`."""
        text, spans = self.text, zip(self.starts[first:last].tolist(), self.ends[first:last].tolist(), strict=True)
        return [text[a:b] for a, b in spans]


def _pack(text: str) -> bytearray:
    """A blank, the code of each character, and blanks to make the key of the last one whole."""
    encoded = text.encode("utf-16-le", "surrogatepass")
    points: NDArray[np.uint16] | NDArray[np.uint32] = np.frombuffer(encoded, "<u2")
    if len(points) != len(text):
        points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
    packed = bytearray(1 + len(points) + WIDTH)
    _CODES.take(points, out=np.frombuffer(packed, np.uint8, len(points), 1), mode="clip")
    return packed


def scan(texts: Sequence[str]) -> Scan:
    """pyvi's tokens of some texts, in order."""
    text = f"\n{texts[0]}\n" if len(texts) == 1 else "\n".join(["", *texts, ""])
    packed = _pack(text)
    if packed.find(OTHER_CODE) >= 0:
        texts = [unicodedata.normalize("NFC", readable(each)) for each in texts]
        text = "\n".join(["", *texts, ""])
        packed = _pack(text)
    packed[1] = packed[len(text)] = BETWEEN_CODE
    if len(texts) > 1:
        for border in accumulate([len(each) + 1 for each in texts], initial=1):
            packed[border] = BETWEEN_CODE
    firsts = np.frombuffer(packed.translate(_KINDS), np.uint8)
    words = np.frombuffer(packed.translate(_WORDS), np.uint8)
    begins, finishes = firsts[1:] > words[:-1], firsts[:-1] > words[1:]
    seconds = np.frombuffer(packed.translate(_SECONDS), np.uint8)
    mender = _Mender(text, packed, begins, finishes)
    candidates = ((firsts[1:-1] & seconds[2:]) != 0).nonzero()[0]  # of booleans it is much faster
    if len(candidates):
        mender.mend(candidates.tolist())
    for code in _STRANGE:
        if packed.find(code) >= 0:
            mender.cut_around(code)
    starts, ends = begins.nonzero()[0], finishes.nonzero()[0]
    return Scan(text, starts, ends, _keys(packed, starts, ends), packed.find(UNUSUAL_BLANK) < 0)


def _keys(packed: bytearray, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.uint64]:
    keys: NDArray[np.uint64] = np.ndarray((len(packed) - WIDTH,), "<u8", packed, 1, (1,)).take(starts)
    keys &= _MASKS.take(ends - starts, mode="clip")
    return keys


def keys_of(tokens: Sequence[str]) -> NDArray[np.uint64]:
    """The key of each token, as a scan would have it; 0 for those that do not pack."""
    ends = np.array(list(accumulate(map(len, tokens))), np.intp)
    starts = ends - np.array(list(map(len, tokens)), np.intp)
    packed = _pack("".join(tokens))
    keys = _keys(packed, starts, ends)
    for place in (np.frombuffer(packed, np.uint8)[1:] == OTHER_CODE).nonzero()[0].tolist():
        keys[starts.searchsorted(place, "right") - 1] = 0
    return keys


class _Mender:
    """Changes where tokens begin and end, where two neighbors do not tell."""

    def __init__(self, text: str, packed: bytearray, begins: NDArray[np.bool_], finishes: NDArray[np.bool_]) -> None:
        self._text, self._packed, self._begins, self._finishes = text, packed, begins, finishes
        self._apart = b""
        self._cut_to = 0

    def mend(self, candidates: list[int]) -> None:
        """Look at pairs of characters, given by the place of the first, in order."""
        text, done = self._text, 0
        strange: list[int] = []
        for place in candidates:
            first, second = text[place], text[place + 1]
            if second == "/":
                if text.startswith("//", place + 1):
                    strange.append(place)
            elif second != ".":
                if place >= done and text[place - 1].isdigit():
                    done = self._number(place, strange)
            elif first != ".":
                if first not in "prs" or text[place - 1] in "TMDr":
                    self._abbreviation(place)
            elif text.startswith("...", place):
                if text[place - 1] in "prs." or text[place - 1].isupper() or text.startswith(".", place + 3):
                    strange.append(place)
                else:
                    self._begins[place + 1 : place + 3] = self._finishes[place + 1 : place + 3] = False
        for place in strange:
            if place >= self._cut_to:
                self._cut(place)

    def _number(self, place: int, strange: list[int]) -> int:
        """Join a number that has a mark at a place; where it ends."""
        text, start = self._text, place - 1
        while text[start - 1].isdigit():
            start -= 1
        found = NUMBER.match(text, start)
        if found is None:
            return place
        end = found.end()
        if _is_word(text[start - 1]) or _is_word(text[end]):
            strange.append(place)
        else:
            self._begins[start + 1 : end] = False
            self._finishes[start + 1 : end] = False
        return end

    def _abbreviation(self, place: int) -> None:
        """Join a dot to the letters before it, whose last is at a place, if they are an abbreviation."""
        text, start = self._text, place
        while _is_word(text[start - 1]):
            start -= 1
        found = ABBREVIATION.match(text, start)
        if found is not None and found.end() == place + 2:
            self._begins[place + 1] = self._finishes[place + 1] = False

    def cut_around(self, code: int) -> None:
        """Cut each piece that holds a code as `lexing` does."""
        place = self._packed.find(code)
        while place >= 0:
            place = self._packed.find(code, 1 + self._cut(place - 1))

    def _cut(self, place: int) -> int:
        """Cut the piece around a place as `lexing` does; where it ends."""
        if not self._apart:
            self._apart = bytes(self._packed.translate(_APART)[1:])
        first, last = self._apart.rfind(1, 0, place) + 1, self._apart.find(1, place)
        self._begins[first:last] = False
        self._finishes[first + 1 : last + 1] = False
        bounds = np.array(list(accumulate(map(len, lex_piece(self._text[first:last])), initial=first)))
        self._begins[bounds[:-1]] = True
        self._finishes[bounds[1:]] = True
        self._cut_to = last
        return last


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
