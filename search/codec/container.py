"""One file of an index: named sections, each with a checksum, behind a header that tells what the file is.

In: arrays and bytes by name. Out: a file written once, and views on it that copy nothing. Must not know postings, terms
or articles.

Layout (little-endian): magic `TIMBAO\\0` + kind (1 byte), format version (u32), offset and length of the directory (u64
each), blake2b-8 of these 28 bytes and of the directory; the sections, each at a multiple of 64; the directory, JSON:
`{"sections": {name: [offset, bytes, dtype, checksum]}, "meta": {…}}`. Nothing in a file is ever executed: arrays have a
dtype from a short list, the rest is JSON.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from search.errors import IndexBroken

FORMAT: Final = 1
"""Version of every file of the codec; files of another version are refused with advice."""

REINDEX: Final = "build the index again with `timbao index SOURCE`"
_MAGIC: Final = b"TIMBAO\0"
_HEADER: Final = struct.Struct("<7scIQQ")
_HEADER_BYTES: Final = _HEADER.size + 16
_ALIGN: Final = 64
_DTYPES: Final = frozenset({"|u1", "<u2", "<u4", "<u8", "<i4", "<i8", "<f4"})


class ContainerWriter:
    """Writes one file section by section; it counts only after `close`."""

    def __init__(self, path: Path, kind: bytes = b"S") -> None:
        self.path = path
        self._kind = kind
        self._file = path.open("wb")  # what a killed writer left under this name was never committed
        self._file.write(b"\0" * _HEADER_BYTES)
        self._sections: dict[str, list[Any]] = {}
        self._open: tuple[str, int, str, Any] | None = None
        self._position = _HEADER_BYTES

    def array(self, name: str, values: NDArray[Any]) -> None:
        """Write a whole array as one section; its dtype is kept."""
        self.begin(name, np.dtype(values.dtype).newbyteorder("<").str)
        self.append(values)
        self.end()

    def begin(self, name: str, dtype: str = "|u1") -> None:
        """Start a section that is written in pieces."""
        if self._open is not None or name in self._sections or dtype not in _DTYPES:
            raise ValueError(f"section {name!r} cannot be started ({dtype})")
        padding = -self._position % _ALIGN
        self._write(b"\0" * padding)
        self._open = (name, self._position, dtype, hashlib.blake2b(digest_size=8))

    def append(self, piece: NDArray[Any] | bytes) -> None:
        """Add to the section that was begun."""
        assert self._open is not None
        view = piece if isinstance(piece, bytes) else np.ascontiguousarray(piece).view(np.uint8).data
        self._open[3].update(view)
        self._write(view)

    def end(self) -> None:
        """Finish the section that was begun."""
        assert self._open is not None
        name, start, dtype, digest = self._open
        self._sections[name] = [start, self._position - start, dtype, digest.hexdigest()]
        self._open = None

    def close(self, meta: dict[str, Any]) -> None:
        """Write directory and header, and make the file durable."""
        directory = orjson.dumps({"sections": self._sections, "meta": meta})
        header = _HEADER.pack(_MAGIC, self._kind, FORMAT, self._position, len(directory))
        self._write(directory)
        self._file.seek(0)
        self._file.write(header + _sum(header) + _sum(directory))
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Remove the unfinished file."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _write(self, piece: bytes | memoryview) -> None:
        self._file.write(piece)
        self._position += len(piece)


class Container:
    """A file opened for reading: sections are read-only arrays on a memory map.

    Raises:
        IndexBroken: not a file of this kind, of another format version, cut short, or a wrong checksum of the
        directory. FileNotFoundError: the file is not there.
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
        except (ValueError, KeyError, TypeError) as error:
            raise IndexBroken(f"the directory of {path} cannot be read: {error}", REINDEX) from error

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def array(self, name: str) -> NDArray[Any]:
        """A section as a read-only array, shape (n,)."""
        try:
            start, length, dtype, _ = self._sections[name]
            if dtype not in _DTYPES:
                raise ValueError(dtype)
            kind = np.dtype(dtype)
            return np.frombuffer(self._map, kind, length // kind.itemsize, start)
        except (KeyError, ValueError, TypeError) as error:
            raise IndexBroken(f"{self.path} lacks a readable section {name!r}", REINDEX) from error

    def sizes(self) -> dict[str, int]:
        """Bytes of each section."""
        return {name: section[1] for name, section in self._sections.items()}

    def damaged(self, progress: Callable[[str], None] | None = None) -> list[str]:
        """Names of the sections whose content does not have its checksum."""
        found = []
        for name, (start, length, _, checksum) in self._sections.items():
            if progress:
                progress(name)
            digest = hashlib.blake2b(digest_size=8)
            for at in range(start, start + length, 1 << 24):
                digest.update(memoryview(self._map)[at : min(at + (1 << 24), start + length)])
            if digest.hexdigest() != checksum:
                found.append(name)
        return found


def _sum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=8).digest()
