"""Stored originals: one JSON record an article, compressed with zstandard and a dictionary.

In: articles. Out: sections `records`, `records.starts` and `records.dictionaries` of a container, and articles again.
A record is compressed alone, so that reading a hit reads nothing else. Must not know postings.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from search.codec.container import REINDEX, Container, ContainerWriter
from search.errors import IndexBroken
from search.model import Article, Evidence

LEVEL: Final = 4
"""With a dictionary: 23 µs an article of 4 kB and .306 of its size; level 6 takes 80 for .287."""

DICTIONARY_BYTES: Final = 256 << 10
_DICTIONARY_SHARE: Final = 30
"""A dictionary takes one byte for so many of its samples, at most: a larger one saves less than it takes."""
SAMPLES: Final = 4000
"""Records a dictionary is trained on; with fewer than a tenth of that, records are compressed without one."""

WAITING_BYTES: Final = 24 << 20
"""Records that wait to be trained on take no more memory than this."""

Dictionary = bytes
_NAMES: Final = ("id", "title", "body", "city", "published", "url", "source", "byline")


def encode(article: Article) -> bytes:
    """The article as JSON.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate.
    """
    evidence = {name: [e.rule, e.text, e.line] for name, e in article.evidence.items()}
    values: dict[str, Any] = {name: getattr(article, name) for name in _NAMES if getattr(article, name) is not None}
    if evidence:
        values["evidence"] = evidence
    if article.confidence:
        values["confidence"] = dict(article.confidence)
    try:
        return orjson.dumps(values)
    except TypeError:
        for value in values.values():
            if isinstance(value, str):
                value.encode("utf-8")
        raise


def decode(record: bytes) -> Article:
    """The article of a record."""
    values = orjson.loads(record)
    evidence = values.get("evidence")
    if evidence:
        values["evidence"] = {name: Evidence(*parts) for name, parts in evidence.items()}
    return Article(**values)


def train(records: list[bytes]) -> Dictionary:
    """A dictionary for records like these; empty when there are too few to learn from."""
    import zstandard

    if len(records) < SAMPLES // 10:
        return b""
    step = max(len(records) // SAMPLES, 1)
    samples: list[Any] = [r[:16_384] for r in records[::step]]
    size = min(DICTIONARY_BYTES, sum(map(len, samples)) // _DICTIONARY_SHARE)
    try:
        return zstandard.train_dictionary(size, samples, k=512, d=8).as_bytes()
    except zstandard.ZstdError:
        return b""  # the samples have nothing in common


class Packer:
    """Records compressed as they come: the first wait until there are enough of them to train a dictionary on.

    Args:
        dictionary: one to use from the first record on; None trains one.
    """

    def __init__(self, dictionary: Dictionary | None = None) -> None:
        self._waiting: list[bytes] = []
        self._packed: list[bytes] = []
        self._compressor: Any = None
        self.dictionary = dictionary
        self.held_bytes = 0
        """Bytes of all records held, compressed or waiting."""
        if dictionary is not None:
            self._start()

    def add(self, record: bytes) -> None:
        """Add one record."""
        if self._compressor is None:
            self._waiting.append(record)
            self.held_bytes += len(record)
            if len(self._waiting) >= SAMPLES or self.held_bytes >= WAITING_BYTES:
                self._start()
        else:
            self._pack(record)

    def write(self, out: ContainerWriter, keep: list[int]) -> None:
        """Write the records with these numbers, and forget all."""
        if self._compressor is None:
            self._start()
        sizes = np.fromiter((len(self._packed[i]) for i in keep), np.int64, len(keep))
        out.begin("records")
        for at in range(0, len(keep), 1024):
            out.append(b"".join(self._packed[i] for i in keep[at : at + 1024]))
        out.end()
        self._packed = []
        out.array("records.starts", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
        write_dictionaries(out, [self.dictionary] if self.dictionary else [])

    def _start(self) -> None:
        import zstandard

        if self.dictionary is None:
            self.dictionary = train(self._waiting)
        shared = zstandard.ZstdCompressionDict(self.dictionary) if self.dictionary else None
        if shared is not None:
            shared.precompute_compress(level=LEVEL)
        self._compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=shared, write_content_size=True)
        self.held_bytes = 0
        for record in self._waiting:
            self._pack(record)
        self._waiting = []

    def _pack(self, record: bytes) -> None:
        packed = self._compressor.compress(record)
        self._packed.append(packed)
        self.held_bytes += len(packed)


def write_dictionaries(out: ContainerWriter, dictionaries: list[Dictionary]) -> None:
    """Write the dictionaries end to end, each behind its size (u32)."""
    content = b"".join(len(d).to_bytes(4, "little") + d for d in dictionaries)
    out.array("records.dictionaries", np.frombuffer(content, np.uint8))


class Records:
    """The stored originals of a segment, opened for reading; any number of threads may read."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self.packed = container.unverified("records")
        self.starts = container.array("records.starts")
        content = container.array("records.dictionaries").tobytes()
        self.dictionaries: list[Dictionary] = []
        at = 0
        while at < len(content):
            size = int.from_bytes(content[at : at + 4], "little")
            self.dictionaries.append(content[at + 4 : at + 4 + size])
            at += 4 + size
        self._where = container.path
        self._local = threading.local()

    def bytes(self, number: int) -> bytes:
        """The JSON record of an article.

        Raises:
            IndexBroken: it is damaged, or cannot be decompressed.
        """
        begin, end = int(self.starts[number]), int(self.starts[number + 1])
        self._container.trust("records", begin, end)
        return bytes(self._unpacked(self.packed[begin:end].tobytes()))

    def article(self, number: int) -> Article:
        """The stored article.

        Raises:
            IndexBroken: it cannot be read back.
        """
        record = self.bytes(number)
        try:
            return decode(record)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexBroken(f"a stored article in {self._where} cannot be read: {error}", REINDEX) from error

    def texts(self, numbers: Sequence[int]) -> tuple[list[Article], NDArray[np.uint32], NDArray[np.int32]]:
        """Some stored articles without their bodies, and the code points of title, body, title, … end to end.

        Decoding bodies to `str` would take longer than all the rest; what is shown of them is a few words.

        Returns:
            Articles; code points, uint32; where those of each text begin and the last end, shape (2 * articles + 1,).

        Raises:
            IndexBroken: one is damaged, or cannot be read back.
        """
        from search.codec.kernels import originals

        records = self._several(numbers)
        raw = b"".join(records)
        bounds = np.array([0, *accumulate(map(len, records))], np.int64)
        points, ends = np.empty(len(raw), np.uint32), np.empty(2 * len(records) + 1, np.int32)
        spans = np.empty((len(records), 2), np.int64)
        wrong = originals.read_texts(np.frombuffer(raw, np.uint8), bounds, points, ends, spans)
        try:
            if wrong >= 0:
                raise ValueError("it does not begin with id, title and body")
            places = zip(bounds.tolist(), spans.tolist(), bounds[1:].tolist(), strict=False)
            articles = [decode(raw[begin:a] + raw[b:end]) for begin, (a, b), end in places]
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexBroken(f"a stored article in {self._where} cannot be read: {error}", REINDEX) from error
        return articles, points[: ends[-1]], ends

    def _several(self, numbers: Sequence[int]) -> list[Any]:
        """The JSON records of some articles, as `bytes` gives one."""
        chosen = np.array(numbers, np.int64)
        begins, ends = self.starts[chosen], self.starts[chosen + 1]
        self._container.trust_ranges("records", begins, ends)
        packed = [self.packed[a:b].tobytes() for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
        return [self._unpacked(each) for each in packed]

    def _unpacked(self, packed: Any) -> Any:
        import zstandard

        try:
            identifier = zstandard.get_frame_parameters(packed).dict_id
            return self._decompressor(identifier).decompress(packed)
        except zstandard.ZstdError as error:
            raise IndexBroken(f"a stored article in {self._where} cannot be read: {error}", REINDEX) from error

    def _decompressor(self, identifier: int) -> Any:
        """A decompressor of this thread for a dictionary (they may not be shared between threads)."""
        import zstandard

        mine: dict[int, Any] | None = getattr(self._local, "decompressors", None)
        if mine is None:
            mine = {0: zstandard.ZstdDecompressor()}
            for content in self.dictionaries:
                shared = zstandard.ZstdCompressionDict(content)
                mine[shared.dict_id()] = zstandard.ZstdDecompressor(dict_data=shared)
            self._local.decompressors = mine
        return mine.get(identifier) or mine[0]
