"""Latencies and throughput of open indexes, engine beside engine so that noise hits all alike.

In: open sessions by name, questions. Out: medians, 95th percentiles, ratios, searches a second. Must not know engines.

Questions are asked in blocks of twenty, one engine after another in turning order; a query's time is the median of its
rounds. An engine too slow for all the questions gets the first of them, and ratios are taken over the questions that
both engines were asked.
"""

from __future__ import annotations

import gc
import random
import statistics
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from search.bench.peers.base import Ask, Session
from search.bench.questions import Depth, Question

BLOCK: Final = 20
WARM: Final = 3
"""Questions asked before any is timed; they also tell how many an engine can be asked."""
FEWEST: Final = 5


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds of each question asked, in order, each the median of `rounds`."""

    times_ms: tuple[float, ...]
    rounds: int

    def median(self, first: int | None = None) -> float:
        """Median of all, or of the first so many."""
        return statistics.median(self.times_ms[:first])

    @property
    def p95(self) -> float:
        """The time that nineteen of twenty questions stay below."""
        ordered = sorted(self.times_ms)
        return ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]


@contextmanager
def undisturbed() -> Iterator[None]:
    """A block in which no garbage is collected: it would hit one engine for what another left."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def share(ask: Ask, questions: Sequence[Question], depth: Depth, rounds: int, seconds: float) -> tuple[int, int]:
    """How many questions an engine can be asked in the time given, and in how many rounds; one round if it is slow."""
    few = questions[:WARM]
    for question in few:
        ask(question, depth)
    each = statistics.mean(_once(ask, question, depth) for question in few)
    if each * rounds * BLOCK > seconds:
        rounds = 1
    count = int(seconds / max(each * rounds, 1e-9))
    return min(len(questions), max(FEWEST, count)), rounds


def latencies(
    asks: Mapping[str, Ask], questions: Sequence[Question], depth: Depth, rounds: int, seconds: float
) -> dict[str, Timed]:
    """Each engine's times over the same questions, `seconds` for each engine at most (but for its warm-up)."""
    shares = {name: share(ask, questions, depth, rounds, seconds) for name, ask in asks.items()}
    times: dict[str, list[list[float]]] = {name: [[] for _ in range(shares[name][0])] for name in asks}
    names = list(asks)
    turn = 0
    with undisturbed():
        for round_number in range(rounds):
            for start in range(0, len(questions), BLOCK):
                turn += 1
                for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                    count, own_rounds = shares[name]
                    if round_number < own_rounds:
                        for number in range(start, min(start + BLOCK, count)):
                            times[name][number].append(_once(asks[name], questions[number], depth))
    return {
        name: Timed(tuple(1000 * statistics.median(each) for each in asked), shares[name][1])
        for name, asked in times.items()
    }


def _once(ask: Ask, question: Question, depth: Depth) -> float:
    began = time.perf_counter()
    ask(question, depth)
    return time.perf_counter() - began


def throughput(session: Session, questions: Sequence[Question], depth: Depth, threads: int, seconds: float) -> float:
    """Answers a second by so many threads, each with an asker of its own that has been asked once before."""
    ready = threading.Barrier(threads)

    def work(seed: int) -> tuple[int, float]:
        ask, draw, done = session.asker(), random.Random(seed), 0
        ask(questions[seed % len(questions)], depth)
        ready.wait()
        began = time.perf_counter()
        while (taken := time.perf_counter() - began) < seconds:
            ask(draw.choice(questions), depth)
            done += 1
        return done, taken

    with undisturbed(), ThreadPoolExecutor(threads) as pool:
        return sum(done / taken for done, taken in pool.map(work, range(threads)))
