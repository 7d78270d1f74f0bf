"""What the model says of each distinct token, kept in arrays so that a text is looked up in one step.

In: tokens. Out: dense type ids from 0 and, per type, its weights, its place in the dictionaries and its flags. Must not
know texts. The table only grows; look-ups take no lock, adding a type does.
"""

from __future__ import annotations

import string
import threading

import numpy as np

from search.analysis.segmenter.model import Model

PAD, LINE_BREAK = 0, 1
"""Type ids: the separator between texts of a batch, and the line break, which pyvi counts as a token."""
SMALL, TITLE = 1, 2
"""What a token offers to the one after it, and asks of the one before: to be joined at all, or as a capital."""
BIGRAM, TRIGRAM_HEAD, TRIGRAM_TAIL = 1, 2, 4
"""What two adjacent tokens are: a dictionary word; the first two, the last two syllables of one of three."""

_ARRAYS = ("own", "to_next", "to_previous", "first", "second", "offers", "asks", "names")


class Lexicon:
    """The model arranged for look-up; never changes, shared by all tables of token types.

    `weight[name]` is an attribute's weight for label 1 minus that for label 0. `pairs[row · columns + column]` (uint8)
    says what two adjacent tokens are, `row` and `column` being their numbers in `firsts` and `seconds` (0: in none).
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.weight = {name: w1 - w0 for name, (w0, w1) in model.weights.items()}
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


class TokenTypes:
    """Append-only table of token types.

    Arrays of shape (capacity,), indexed by type id: `own` (float64) label-1-minus-label-0 weight of the token itself;
    `to_next` and `to_previous` (float64) what it adds to its neighbors; `first` and `second` (int64) where its row
    begins in the lexicon's pairs, and its column; `offers` and `asks` (uint8), which must share a bit for two tokens to
    be joined: never at marks and numbers, nor a capital after a small letter; `names` (object) the token, "" for a line
    break.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon, self.model = lexicon, lexicon.model
        self._lock = threading.RLock()
        self.ids: dict[str, int] = {}
        self.strings: list[str] = [""]
        self.size_chars = 0
        capacity = 1 << 13
        self.own = np.zeros(capacity)
        self.to_next = np.zeros(capacity)
        self.to_previous = np.zeros(capacity)
        self.first = np.zeros(capacity, np.int64)
        self.second = np.zeros(capacity, np.int64)
        self.offers = np.zeros(capacity, np.uint8)
        self.asks = np.zeros(capacity, np.uint8)
        self.names = np.full(capacity, "", object)
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

    def _grow(self) -> None:
        for name in _ARRAYS:
            old = getattr(self, name)
            new = np.zeros(2 * len(old), old.dtype)
            new[: len(old)] = old
            setattr(self, name, new)

    def _add(self, token: str) -> int:
        with self._lock:
            known = self.ids.get(token)
            if known is not None:
                return known
            id = len(self.strings)
            if id >= len(self.own):
                self._grow()
            weight, lower = self.lexicon.weight.get, token.lower()
            name = lower.split("\0", 1)[0]  # CRFsuite takes names as C strings
            upper, title = token.isupper(), token.istitle()
            self.own[id] = (
                weight("bias", 0.0)
                + weight("word.lower():" + name, 0.0)
                + upper * weight("word.isupper()", 0.0)
                + title * weight("word.istitle()", 0.0)
                + token.isdigit() * weight("word.isdigit()", 0.0)
            )
            for array, side in ((self.to_next, "-1"), (self.to_previous, "+1")):
                array[id] = (
                    weight(f"{side}:word.lower():{name}", 0.0)
                    + title * weight(f"{side}:word.istitle()", 0.0)
                    + upper * weight(f"{side}:word.isupper()", 0.0)
                )
            self.first[id] = self.lexicon.firsts.get(lower, 0) * self.lexicon.columns
            self.second[id] = self.lexicon.seconds.get(lower, 0)
            joinable = token not in string.punctuation and not token[0].isdigit()
            capital = token[0].istitle()
            self.offers[id] = joinable * (SMALL | TITLE * capital)
            self.asks[id] = joinable * (TITLE if capital else SMALL)
            self.names[id] = "" if token == "\n" else token
            self.size_chars += len(token)
            self.strings.append(token)
            self.ids[token] = id
            return id
