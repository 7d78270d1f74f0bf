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
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis.key_table import KeyTable
from search.analysis.letters import BETWEEN_CODE, BLANK_CODE, BREAK_CODE, CODES, OTHER_CODE, USUAL

BETWEEN, BREAK = 0, 1
"""Rows that stand for the border between two texts and for a line break; rows of pieces may have any other number."""
MAX_PIECE = 40
"""Longer pieces are not kept: what is so long hardly comes twice."""

_WIDTH = 8
_MASKS = np.array([(1 << 8 * n) - 1 for n in range(_WIDTH + 1)], "<u8")
_LETTERS = "\0\n\0" + USUAL
"""By code; what fills a key up is left out, what ends one is a line break."""


class Cut(NamedTuple):
    """Texts cut into pieces: line breaks and the borders around texts (before the first, after each) are pieces too.

    `starts` and `ends` (intp, shape (n,)) count in `joined`, where every line break and border has a blank before and
    after it; `keys` (uint64) are the packed pieces; `strange` are the numbers of pieces that do not pack.
    """

    joined: str
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    keys: NDArray[np.uint64]
    strange: NDArray[np.intp]

    def starts_in_texts(self, rows: NDArray[np.integer[Any]]) -> NDArray[np.intp]:
        """Where each piece begins in its own text; `rows` are the pieces' rows."""
        breaks = (rows == BREAK).cumsum()
        breaks *= 2
        places: NDArray[np.intp] = self.starts - breaks
        borders = (rows == BETWEEN).nonzero()[0]
        places[1:] -= np.repeat(places.take(borders[:-1]) + 2, np.diff(borders))
        return places


def cut(texts: Sequence[str]) -> Cut:
    """The pieces of some texts, in order; blanks are those of `str.isspace`."""
    apart = [text.replace("\n", " \n ") for text in texts]
    joined = " \n ".join(["", *apart, ""])
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), "<u4")
    packed = bytearray(len(points) + _WIDTH)
    codes: NDArray[np.uint8] = np.frombuffer(packed, np.uint8, len(points))
    CODES.take(points, out=codes, mode="clip")
    border = 1
    codes[1] = BETWEEN_CODE
    for text in apart:
        border += len(text) + 3
        codes[border] = BETWEEN_CODE
    within = codes != BLANK_CODE
    edges = (within[1:] != within[:-1]).nonzero()[0]
    edges += 1
    starts, ends = edges[0::2].copy(), edges[1::2]
    sizes = ends - starts
    keys = np.ndarray((len(points),), "<u8", packed, strides=(1,)).take(starts)
    keys &= _MASKS.take(sizes, mode="clip")
    strange = (sizes > _WIDTH).nonzero()[0]
    if packed.find(OTHER_CODE) >= 0:
        others = (codes == OTHER_CODE).nonzero()[0]
        strange = np.concatenate([strange, starts.searchsorted(others, "right") - 1])
        strange.sort()  # np.unique would do, but its first call loads numpy.ma, which takes 10 ms
        strange = strange[np.concatenate([[True], strange[1:] != strange[:-1]])]
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
        self._short.put([BETWEEN_CODE, BREAK_CODE], [BETWEEN, BREAK])
        self._long: dict[str, int] = {}

    def below(self, number: int) -> tuple[dict[int, int], dict[str, int]]:
        """The pieces, as keys and as strings, whose rows are below this number, with these."""
        with self._lock:
            return self._short.below(number), {piece: row for piece, row in self._long.items() if row < number}

    def know(self, short: dict[int, int], long: dict[str, int]) -> None:
        """Take over pieces with their rows, as `below` of another index gives them."""
        short = {key: row for key, row in short.items() if row not in (BETWEEN, BREAK)}
        with self._lock:
            self._short.put(list(short), short.values())
            self._long.update(long)

    def rows(self, found: Cut) -> NDArray[np.intp]:
        """The row number of each piece; new pieces are added."""
        rows, new = self._short.find(found.keys)
        strange = found.strange
        missing: list[tuple[int, str]] = []
        if len(strange):
            spans = zip(found.starts.take(strange).tolist(), found.ends.take(strange).tolist(), strict=True)
            names = [found.joined[first:last] for first, last in spans]
            known = list(map(self._long.get, names, repeat(BETWEEN)))
            if BETWEEN in known:
                missing = [
                    (place, name)
                    for place, name, row in zip(strange.tolist(), names, known, strict=True)
                    if row == BETWEEN
                ]
            rows[strange] = known
            if len(new):
                new = new.compress(rows.take(new) < 0)
        if missing or len(new):
            keys = found.keys.take(new).tolist()
            row_of = self._put(list(dict.fromkeys(keys)), list(dict.fromkeys([name for _, name in missing])))
            rows[new] = [row_of[key] for key in keys]
            for place, name in missing:
                rows[place] = row_of[name]
        return rows

    def _put(self, short: list[int], long: list[str]) -> dict[int | str, int]:
        """Add pieces, given as keys or, where they do not pack, as strings; the row of each."""
        letters = np.full((len(short), _WIDTH + 1), BREAK_CODE, np.uint8)
        letters[:, :_WIDTH] = np.array(short, "<u8").view(np.uint8).reshape(-1, _WIDTH)
        spelled = codecs.charmap_decode(letters.tobytes(), "strict", _LETTERS)[0].replace("\0", "").split("\n")
        spelled[-1:] = long
        with self._lock:
            numbers = self._add(spelled)
            row_of: dict[int | str, int] = dict(zip([*short, *long], numbers, strict=True))
            self._long.update((piece, row_of[piece]) for piece in long if len(piece) <= MAX_PIECE)
            self._short.put(short, numbers[: len(short)])
        return row_of
