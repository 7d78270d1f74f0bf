"""What the model says of the tokens of a text: one look-up in a table that is made once, whatever texts have been seen.

In: `Scan`. Out: for each token the number of its `ROW`. Must not know how tokens are found.

Every token that the model or a dictionary holds is laid into the table beforehand, small, capitalized and in capitals.
Of any other token the model knows no more than its shape, which is the same for thousands of tokens: their rows are
made when first needed, and tokens with equal rows share one.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from search.analysis.letters import BETWEEN_CODE, BREAK_CODE, OTHER_CODE
from search.analysis.segmenter.scanning import WIDTH, Scan, keys_of, kinds
from search.analysis.segmenter.types import LINE_BREAK, PAD, ROW, Lexicon

_ODD = np.uint64(0x9E3779B97F4A7C15)
_OTHER_ODD = np.uint64(0xC2B2AE3D27D4EB4F)
"""2⁶⁴ divided by the golden ratio, and a prime: multiplicative hashing (Knuth, TAOCP 3, section 6.4)."""
_BITS = 17
_SHIFT = np.uint64(64 - _BITS)
MAX_MET = 30_000
"""So many tokens that are not in the table are remembered, of so many characters at most."""
MAX_LENGTH = 40
_MISSING = -1
_NO_KEY = np.uint64(2**64 - 1)
"""Made of `OTHER_CODE` alone."""
_SMALL, _CAPITAL, _DIGIT, _STRANGE = 1, 2, 4, 8
_CASES = kinds(
    lambda letter: _SMALL * letter.islower() | _CAPITAL * letter.isupper() | _DIGIT * letter.isdigit() or _STRANGE,
    {OTHER_CODE: _STRANGE, BREAK_CODE: _STRANGE, BETWEEN_CODE: _STRANGE},
)


class KnownTokens:
    """Rows of tokens by key; only what the table does not hold is ever written down, under a lock."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._lock = threading.Lock()
        tokens, rows = lexicon.forms()
        self.fixed = len(tokens)
        """Rows below this number belong to one token each."""
        self.names: NDArray[np.object_] = np.array(tokens, np.object_)
        self.names[LINE_BREAK] = ""
        self._rows: NDArray[np.void] = np.zeros(self.fixed + 256, ROW)
        self._rows[: self.fixed] = rows
        self._shared: dict[bytes, int] = {}
        keys = keys_of(tokens)
        keys[[PAD, LINE_BREAK]] = BETWEEN_CODE, BREAK_CODE
        self._cells = _laid_out(keys)
        self._first = {tokens[i]: i for i in (keys == 0).nonzero()[0].tolist()}
        self._met = dict(self._first)
        self._unknown: dict[bytes, int] = {}
        for sample in [form for n in range(1, WIDTH + 1) for form in ("q" * n, "Q" + "q" * (n - 1), "Q" * n, "0" * n)]:
            cases = keys_of([sample]).tobytes().translate(_CASES)
            self._unknown[cases] = self._share(lexicon.describe(sample, weighed=False))

    def rows(self) -> NDArray[np.void]:
        """What is known of tokens (`ROW`); holds every row whose number was given before the call."""
        return self._rows

    def find(self, found: Scan) -> NDArray[np.intp]:
        """The row number of each token."""
        keys = found.keys
        cells = self._cells.take(_slots(keys, _ODD), axis=0)
        numbers = cells[:, 1].view(np.intp)
        others = (cells[:, 0] != keys).nonzero()[0]
        if len(others):
            keys = keys.take(others)
            cells = self._cells.take(_slots(keys, _OTHER_ODD), axis=0)
            numbers[others] = cells[:, 1].view(np.intp)
            missing = (cells[:, 0] != keys).nonzero()[0]
            if len(missing):
                others = others.take(missing)
                cases = keys.take(missing).tobytes().translate(_CASES)
                numbers[others] = [
                    self._unknown.get(cases[8 * i : 8 * i + 8]) or self._other(found, place)
                    for i, place in enumerate(others.tolist())
                ]
        return numbers

    def _other(self, found: Scan, place: int) -> int:
        """The row of a token that the table does not hold and that is not plainly a word or digits."""
        token = found.token(place)
        number = self._met.get(token)
        if number is None:
            number = self._share(self._lexicon.describe(token))
            if len(token) <= MAX_LENGTH:
                if len(self._met) >= MAX_MET:
                    self._met = dict(self._first)
                self._met[token] = number
        return number

    def _share(self, row: bytes) -> int:
        """The number of a row like this one."""
        number = self._shared.get(row)
        if number is None:
            with self._lock:
                number = self._shared.get(row)
                if number is None:
                    number = self.fixed + len(self._shared)
                    if number >= len(self._rows):
                        grown = np.zeros(2 * number, ROW)
                        grown[:number] = self._rows[:number]
                        self._rows = grown
                    self._rows[number] = np.frombuffer(row, ROW)[0]
                    self._shared[row] = number
        return number


def _slots(keys: NDArray[np.uint64], odd: np.uint64) -> NDArray[np.intp]:
    slots = keys * odd
    slots >>= _SHIFT
    return slots.view(np.intp)


def _laid_out(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """A table of keys and their numbers: each key that is not 0 is in one of two places of its own.

    Keys of which both places are taken drive others out into their second (cuckoo hashing: Pagh & Rodler, 2001); the
    table is so large that this ends soon. Tokens in small letters, which come first, mostly keep their first place.
    """
    cells: NDArray[np.uint64] = np.zeros((1 << _BITS, 2), np.uint64)
    cells[0, 0] = _NO_KEY  # 0 is no key: it must not be found
    firsts, seconds = _slots(keys, _ODD), _slots(keys, _OTHER_ODD)
    numbers = keys.nonzero()[0][::-1]
    numbers = numbers[firsts[numbers] != 0]
    cells[firsts[numbers]] = np.stack([keys[numbers], numbers.view(np.uint64)], axis=1)  # the first is written last
    for number in ((cells[firsts, 0] != keys) & (keys != 0)).nonzero()[0].tolist():
        place = int(seconds[number])
        for _ in range(len(keys)):
            key, driven = cells[place].tolist()
            cells[place] = keys[number], number
            if not key:
                break
            number = driven
            place = int(firsts[number] if place == seconds[number] else seconds[number])
        else:
            raise ValueError(f"{len(keys)} tokens do not fit into {len(cells)} places")
    return cells
