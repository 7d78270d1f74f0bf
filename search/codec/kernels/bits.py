# mypy: ignore-errors
# (these functions are typed and checked by numba when it compiles them, by rules that mypy does not know)
"""Sets of articles as bits, 64 articles in a word: article `64 · w + b` is bit b of word w.

In: rows of bytes, articles. Out: words, articles, counts. Counting the articles of each value of a facet takes no look
at single ones where words hold the articles in the facet's order: those of a value lie side by side then, and their
number is that of the bits between two places.
"""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np

from search.codec.kernels.compiling import compiled
from search.codec.kernels.types import I32, U8, U64
from search.codec.kernels.words import count_bits, load_word, lowest_bit, store_word

_WORDS = nb.uint64[::1]
_1 = np.uint64(1)
_3 = np.uint64(3)
_6 = np.uint64(6)
_8 = np.uint64(8)
_63 = np.uint64(63)
_64 = np.uint64(64)
_BYTE = np.uint64(255)
_TO_BITS = np.uint64(0x0102040810204080)
_LOW = np.uint64(0x7F7F7F7F7F7F7F7F)
_HIGH = np.uint64(0x8080808080808080)
_SPREAD = np.array([sum((byte >> place & 1) << 8 * place for place in range(8)) for byte in range(256)], np.uint64)
"""For each byte of eight flags these as eight bytes, 0 or 1."""


@compiled(nb.void(U8, nb.uint64, _WORDS))
def pack(row: Any, at: int, words: Any) -> None:
    """The articles of a row of bytes that begins at `at` and is 0 behind its end."""
    for w in range(nb.uint64(words.size)):
        word = nb.uint64(0)
        for k in range(_8):
            eight = load_word(row, at + _64 * w + _8 * k)
            flags = ((((eight & _LOW) + _LOW) | eight) & _HIGH) >> nb.uint64(7)
            word |= ((flags * _TO_BITS) >> nb.uint64(56)) << (_8 * k)
        words[w] = word


@compiled(nb.void(U64, I32, _WORDS))
def reorder(words: Any, places: Any, ordered: Any) -> None:
    """The same set where each article is at its place in another order."""
    ordered[:] = 0
    for w in range(nb.uint64(words.size)):
        word = words[w]
        base = _64 * w
        while word != 0:
            place = nb.uint64(nb.uint32(places[base + lowest_bit(word)]))
            ordered[place >> _6] |= _1 << (place & _63)
            word &= word - _1


@compiled(nb.void(U64, nb.uint8[::1], nb.uint64))
def spread(words: Any, rows: Any, at: int) -> None:
    """Bits as bytes, 0 or 1, from `rows[at]` on."""
    for w in range(nb.uint64(words.size)):
        word = words[w]
        for k in range(_8):
            store_word(rows, at + _64 * w + _8 * k, _SPREAD[word & _BYTE])
            word >>= _8


@compiled(nb.int64(U64, nb.int32[::1]))
def extract(words: Any, docs: Any) -> int:
    """The articles of a set, ascending, into `docs`; returns how many."""
    k = nb.uint64(0)
    for w in range(nb.uint64(words.size)):
        word = words[w]
        base = _64 * w
        while word != 0:
            docs[k] = base + lowest_bit(word)
            k += _1
            word &= word - _1
    return nb.int64(k)


@compiled(nb.int64(U64))
def count_ones(words: Any) -> int:
    """How many bits are set."""
    found = nb.uint64(0)
    for w in range(nb.uint64(words.size)):
        found += count_bits(words[w])
    return nb.int64(found)


@compiled(nb.void(U64, I32, nb.int64[::1]))
def count_between(words: Any, bounds: Any, counts: Any) -> None:
    """How many bits are set between each two of some ascending places, the last at most 64 · words."""
    before = np.empty(words.size + 1, np.int64)
    found = nb.uint64(0)
    for w in range(nb.uint64(words.size)):
        before[w] = found
        found += count_bits(words[w])
    before[words.size] = found
    last = nb.int64(0)
    for c in range(nb.uint64(bounds.size)):
        place = nb.uint64(nb.uint32(bounds[c]))
        w = place >> _6
        upto = before[w]
        if place & _63:
            upto += nb.int64(count_bits(words[w] & ((_1 << (place & _63)) - _1)))
        if c > 0:
            counts[c - _1] = upto - last
        last = upto


@compiled(nb.void(U64, nb.int64, nb.boolean, _WORDS))
def merge(words: Any, at: int, together: bool, into: Any) -> None:
    """Add the articles of a set that begins at `at`, or with not `together` keep those that it holds too."""
    base = nb.uint64(at)
    if together:
        for w in range(nb.uint64(into.size)):
            into[w] |= words[base + w]
    else:
        for w in range(nb.uint64(into.size)):
            into[w] &= words[base + w]
