"""What the model says of each distinct token, kept in arrays so that a text is looked up in one step.

In: tokens. Out: dense type ids from 0 and, per type, its weights, its place in the dictionaries and its flags. Must not
know texts. The table only grows; look-ups take no lock, adding a type does.
"""

from __future__ import annotations

import string
import struct
import threading
from collections import Counter, defaultdict
from itertools import accumulate
from typing import cast

import numpy as np
from numpy.typing import NDArray

from search.analysis.segmenter.model import Model

PAD, LINE_BREAK = 0, 1
"""Type ids: the separator between texts of a batch, and the line break, which pyvi counts as a token."""
NOTHING, SMALL, CAPITAL, TOO_MUCH = 0, 1, 2, 3
"""What a token offers to the one after it, and asks of the one before: it is joined when no more is asked than offered.
A capital asks for a capital; marks and numbers offer nothing and ask for too much."""
BIGRAM, TRIGRAM_HEAD, TRIGRAM_TAIL = 1, 2, 4
"""What two adjacent tokens are: a dictionary word; the first two, the last two syllables of one of three."""


ROW = np.dtype(
    [(name, np.float64) for name in ("own", "to_next", "to_previous")]
    + [(name, np.int32) for name in ("place", "column")]
    + [(name, np.uint16) for name in ("row", "unused")]
    + [(name, np.uint8) for name in ("offers", "asks", "offers_break", "asks_break")]
)
"""What is known of a token type, side by side, so that it is read in one step.

`own`, `to_next`, `to_previous`: its weight for label 1 minus that for label 0, for itself, for the token after it, for
the one before. `place`, `column`, `row`: where its row begins in the lexicon's cells, its column, its row · 8.
`offers`, `asks`: whether it is joined to its neighbors; `offers_break`, `asks_break`: the same where a line break may
be joined as a small word."""

_Joining = tuple[int, int, int, int]
_LONE: _Joining = (NOTHING, TOO_MUCH) * 2
_PLAIN: _Joining = (SMALL, SMALL) * 2
_TITLED: _Joining = (CAPITAL, CAPITAL) * 2
_BREAK: _Joining = (NOTHING, TOO_MUCH, SMALL, SMALL)
_UPPER, _TITLE, _DIGIT = 1, 2, 4
_PUNCTUATION = string.punctuation
BYTES = struct.Struct("=3d2iH2x4B")
"""The bytes of a `ROW`."""
_pack = BYTES.pack
PAD_ROW = np.array([(0.0, 0.0, 0.0, 0, 0, 0, 0, *_LONE)], ROW)

Known = tuple[float, float, float, int, int, int]
_UNKNOWN: Known = (0.0, 0.0, 0.0, 0, 0, 0)


