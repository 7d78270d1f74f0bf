"""One request on one segment against counting by hand: total, facets, the page and what is set apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from search.codec.kernels import answering, postings, reading
from search.codec.layout import STRIDE
from search.codec.matching import Lists, Scratch
from search.codec.requests import NO_DOCS, NO_FACETS, Request, of_terms
from search.codec.statistics import Posted

NO_BYTES = np.empty(0, np.uint8)
NO_KEYS = np.empty(0, np.float64)
NO_CELLS = np.empty(0, np.uint16)
NO_COUNTS = np.empty(0, np.int64)


class Made:
    """Random lists over `size` articles with columns, and the same as whole arrays."""

    def __init__(self, seed: int, size: int) -> None:
        random = self.random = np.random.default_rng(seed)
        self.size = size
        self.data = np.zeros(24 * size * 8 + 4096, np.uint8)
        self.places: list[int] = []
        self.tfs: list[Any] = []
        end = 3
        for share in (0.6, 0.3, 0.3, 0.05, 0.01, 0.9):
            docs = np.sort(random.choice(size, max(1, int(size * share)), replace=False)).astype(np.int32)
            tfs = random.choice(np.array([1, 2, 3, 254, 255, 256, 900], np.int32), len(docs))
            tfs[random.random(len(docs)) < 0.9] = 1
            whole = np.zeros(size, np.int64)
            whole[docs] = tfs
            self.places.append(end)
            self.tfs.append(whole)
            end = postings.put_list(self.data, end, docs, tfs, 0, len(docs))
        self.lengths = np.zeros((6, size + 2 * STRIDE), np.uint32)
        self.lengths[0, :size] = random.choice(np.array([5, 40, 600], np.uint32), size)
        self.live = (random.random(size) < 0.9).astype(np.uint8)
        self.city, self.day = (random.integers(0, 9, size).astype(np.int32) for _ in range(2))
        self.ranks = random.permutation(size).astype(np.int32)
        self.apart = np.where(random.random(size) < 0.1, 0, -1).astype(np.int32)

    def hot(self, places: dict[int, int], count: int, some: bool) -> tuple[Any, Any]:
        """Every other list as a row, or none."""
        table = np.zeros((len(places), Scratch(self.size).stride), np.uint8)
        hot_of = [-1] * count
        for number, (place, row) in enumerate(places.items() if some else ()):
            if number % 2:
                table[number, : self.size] = np.minimum(self.tfs[self.places.index(place)], 255)
                hot_of[row] = number * table.shape[1]
        return table.reshape(-1), hot_of

    def scores(self, scorers: list[tuple[int, float]]) -> Any:
        total = np.zeros(self.size)
        for number, weight in scorers:
            tf = self.tfs[number].astype(np.float64)
            total += np.where(tf > 0, weight * tf / (tf + (0.3 + 0.0015 * self.lengths[0, : self.size])), 0.0)
        return total


def test_the_strides_are_the_same() -> None:
    assert STRIDE == reading.STRIDE


@pytest.mark.parametrize("cost", [0.0, 100.0, 1e9])
@pytest.mark.parametrize("size", [1, 63, 64, 5000, 20_000])
@pytest.mark.parametrize("seed", range(4))
def test_a_request_is_answered_as_counting_by_hand_does(seed: int, size: int, cost: float) -> None:
    made = Made(seed, size)
    random = made.random
    scratch = Scratch(size)
    for _ in range(12):
        numbers = random.permutation(6)
        scorers = [(int(n), float(random.choice([1.0, 0.3, 2.5, -0.5]))) for n in numbers[: random.integers(0, 4)]]
        wanted = [numbers[a:b].tolist() for a, b in ((0, 1), (1, 3))][: random.integers(0, 3)]
        excluded = numbers[4:5].tolist() if random.random() < 0.4 else []
        some_live = made.live if random.random() < 0.5 else NO_BYTES
        some_apart = made.apart if random.random() < 0.4 else NO_DOCS
        city_ok = random.integers(0, 2, 9).astype(np.uint8) if random.random() < 0.4 else NO_BYTES
        days = (2, 6) if random.random() < 0.3 else (-1, -1)
        scores = made.scores(scorers)
        after = (float("inf"), -1)
        if random.random() < 0.4:
            middle = int(random.integers(0, size))
            after = (float(scores[middle]), int(made.ranks[middle]))

        held = np.ones(size, bool) if not len(some_live) else some_live != 0
        for part in wanted:
            held &= np.any([made.tfs[n] > 0 for n in part], axis=0)
        for n in excluded:
            held &= made.tfs[n] == 0
        taken = np.flatnonzero(held & (some_apart >= 0)) if len(some_apart) else NO_DOCS
        held[taken] = False
        in_city = city_ok[made.city] != 0 if len(city_ok) else np.ones(size, bool)
        in_days = (made.day >= days[0]) & (made.day <= days[1]) if days[0] >= 0 else np.ones(size, bool)
        matching = np.flatnonzero(held & in_city & in_days)
        later = [d for d in matching if (-scores[d], made.ranks[d]) > (-after[0], after[1])]
        page = sorted(later, key=lambda d: (-scores[d], made.ranks[d]))[:10]

        request = Request()
        for n, weight in scorers:
            request.score(Posted((made.places[n],), (1,), 1, 0, 1.0, 0.3, 0.0015), 0, weight)
        for part in wanted:
            sizes = sum(int((made.tfs[n] > 0).sum()) for n in part)
            given = random.random() < 0.3
            docs = np.flatnonzero(np.any([made.tfs[n] > 0 for n in part], axis=0)).astype(np.int32)
            request.part(docs if given else Lists([made.places[n] for n in part], [], sizes))
        for n in excluded:
            request.part(Lists([made.places[n]], [], 1))
        room = min(10, size)
        keys, out = np.empty(room), np.full(answering.FOUND + answering.ZEROS + 2 * room + 18, 77, np.int64)
        totals = np.concatenate([np.bincount(column, minlength=9) for column in (made.city, made.day)])
        apart_docs, apart_scores = np.empty(size, np.int32), np.empty(size)
        asked = request.asked(len(wanted))
        factors = asked.factors(after[0])
        factors[1] = cost
        hot, hot_of = made.hot(asked.places, asked.rows, random.random() < 0.5)
        if random.random() < 0.2:
            totals = totals[:0]
        cells = (9 * made.city + made.day).astype(np.uint16) if random.random() < 0.7 else NO_CELLS
        total = answering.answer(
            made.data, made.lengths, some_live, made.ranks, made.city, made.city, made.city, made.day, made.day, totals,
            cells, some_apart, city_ok, NO_BYTES, NO_BYTES, NO_KEYS,
            asked.ask(days, after[1], (0, -1, -1, 9, 18), hot_of), factors, asked.given, asked.tfs, hot,
            scratch.rows(asked.rows + answering.SPARE), scratch.docs, apart_docs, apart_scores, keys, out,
        )  # fmt: skip
        used, kept, behind, apart, _, held_counts, shape = out[: answering.FOUND].tolist()
        counts = counts_of(out[:used].tolist(), answering.FOUND + 2 * kept, held_counts, shape)
        assert total == len(matching)
        assert counts[:9] == np.bincount(made.city[held & in_days], minlength=9).tolist()
        assert counts[9:] == np.bincount(made.day[held & in_city], minlength=9).tolist()
        hits, ranks = np.split(out[answering.FOUND :][: 2 * kept], [kept])
        ranks = ranks.tolist()
        assert made.ranks[hits].tolist() == ranks
        found = list(zip((-keys[:kept]).tolist(), ranks, strict=True))
        assert found == [(-scores[d], made.ranks[d]) for d in page]
        assert behind == len(later)
        assert apart_docs[:apart].tolist() == taken.tolist()
        assert apart_scores[:apart].tolist() == scores[taken].tolist()


def counts_of(numbers: list[int], at: int, held: int, shape: int) -> list[int]:
    """All 18 counts, from however they are given; what is told of them beside is checked."""
    if shape == answering.PAIRS:
        places, values = numbers[at : at + held], numbers[at + held :]
        assert len(values) == held
        assert 0 not in values
        assert places == sorted(set(places))
        return [dict(zip(places, values, strict=True)).get(place, 0) for place in range(18)]
    counts, zeros = numbers[at : at + 18], numbers[at + 18 :]
    assert held == 18 - counts.count(0)
    assert zeros == ([place for place in range(18) if not counts[place]] if shape == answering.ALL_BUT else [])
    return counts


@pytest.mark.parametrize("size", [1, 300, 5000])
@pytest.mark.parametrize("seed", range(6))
def test_few_terms_are_scored_by_which_of_them_articles_hold(seed: int, size: int) -> None:
    """Any or all of up to six terms, most of them scored: the page of a brute-force count, whatever the weights."""
    made = Made(100 + seed, size)
    random, scratch = made.random, Scratch(size)
    for _ in range(40):
        numbers = random.permutation(6)[: random.integers(1, 7)].tolist()
        scored = numbers[: random.integers(1, len(numbers) + 1)] if random.random() < 0.4 else numbers
        scorers = [(n, float(random.choice([6.0, 2.5, 1.0, 0.3, 0.01, 0.0, -0.5]))) for n in scored]
        every = random.random() < 0.3
        live = made.live if random.random() < 0.2 else NO_BYTES
        held = (np.all if every else np.any)([made.tfs[n] > 0 for n in numbers], axis=0)
        held &= live != 0 if len(live) else True
        scores = made.scores(scorers)
        limit = int(random.choice([1, 3, 10, 200]))
        page = sorted(np.flatnonzero(held), key=lambda d: (-scores[d], made.ranks[d]))[:limit]
        posted = [(Posted((made.places[n],), (1,), 1, 0, 1.0, 0.3, 0.0015), weight) for n, weight in scorers]
        terms = [Posted((made.places[n],), (1,), 1, 0, 1.0, 0.3, 0.0015) for n in numbers]
        asked = of_terms(posted, [[term] for term in terms] if every else [terms], [], 0)
        if asked is None:  # some are not scored: their lists make one row
            assert not every
            assert len(scored) < len(numbers)
            request = Request()
            for term, weight in posted:
                request.score(term, 0, weight)
            request.any_of([made.places[n] for n in numbers])
            asked = request.asked(1)
        hot, hot_of = made.hot(asked.places, asked.rows, random.random() < 0.7)
        keys, out = np.empty(min(limit, size)), np.empty(answering.FOUND + answering.ZEROS + 2 * limit, np.int64)
        factors = asked.factors(float("inf"))
        factors[2] = random.choice([0.0, 1.0])  # whether all articles are passed over at no cost
        total = answering.answer(
            made.data, made.lengths, live, made.ranks, made.city, made.city, made.city, made.day, made.day, NO_COUNTS,
            NO_CELLS, NO_DOCS, NO_BYTES, NO_BYTES, NO_BYTES, NO_KEYS,
            asked.ask((-1, -1), -1, NO_FACETS, hot_of), factors, NO_DOCS, NO_DOCS, hot,
            scratch.rows(asked.rows + answering.SPARE), scratch.docs, NO_DOCS.copy(), NO_KEYS.copy(), keys, out,
        )  # fmt: skip
        assert total == int(held.sum())
        assert out[answering.FOUND :][: out[1]].tolist() == page
        assert keys[: out[1]].tolist() == scores[page].tolist()


@pytest.mark.parametrize("cost", [0.0, 1e9])
@pytest.mark.parametrize("weights", [(1.0, 0.5), (0.2, 3.0)])
def test_many_articles_are_scored_in_many_turns(cost: float, weights: tuple[float, float]) -> None:
    size = 300_000
    made = Made(7, size)
    scorers = list(zip((0, 5), weights, strict=True))
    scores = made.scores(scorers)
    held = (made.tfs[0] > 0) & (made.tfs[5] > 0)
    best = np.lexsort((made.ranks, np.where(held, -scores, np.inf)))[:10]
    for together in (False, True):
        request = Request()
        for n, weight in scorers:
            request.score(Posted((made.places[n],), (1,), 1, 0, 1.0, 0.3, 0.0015), 0, weight)
        for part in [[0], [5]] if not together else [[0, 5]]:
            request.part(Lists([made.places[n] for n in part], [], size))
        if together:
            best = np.lexsort((made.ranks, -scores))[:10]
        keys, scratch = np.empty(10), Scratch(size)
        out = np.zeros(answering.FOUND + answering.ZEROS + 20, np.int64)
        asked = request.asked(1 if together else 2)
        factors = asked.factors(float("inf"))
        factors[1] = cost
        answering.answer(
            made.data, made.lengths, NO_BYTES, made.ranks, made.city, made.city, made.city, made.day, made.day,
            NO_COUNTS, NO_CELLS, NO_DOCS, NO_BYTES, NO_BYTES, NO_BYTES, NO_KEYS,
            asked.ask((-1, -1), -1, NO_FACETS, [-1] * asked.rows), factors, NO_DOCS, NO_DOCS, NO_BYTES,
            scratch.rows(asked.rows + answering.SPARE), scratch.docs, NO_DOCS.copy(), NO_KEYS.copy(), keys, out,
        )  # fmt: skip
        assert out[answering.FOUND :][:10].tolist() == best.tolist()
        assert keys.tolist() == scores[best].tolist()
