"""The commits of an index folder: one table of contents names all files of a generation and replaces the last at once.

In: a folder. Out: tables of contents, the writer's lock, and files that are on the disk before they count. Must not
know what is in a segment.

    INDEX/timbao-000012.toc      generation 12: format, time, segments and their deletions, behind a checksum
    INDEX/s000012_0.seg          a segment, written by the commit of generation 12
    INDEX/s000009_0.000012.del   which articles of an older segment are live since generation 12
    INDEX/g000012.grp            which articles of generation 12 have one text; none where no two have

A commit is: write and fsync every new file, fsync the folder, write and fsync the table under another name, rename it,
fsync the folder, remove what no table names any more. A killed writer leaves the generation before it whole; readers
hold their files open, so removing a name takes nothing from them.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from search.codec.container import FORMAT, REINDEX
from search.errors import EngineUnavailable, IndexBroken, IndexLocked, IndexMissing, TimBaoError

_MAGIC: Final = b"TIMBAO TOC "
_NOT_DAMAGE: Final = {
    errno.EACCES: "let this user read the folder and its files",
    errno.EPERM: "let this user read the folder and its files",
    errno.EMFILE: "allow this user more open files (`ulimit -n`)",
    errno.ENFILE: "close other programs: the system has no room for more open files",
    errno.ENOMEM: "close other programs: the system has no memory left",
}
"""What to do about an index that cannot be opened although nothing says that it is damaged."""
_TOC: Final = re.compile(r"timbao-(\d{6,})\.toc")
_FILE: Final = re.compile(
    r"timbao-\d{6,}\.toc(?:\.new)?|s\d{6,}_\d+(?:\.seg|\.\d{6,}\.del)|g\d{6,}\.grp|r\d{6,}_\d+\.run"
)
_SEGMENT: Final = re.compile(r"s\d{6,}_\d+\.seg")
_GROUPS: Final = re.compile(r"g\d{6,}\.grp")
_DELETIONS: Final = re.compile(r"s\d{6,}_\d+\.\d{6,}\.del")


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """A segment in a table of contents: its file, articles in it, and the file of live articles ("" when all are)."""

    file: str
    articles: int
    deletions: str = ""
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Toc:
    """One generation: its number, name (unlike that of any other generation), time of commit and segments."""

    number: int
    name: str
    built: str
    segments: tuple[SegmentEntry, ...]
    groups: str = ""
    """File of the groups of articles with one text, "" where there are none (or were not looked for)."""
    analysis: int = 1
    """Version of the analysis that made the terms; of several the oldest."""

    @property
    def files(self) -> set[str]:
        """Names of all files of this generation."""
        names = {toc_name(self.number)}
        for entry in self.segments:
            names.add(entry.file)
            if entry.deletions:
                names.add(entry.deletions)
        if self.groups:
            names.add(self.groups)
        return names


def unreadable(path: Path, error: OSError) -> TimBaoError:
    """What to tell of a file of an index, or its folder, that the system does not let us read."""
    what = f"{error.filename or path} cannot be read: {error.strerror or error}"
    if error.errno in _NOT_DAMAGE:
        return EngineUnavailable(what, _NOT_DAMAGE[error.errno])
    return IndexBroken(what, REINDEX)


def toc_name(number: int) -> str:
    """File name of a generation's table of contents."""
    return f"timbao-{number:06d}.toc"


def groups_name(number: int) -> str:
    """File name of a generation's groups."""
    return f"g{number:06d}.grp"


def newest(folder: Path) -> int | None:
    """Number of the newest generation in a folder, None when there is none."""
    try:
        numbers = [int(m[1]) for m in map(_TOC.fullmatch, os.listdir(folder)) if m]
    except (FileNotFoundError, NotADirectoryError):
        return None
    return max(numbers, default=None)


