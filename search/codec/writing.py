"""One writing run: articles collected, inverted, spilled when memory runs short, merged and committed at once.

In: `Prepared` articles and ids to delete. Out: a new generation of an index folder. Nothing is visible before `commit`;
whatever happens before leaves the old generation. Must not know queries.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

import numpy as np

from search.analysis import VERSION
from search.codec import toc
from search.codec.batch import Batch
from search.codec.container import ContainerWriter
from search.codec.copies import grouped, write_groups
from search.codec.memory import give_back, resident_bytes
from search.codec.merge import merge
from search.codec.records import Dictionary
from search.codec.segment import Segment
from search.codec.toc import Lock, SegmentEntry, Toc
from search.engines.base import Prepared
from search.errors import EngineUnavailable

MEMORY_BYTES: Final = 1 << 30
LEAST_BYTES: Final = 24 << 20
"""A batch is at least this large, however little memory there is: smaller runs would only be merged the more often."""

LOOKED: Final = 256
"""Articles after which the memory of the process is looked at again: other rooms (the analysis) take some, too."""

SEGMENT_ARTICLES: Final = 400_000
"""Segments are not merged beyond this many articles."""

REWRITE_DELETED: Final = 0.3
"""A segment with this share of deleted articles is rewritten at the next commit."""


class _Gone:
    """The articles of a segment that were deleted or replaced in this run: a byte each, once there is one."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._marks = bytearray()
        self.count = 0

    def add(self, number: int) -> bool:
        """Count an article among them; False when it is one already."""
        self._marks = self._marks or bytearray(self._size)
        if self._marks[number]:
            return False
        self._marks[number] = 1
        self.count += 1
        return True

    def marks(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """True for each of them."""
        return np.frombuffer(self._marks, np.bool_)


class _Run:
    """A segment of this run that is not committed yet, with the articles of it that were replaced or deleted since."""

    def __init__(self, path: Path, segment: Segment, hashes: np.ndarray[tuple[int], np.dtype[np.uint64]]) -> None:
        self.path = path
        self.segment = segment
        self.hashes = hashes
        self.gone = _Gone(self.segment.size)


class IndexWriter:
    """A writing run on a folder; the lock is held from construction to `commit` or `abort`.

    Args:
        folder: folder of the index; made when it is not there.
        rebuild: start from nothing (the live generation stays until commit), else add to the live generation.
        memory_bytes: what the whole process may take, what it takes already included; the run spills to the disk so as
            to stay below.

    Raises:
        IndexLocked: another writer is at work.
        EngineUnavailable: the folder cannot be written.
    """

    def __init__(self, folder: Path, *, rebuild: bool, memory_bytes: int = MEMORY_BYTES) -> None:
        self._folder = folder
        self._memory_bytes = memory_bytes
        self._others_bytes = resident_bytes()
        """What the process takes without the batch, when it was last looked at."""
        self._lock: Lock | None = None
        self._base: list[tuple[SegmentEntry, Segment]] = []
        self._base_gone: list[_Gone] = []
        self._runs: list[_Run] = []
        self._batch = Batch()
        self._numbers: dict[str, int] = {}
        self._dropped: set[int] = set()
        self._dictionary: Dictionary | None = None
        self._made: list[Path] = []
        self._opened: list[Segment] = []
        self._rebuild = rebuild
        with self._clear_errors():
            self._lock = Lock(folder)
            try:
                self._open()
            except BaseException:
                self.abort()
                raise

    def _open(self) -> None:
        newest = toc.newest(self._folder)
        self._number = (newest or 0) + 1
        live: Toc | None = None
        if newest is not None:
            with contextlib.suppress(Exception) if self._rebuild else contextlib.nullcontext():
                live = toc.read(self._folder)
        if live is not None or newest is None:
            toc.clean(self._folder, live.files if live else set())
        self._analysis = VERSION
        if live is not None and not self._rebuild:
            self._analysis = min(live.analysis, VERSION)
            for entry in live.segments:
                deletions = self._folder / entry.deletions if entry.deletions else None
                self._base.append((entry, self._segment(self._folder / entry.file, deletions)))
                self._base_gone.append(_Gone(self._base[-1][1].size))
            known = [d for _, segment in self._base for d in segment.records.dictionaries]
            self._dictionary = known[-1] if known else None
        self._batch = Batch(self._dictionary)

    def _segment(self, path: Path, live: Path | None = None) -> Segment:
        self._opened.append(Segment(path, live))
        return self._opened[-1]

    def digest(self, identifier: str) -> str | None:
        """The digest of an article as stored before this run, None when it is not there."""
        for _, segment in self._base:
            number = segment.number(identifier)
            if number >= 0:
                return segment.digest(number)
        return None

    def add(self, prepared: Prepared) -> None:
        """Add an article, replacing the one with the same id.

        Raises:
            InputError: the article cannot be stored; the run goes on.
            EngineUnavailable: the disk is full or cannot be written.
        """
        number = self._batch.add(prepared)
        identifier = prepared.article.id
        before = self._numbers.get(identifier)
        if before is not None:
            self._dropped.add(before)
        self._numbers[identifier] = number
        self._delete_base(identifier)
        if len(self._batch) % LOOKED == 0:
            self._others_bytes = max(resident_bytes() - self._batch.held_bytes, 0)
        if self._others_bytes + self._batch.peak_bytes > self._memory_bytes and self._batch.held_bytes > LEAST_BYTES:
            with self._clear_errors():
                self._spill()

    def delete(self, identifier: str) -> bool:
        """Remove an article; False when it is not there."""
        found = self._delete_base(identifier)
        for run in self._runs:
            number = run.segment.number(identifier)
            if number >= 0 and run.gone.add(number):
                found = True
        before = self._numbers.pop(identifier, None)
        if before is not None:
            self._dropped.add(before)
            found = True
        return found

    def _delete_base(self, identifier: str) -> bool:
        for (_, segment), gone in zip(self._base, self._base_gone, strict=True):
            number = segment.number(identifier)
            if number >= 0:
                return gone.add(number)
        return False

    def _spill(self) -> None:
        """Write the batch as a segment of this run."""
        if len(self._batch) > len(self._dropped):
            path = self._path()
            self._batch.write(path, self._dropped, durable=False)  # most runs are merged and never named
            ids = [i for i, _ in sorted(self._numbers.items(), key=lambda item: item[1])]
            hashes = [int.from_bytes(blake2b(i.encode(), digest_size=8).digest(), "little") for i in ids]
            self._runs.append(_Run(path, self._segment(path), np.array(hashes, np.uint64)))
            known = self._runs[-1].segment.records.dictionaries
            self._dictionary = known[-1] if known else self._dictionary
        self._batch = Batch(self._dictionary)
        self._numbers, self._dropped = {}, set()
        for segment in (*(segment for _, segment in self._base), *(run.segment for run in self._runs)):
            segment.container.forget()
        give_back()
        self._others_bytes = resident_bytes()

    def _path(self) -> Path:
        path = self._folder / f"s{self._number:06d}_{len(self._made)}.seg"
        self._made.append(path)
        return path

    def commit(self) -> None:
        """Make everything durable and visible at once.

        Raises:
            EngineUnavailable: the disk is full or cannot be written; the old generation stays.
        """
        try:
            with self._clear_errors():
                self._spill()
                self._drop_replaced()
                if self._rebuild or not self._base or self._runs or any(gone.count for gone in self._base_gone):
                    self._commit()
        finally:
            self.abort()

    def _drop_replaced(self) -> None:
        """Of articles with the same id in several segments of this run only the last counts."""
        if len(self._runs) < 2:
            return
        every = np.concatenate([run.hashes for run in self._runs])
        order = np.argsort(every, kind="stable")
        twice = np.flatnonzero(every[order][1:] == every[order][:-1])
        bounds = np.cumsum([len(run.hashes) for run in self._runs])
        for i in np.unique(np.concatenate([order[twice], order[twice + 1]])).tolist():
            at = int(np.searchsorted(bounds, i, side="right"))
            number = i - (int(bounds[at - 1]) if at else 0)
            identifier = self._runs[at].segment.identifier(number)
            if any(run.segment.number(identifier) >= 0 for run in self._runs[at + 1 :]):
                self._runs[at].gone.add(number)

    def _commit(self) -> None:
        pieces: list[tuple[SegmentEntry, Segment]] = []
        for (entry, segment), gone in zip(self._base, self._base_gone, strict=True):
            pieces.append(self._without(entry, segment, gone))
        for run in self._runs:
            entry = SegmentEntry(run.path.name, run.segment.size)
            pieces.append(self._without(entry, run.segment, run.gone))
        merged = self._merged([p for p in pieces if p[1].live_count])
        built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        for entry, segment in merged:
            if any(run.segment is segment or run.path.name == entry.file for run in self._runs):
                toc.sync(self._folder / entry.file)
        groups = self._grouped([segment for _, segment in merged])
        entries = tuple(entry for entry, _ in merged)
        written = toc.write(self._folder, self._number, built, entries, groups, self._analysis)
        self._made.clear()
        toc.clean(self._folder, written.files)

    def _grouped(self, segments: list[Segment]) -> str:
        """Write which articles have one text; the name of the file, "" where there are none."""
        name = toc.groups_name(self._number)
        self._made.append(self._folder / name)
        return name if write_groups(self._folder / name, grouped(segments)) else ""

    def _without(self, entry: SegmentEntry, segment: Segment, gone: _Gone) -> tuple[SegmentEntry, Segment]:
        """A segment with more articles deleted: their bitmap is written anew."""
        if not gone.count:
            return entry, segment
        live = segment.live.copy() if len(segment.live) else np.ones(segment.size, np.uint8)
        live[gone.marks()] = 0
        name = f"{Path(entry.file).stem}.{self._number:06d}.del"
        self._made.append(self._folder / name)
        with ContainerWriter(self._folder / name, b"D") as out:
            out.array("live", live)
            out.close({})
        changed = SegmentEntry(entry.file, entry.articles, name, int(segment.size - live.sum()))
        return changed, self._segment(self._folder / entry.file, self._folder / name)

    def _merged(self, pieces: list[tuple[SegmentEntry, Segment]]) -> list[tuple[SegmentEntry, Segment]]:
        """The segments after merging by policy, in an order that depends on nothing but their sizes and ages."""
        kept = list(pieces)
        policy = _rebuilt if self._rebuild else _groups
        for group in policy([(segment.live_count, segment.size) for _, segment in pieces]):
            path = self._path()
            meta = merge([pieces[i][1] for i in group], path)
            merged = SegmentEntry(path.name, int(meta["articles"])), self._segment(path)
            kept[group[0]] = merged
            for i in group[1:]:
                kept[i] = (SegmentEntry("", 0), merged[1])
        return [piece for piece in kept if piece[0].file]

    def abort(self) -> None:
        """Leave the index as it was; after a commit this only lets go of the lock."""
        for path in self._made:
            with contextlib.suppress(OSError):  # the next writer removes what is left
                path.unlink(missing_ok=True)
        self._made.clear()
        for segment in self._opened:
            segment.close()
        self._opened.clear()
        self._runs.clear()
        self._base.clear()
        self._base_gone.clear()
        self._batch = Batch()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextlib.contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except (FileExistsError, NotADirectoryError) as error:
            raise EngineUnavailable(
                f"the index at {self._folder} cannot be written: {error.filename or self._folder} is no folder",
                "name a folder, which need not be there yet",
            ) from error
        except OSError as error:
            raise EngineUnavailable(
                f"the index at {self._folder} cannot be written: {error.strerror or error}",
                "free space or mend the folder's permissions, then run the same command again",
            ) from error


def _groups(sizes: list[tuple[int, int]]) -> list[list[int]]:
    """Which segments an update merges: numbers into `sizes` (live articles, all articles).

    From the smallest up, segments join one group as long as the next is at most twice what is in it: each article is
    merged a logarithmic number of times, and a small update never rewrites a large segment. A segment with many
    deleted articles is rewritten alone.

    >>> _groups([(25_000, 25_000), (1, 1)]), _groups([(25_000, 25_000), (1, 1), (2, 2)]), _groups([(70, 100)])
    ([], [[1, 2]], [[0]])
    >>> _groups([(1, 1), (900, 900), (1_000, 1_000)])
    [[1, 2]]
    """
    order = sorted(range(len(sizes)), key=lambda i: (sizes[i][0], i))
    chosen: list[list[int]] = []
    for start in range(len(order)):
        group = [order[start]]
        total = sizes[order[start]][0]
        for i in order[start + 1 :]:
            if sizes[i][0] > 2 * total or total + sizes[i][0] > SEGMENT_ARTICLES:
                break
            group.append(i)
            total += sizes[i][0]
        if len(group) > 1:
            chosen.append(sorted(group))
            break
    for i, (live, size) in enumerate(sizes):
        if size - live >= REWRITE_DELETED * size and size > live and not any(i in g for g in chosen):
            chosen.append([i])
    return chosen


def _rebuilt(sizes: list[tuple[int, int]]) -> list[list[int]]:
    """Which runs of a rebuild are merged: all of them, in order, into as few segments as may be.

    >>> _rebuilt([(300_000, 300_000), (90_000, 90_000), (20_000, 20_000), (5, 6)])
    [[0, 1], [2, 3]]
    """
    groups: list[list[int]] = [[]]
    total = 0
    for i, (live, _) in enumerate(sizes):
        if groups[-1] and total + live > SEGMENT_ARTICLES:
            groups.append([])
            total = 0
        groups[-1].append(i)
        total += live
    return [g for g in groups if len(g) > 1 or (g and sizes[g[0]][0] < sizes[g[0]][1])]
