"""From sources to a committed index: reading, analysing and writing in one run that loses nothing silently.

In: sources (files, folders, standard input) or articles. Out: an index and a `Report`. Must not know Flask or click;
progress is told through a callback.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from search.engines.base import Engine, Prepared, Writer
from search.errors import InputError
from search.model import Article, Record, Skipped
from search.workers import Item, default_workers, prepared_items

MEMORY_BYTES = 1 << 30
BATCH = 128
"""Articles analysed together: the segmenter is fastest on batches, and memory stays small."""
BATCH_CHARS = 4 << 20
"""Fewer where they are long."""


@dataclass(slots=True)
class Report:
    """What one indexing run did; `seconds` is wall-clock time, `location` where the index lives."""

    location: str
    read: int = 0
    indexed: int = 0
    unchanged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    articles: int = 0
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values, each skipped input with file, line and reason."""
        return {
            "index": self.location,
            "read": self.read,
            "indexed": self.indexed,
            "unchanged": self.unchanged,
            "skipped": [{"file": s.file, "line": s.line, "reason": s.reason} for s in self.skipped],
            "articles": self.articles,
            "seconds": round(self.seconds, 3),
        }


Progress = Callable[[Report, int], None]
"""Called as a run advances with the report so far and the number of bytes of text read."""


