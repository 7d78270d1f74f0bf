"""Analysis spread over processes, in order: batches of articles go in, prepared articles come out as they went in.

In: batches of articles. Out: `Prepared` articles. Must not know where articles come from or go to. Segmentation holds
the interpreter lock, so processes help and threads do not.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from search.engines.base import Prepared
from search.model import Article

if TYPE_CHECKING:
    from search.analysis.parcel import Parcel
    from search.analysis.streams import Analysis

ALONE = 2000
"""Articles analyzed before processes are started: starting them costs more than a small folder does."""
MOST = 8


def default_workers() -> int:
    """One process for each processor this one may use, and no more than eight."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST, usable))


def _texts(batch: list[Article]) -> list[str]:
    """Titles, then bodies."""
    return [article.title for article in batch] + [article.body for article in batch]


def _analyze(texts: list[str]) -> Parcel:
    """What a worker does with one batch."""
    from search.analysis.parcel import pack

    return pack(_analyzed(texts))


def _analyzed(texts: list[str]) -> list[Analysis]:
    """The texts analyzed, with the abbreviations that they explain."""
    from search.analysis import analyze_batch
    from search.query.found import with_stated

    return [with_stated(analysis) for analysis in analyze_batch(texts)]


def _alone(batch: list[Article]) -> Iterator[Prepared]:
    found = _analyzed(_texts(batch))
    yield from map(Prepared, batch, found[: len(batch)], found[len(batch) :])


def prepared(batches: Iterable[list[Article]], workers: int = 1, *, alone: int = ALONE) -> Iterator[Prepared]:
    """Every article of every batch, analyzed, in order.

    Args:
        batches: articles; read no further ahead than the workers need.
        workers: processes; 1 analyzes here. A worker that dies (killed for memory, say) costs time, not articles: what
            it held is analyzed here.
        alone: articles analyzed here before processes are started.
    """
    source, done = iter(batches), 0
    for batch in source:
        yield from _alone(batch)
        done += len(batch)
        if workers > 1 and done >= alone:
            break
    else:
        return
    yield from _spread(source, workers)


def _spread(batches: Iterator[list[Article]], workers: int) -> Iterator[Prepared]:
    waiting: deque[tuple[list[Article], Future[Parcel]]] = deque()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        try:
            for batch in batches:
                try:
                    waiting.append((batch, pool.submit(_analyze, _texts(batch))))
                except BrokenProcessPool:
                    while waiting:
                        yield from _received(*waiting.popleft())
                    yield from _alone(batch)
                if len(waiting) > 2 * workers:
                    yield from _received(*waiting.popleft())
            while waiting:
                yield from _received(*waiting.popleft())
        finally:
            for _, future in waiting:
                future.cancel()


def _received(batch: list[Article], future: Future[Parcel]) -> Iterator[Prepared]:
    from search.analysis import normalize
    from search.analysis.parcel import unpack

    try:
        found = unpack(future.result(), [normalize(text) for text in _texts(batch)])
    except BrokenProcessPool:
        yield from _alone(batch)
        return
    yield from map(Prepared, batch, found[: len(batch)], found[len(batch) :])
