"""Stored originals: one JSON record an article, compressed with zstandard and a dictionary.

In: articles. Out: sections `records`, `records.starts` and `records.dictionaries` of a container, and articles again.
A record is compressed alone, so that reading a hit reads nothing else. Must not know postings.
"""

from __future__ import annotations

import threading
from typing import Any, Final

import numpy as np
import orjson

from search.codec.container import REINDEX, Container, ContainerWriter
from search.errors import IndexBroken
from search.model import Article, Evidence

LEVEL: Final = 3
"""With a dictionary: 20 µs an article of 4 kB and .31 of its size; level 9 takes nine times as long for .29."""

DICTIONARY_BYTES: Final = 112 << 10
SAMPLES: Final = 4000
"""Records a dictionary is trained on; with fewer than a tenth of that, records are compressed without one."""

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
    evidence = {name: Evidence(*parts) for name, parts in values.pop("evidence", {}).items()}
    return Article(**values, evidence=evidence)


def train(records: list[bytes]) -> Dictionary:
    """A dictionary for records like these; empty when there are too few to learn from."""
    import zstandard

    if len(records) < SAMPLES // 10:
        return b""
    step = max(len(records) // SAMPLES, 1)
    samples: list[Any] = [r[:16_384] for r in records[::step]]
    size = min(DICTIONARY_BYTES, sum(map(len, samples)) // 20)
    try:
        return zstandard.train_dictionary(size, samples, k=512, d=8).as_bytes()
    except zstandard.ZstdError:
        return b""  # the samples have nothing in common


def write_records(out: ContainerWriter, records: list[bytes], dictionary: Dictionary | None, threads: int) -> None:
    """Compress and write records; a dictionary is trained on them where none is given."""
    import zstandard

    dictionary = train(records) if dictionary is None else dictionary
    shared = zstandard.ZstdCompressionDict(dictionary) if dictionary else None
    if shared is not None:
        shared.precompute_compress(level=LEVEL)
    compressor = zstandard.ZstdCompressor(level=LEVEL, dict_data=shared, write_content_size=True)
    sizes = []
    out.begin("records")
    for at in range(0, len(records), 4096):
        piece: list[Any] = list(records[at : at + 4096])
        if threads > 1:
            buffers = compressor.multi_compress_to_buffer(piece, threads=threads)
            packed = [buffers[i].tobytes() for i in range(len(buffers))]
        else:
            packed = [compressor.compress(r) for r in piece]
        sizes += [len(p) for p in packed]
        out.append(b"".join(packed))
    out.end()
    out.array("records.starts", np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
    write_dictionaries(out, [dictionary] if dictionary else [])


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
        import zstandard

        begin, end = int(self.starts[number]), int(self.starts[number + 1])
        self._container.trust("records", begin, end)
        packed = self.packed[begin:end].tobytes()
        try:
            identifier = zstandard.get_frame_parameters(packed).dict_id
            return bytes(self._decompressor(identifier).decompress(packed))
        except zstandard.ZstdError as error:
            raise IndexBroken(f"a stored article in {self._where} cannot be read: {error}", REINDEX) from error

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