def index_sources(
    sources: Iterable[str | Path],
    location: str | Path,
    *,
    engine: str = "whoosh",
    update: bool = False,
    strict: bool = False,
    shard: tuple[int, int] | None = None,
    defaults: Mapping[str, str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    memory_bytes: int = MEMORY_BYTES,
    keep: int | None = None,
) -> Report:
    """Index files and folders; without `update` the index is rebuilt beside the live one and swapped in.

    Args:
        sources: files, folders, or "-" for JSON lines on standard input.
        location: folder of the index (or address, for a cluster).
        engine: name of the engine that holds it.
        update: add new and changed articles to the live index instead of rebuilding.
        strict: stop at the first input that cannot be read, leaving the live index as it was.
        shard: (I, N) takes only the articles whose id hashes to share I of N.
        defaults: values for fields that no source gives, for example {"city": "Hải Phòng"}.
        progress: told after every batch.
        workers: processes that read and analyze; None decides by the machine.
        memory_bytes: what this process may take; the writer spills to disk so as to stay below. Each worker takes some
            more of its own (docs/promises.md).
        keep: earlier indexes that stay on a cluster after a rebuild; None as the settings say.

    Raises:
        InputError: nothing could be indexed, or `strict` and an input was skipped.
        IndexLocked: another run is writing the index.
    """
    from search.ingest import read_sources

    def read(rebuild: bool) -> Iterator[Item]:
        # what is compared with the live index must be read first; everything else may be read by the workers
        for item in read_sources(sources, shard=shard, defaults=defaults or {}, deferred=rebuild):
            yield item.article if isinstance(item, Record) else item

    held = _engine(engine, location, share=shard, memory_bytes=memory_bytes, keep=keep)
    count = workers or default_workers()
    share = shard is not None
    return _run(read, held, update=update, strict=strict, progress=progress, share=share, workers=count)


def build(articles: Iterable[Article | Mapping[str, Any]], location: str | Path, *, engine: str = "whoosh") -> Report:
    """Build an index of articles (or dicts with the same keys), replacing what is at `location`."""
    from search.ingest import article_of

    def read(rebuild: bool) -> Iterator[Item]:
        for number, item in enumerate(articles, 1):
            if isinstance(item, Article):
                yield item
                continue
            try:
                yield article_of(item)
            except InputError as error:
                yield Skipped(f"article {number}", None, str(error))

    return _run(read, _engine(engine, location), update=False, strict=False, progress=None)


def delete(ids: Iterable[str], location: str | Path, *, engine: str = "whoosh") -> tuple[list[str], list[str]]:
    """Remove articles by id; returns the ids removed and the ids that were not there."""
    removed: list[str] = []
    missing: list[str] = []
    with _engine(engine, location).writer(rebuild=False) as writer:
        for identifier in ids:
            (removed if writer.delete(identifier) else missing).append(identifier)
        if removed:
            writer.commit()
        else:
            writer.abort()
    return removed, missing


def _engine(
    name: str,
    location: str | Path,
    *,
    share: tuple[int, int] | None = None,
    memory_bytes: int = MEMORY_BYTES,
    keep: int | None = None,
) -> Engine:
    from search.engines import engine

    return engine(name, str(location), share=share, memory_bytes=memory_bytes, keep=keep)


def _run(
    items: Callable[[bool], Iterator[Item]],
    engine: Engine,
    *,
    update: bool,
    strict: bool,
    progress: Progress | None,
    share: bool = False,
    workers: int = 1,
) -> Report:
    started = time.perf_counter()
    report = Report(engine.location)
    rebuild = not (update and engine.exists())
    with engine.writer(rebuild=rebuild) as writer:
        size = 0
        sent = _Sent()
        batches = _batches(items(rebuild), report, writer, sent)
        for item in _kept(prepared_items(batches, workers), report, sent, strict=strict):
            writer.add(item)
            report.indexed += 1
            size += len(item.article.title) + len(item.article.body)
            if progress and report.indexed % BATCH == 0:
                report.seconds = time.perf_counter() - started
                progress(report, size)
        # a share may well be empty; it counts as done all the same
        if report.indexed == 0 and report.unchanged == 0 and not (share and not report.skipped):
            writer.abort()
            first = f": {report.skipped[0]}" if report.skipped else ""
            raise InputError(
                f"no article could be indexed ({len(report.skipped)} inputs skipped{first})",
                "the index was left as it was; `timbao read FILE` shows what a file yields",
            )
        if report.indexed or rebuild:
            writer.commit()
        else:
            writer.abort()
    # other shares of a first build may still be missing
    if engine.exists():
        with engine.reader() as reader:
            report.articles = len(reader)
    report.seconds = time.perf_counter() - started
    return report


@dataclass(slots=True)
class _Sent:
    """What was sent to be read and analyzed, in order, until it comes back.

    `failed` are ids that gave no article, `mended` the places of those that gave one later.
    """

    order: deque[tuple[str | None, Skipped | None]] = field(default_factory=deque)
    failed: set[str] = field(default_factory=set)
    mended: dict[str, tuple[str, int | None]] = field(default_factory=dict)

    def send(self, item: Item) -> None:
        """Note an item before it is sent: its id and what is told of it as a duplicate, where it is still unread."""
        self.order.append((getattr(item, "id", None), getattr(item, "duplicate", None)))

    def judge(self, item: Prepared | Skipped) -> Prepared | Skipped:
        """The item that came back, or why it is skipped: a duplicate counts when the one before it gave no article."""
        from search.ingest.sources import twice

        identifier, duplicate = self.order.popleft()
        if identifier is None:
            return item
        if duplicate is not None and identifier not in self.failed:
            first = self.mended.get(identifier)
            return duplicate if first is None else twice(duplicate.file, duplicate.line, identifier, first)
        if isinstance(item, Skipped):
            self.failed.add(identifier)
        elif identifier in self.failed and duplicate is not None:
            self.failed.discard(identifier)
            self.mended[identifier] = (duplicate.file, duplicate.line)
        return item


def _batches(items: Iterator[Item], report: Report, writer: Writer, sent: _Sent) -> Iterator[list[Item]]:
    """Items that need reading or indexing, in batches; what is unchanged is counted on the way."""
    batch: list[Item] = []
    size = 0
    for item in items:
        report.read += 1
        if isinstance(item, Article):
            if (before := writer.digest(item.id)) is not None and before == item.digest:
                report.unchanged += 1
                continue
            size += len(item.body)
        else:
            size += getattr(item, "size", 0)
        batch.append(item)
        sent.send(item)
        if len(batch) >= BATCH or size >= BATCH_CHARS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _kept(items: Iterator[Prepared | Skipped], report: Report, sent: _Sent, *, strict: bool) -> Iterator[Prepared]:
    """The articles; what was skipped is told on the way."""
    for came in items:
        item = sent.judge(came)
        if not isinstance(item, Skipped):
            yield item
        elif strict:
            raise InputError(str(item), "nothing was changed; mend the input or leave --strict out")
        else:
            report.skipped.append(item)
