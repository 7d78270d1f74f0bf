"""One commit of the embedded index as arrays: columns over articles, postings and positions of terms, the lexicon.

In: the folder of a generation. Out: numpy arrays over article numbers (0-based, all segments counted through, deleted
articles included but never in a posting). Must not know plans or scores.

Whoosh's readers seek and read one shared file, so they are only touched under the snapshot's lock; what they yield is
kept, within bounds, and shared by all threads.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from whoosh.index import TOC
from whoosh.reading import SegmentReader, TermNotFound

from search.engines.stored import restored
from search.errors import IndexBroken
from search.model import Article
from tests.engines.stock import schema, storage

CACHE_POSTINGS: Final = 8_000_000
"""Postings and positions kept decoded by one snapshot, 8 bytes each."""

POSITION_BITS: Final = 32
_NO_KEYS: Final = np.empty(0, np.int64)


class Postings(NamedTuple):
    """Articles that hold a term, ascending (int64), and how often (float64); both of shape (df,)."""

    articles: NDArray[np.int64]
    frequencies: NDArray[np.float64]


class Columns(NamedTuple):
    """Values of every article, deleted ones included; arrays of shape (n,)."""

    ids: list[str]
    live: NDArray[np.bool_]
    rank: NDArray[np.int64]
    """Place of the article's id in the order of code points."""
    days: NDArray[np.int64]
    """Ordinal of the day of publication; 0 where unknown."""
    codes: dict[str, NDArray[np.int64]]
    """Number of the value of city, source and byline in `values`."""
    values: dict[str, list[str]]
    lengths: dict[str, NDArray[np.int64]]
    """Length of each term field."""
    title_positions: NDArray[np.int64]


