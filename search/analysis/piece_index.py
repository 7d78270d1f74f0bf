"""Texts → the blank-free pieces they are made of, each as the number of its row: a look-up on whole arrays.

In: texts. Out: where each piece begins, and the row number that `add` gave it. Must not know what a row holds.

A piece of up to eight usual characters packs into one 64-bit key, one byte a character, so that it is looked up without
making a string of it; equal keys are equal pieces. Longer or stranger pieces live in a dict.

>>> index = PieceIndex(lambda pieces: [len(piece) for piece in pieces])
>>> index.rows(cut(["tham nhũng", "vặt\\nngoằn-ngoèo"])).tolist()
[0, 4, 5, 0, 3, 1, 11, 0]
"""

from __future__ import annotations

import codecs
import threading
import unicodedata
from collections.abc import Callable, Sequence
from itertools import accumulate, repeat
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis.key_table import KeyTable
from search.analysis.syllables import TONES, VOWELS

BETWEEN, BREAK = 0, 1
"""Rows that stand for the border between two texts and for a line break; rows of pieces may have any other number."""
MAX_PIECE = 40
"""Longer pieces are not kept: what is so long hardly comes twice."""

_BLANK_CODE, _BREAK_CODE, _BETWEEN_CODE, _OTHER_CODE = 0, 1, 2, 255
_FIRST_CODE = 3
_WIDTH = 8
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(_WIDTH + 1)], "<u8")
_MARKS = "“”‘’–—…•°"


def _alphabet() -> str:
    """The usual characters: visible ASCII, the letters of Vietnamese, the commonest marks of the press."""
    small = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in ("", *TONES)]
    letters = [letter for letter in [*small, "đ"] if not letter.isascii()]
    return "".join([*map(chr, range(33, 127)), *letters, *map(str.upper, letters), _MARKS])


_USUAL = _alphabet()
_LETTERS = "\0" * _FIRST_CODE + _USUAL


def _codes() -> NDArray[np.uint8]:
    codes = np.full(0x3002, _OTHER_CODE, np.uint8)  # every blank lies below; what lies beyond shares the last code
    codes[[point for point in range(0x3001) if chr(point).isspace()]] = _BLANK_CODE
    codes[ord("\n")] = _BREAK_CODE
    for code, letter in enumerate(_USUAL, _FIRST_CODE):
        codes[ord(letter)] = code
    return codes


_CODES = _codes()


class Cut(NamedTuple):
    """Texts cut into pieces: line breaks and the borders around texts (before the first, after each) are pieces too.

    `starts` and `ends` (intp, shape (n,)) count in `joined`; `keys` (uint64) are the packed pieces; `strange` are the
    numbers of pieces that do not pack.
    """

    joined: str
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    keys: NDArray[np.uint64]
    strange: NDArray[np.intp]


def cut(texts: Sequence[str]) -> Cut:
    """The pieces of some texts, in order; blanks are those of `str.isspace`."""
    joined = "\n".join(["", *texts, ""])
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    padded = np.zeros(len(points) + _WIDTH, np.uint8)
    codes = padded[: len(points)]
    _CODES.take(points, out=codes, mode="clip")
    borders = list(accumulate([len(text) + 1 for text in texts], initial=0))
    alone = codes == _BREAK_CODE  # the borders too: they are line breaks in the joined text
    for border in borders:
        codes[border] = _BETWEEN_CODE
    within = codes > _BETWEEN_CODE
    edge = ~within
    first = within.copy()
    first[1:] &= edge[:-1]
    first |= alone
    within[:-1] &= edge[1:]
    within |= alone
    starts, ends = first.nonzero()[0], within.nonzero()[0]
    ends += 1
    keys = np.ndarray((len(points),), "<u8", padded.data, strides=(1,)).take(starts)
    sizes = ends - starts
    keys &= _MASKS.take(sizes, mode="clip")
    strange = (sizes > _WIDTH).nonzero()[0]
    others = (codes == _OTHER_CODE).nonzero()[0]
    if len(others):
        strange = np.unique(np.concatenate([strange, starts.searchsorted(others, "right") - 1]))
    return Cut(joined, starts, ends, keys, strange)


class PieceIndex:
    """Row numbers of the pieces met before; look-ups take no lock, adding does.

    Args:
        add: Gives each of some new pieces its row number (int32), in order. Called by one thread at a time. Of two
            threads that meet a piece at once each may add it; either row is right.
    """

    def __init__(self, add: Callable[[list[str]], list[int]]) -> None:
        self._add = add
        self._lock = threading.RLock()
        self._short = KeyTable()
        self._short.put([_BETWEEN_CODE, _BREAK_CODE], [BETWEEN, BREAK])
        self._long: dict[str, int] = {}

    def rows(self, found: Cut) -> NDArray[np.int32]:
        """The row number of each piece; new pieces are added."""
        rows = self._short.find(found.keys)
        strange = found.strange
        names: list[str] = []
        if len(strange):
            firsts, lasts = found.starts.take(strange).tolist(), found.ends.take(strange).tolist()
            names = [found.joined[first:last] for first, last in zip(firsts, lasts, strict=True)]
            rows[strange] = list(map(self._long.get, names, repeat(-1)))
        new = (rows < 0).nonzero()[0]
        if len(new):
            strings = dict(zip(strange.tolist(), names, strict=True))
            keys = found.keys.take(new).tolist()
            rows[new] = self._put([strings.get(i, key) for i, key in zip(new.tolist(), keys, strict=True)])
        return rows

    def _put(self, pieces: list[int | str]) -> list[int]:
        """Add pieces, given as keys or as strings, some more than once; the row of each."""
        distinct = dict.fromkeys(pieces)
        short = [piece for piece in distinct if isinstance(piece, int)]
        long = [piece for piece in distinct if isinstance(piece, str)]
        letters = codecs.charmap_decode(np.array(short, "<u8").tobytes(), "strict", _LETTERS)[0]
        spelled = [letters[i : i + _WIDTH].rstrip("\0") for i in range(0, len(letters), _WIDTH)]
        with self._lock:
            numbers = self._add(spelled + long)
            row_of: dict[int | str, int] = dict(zip([*short, *long], numbers, strict=True))
            self._long.update((piece, row_of[piece]) for piece in long if len(piece) <= MAX_PIECE)
            self._short.put(short, numbers[: len(short)])
        return [row_of[piece] for piece in pieces]
