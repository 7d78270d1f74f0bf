"""What the model says of each distinct token, kept in arrays so that a text is looked up in one step.

In: tokens. Out: dense type ids from 0 and, per type, its weights, its place in the dictionaries and its flags. Must not
know texts. The table only grows; look-ups take no lock, adding a type does.
"""

from __future__ import annotations

import string
import threading
from itertools import repeat
from typing import NamedTuple, cast

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

    `weight[name]` is an attribute's weight for label 1 minus that for label 0. What two adjacent tokens are stands in
    `cells[place of the first + column of the second]` (int32): bits if the cell holds the first's `row` (a multiple of
    8) plus bits, nothing if it holds another row's.

    `numbers` gives the lower-case tokens that are known a number from 1. By number, 0 for the unknown: `weights`
    (float64, shape (n, 4)) are label-1-minus-label-0 weights of the token itself, for the token after it, for the one
    before it, and 0; `marks` (int32, shape (n, 4)) are place, row and column in the cells, and 0.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.weight = {name: w1 - w0 for name, (w0, w1) in model.weights.items()}
        lower: list[dict[str, float]] = []
        for side in ("", "-1:", "+1:"):
            prefix = f"{side}word.lower():"
            lower.append({name[len(prefix) :]: w for name, w in self.weight.items() if name.startswith(prefix)})
        firsts: dict[str, int] = {}
        seconds: dict[str, int] = {}
        bits: dict[int, dict[int, int]] = {}

        def mark(first: str, second: str, bit: int) -> None:
            row = bits.setdefault(firsts.setdefault(first, len(firsts) + 1), {})
            column = seconds.setdefault(second, len(seconds) + 1)
            row[column] = row.get(column, 0) | bit

        for word in sorted(model.bigrams):
            first, second = word.split(" ")
            mark(first, second, BIGRAM)
        for word in sorted(model.trigrams):
            first, second, third = word.split(" ")
            mark(first, second, TRIGRAM_HEAD)
            mark(second, third, TRIGRAM_TAIL)
        places, self.cells = _displaced(bits, len(seconds) + 1)
        names = sorted({*firsts, *seconds, *lower[0], *lower[1], *lower[2]})
        rows = [firsts.get(name, 0) for name in names]
        self.numbers = {name: number for number, name in enumerate(names, 1)}
        self.weights = np.array([[0.0] * 4, *([*(w.get(n, 0.0) for w in lower), 0.0] for n in names)])
        columns = [seconds.get(name, 0) for name in names]
        marks = [(places[row], row << 3, column, 0) for row, column in zip(rows, columns, strict=True)]
        self.marks = np.array([(0, 0, 0, 0), *marks], np.int32)


def _displaced(rows: dict[int, dict[int, int]], columns: int) -> tuple[list[int], NDArray[np.int32]]:
    """A sparse table laid into one row of cells: where each row begins, and the cells (0, or row · 8 + bits).

    Rows are moved so far that no two share a cell (row displacement: Tarjan & Yao, "Storing a sparse table", 1979),
    those with most entries first. Three cells for each entry keep the search for a place short.
    """
    size = 3 * sum(map(len, rows.values())) + 1
    places, cells = [0] * (len(rows) + 1), [0] * (2 * size + columns)
    for row, entries in sorted(rows.items(), key=lambda item: -len(item[1])):
        place = row * 40503 % size
        while any(cells[place + column] for column in entries):
            place += 1
        places[row] = place
        for column, bits in entries.items():
            cells[place + column] = row << 3 | bits
    return places, np.array(cells[: max(places) + columns], np.int32)


class TypeArrays(NamedTuple):
    """What is known of token types, by type id, settled up to the number of types; one row a type, read in one step.

    `weights` (float64, shape (capacity, 4)): label-1-minus-label-0 weight of the token itself, what it adds to the
    next token, what it adds to the one before, 0. `marks` (int32, shape (capacity, 4)): where its row begins in the
    lexicon's cells, its row · 8, its column, and what it offers (bits 0–1) and asks (bits 2–3), which must agree for
    two tokens to be joined: never at marks and numbers, nor a capital after a small letter. `names` (object, shape
    (capacity,)): the token, "" for a line break.
    """

    weights: NDArray[np.float64]
    marks: NDArray[np.int32]
    names: NDArray[np.object_]

    @staticmethod
    def of_size(size: int) -> TypeArrays:
        """Arrays for so many types."""
        return TypeArrays(np.zeros((size, 4)), np.zeros((size, 4), np.int32), np.zeros(size, np.object_))


