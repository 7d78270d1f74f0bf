"""What the model says of the tokens of a text: one look-up in a table that is made once, whatever texts have been seen.

In: `Scan`. Out: for each token the number of its `ROW`. Must not know how tokens are found.

Every token that the model or a dictionary holds is laid into the table beforehand, small, capitalized and in capitals.
Of any other token the model knows no more than its shape, which is the same for thousands of tokens: their rows are
made when first needed, and tokens with equal rows share one.
"""

from __future__ import annotations

import threading
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from search.analysis.letters import BETWEEN_CODE, BREAK_CODE, OTHER_CODE
from search.analysis.segmenter.scanning import WIDTH, Scan, keys_of, kinds
from search.analysis.segmenter.types import LINE_BREAK, PAD, ROW, Lexicon

_ODD = np.uint64(0x8372A0947F52EE45)
"""Multiplicative hashing (Knuth, TAOCP 3, section 6.4); of 1,500 odd numbers the one that drives the fewest frequent
tokens out of their place."""
_BITS = 17
_SHIFT = np.uint64(64 - _BITS)
MAX_MET = 30_000
"""So many tokens that are not in the table are remembered, of so many characters at most."""
MAX_LENGTH = 40
_NONE = PAD
"""Stands for no row: a border is always found in its place."""
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
        # made anew one after the other, so that those of many texts share cache lines
        self.names: NDArray[np.object_] = np.array("\0".join(tokens).split("\0"), np.object_)
        self.names[PAD], self.names[LINE_BREAK] = "\n", ""
        keys = keys_of(tokens)
        keys[[PAD, LINE_BREAK]] = BETWEEN_CODE, BREAK_CODE
        self._rows: NDArray[np.void] = np.zeros(self.fixed + 256, ROW)
        self._rows[: self.fixed] = rows
        self._shared: dict[bytes, int] = {}
        self._cells, self._driven = laid_out(keys)
        self._elsewhere = dict(self._driven)
        self._long = {tokens[i]: i for i in (keys == 0).nonzero()[0].tolist()}
        self._met = dict(self._long)
        self._unknown: dict[int, int] = {}
        for sample in [form for n in range(1, WIDTH + 1) for form in ("q" * n, "Q" + "q" * (n - 1), "Q" * n, "0" * n)]:
            (case,) = memoryview(keys_of([sample]).tobytes().translate(_CASES)).cast("Q").tolist()
            self._unknown[case] = self._share(lexicon.describe(sample, weighed=False))

    def rows(self) -> NDArray[np.void]:
        """What is known of tokens (`ROW`); holds every row whose number was given before the call."""
        return self._rows

    def find(self, found: Scan) -> NDArray[np.intp]:
        """The row number of each token."""
        keys = found.keys
        cells = self._cells.take(_slots(keys), axis=0)
        numbers: NDArray[np.intp] = cells[:, 1].astype(np.intp)
        others = (cells[:, 0] != keys).nonzero()[0]
        if len(others):
            keys = keys[others]
            cases = memoryview(keys.tobytes().translate(_CASES)).cast("Q").tolist()
            given = list(map(self._elsewhere.get, keys.tolist(), map(self._unknown.get, cases, repeat(_NONE))))
            if _NONE in given:
                for i in [i for i, number in enumerate(given) if number == _NONE]:
                    given[i] = self._other(found.token(others.item(i)), keys.item(i))
            numbers[others] = given
        return numbers

    def _other(self, token: str, key: int) -> int:
        """The row of a token that the table does not hold and that is not plainly a word or digits.

        It is remembered by its key, or by itself where its key does not tell it from others.
        """
        number = self._met.get(token)
        if number is None:
            number = self._share(self._lexicon.describe(token))
            if len(self._met) + len(self._elsewhere) >= MAX_MET:
                self._met, self._elsewhere = dict(self._long), dict(self._driven)
            if key and OTHER_CODE not in key.to_bytes(WIDTH, "little"):
                self._elsewhere[key] = number
            elif len(token) <= MAX_LENGTH:
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


def _slots(keys: NDArray[np.uint64]) -> NDArray[np.intp]:
    slots = keys * _ODD
    slots >>= _SHIFT
    return slots.view(np.intp)


def laid_out(keys: NDArray[np.uint64]) -> tuple[NDArray[np.uint64], dict[int, int]]:
    """A table of keys and their numbers, and the numbers of those keys whose place another has: the later ones."""
    cells: NDArray[np.uint64] = np.zeros((1 << _BITS, 2), np.uint64)
    cells[0, 0] = _NO_KEY  # 0 is no key: it must not be found
    places = _slots(keys)
    numbers = keys.nonzero()[0][::-1]
    numbers = numbers[places[numbers] != 0]
    cells[places[numbers]] = np.stack([keys[numbers], numbers.view(np.uint64)], axis=1)  # the first is written last
    driven = ((cells[places, 0] != keys) & (keys != 0)).nonzero()[0]
    return cells, dict(zip(keys[driven].tolist(), driven.tolist(), strict=True))