def read(folder: Path) -> Toc:
    """The newest table of contents.

    Raises:
        IndexMissing: there is none.
        IndexBroken: it is damaged, or of another format version.
        EngineUnavailable: this user may not read it, or the system has no room for another open file.
        FileNotFoundError: a newer one has just replaced it; try again.
    """
    try:
        number = newest(folder)
    except OSError as error:
        raise unreadable(folder, error) from error
    if number is None:
        others = {"CURRENT", "_MAIN_1.toc"} & set(os.listdir(folder)) if folder.is_dir() else set()
        if others:
            raise IndexBroken(f"{folder} holds an index of another format ({min(others)})", REINDEX)
        raise IndexMissing(f"there is no index at {folder}", f"{REINDEX.removesuffix('`')} --index {folder}`")
    path = folder / toc_name(number)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(path, error) from error
    return _parse(path, number, content)


def _parse(path: Path, number: int, content: bytes) -> Toc:
    head, _, body = content.partition(b"\n")
    parts = head.removeprefix(_MAGIC).split(b" ")
    if not head.startswith(_MAGIC) or len(parts) != 2:
        raise IndexBroken(f"{path} is not a table of contents of a timbao index", REINDEX)
    version, checksum = parts
    if version != str(FORMAT).encode():
        shown = version.decode("ascii", "replace")
        raise IndexBroken(f"{path} has format {shown}; this version reads format {FORMAT}", REINDEX)
    if _sum(body).encode() != checksum:
        raise IndexBroken(f"{path} is damaged", REINDEX)
    try:
        values = orjson.loads(body)
        segments = tuple(SegmentEntry(**entry) for entry in values["segments"])
        optional = values.get("groups", ""), int(values.get("analysis", 1))
        toc = Toc(values["number"], values["name"], values["built"], segments, *optional)
    except (ValueError, KeyError, TypeError) as error:
        raise IndexBroken(f"{path} cannot be read: {error}", REINDEX) from error
    for entry in toc.segments:
        # names come from a file: nothing outside the folder is ever opened
        deletions = not entry.deletions or _DELETIONS.fullmatch(entry.deletions)
        if not _SEGMENT.fullmatch(entry.file) or not deletions:
            raise IndexBroken(f"{path} names files that are no segments", REINDEX)
    if toc.groups and not _GROUPS.fullmatch(toc.groups):
        raise IndexBroken(f"{path} names a file that holds no groups", REINDEX)
    if toc.number != number:
        raise IndexBroken(f"{path} is the table of generation {toc.number}", REINDEX)
    return toc


def write(
    folder: Path, number: int, built: str, segments: tuple[SegmentEntry, ...], groups: str = "", analysis: int = 1
) -> Toc:
    """Make a generation the newest, durably and at once; the caller holds the lock and has synced the segments."""
    described = [asdict(entry) for entry in segments]
    name = f"{number:06d}-{_sum(orjson.dumps([number, built, described]))[:8]}"
    values = {"number": number, "name": name, "built": built, "segments": described, "analysis": analysis}
    body = orjson.dumps(values | {"groups": groups} if groups else values)
    sync(folder)
    fresh = folder / f"{toc_name(number)}.new"
    with fresh.open("wb") as file:
        file.write(_MAGIC + f"{FORMAT} {_sum(body)}\n".encode() + body)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, folder / toc_name(number))
    sync(folder)
    return Toc(number, name, built, segments, groups, analysis)


def clean(folder: Path, keep: set[str]) -> None:
    """Remove files of an index that are not in `keep`; whatever else is in the folder stays."""
    for name in os.listdir(folder):
        if _FILE.fullmatch(name) and name not in keep:
            with contextlib.suppress(OSError):
                (folder / name).unlink()


def sync(folder: Path) -> None:
    """Make the names in a folder durable, or the content of a file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Lock:
    """The writer's lock, held from construction to `release`; the system releases it when the process ends.

    Raises:
        IndexLocked: another writer holds it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise IndexLocked(
                f"another process is writing the index at {folder}", "wait until it has finished, then try again"
            ) from error

    def release(self) -> None:
        """Let the next writer in; more than once does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _sum(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()