_CAPITAL, _PLAIN = SMALL | TITLE | TITLE << 2, SMALL | SMALL << 2
_PUNCTUATION = string.punctuation


class TokenTypes:
    """Append-only table of token types."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon, self.model = lexicon, lexicon.model
        self._lock = threading.RLock()
        self.ids: dict[str, int] = {}
        self.strings: list[str] = [""]
        self.size_chars = 0
        self._arrays = TypeArrays.of_size(1 << 10)
        weight = lexicon.weight.get
        self._bias = weight("bias", 0.0)
        self._upper = [weight(f"{side}word.isupper()", 0.0) for side in ("", "-1:", "+1:")] + [0.0]
        self._title = [weight(f"{side}word.istitle()", 0.0) for side in ("", "-1:", "+1:")] + [0.0]
        self._digit = [weight("word.isdigit()", 0.0), 0.0, 0.0, 0.0]
        self.id("\n")

    def __len__(self) -> int:
        return len(self.strings)

    def id(self, token: str) -> int:
        """Type id of a token, adding it when it is new."""
        known = self.ids.get(token)
        if known is None:
            self._add([token])
            return self.ids[token]
        return known

    def id_list(self, tokens: list[str]) -> list[int]:
        """Type ids of some tokens, adding those that are new."""
        known: list[int | None] = list(map(self.ids.get, tokens))
        if None in known:
            self._add(list(dict.fromkeys(tokens)))
            return list(map(self.ids.__getitem__, tokens))
        return cast("list[int]", known)

    def lower(self, id: int) -> str:
        """The token in lower case, as the dictionaries hold it."""
        return self.strings[id].lower()

    def arrays(self) -> TypeArrays:
        """The arrays; they hold every type whose id was given before the call."""
        return self._arrays

    def _add(self, tokens: list[str]) -> None:
        """Give ids to those of some tokens that have none."""
        with self._lock:
            tokens = [token for token in tokens if token not in self.ids]
            begin = len(self.strings)
            end = begin + len(tokens)
            if end > len(self._arrays.names):
                grown = TypeArrays.of_size(max(end, 2 * begin))
                grown.weights[:begin] = self._arrays.weights[:begin]
                grown.marks[:begin] = self._arrays.marks[:begin]
                grown.names[:begin] = self._arrays.names[:begin]
                self._arrays = grown
            weights, marks, names = self._arrays
            self._describe(tokens, TypeArrays(weights[begin:end], marks[begin:end], names[begin:end]))
            self.size_chars += sum(map(len, tokens))
            self.strings += tokens
            self.ids.update(zip(tokens, range(begin, end), strict=True))

    def _describe(self, tokens: list[str], into: TypeArrays) -> None:
        """Fill the rows of some distinct tokens."""
        lexicon = self.lexicon
        lower = list(map(str.lower, tokens))
        numbers = list(map(lexicon.numbers.get, lower, repeat(0)))
        lexicon.weights.take(numbers, axis=0, out=into.weights)
        lexicon.marks.take(numbers, axis=0, out=into.marks)
        for i, name in enumerate(lower):
            if "\0" in name:  # CRFsuite takes names as C strings, the dictionaries do not
                into.weights[i] = lexicon.weights[lexicon.numbers.get(name.split("\0", 1)[0], 0)]
        own = into.weights[:, 0]
        own += self._bias
        for has, weights in ((str.isupper, self._upper), (str.istitle, self._title), (str.isdigit, self._digit)):
            chosen = [i for i, found in enumerate(map(has, tokens)) if found]
            if chosen:
                into.weights[chosen] += weights
        first = [token[0] for token in tokens]
        title, digit = map(str.istitle, first), map(str.isdigit, first)
        into.marks[:, 3] = [
            0 if number or token in _PUNCTUATION else _CAPITAL if capital else _PLAIN
            for token, capital, number in zip(tokens, title, digit, strict=True)
        ]
        into.names[:] = tokens
        if tokens == ["\n"]:
            into.names[0] = ""
