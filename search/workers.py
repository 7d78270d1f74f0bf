"""Reading and analysis spread over processes, in order: items go in by batches, prepared articles come out likewise.

In: batches of articles, of items still to be read, and of inputs that were skipped. Out: `Prepared` articles and
`Skipped`. Must not know where items come from or go to. Segmentation holds the interpreter lock, so processes help and
threads do not.
"""

from __future__ import annotations

import contextlib
import gc
import multiprocessing
import os
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias, cast

from search.engines.base import Prepared
from search.model import Article, Skipped

if TYPE_CHECKING:
    from search.analysis.parcel import Parcel, Receiver, Sender
    from search.analysis.streams import Analysis

ALONE = 500
"""Items read and analyzed before processes are started: starting them costs more than a small folder does."""
MOST = 8
COLLECTED_AFTER = 100_000
"""Objects made before Python looks for cycles among the newest. Analysis makes many that stay and hardly a cycle: at
Python's own 700 a tenth of the time went into looking."""


class Unread(Protocol):
    """An item whose reading is left to a worker; it pickles."""

    def read(self) -> Article | Skipped:
        """The article, or why there is none."""


Item: TypeAlias = Article | Unread | Skipped


def default_workers() -> int:
    """One process for each processor this one may use, and no more than eight."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST, usable))


def _texts(articles: Sequence[Article]) -> list[str]:
    """Titles, then bodies."""
    return [article.title for article in articles] + [article.body for article in articles]


def _work(batch: list[Article | Unread]) -> _Done:
    """What a worker makes of a batch: what it read (None for what the sender has), and all articles' analyses."""
    read = [None if isinstance(item, Article) else item.read() for item in batch]
    whole = [item if done is None else done for item, done in zip(batch, read, strict=True)]
    texts = _texts([item for item in whole if isinstance(item, Article)])
    return _Done(os.getpid(), read, _sender().pack(_analyzed(texts), texts))


@cache
def _sender() -> Sender:
    """What packs the work of this process."""
    from search.analysis.parcel import Sender

    return Sender()


def _analyzed(texts: list[str]) -> list[Analysis]:
    """The texts analyzed, with the abbreviations that they explain."""
    from search.analysis import analyze_batch
    from search.query.found import with_stated

    return [with_stated(analysis) for analysis in analyze_batch(texts)]


def _alone(batch: Sequence[Item]) -> Iterator[Prepared | Skipped]:
    read = [item if isinstance(item, (Article, Skipped)) else item.read() for item in batch]
    articles = [item for item in read if isinstance(item, Article)]
    yield from _in_order(read, articles, _analyzed(_texts(articles)))


def _in_order(
    read: Sequence[Article | Skipped], articles: Sequence[Article], found: Sequence[Analysis]
) -> Iterator[Prepared | Skipped]:
    """Articles with their analyses, and what was skipped between them."""
    made = map(Prepared, articles, found[: len(articles)], found[len(articles) :])
    for item in read:
        yield item if isinstance(item, Skipped) else next(made)


def prepared(batches: Iterable[Sequence[Article]], workers: int = 1, *, alone: int | None = None) -> Iterator[Prepared]:
    """Every article of every batch, analyzed, in order; see `prepared_items`."""
    for item in prepared_items(batches, workers, alone=alone):
        assert isinstance(item, Prepared)
        yield item


def prepared_items(
    batches: Iterable[Sequence[Item]], workers: int = 1, *, alone: int | None = None
) -> Iterator[Prepared | Skipped]:
    """Every item of every batch, read and analyzed, in order.

    Args:
        batches: items; read no further ahead than the workers need.
        workers: processes; 1 works here. A worker that dies (killed for memory, say) costs time, not articles: what
            it held is done here.
        alone: items done here before processes are started; None for `ALONE`.
    """
    source, done = iter(batches), 0
    with seldom_collected():
        for batch in source:
            yield from _alone(batch)
            done += len(batch)
            if workers > 1 and done >= (ALONE if alone is None else alone):
                break
        else:
            return
        yield from _spread(source, workers)


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    """Python looks for cycles seldom in this block, and as before behind it."""
    before = gc.get_threshold()
    _collect_seldom()
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _collect_seldom() -> None:
    first, *others = gc.get_threshold()
    if 0 < first < COLLECTED_AFTER:  # 0: whoever runs this wants no collection at all
        gc.set_threshold(COLLECTED_AFTER, *others)


class _Done(NamedTuple):
    """The work of one process on a batch."""

    worker: int
    read: list[Article | Skipped | None]
    parcel: Parcel


_Result: TypeAlias = "Future[_Done] | list[Prepared | Skipped]"
"""What becomes of a batch: a worker's answer that may still be awaited, or what was done here."""


def _spread(batches: Iterator[Sequence[Item]], workers: int) -> Iterator[Prepared | Skipped]:
    from search.analysis.parcel import Receiver

    waiting: deque[tuple[Sequence[Item], _Result]] = deque()
    receivers: defaultdict[int, Receiver] = defaultdict(Receiver)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_collect_seldom) as pool:
        try:
            first: Future[_Done] | None = None
            for batch in batches:
                if first is not None and len(waiting) >= 2 * workers and not first.done():
                    waiting.append((batch, list(_alone(batch))))  # processes take a second to start
                    continue
                try:
                    sent = [item for item in batch if not isinstance(item, Skipped)]
                    future = pool.submit(_work, sent)
                    first = first or future
                    waiting.append((batch, future))
                except BrokenProcessPool:
                    while waiting:
                        yield from _received(*waiting.popleft(), receivers)
                    yield from _alone(batch)
                while len(waiting) > 2 * workers:
                    yield from _received(*waiting.popleft(), receivers)
            while waiting:
                yield from _received(*waiting.popleft(), receivers)
        finally:
            for _, result in waiting:
                if isinstance(result, Future):
                    result.cancel()


def _received(batch: Sequence[Item], result: _Result, receivers: dict[int, Receiver]) -> Iterator[Prepared | Skipped]:
    from search.analysis.parcel import LostParcel

    if isinstance(result, list):
        yield from result
        return
    try:
        worker, done, parcel = result.result()
        results = iter(done)
        # what a worker was given as an article does not travel back
        read = [item if isinstance(item, Skipped) else next(results) or item for item in batch]
        articles = [item for item in read if isinstance(item, Article)]
        analyses = receivers[worker].unpack(parcel, _texts(articles))
    except (BrokenProcessPool, LostParcel):
        yield from _alone(batch)
        return
    yield from _in_order(cast("list[Article | Skipped]", read), articles, analyses)
