"""One file of an index: named sections in blocks with checksums, behind a header that tells what the file is.

In: arrays and bytes by name. Out: a file written once, and views on it that copy nothing. Must not know postings, terms
or articles.

Layout (little-endian): magic `TIMBAO\\0` + kind (1 byte), format version (u32), offset and length of the directory (u64
each), blake2b-8 of these 28 bytes and of the directory; the sections, each at a multiple of 64; the sums of all blocks
(u64 each); the directory, JSON: `{"sections": {name: [offset, bytes, dtype, first sum]}, "sums": [offset, count,
blake2b-8], "meta": {…}}`. Nothing in a file is ever executed: arrays have a dtype from a short list, the rest is JSON.

Opening verifies header, directory and the table of sums. A block is verified when it is first read: `array` verifies a
whole section, `unverified` gives one whose ranges the caller has verified by `trust` before it reads them.
"""

from __future__ import annotations

import contextlib
import hashlib
import mmap
import os
import struct
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import orjson
from numpy.typing import NDArray

from search.errors import IndexBroken

FORMAT: Final = 3
"""Version of every file of the codec; files of another version are refused with advice."""

REINDEX: Final = "build the index again with `timbao index SOURCE`"
_BLOCK_BITS: Final = 14
BLOCK_BYTES: Final = 1 << _BLOCK_BITS
_MAGIC: Final = b"TIMBAO\0"
_HEADER: Final = struct.Struct("<7scIQQ")
_HEADER_BYTES: Final = _HEADER.size + 16
_ALIGN: Final = 64
_DTYPES: Final = frozenset({"|u1", "<u2", "<u4", "<u8", "<i4", "<i8", "<f4"})
_AT_ONCE: Final = 1 << 26
"""Bytes verified or written at a time."""

Bytes = NDArray[np.uint8]
Longs = NDArray[np.int64]


