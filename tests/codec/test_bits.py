"""Sets of articles as bits, and searches over them, against counting by hand; as plain Python too."""

from __future__ import annotations

import itertools
from struct import Struct
from typing import Any

import numpy as np
import pytest

from search.codec.kernels import bits, wordwise
from search.codec.matching import Scratch
from tests.codec.test_answering import Made

SIZES = (1, 63, 64, 65, 127, 128, 300, 1000)
COLUMNS = (1, 4)


def words_of(held: Any) -> Any:
    """The same as eight bytes at a time of a plain array of bits."""
    padded = np.zeros((len(held) + 63) // 64 * 64, bool)
    padded[: len(held)] = held
    return np.packbits(padded, bitorder="little").view(np.uint64)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_bytes_and_bits_and_articles_are_the_same_set(size: int, share: float) -> None:
    random = np.random.default_rng(size)
    held = random.random(size) < share
    stride = Scratch(size).stride
    rows = np.zeros(3 * stride, np.uint8)
    rows[stride : stride + size] = held * random.choice(np.array([1, 2, 127, 128, 129, 255], np.uint8), size)
    words = np.full((size + 63) // 64, 77, np.uint64)
    bits.pack(rows, np.uint64(stride), words)
    assert words.tolist() == words_of(held).tolist()
    docs = np.empty(size + 1, np.int32)
    count = bits.extract(words, docs)
    assert docs[:count].tolist() == np.flatnonzero(held).tolist()
    assert bits.count_ones(words) == count == held.sum()
    flags = np.full(64 * len(words) + 16, 9, np.uint8)
    bits.spread(words, flags, np.uint64(8))
    assert flags[8 : 8 + size].tolist() == held.tolist()
    assert not flags[8 + size : -8].any()
    assert flags[:8].tolist() == flags[-8:].tolist() == [9] * 8

    places = random.permutation(size).astype(np.int32)
    ordered = np.full(len(words), 77, np.uint64)
    bits.reorder(words, places, ordered)
    moved = np.zeros(size, bool)
    moved[places] = held
    assert ordered.tolist() == words_of(moved).tolist()

    bounds = np.sort(random.integers(0, size + 1, 20)).astype(np.int32)
    bounds[0], bounds[-1] = 0, size
    counts = np.full(19, 77, np.int64)
    bits.count_between(ordered, bounds, counts)
    assert counts.tolist() == [int(moved[a:b].sum()) for a, b in itertools.pairwise(bounds)]

    others = random.random(size) < 0.5
    both = np.concatenate([words_of(held), words_of(others)])
    for together, wanted in ((True, held | others), (False, held & others)):
        into = words_of(held)
        bits.merge(both, len(words), together, into)
        assert into.tolist() == words_of(wanted).tolist()


class Kept:
    """Lists of `Made` with their bits in both orders; the first `kept` of them are there, the others are read."""

    def __init__(self, made: Made, kept: list[int]) -> None:
        size = made.size
        self.made, self.scratch = made, Scratch(size)
        self.number_of = {number: k for k, number in enumerate(kept)}
        most, words = len(kept) + 1, (size + 63) // 64
        self.planes = np.zeros(wordwise.PLANES * most * words, np.uint64)
        self.rows = np.zeros(most * self.scratch.stride, np.uint8)
        table = self.planes.reshape(wordwise.PLANES, most, words)
        orders = {1: np.argsort(made.city, kind="stable"), 4: np.argsort(made.day, kind="stable")}
        for number, k in self.number_of.items():
            row = self.rows[k * self.scratch.stride :]
            row[:size] = np.minimum(made.tfs[number], 255)
            table[0, k] = words_of(made.tfs[number] > 0)
            for plane, order in orders.items():
                table[plane, k] = words_of(made.tfs[number][order] > 0)
        ends = [np.cumsum([0, *np.bincount(codes, minlength=9)]) for codes in (made.city, made.day)]
        self.bounds = np.concatenate(ends).astype(np.int32)

    def ask(self, scorers: list[tuple[int, float]], together: bool, room: int, facets: bool) -> Any:
        """Total, keys, and numbers that are found."""
        made, terms = self.made, len(scorers)
        lines = [0] * terms
        request = np.full(64, -1, np.int64)
        Struct(f"{2 + 3 * terms}q{3 + 3 * terms}d").pack_into(
            request.data, 0, terms, together, *(self.number_of.get(n, -1) for n, _ in scorers), *lines,
            *(made.places[n] for n, _ in scorers), 0.0, 0.0, 0.0,
            *(figure for _, weight in scorers for figure in (weight, 0.3, 0.0015)),
        )  # fmt: skip
        told = np.array((18, 0, 9, 0, -1, 0, 0, -1, 0, 0, 9, 9, 10) if facets else (0, *(-1, 0, 0) * 4), np.int64)
        keys, out = np.empty(room), np.full(wordwise.FOUND + 2 * room + 18, 77, np.int64)
        total = wordwise.answer(
            made.data, made.lengths, made.ranks, made.city, made.city, made.city, made.day, self.planes, told,
            self.bounds, made.apart, request, self.rows, self.scratch.some_rows, self.scratch.docs, keys, out,
        )  # fmt: skip
        return total, keys, out


@pytest.mark.parametrize("size", [1, 64, 300, 5000, 20_000])
@pytest.mark.parametrize("seed", range(4))
def test_any_or_all_of_some_terms_are_found_as_counting_by_hand_does(seed: int, size: int) -> None:
    made = Made(200 + seed, size)
    random = made.random
    for _ in range(30):
        kept = Kept(made, random.permutation(6)[: random.integers(0, 7)].tolist())
        numbers = random.permutation(6)[: random.integers(1, 6)].tolist()
        scorers = [(n, float(random.choice([6.0, 2.5, 1.0, 0.3, 0.01, 0.0, -0.5]))) for n in numbers]
        together, facets = random.random() < 0.5, random.random() < 0.8
        total, keys, out = kept.ask(scorers, together, room := min(size, int(random.choice([1, 10, 300]))), facets)
        held = (np.any if together else np.all)([made.tfs[n] > 0 for n in numbers], axis=0)
        scores = made.scores(scorers)
        best = sorted(np.flatnonzero(held).tolist(), key=lambda d: (-scores[d], made.ranks[d]))[:room]
        assert total == held.sum()
        hits, at = out[wordwise.FOUND :][: len(best)], wordwise.FOUND + len(best)
        assert hits.tolist() == best
        assert keys[: len(best)].tolist() == scores[best].tolist()
        assert out[at:][: len(best)].tolist() == made.ranks[best].tolist()
        assert bool(out[0]) == bool((made.apart[best] >= 0).any())
        counts = out[at + len(best) :][:18].tolist()
        if facets:
            assert counts[:9] == np.bincount(made.city[held], minlength=9).tolist()
            assert counts[9:] == np.bincount(made.day[held], minlength=9).tolist()
        else:
            assert counts == [77] * 18
