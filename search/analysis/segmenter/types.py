"""What the model says of each distinct token, kept in arrays so that a text is looked up in one step.

In: tokens. Out: dense type ids from 0 and, per type, its weights, its place in the dictionaries and its flags. Must not
know texts. The table only grows; look-ups take no lock, adding a type does.
"""

from __future__ import annotations

import string
import threading
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter.model import Model

PAD, LINE_BREAK = 0, 1
"""Type ids: the separator between texts of a batch, and the line break, which pyvi counts as a token."""
SMALL, TITLE = 1, 2
"""What a token offers to the one after it, and asks of the one before: to be joined at all, or as a capital."""
BIGRAM, TRIGRAM_HEAD, TRIGRAM_TAIL = 1, 2, 4
"""What two adjacent tokens are: a dictionary word; the first two, the last two syllables of one of three."""


class Lexicon:
    """The model arranged for look-up; never changes, shared by all tables of token types.

    `weight[name]` is an attribute's weight for label 1 minus that for label 0; `lower[side]` the same of lower-case
    tokens, for the token itself (""), the one before ("-1:") and the one after ("+1:"). `pairs[row · columns + column]`
    (uint8) says what two adjacent tokens are, `row` and `column` being their numbers in `firsts` and `seconds` (0: in
    none).
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.weight = {name: w1 - w0 for name, (w0, w1) in model.weights.items()}
        self.lower: dict[str, dict[str, float]] = {}
        for side in ("", "-1:", "+1:"):
            prefix = f"{side}word.lower():"
            self.lower[side] = {name[len(prefix) :]: w for name, w in self.weight.items() if name.startswith(prefix)}
        self.firsts: dict[str, int] = {}
        self.seconds: dict[str, int] = {}
        bits: dict[tuple[int, int], int] = {}

        def mark(first: str, second: str, bit: int) -> None:
            row = self.firsts.setdefault(first, len(self.firsts) + 1)
            column = self.seconds.setdefault(second, len(self.seconds) + 1)
            bits[row, column] = bits.get((row, column), 0) | bit

        for word in sorted(model.bigrams):
            first, second = word.split(" ")
            mark(first, second, BIGRAM)
        for word in sorted(model.trigrams):
            first, second, third = word.split(" ")
            mark(first, second, TRIGRAM_HEAD)
            mark(second, third, TRIGRAM_TAIL)
        self.columns = len(self.seconds) + 1
        self.pair_bits = {row * self.columns + column: bit for (row, column), bit in bits.items()}
        self.pairs = np.zeros((len(self.firsts) + 1) * self.columns, np.uint8)
        for key, bit in self.pair_bits.items():
            self.pairs[key] = bit


class TypeArrays(NamedTuple):
    """What is known of token types, indexed by type id; shape (capacity,), settled up to the number of types.

    `own` (float64) label-1-minus-label-0 weight of the token itself; `to_next` and `to_previous` (float64) what it adds
    to its neighbors; `first` and `second` (int64) where its row begins in the lexicon's pairs, and its column; `offers`
    and `asks` (uint8), which must share a bit for two tokens to be joined: never at marks and numbers, nor a capital
    after a small letter; `names` (object) the token, "" for a line break.
    """

    own: NDArray[np.float64]
    to_next: NDArray[np.float64]
    to_previous: NDArray[np.float64]
    first: NDArray[np.int64]
    second: NDArray[np.int64]
    offers: NDArray[np.uint8]
    asks: NDArray[np.uint8]
    names: NDArray[np.object_]


_DTYPES = (np.float64, np.float64, np.float64, np.int64, np.int64, np.uint8, np.uint8, np.object_)


class TokenTypes:
    """Append-only table of token types. What is new waits in a list until the arrays are asked for."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon, self.model = lexicon, lexicon.model
        self._lock = threading.RLock()
        self.ids: dict[str, int] = {}
        self.strings: list[str] = [""]
        self.size_chars = 0
        self._arrays = TypeArrays._make(np.zeros(1 << 13, dtype) for dtype in _DTYPES)
        self._settled = 0
        self._waiting: list[tuple[float, float, float, int, int, int, int, str]] = [(0.0, 0.0, 0.0, 0, 0, 0, 0, "")]
        weight = lexicon.weight.get
        self._bias = weight("bias", 0.0)
        self._upper = [weight(f"{side}word.isupper()", 0.0) for side in ("", "-1:", "+1:")]
        self._title = [weight(f"{side}word.istitle()", 0.0) for side in ("", "-1:", "+1:")]
        self._digit = weight("word.isdigit()", 0.0)
        self.id("\n")

    def __len__(self) -> int:
        return len(self.strings)

    def id(self, token: str) -> int:
        """Type id of a token, adding it when it is new."""
        known = self.ids.get(token)
        return self._add(token) if known is None else known

    def lower(self, id: int) -> str:
        """The token in lower case, as the dictionaries hold it."""
        return self.strings[id].lower()

    def arrays(self) -> TypeArrays:
        """The arrays; they hold every type whose id was given before the call."""
        if not self._waiting:
            return self._arrays
        with self._lock:
            if self._waiting:
                begin, end = self._settled, self._settled + len(self._waiting)
                if end > len(self._arrays.own):
                    self._arrays = TypeArrays._make(_grown(array, begin, max(end, 2 * begin)) for array in self._arrays)
                columns: list[NDArray[Any]] = list(self._arrays)
                for column, values in zip(columns, zip(*self._waiting, strict=True), strict=True):
                    column[begin:end] = values
                self._settled, self._waiting = end, []
            return self._arrays

    def _add(self, token: str) -> int:
        lower = token.lower()
        name = lower.split("\0", 1)[0] if "\0" in lower else lower  # CRFsuite takes names as C strings
        lexicon = self.lexicon
        own, to_next, to_previous = (weights.get(name, 0.0) for weights in lexicon.lower.values())
        own += self._bias
        if token.isupper():
            own, to_next, to_previous = own + self._upper[0], to_next + self._upper[1], to_previous + self._upper[2]
        if token.istitle():
            own, to_next, to_previous = own + self._title[0], to_next + self._title[1], to_previous + self._title[2]
        if token.isdigit():
            own += self._digit
        offers = asks = 0
        if token not in string.punctuation and not token[0].isdigit():
            capital = token[0].istitle()
            offers, asks = (SMALL | TITLE, TITLE) if capital else (SMALL, SMALL)
        first = lexicon.firsts.get(lower, 0) * lexicon.columns
        second = lexicon.seconds.get(lower, 0)
        with self._lock:
            known = self.ids.get(token)
            if known is not None:
                return known
            id = len(self.strings)
            self._waiting.append(
                (own, to_next, to_previous, first, second, offers, asks, "" if token == "\n" else token)
            )
            self.size_chars += len(token)
            self.strings.append(token)
            self.ids[token] = id
            return id


def _grown(array: NDArray[Any], used: int, size: int) -> NDArray[Any]:
    new = np.zeros(size, array.dtype)
    new[:used] = array[:used]
    return new