class _Sums:
    """The sums of the blocks of one section while it is written."""

    def __init__(self) -> None:
        self.found: list[NDArray[np.uint64]] = []
        self._count = 0
        self._waiting = np.empty(BLOCK_BYTES, np.uint8)
        self._filled = 0

    def update(self, piece: Bytes) -> None:
        """Add bytes at the end."""
        if self._filled:
            taken = piece[: BLOCK_BYTES - self._filled]
            self._waiting[self._filled : self._filled + len(taken)] = taken
            self._filled += len(taken)
            piece = piece[len(taken) :]
            if self._filled < BLOCK_BYTES:
                return
            self._add(self._waiting)
            self._filled = 0
        whole = len(piece) - len(piece) % BLOCK_BYTES
        for low in range(0, whole, _AT_ONCE):
            some = piece[low : min(low + _AT_ONCE, whole)]
            self._add(some if some.ctypes.data % 8 == 0 else some.copy())
        rest = piece[whole:]
        self._waiting[: len(rest)] = rest
        self._filled = len(rest)

    def finish(self) -> NDArray[np.uint64]:
        """The sums of all blocks, the last of which may be short."""
        if self._filled:
            self._add(self._waiting[: self._filled])
        return np.concatenate(self.found) if self.found else np.empty(0, np.uint64)

    def _add(self, blocks: Bytes) -> None:
        from search.codec.kernels import sums

        words, tail = _words(blocks)
        out = np.empty(-(-len(blocks) // BLOCK_BYTES), np.uint64)
        sums.block_sums(words, tail, self._count, out)
        self._count += len(out)
        self.found.append(out)


class ContainerWriter:
    """Writes one file section by section; it counts only after `close`, and is removed at the end of a block without.

    `durable` says whether `close` waits until the file is on the disk; a file that no table of contents will ever name
    need not be.
    """

    def __init__(self, path: Path, kind: bytes = b"S", *, durable: bool = True) -> None:
        self.path = path
        self._kind = kind
        self._durable = durable
        path.unlink(missing_ok=True)  # what a killed writer left was never committed; a link of it may be in a backup
        self._file = path.open("wb")
        self._file.write(b"\0" * _HEADER_BYTES)
        self._sections: dict[str, list[Any]] = {}
        self._sums: list[NDArray[np.uint64]] = []
        self._open: tuple[str, int, str, _Sums] | None = None
        self._position = _HEADER_BYTES

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the file unless it was closed: nothing is left of what failed."""
        if not self._file.closed:
            self.abandon()

    def array(self, name: str, values: NDArray[Any]) -> None:
        """Write a whole array as one section; its dtype is kept."""
        self.begin(name, np.dtype(values.dtype).newbyteorder("<").str)
        self.append(values)
        self.end()

    def begin(self, name: str, dtype: str = "|u1") -> None:
        """Start a section that is written in pieces."""
        if self._open is not None or name in self._sections or dtype not in _DTYPES:
            raise ValueError(f"section {name!r} cannot be started ({dtype})")
        self._pad()
        self._open = (name, self._position, dtype, _Sums())

    def append(self, piece: NDArray[Any] | bytes) -> None:
        """Add to the section that was begun."""
        assert self._open is not None
        if isinstance(piece, bytes):
            view: Bytes = np.frombuffer(piece, np.uint8)
        else:
            view = np.ascontiguousarray(piece).reshape(-1).view(np.uint8)
        self._open[3].update(view)
        self._write(view.data)

    def end(self) -> None:
        """Finish the section that was begun."""
        assert self._open is not None
        name, start, dtype, blocks = self._open
        self._sections[name] = [start, self._position - start, dtype, sum(map(len, self._sums))]
        self._sums.append(blocks.finish())
        self._open = None

    def close(self, meta: dict[str, Any]) -> None:
        """Write sums, directory and header, and make the file durable."""
        self._pad()
        sums = np.concatenate([np.empty(0, np.uint64), *self._sums]).tobytes()
        described = [self._position, len(sums) // 8, _sum(sums).hex()]
        self._write(sums)
        directory = orjson.dumps({"sections": self._sections, "sums": described, "meta": meta})
        header = _HEADER.pack(_MAGIC, self._kind, FORMAT, self._position, len(directory))
        self._write(directory)
        self._file.seek(0)
        self._file.write(header + _sum(header) + _sum(directory))
        self._file.flush()
        if self._durable:
            os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Remove the unfinished file, as far as the disk allows."""
        with contextlib.suppress(OSError):  # what could not be flushed is not wanted
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _pad(self) -> None:
        self._write(b"\0" * (-self._position % _ALIGN))

    def _write(self, piece: bytes | memoryview) -> None:
        self._file.write(piece)
        self._position += len(piece)


class _Verified:
    """A section, the sums of its blocks, and 1 for each block that was verified."""

    __slots__ = ("seen", "sums", "tail", "view", "words")

    def __init__(self, words: NDArray[np.uint64], tail: Bytes, sums: NDArray[np.uint64], seen: Bytes) -> None:
        self.words, self.tail, self.sums, self.seen = words, tail, sums, seen
        self.view = seen.data

    def all_seen(self, first: int, stop: int) -> bool:
        """Whether all blocks `[first, stop)` were verified."""
        return b"\0" not in bytes(self.view[first:stop])


@cache
def _sums() -> Any:
    """The compiled checks, brought in when something is first read; asked for a dozen times a search."""
    from search.codec.kernels import sums

    return sums


class Container:
    """A file opened for reading: sections are read-only arrays on a memory map.

    Raises:
        IndexBroken: not a file of this kind, of another format version, cut short, or a wrong checksum of the
        directory or the sums. FileNotFoundError: the file is not there.
    """

    def __init__(self, path: Path, kind: bytes = b"S") -> None:
        self.path = path
        with path.open("rb") as file:
            head = file.read(_HEADER_BYTES)
            if len(head) < _HEADER_BYTES or head[:7] != _MAGIC or head[7:8] != kind:
                raise IndexBroken(f"{path} is not a file of a timbao index", REINDEX)
            _, _, version, offset, length = _HEADER.unpack_from(head)
            if version != FORMAT:
                raise IndexBroken(f"{path} has format {version}; this version reads format {FORMAT}", REINDEX)
            self.size = os.fstat(file.fileno()).st_size
            if _sum(head[: _HEADER.size]) != head[_HEADER.size : _HEADER.size + 8] or offset + length != self.size:
                raise IndexBroken(f"{path} is damaged or cut short", REINDEX)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        directory = self._map[offset : offset + length]
        if _sum(directory) != head[-8:]:
            raise IndexBroken(f"the directory of {path} is damaged", REINDEX)
        try:
            described = orjson.loads(directory)
            self.meta: dict[str, Any] = described["meta"]
            self._sections: dict[str, list[Any]] = described["sections"]
            self._sums_at, count, checksum = described["sums"]
            self._sums: NDArray[np.uint64] = np.frombuffer(self._map, np.uint64, count, self._sums_at)
        except (ValueError, KeyError, TypeError) as error:
            raise IndexBroken(f"the directory of {path} cannot be read: {error}", REINDEX) from error
        if _sum(self._sums.tobytes()).hex() != checksum:
            raise IndexBroken(f"the checksums of {path} are damaged", REINDEX)
        self._opened: dict[str, _Verified] = {}
        self._whole: dict[str, int] = {}
        """Bytes of the sections of which every block was verified."""

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def array(self, name: str) -> NDArray[Any]:
        """A section as a read-only array, shape (n,), verified.

        Raises:
            IndexBroken: the file has no such section, or it is damaged.
        """
        if name not in self._whole:
            size = self._section(name)[1]
            for low in range(0, size, _AT_ONCE):
                self.trust(name, low, min(low + _AT_ONCE, size))
            self._whole[name] = size
        return self.unverified(name)

    def unverified(self, name: str) -> NDArray[Any]:
        """A section as a read-only array, shape (n,); its ranges are to be verified by `trust` before they are read."""
        start, length, dtype, _ = self._section(name)
        kind = np.dtype(dtype)
        return np.frombuffer(self._map, kind, length // kind.itemsize, start)

    def content(self) -> Bytes:
        """The whole file, shape (size,), nothing of it verified."""
        return np.frombuffer(self._map, np.uint8)

    def file(self) -> mmap.mmap:
        """The same as a map."""
        return self._map

    def begin(self, name: str) -> int:
        """Where a section begins in the file."""
        return int(self._section(name)[0])

    def trust(self, name: str, begin: int, end: int) -> None:
        """Verify the bytes `[begin, end)` of a section, unless they were verified before.

        Raises:
            IndexBroken: they are damaged, or outside the section.
        """
        if begin == end or 0 <= begin <= end <= self._whole.get(name, -1):
            return
        opened = self._opened.get(name)
        if opened is not None and 0 <= begin <= end:
            first, last = begin >> _BLOCK_BITS, (end - 1) >> _BLOCK_BITS
            if last < len(opened.seen) and (opened.view[first] if first == last else opened.all_seen(first, last + 1)):
                return
        self.trust_ranges(name, np.array([begin], np.int64), np.array([end], np.int64))

    def trust_ranges(self, name: str, begins: Longs, ends: Longs) -> None:
        """Verify several ranges of a section, as `trust` does one.

        Raises:
            IndexBroken: one is damaged, or outside the section.
        """
        if name in self._whole:
            return
        opened = self._opened.get(name)
        if opened is None:
            start, length, _, first = self._section(name)
            blocks = -(-length // BLOCK_BYTES)
            words, tail = _words(np.frombuffer(self._map, np.uint8, length, start))
            opened = _Verified(words, tail, self._sums[first : first + blocks], np.zeros(blocks, np.uint8))
            opened = self._opened.setdefault(name, opened)
        wrong = _sums().verify(opened.words, opened.tail, opened.sums, opened.seen, begins, ends)
        if wrong >= 0:
            raise IndexBroken(f'{self.path} is damaged in its section "{name}" (block {wrong})', REINDEX)

    def sizes(self) -> dict[str, int]:
        """Bytes of each section."""
        return {name: section[1] for name, section in self._sections.items()}

    def forget(self) -> None:
        """Give the memory of the map back to the system; what is read again comes from the file again."""
        with contextlib.suppress(OSError, AttributeError, ValueError):
            self._map.madvise(mmap.MADV_DONTNEED)

    def damaged(self, progress: Callable[[str], None] | None = None) -> list[str]:
        """Names of the sections whose content does not have its checksums; "padding" for what lies between them."""
        found = []
        end = _HEADER_BYTES
        for name, (start, length, _, _) in sorted(self._sections.items(), key=lambda item: int(item[1][0])):
            if progress:
                progress(name)
            if any(self._map[end:start]):
                found.append("padding")
            end = start + length
            self._opened.pop(name, None)  # what was whole when it was first read may not be so now
            self._whole.pop(name, None)
            try:
                self.array(name)
            except IndexBroken:
                found.append(name)
            self.forget()
        if any(self._map[end : self._sums_at]):
            found.append("padding")
        return found

    def _section(self, name: str) -> list[Any]:
        try:
            start, length, dtype, first = self._sections[name]
            blocks = -(-length // BLOCK_BYTES)
            inside = 0 <= start <= start + length <= self.size and 0 <= first <= first + blocks <= len(self._sums)
            if dtype not in _DTYPES or start % _ALIGN or not inside:
                raise ValueError(name)
        except (KeyError, ValueError, TypeError) as error:
            raise IndexBroken(f"{self.path} lacks a readable section {name!r}", REINDEX) from error
        return self._sections[name]


def _words(content: Bytes) -> tuple[NDArray[np.uint64], Bytes]:
    """The whole words of some bytes and the bytes behind them."""
    whole = len(content) & ~7
    return content[:whole].view(np.uint64), content[whole:]


def _sum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()