class Lexicon:
    """The model arranged for look-up; never changes, shared by all tables of token types.

    `weight[name]` is an attribute's weight for label 1 minus that for label 0. What two adjacent tokens are stands in
    `cells[place of the first + column of the second]` (uint16): bits if the cell holds the first's `row` (a multiple
    of 8) plus bits, nothing if it holds another row's.

    `known` gives for each lower-case token that the model or a dictionary holds its label-1-minus-label-0 weights (of
    the token itself, for the token after it, for the one before it) and its place, column and row in the cells; `plain`
    gives for it as a small word its `ROW`, as bytes, and `unknown` is that of any other small word.
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self.weight = {name: w1 - w0 for name, (w0, w1) in model.weights.items()}
        lower: list[dict[str, float]] = []
        for side in ("", "-1:", "+1:"):
            prefix = f"{side}word.lower():"
            lower.append({name[len(prefix) :]: w for name, w in self.weight.items() if name.startswith(prefix)})
        own, to_next, to_previous = lower
        names = _by_frequency(model, lower)
        firsts, seconds, bits = _neighbors(model, names)
        places, self.cells = _displaced(bits, len(seconds) + 1)
        rows = [firsts.get(name, 0) for name in names]
        self.known: dict[str, Known] = {
            name: (
                own.get(name, 0.0),
                to_next.get(name, 0.0),
                to_previous.get(name, 0.0),
                places[row],
                seconds.get(name, 0),
                row << 3,
            )
            for name, row in zip(names, rows, strict=True)
        }
        bias = self.weight.get("bias", 0.0)
        weight = self.weight.get
        self._shape_weights = [
            [
                (bias + weight("word.isdigit()", 0.0) * (shape & _DIGIT > 0)) * (side == "")
                + weight(f"{side}word.isupper()", 0.0) * (shape & _UPPER > 0)
                + weight(f"{side}word.istitle()", 0.0) * (shape & _TITLE > 0)
                for side in ("", "-1:", "+1:")
            ]
            for shape in range(8)
        ]
        self.plain = {name: _pack(known[0] + bias, *known[1:], *_PLAIN) for name, known in self.known.items()}
        self.unknown = _pack(bias, *_UNKNOWN[1:], *_PLAIN)

    def forms(self) -> tuple[list[str], NDArray[np.void]]:
        """The tokens to know beforehand, all different, and the `ROW` of each.

        They are `PAD` (as ""), `LINE_BREAK`, the usual marks, and all that the model or a dictionary holds, in small
        letters, capitalized and in capitals, what texts hold most first.
        """
        plain = [name for name in self.known if name.islower() and name.isalpha()]
        small = set(plain)
        others = ["\n", *string.punctuation, *"“”‘’–—…•°", *[name for name in self.known if name not in small]]
        # capitals are the rarer the less frequent a word is; so that those of frequent words come before rare words
        ranked = [(rank, name) for rank, name in enumerate(plain)]
        ranked += [(4 * rank + 4, name.capitalize()) for rank, name in enumerate(plain)]
        ranked += [(20 * rank + 20, name.upper()) for rank, name in enumerate(plain) if len(name) > 1]
        tokens = dict.fromkeys([*others, *[name for _, name in sorted(ranked)]])
        tokens.pop("", None)
        rows = np.frombuffer(b"".join(map(self.describe, tokens)), ROW)
        return ["", *tokens], np.concatenate([PAD_ROW, rows])

    def describe(self, token: str, *, weighed: bool = True) -> bytes:
        """What `ROW` says of a token; not `weighed`: of one of the same shape that the model does not know."""
        known = self.known if weighed else {}
        lower = token.lower()
        if token.islower() and token.isalpha():
            return self.plain.get(lower, self.unknown) if weighed else self.unknown
        own, to_next, to_previous, place, column, row = known.get(lower, _UNKNOWN)
        if "\0" in lower:  # CRFsuite takes names as C strings, the dictionaries do not
            own, to_next, to_previous, *_ = known.get(lower.split("\0", 1)[0], _UNKNOWN)
        more, next_, previous = self._shape_weights[
            _UPPER * token.isupper() | _TITLE * token.istitle() | _DIGIT * token.isdigit()
        ]
        first = token[0]
        joining = _TITLED if first.istitle() else _LONE if first.isdigit() or token in _PUNCTUATION else _PLAIN
        if token == "\n":
            joining = _BREAK
        return _pack(own + more, to_next + next_, to_previous + previous, place, column, row, *joining)


def _by_frequency(model: Model, lower: list[dict[str, float]]) -> list[str]:
    """Every token that the model or a dictionary holds; what texts hold most comes first, and so lies close together.

    Nothing tells how frequent a token is, but frequent ones are in many dictionary words and have great weights.
    """
    often = Counter(name for word in (*model.bigrams, *model.trigrams) for name in word.split(" "))
    weight: defaultdict[str, float] = defaultdict(float)
    for side in lower:
        for name, value in side.items():
            weight[name] += abs(value)
    return sorted({*often, *weight}, key=lambda name: (-weight[name] * (1 + often[name]) ** 0.5, -often[name], name))


def _neighbors(model: Model, names: list[str]) -> tuple[dict[str, int], dict[str, int], dict[int, dict[int, int]]]:
    """Rows of first tokens, columns of second ones, both from 1, and by row and column what the two are."""
    pairs: dict[tuple[str, str], int] = {}
    for word in model.bigrams:
        first, second = word.split(" ")
        pairs[first, second] = pairs.get((first, second), 0) | BIGRAM
    for word in model.trigrams:
        first, second, third = word.split(" ")
        pairs[first, second] = pairs.get((first, second), 0) | TRIGRAM_HEAD
        pairs[second, third] = pairs.get((second, third), 0) | TRIGRAM_TAIL
    heads, tails = {first for first, _ in pairs}, {second for _, second in pairs}
    firsts = {name: row for row, name in enumerate([name for name in names if name in heads], 1)}
    seconds = {name: column for column, name in enumerate([name for name in names if name in tails], 1)}
    bits: dict[int, dict[int, int]] = {row: {} for row in firsts.values()}
    for (first, second), bit in pairs.items():
        bits[firsts[first]][seconds[second]] = bit
    return firsts, seconds, bits


def _displaced(rows: dict[int, dict[int, int]], columns: int) -> tuple[list[int], NDArray[np.int32]]:
    """A sparse table laid into one row of cells: where each row begins, and the cells (0, or row · 8 + bits).

    Rows are moved so far that no two share a cell (row displacement: Tarjan & Yao, "Storing a sparse table", 1979),
    those with most entries first. Three cells for each entry keep the search for a place short; those of frequent rows
    lie together at the beginning.
    """
    size = 3 * sum(map(len, rows.values())) + 1
    places, cells, taken = [0] * (len(rows) + 1), [0] * (2 * size + columns), bytearray(2 * size + columns)
    begins = dict(zip(rows, accumulate([3 * len(entries) for entries in rows.values()], initial=0), strict=False))
    for row, entries in sorted(rows.items(), key=lambda item: -len(item[1])):
        first, *others = entries
        at = begins[row] + first
        while True:
            at = taken.find(0, at)
            place = at - first
            for column in others:
                if taken[place + column]:
                    break
            else:
                break
            at += 1
        places[row] = place
        for column, bits in entries.items():
            cells[place + column] = row << 3 | bits
            taken[place + column] = 1
    return places, np.array(cells[: max(places) + columns], np.uint16)


class TokenTypes:
    """Append-only table of token types."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon, self.model = lexicon, lexicon.model
        self._lock = threading.RLock()
        self.ids: dict[str, int] = {}
        self.strings: list[str] = [""]
        self.size_chars = 0
        rows = np.zeros(1 << 10, ROW)
        rows[:1] = PAD_ROW
        self._held: tuple[NDArray[np.void], int, list[bytes]] = rows, 1, []
        """Rows (the array has room behind them), how many there are, and what waits to be put there; replaced whole."""
        self.id("\n")

    def __len__(self) -> int:
        return len(self.strings)

    def first(self, count: int) -> TokenTypes:
        """A table of the first types alone, with the same ids."""
        made = TokenTypes(self.lexicon)
        made.strings = self.strings[:count]
        made.ids = {token: id for id, token in enumerate(made.strings) if id != PAD}
        made.size_chars = sum(map(len, made.strings))
        rows = np.zeros(2 * count, ROW)
        rows[:count] = self.rows()[:count]
        made._held = rows, count, []
        return made

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
            self._add([token for token, id in zip(tokens, known, strict=True) if id is None])
            return list(map(self.ids.__getitem__, tokens))
        return cast("list[int]", known)

    def lower(self, id: int) -> str:
        """The token in lower case, as the dictionaries hold it."""
        return self.strings[id].lower()

    def rows(self) -> NDArray[np.void]:
        """What is known of types (`ROW`, shape (capacity,)); holds every type whose id was given before the call."""
        if self._held[2]:
            with self._lock:
                rows, filled, waiting = self._held
                end = filled + len(waiting)
                if end > len(rows):
                    rows = np.zeros(max(end, 2 * filled), ROW)
                    rows[:filled] = self._held[0][:filled]
                rows[filled:end] = np.frombuffer(b"".join(waiting), ROW)
                self._held = rows, end, []
        return self._held[0]

    def row(self, id: int) -> bytes:
        """What `ROW` says of one type."""
        rows, filled, waiting = self._held
        return rows[id].tobytes() if id < filled else waiting[id - filled]

    def _add(self, tokens: list[str]) -> None:
        """Give ids to those of some tokens that have none."""
        with self._lock:
            for token in tokens:
                if token not in self.ids:
                    self._held[2].append(self.lexicon.describe(token))
                    self.size_chars += len(token)
                    self.strings.append(token)
                    self.ids[token] = len(self.strings) - 1
