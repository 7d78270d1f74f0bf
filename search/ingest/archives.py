"""Compressed files and archives → what is inside, streamed, with limits on size, ratio, depth and names.

In: a `Source`. Out: what the readers of its members yield. Nothing is unpacked to disk under a name of the archive's
choosing. Must not know the formats inside.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from search.ingest.pending import Pending
from search.ingest.sources import SIDECAR, Source, split_ending
from search.model import Record, Skipped

MAX_DEPTH = 3
MAX_MEMBERS = 1_000_000
MAX_MEMBER_BYTES = 4 << 30
MAX_RATIO = 250
RATIO_FROM_BYTES = 32 << 20
"""Below this size any ratio is harmless."""
IN_MEMORY_BYTES = 16 << 20
MAX_NAME_CHARS = 500
_DRIVE = re.compile(r"[A-Za-z]:")
_BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
    RuntimeError,
    ValueError,
)


class TooLarge(OSError):
    """A stream that unpacks to more than the limits allow."""


class Bounded(io.RawIOBase):
    """A stream that stops with `TooLarge` when it grows over a size, or over a multiple of what was packed."""

    def __init__(self, inner: BinaryIO, packed: Any, max_bytes: int = MAX_MEMBER_BYTES) -> None:
        self._inner = inner
        self._packed = packed
        self._max_bytes = max_bytes
        self._count = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer`; raises TooLarge past a limit."""
        data = self._inner.read(len(buffer))
        buffer[: len(data)] = data
        self._count += len(data)
        if self._count > self._max_bytes:
            raise TooLarge(f"unpacks to more than {self._max_bytes >> 20} MB")
        if self._count > RATIO_FROM_BYTES and self._count > MAX_RATIO * max(1, self._packed()):
            raise TooLarge(f"unpacks to more than {MAX_RATIO} times its size")
        return len(data)


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read what an archive or compressed file holds."""
    if source.depth >= MAX_DEPTH:
        yield Skipped(source.file, None, f"archives inside archives, over {MAX_DEPTH} deep; unpack it first")
        return
    try:
        head: bytes = stream.peek(512)[:512]  # type: ignore[attr-defined]
        if head.startswith(b"PK"):
            yield from _zip(source, stream)
        elif head[257:262] == b"ustar":
            yield from _tar(source, stream)
        else:
            yield from _compressed(source, stream, head)
    except TooLarge as error:
        yield Skipped(source.file, None, f"{error}; unpack it yourself if it is to be trusted")
    except _BROKEN as error:
        why = "is cut short" if isinstance(error, EOFError) else f"is damaged ({error or type(error).__name__})"
        yield Skipped(source.file, None, f"the archive {why}; copy or download it again")


def _compressed(source: Source, stream: BinaryIO, head: bytes) -> Iterator[Record | Skipped | Pending]:
    from search.ingest.formats import read_stream

    inner = io.BufferedReader(Bounded(_opened(stream, head), lambda: _position(stream)))
    ending = source.ending
    for compressed in (".gz", ".bz2", ".xz", ".zst"):
        ending = ending.removesuffix(compressed)
    if ending == ".tgz":
        ending = ".tar"
    yield from read_stream(replace(source, ending=ending, depth=source.depth + 1), inner)


def _opened(stream: BinaryIO, head: bytes) -> Any:
    if head.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if head.startswith(b"\xfd7zXZ"):
        return lzma.LZMAFile(stream)
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        return zstandard.ZstdDecompressor(max_window_size=1 << 27).stream_reader(stream)
    return gzip.GzipFile(fileobj=stream)


def _position(stream: BinaryIO) -> int:
    try:
        return stream.tell()
    except (OSError, ValueError):
        return 1 << 40


def _tar(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for number, member in enumerate(archive):
            if number >= MAX_MEMBERS:
                yield Skipped(source.file, None, f"more than {MAX_MEMBERS} files in the archive; split it")
                return
            if member.isdir() or _is_passed_over(member.name):
                continue
            inner = archive.extractfile(member) if member.isreg() else None
            if inner is None:
                yield Skipped(f"{source.file}!/{member.name}", None, "a link or device, not a file; leave it out")
                continue
            bounded = Bounded(inner, lambda size=member.size: size)  # type: ignore[arg-type]
            yield from _member(source, member.name, bounded, None)


def _zip(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as held:
        seekable: Any = stream if _can_seek(stream) else _copied(stream, held)
        with zipfile.ZipFile(seekable) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if "word/document.xml" in names:
                from search.ingest import docx

                seekable.seek(0)
                yield from docx.read(source, seekable)
                return
            if len(members) > MAX_MEMBERS:
                yield Skipped(source.file, None, f"more than {MAX_MEMBERS} files in the archive; split it")
                return
            for member in members:
                if member.is_dir() or _is_passed_over(member.filename):
                    continue
                if member.flag_bits & 1:
                    yield Skipped(f"{source.file}!/{member.filename}", None, "locked with a password; unpack it first")
                    continue
                sidecar = split_ending(member.filename)[0] + SIDECAR
                record = archive.read(sidecar)[:IN_MEMORY_BYTES] if sidecar in names else None
                with archive.open(member) as inner:
                    packed = max(1, member.compress_size)
                    bounded = Bounded(inner, lambda packed=packed: packed)  # type: ignore[arg-type]
                    yield from _member(source, member.filename, bounded, record)


def _member(source: Source, name: str, stream: Bounded, sidecar: bytes | None) -> Iterator[Record | Skipped | Pending]:
    from search.ingest.formats import read_stream

    label = f"{source.file}!/{name}"
    if (
        _DRIVE.match(name)
        or name.startswith(("/", "\\"))
        or ".." in name.replace("\\", "/").split("/")
        or len(name) > MAX_NAME_CHARS
    ):
        yield Skipped(label[:MAX_NAME_CHARS], None, "a name that leads out of the archive; leave it out")
        return
    clean = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    stem, ending = split_ending(unicodedata.normalize("NFC", clean))
    inside = replace(
        source, file=label, id=f"{source.id}/{stem}", ending=ending, depth=source.depth + 1, sidecar=lambda: sidecar
    )
    try:
        yield from read_stream(inside, io.BufferedReader(stream))
    except TooLarge as error:
        yield Skipped(label, None, f"{error}; unpack it yourself if it is to be trusted")


def _is_passed_over(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return (
        parts[0] == "__MACOSX"
        or any(part.startswith(".") and part not in (".", "..") for part in parts)
        or (name.endswith(SIDECAR))
    )


def _can_seek(stream: BinaryIO) -> bool:
    try:
        return stream.seekable()
    except (OSError, ValueError):
        return False


def _copied(stream: BinaryIO, held: Any) -> Any:
    while block := stream.read(1 << 20):
        held.write(block)
    held.seek(0)
    return held