class Snapshot:
    """One commit, open for reading from any number of threads."""

    def __init__(self, folder: Path, commit: int, described: dict[str, Any], segments: list[Any]) -> None:
        self.folder = folder
        self.commit = commit
        self.manifest = described
        self.segments = segments
        counts = [segment.doc_count_all() for segment in segments]
        self.bases = [sum(counts[:i]) for i in range(len(counts))]
        self.size = sum(counts)
        self._lock = threading.RLock()
        self._columns: Columns | None = None
        self._numbers: dict[str, int] | None = None
        self._cache: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._cached = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files; more than once does no harm."""
        with self._lock:
            for segment in self.segments:
                if not segment.is_closed:
                    segment.close()

    def __len__(self) -> int:
        return sum(segment.doc_count() for segment in self.segments)

    @property
    def columns(self) -> Columns:
        """The columns of all segments, read once."""
        with self._lock:
            if self._columns is None:
                self._columns = self._read_columns()
            return self._columns

    def number(self, identifier: str) -> int | None:
        """Number of the article with this id."""
        with self._lock:
            if self._numbers is None:
                columns = self.columns
                self._numbers = {columns.ids[n]: n for n in np.flatnonzero(columns.live).tolist()}
            return self._numbers.get(identifier)

    def postings(self, field: str, term: str) -> Postings:
        """Postings of a term; empty when no article holds it."""
        found: Postings = self._kept(("postings", field, term), self._read_postings)
        return found

    def positions(self, field: str, term: str) -> NDArray[np.int64]:
        """Each place of a term as `article << 32 | position`, ascending."""
        keys: NDArray[np.int64] = self._kept(("positions", field, term), self._read_positions)
        return keys

    def lexicon(self, field: str, prefix: str = "") -> list[tuple[str, int]]:
        """Terms of a field beginning with `prefix`, in order of code points, with the number of articles of each."""
        found: dict[str, int] = {}
        start = prefix.encode("utf-8", "replace")
        deletions = False
        with self._lock:
            for segment in self.segments:
                deletions = deletions or segment.has_deletions()
                if field not in segment.indexed_field_names():
                    continue
                for (name, text), info in segment.iter_from(field, start):
                    if name != field or not text.startswith(start):
                        break
                    term = text.decode("utf-8")
                    found[term] = found.get(term, 0) + info.doc_frequency()
        if deletions:
            # Whoosh counts deleted articles until their segment is merged
            found = {term: len(self.postings(field, term).articles) for term in found}
        return sorted((term, count) for term, count in found.items() if count)

    def record(self, number: int) -> Article:
        """The stored article with this number."""
        with self._lock:
            segment = bisect_right(self.bases, number) - 1
            stored = self.segments[segment].stored_fields(number - self.bases[segment])["record"]
        return restored(stored)

    def stored_digests(self) -> dict[str, tuple[int, str]]:
        """Number and digest of every article by id."""
        digests = self._texts("digest")
        columns = self.columns
        return {columns.ids[n]: (n, digests[n]) for n in np.flatnonzero(columns.live).tolist()}

    def _kept(self, key: tuple[str, str, str], read: Any) -> Any:
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
            value = read(key[1], key[2])
            self._cache[key] = value
            self._cached += _weight(value)
            while self._cached > CACHE_POSTINGS and len(self._cache) > 1:
                _, dropped = self._cache.popitem(last=False)
                self._cached -= _weight(dropped)
            return value

    def _matchers(self, field: str, term: str) -> Iterator[tuple[int, Any]]:
        # a lone surrogate is in no index; "?" in its place is in no term either
        encoded = term.encode("utf-8", "replace")
        for base, segment in zip(self.bases, self.segments, strict=True):
            try:
                matcher = segment.postings(field, encoded)
            except TermNotFound:
                continue
            yield base, matcher

    def _read_postings(self, field: str, term: str) -> Postings:
        articles: list[int] = []
        frequencies: list[float] = []
        for base, matcher in self._matchers(field, term):
            while matcher.is_active():
                articles.append(base + matcher.id())
                frequencies.append(matcher.weight())
                matcher.next()
        return Postings(np.array(articles, np.int64), np.array(frequencies, np.float64))

    def _read_positions(self, field: str, term: str) -> NDArray[np.int64]:
        parts: list[NDArray[np.int64]] = []
        for base, matcher in self._matchers(field, term):
            while matcher.is_active():
                article = (base + matcher.id()) << POSITION_BITS
                parts.append(np.frombuffer(matcher.value(), "<i4").astype(np.int64) + article)
                matcher.next()
        return np.concatenate(parts) if parts else _NO_KEYS

    def _texts(self, name: str) -> list[str]:
        with self._lock:
            return [value.decode("utf-8") for value in self._column(name)]

    def _column(self, name: str) -> Iterable[Any]:
        for segment in self.segments:
            reader = segment.column_reader(name, translate=False)
            for number in range(segment.doc_count_all()):
                yield reader[number]

    def _integers(self, name: str) -> NDArray[np.int64]:
        return np.fromiter(self._column(name), np.int64, self.size)

    def _read_columns(self) -> Columns:
        ids = self._texts("id")
        live = np.ones(self.size, bool)
        for base, segment in zip(self.bases, self.segments, strict=True):
            if segment.has_deletions():
                live[[base + n for n in range(segment.doc_count_all()) if segment.is_deleted(n)]] = False
        rank = np.empty(self.size, np.int64)
        rank[sorted(range(self.size), key=ids.__getitem__)] = np.arange(self.size)
        codes: dict[str, NDArray[np.int64]] = {}
        values: dict[str, list[str]] = {}
        for name in ("city", "source", "byline"):
            texts = self._texts(name)
            values[name] = sorted(set(texts))
            numbers = {value: number for number, value in enumerate(values[name])}
            codes[name] = np.fromiter((numbers[text] for text in texts), np.int64, self.size)
        title, body, title_words, body_words = map(self._integers, schema.LENGTHS)
        pairs = np.maximum(title - 1, 0)
        lengths = {"title_exact": title, "title_folded": title, "title_pair": pairs, "title_word": title_words}
        lengths |= {"exact": title + body, "folded": title + body, "word": title_words + body_words}
        lengths["pair"] = pairs + np.maximum(body - 1, 0)
        return Columns(ids, live, rank, self._integers("day"), codes, values, lengths, title)


def open_snapshot(folder: Path) -> Snapshot:
    """The newest commit of a generation.

    Raises:
        IndexBroken: files are missing, of another size than committed, or unreadable.
        FileNotFoundError: a newer commit replaced the one being opened; open again.
    """
    commit = storage.latest_commit(folder)
    described = storage.manifest(folder, commit)
    for name, (size, _) in described["files"].items():
        found = (folder / name).stat().st_size
        if found != size:
            raise IndexBroken(f"{folder / name} has {found} bytes; {size} were committed", storage.REINDEX)
    contents = f"_MAIN_{commit}.toc"
    if storage.digest(folder / contents) != described["files"].get(contents, ("", ""))[1]:
        raise IndexBroken(f"{folder / contents} is not as it was committed", storage.REINDEX)
    opened: list[Any] = []
    try:
        store = storage.DurableStorage(str(folder), readonly=True)
        toc = TOC.read(store, "MAIN", commit)
        opened.extend(SegmentReader(store, toc.schema, segment, generation=commit) for segment in toc.segments)
    except FileNotFoundError:
        _close(opened)
        raise
    except Exception as error:  # whatever a damaged file makes the unpickling and struct code of Whoosh raise
        _close(opened)
        raise IndexBroken(f"the index at {folder} cannot be read: {error!r}", storage.REINDEX) from error
    return Snapshot(folder, commit, described, opened)


def _close(segments: list[Any]) -> None:
    for segment in segments:
        segment.close()


def _weight(value: Any) -> int:
    return 1 + (2 * len(value.articles) if isinstance(value, Postings) else len(value))
