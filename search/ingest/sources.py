"""Sources → records: files, folders and standard input, streamed; what cannot be read is told, never raised.

In: paths as a person gives them, or "-". Out: `Record` and `Skipped`, in order of name. Must not know any format: the
ending and the first bytes choose a reader in `search.ingest.formats`.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal, overload

from search.ingest.fields import Fields, stated_defaults
from search.ingest.pending import Pending
from search.model import Evidence, Reading, Record, Skipped

STDIN = "-"
SIDECAR = ".meta.json"
INDEX_FILE = re.compile(
    r"timbao-\d{6,}\.toc(?:\.new)?|s\d{6,}_\d+(?:\.seg|\.\d{6,}\.del)|g\d{6,}\.grp|r\d{6,}_\d+\.run"
)
"""Files of an index, which may lie below the folder that is indexed (`timbao index .`): no articles, and no news."""
COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst")
MAX_ID_BYTES = 512
"""Longest id, in bytes of UTF-8: what every engine can hold as a key."""


@dataclass(frozen=True, slots=True)
class Source:
    """One stream of bytes to be read: `file` is what messages call it, `id` what a one-article file's id will be.

    `ending` is lower case with its dot ("" if none). `sidecar` reads the bytes of the record that overrides it.
    `depth` counts the archives around it.
    """

    file: str
    id: str
    ending: str
    open: Callable[[], BinaryIO]
    sidecar: Callable[[], bytes | None] = lambda: None
    depth: int = 0
    defaults: Fields = field(default_factory=Fields)
    deferred: bool = False
    """Whether records and pages may be handed on unread, for another process to read."""


@overload
def read_sources(
    sources: Iterable[str | Path],
    *,
    defaults: Mapping[str, str] | None = None,
    shard: tuple[int, int] | None = None,
    deferred: Literal[False] = False,
) -> Iterator[Record | Skipped]: ...
@overload
def read_sources(
    sources: Iterable[str | Path],
    *,
    defaults: Mapping[str, str] | None = None,
    shard: tuple[int, int] | None = None,
    deferred: bool,
) -> Iterator[Record | Skipped | Pending]: ...
def read_sources(
    sources: Iterable[str | Path],
    *,
    defaults: Mapping[str, str] | None = None,
    shard: tuple[int, int] | None = None,
    deferred: bool = False,
) -> Iterator[Record | Skipped | Pending]:
    """Read everything below `sources`, one record at a time.

    Args:
        sources: files, folders (read in order of name; hidden files and *.meta.json are passed over), or "-" for JSON
            lines on standard input.
        defaults: values for fields that no record states, for example {"city": "Hải Phòng"}; they win over what would
            be read out of the text.
        shard: (I, N), 1 ≤ I ≤ N: only the records whose id hashes to share I of N.
        deferred: hand records and pages on unread (`Pending`) where their id is known without reading them.

    Yields:
        Records, and a `Skipped` for each input that cannot be read or whose id was already given in this run.

    Raises:
        InputError: a default is not a value of its field.
    """
    given = stated_defaults(defaults or {})
    seen: dict[int, tuple[str, int | None]] = {}
    for item in _all(sources, given, deferred):
        if isinstance(item, Skipped):
            yield item
            continue
        if len(item.id.encode("utf-8", "replace")) > MAX_ID_BYTES:
            yield Skipped(item.file, item.line, f'"id" is longer than {MAX_ID_BYTES} bytes; shorten it')
            continue
        if shard and zlib.crc32(item.id.encode("utf-8", "replace")) % shard[1] != shard[0] - 1:
            continue
        place = (item.file, item.line)
        first = seen.setdefault(hash(item.id), place)
        if first is not place:
            told = twice(item.file, item.line, item.id, first)
            yield replace(item, duplicate=told) if isinstance(item, Pending) else told
            continue
        yield item


def twice(file: str, line: int | None, identifier: str, first: tuple[str, int | None]) -> Skipped:
    """What is told of an item whose id was given before, at the file and line `first`."""
    where = first[0] if first[1] is None else f"{first[0]}:{first[1]}"
    return Skipped(file, line, f'duplicate id "{identifier}", first at {where}; give it another id')


def read_file(path: str | Path, root: str | Path | None = None) -> Iterator[Record | Skipped]:
    """Read one file; its id is its path below `root` without the ending, or its name alone."""
    for item in _read(_source(Path(path), Path(root) if root is not None else None, Fields())):
        assert not isinstance(item, Pending)
        yield item


def _all(sources: Iterable[str | Path], defaults: Fields, deferred: bool) -> Iterator[Record | Skipped | Pending]:
    for source in sources:
        if str(source) == STDIN:
            stdin = Source("<stdin>", "stdin", ".jsonl", lambda: sys.stdin.buffer, defaults=defaults, deferred=deferred)
            yield from _read(stdin)
            continue
        path = Path(source)
        try:
            is_folder = stat.S_ISDIR(path.stat().st_mode)
        except (OSError, ValueError) as error:
            yield Skipped(str(source), None, _why(error))
            continue
        if not is_folder:
            yield from _read(_source(path, None, defaults, deferred))
            continue
        found = False
        for item in _below(path):
            found = True
            yield from _read(_source(item, path, defaults, deferred)) if isinstance(item, Path) else (item,)
        if not found:
            yield Skipped(str(source), None, "no file in this folder; name a folder or file that holds articles")


def _below(folder: Path) -> Iterator[Path | Skipped]:
    """Files below a folder in order of name, folders among them; links to folders are not followed."""
    try:
        with os.scandir(folder) as entries:
            names = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(str(folder), None, _why(error))
        return
    for entry in names:
        if entry.name.startswith(".") or entry.name.endswith(SIDECAR) or INDEX_FILE.fullmatch(entry.name):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _below(Path(entry.path))
        elif entry.is_file():
            yield Path(entry.path)
        elif entry.is_dir():
            yield Skipped(entry.path, None, "a link to a folder is not followed; name the folder itself")
        else:
            yield Skipped(entry.path, None, "not a file that can be read; remove it or name another")


def _source(path: Path, root: Path | None, defaults: Fields, deferred: bool = False) -> Source:
    below = path.relative_to(root) if root is not None else Path(path.name)
    stem, ending = split_ending(below.as_posix())
    sidecar = path.with_name(split_ending(path.name)[0] + SIDECAR)
    identifier = unicodedata.normalize("NFC", stem.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))

    def read_sidecar() -> bytes | None:
        return sidecar.read_bytes() if sidecar.is_file() else None

    return Source(str(path), identifier, ending, lambda: path.open("rb"), read_sidecar, 0, defaults, deferred)


def split_ending(name: str) -> tuple[str, str]:
    """A path without its ending, and the ending in lower case: compressed files have two (".jsonl.gz").

    >>> split_ending("a/b.txt"), split_ending("x.JSONL.gz"), split_ending("v1.2 tin"), split_ending("a.b/c")
    (('a/b', '.txt'), ('x', '.jsonl.gz'), ('v1.2 tin', ''), ('a.b/c', ''))
    """
    stem, ending = os.path.splitext(name)
    if not ending[1:].isalnum() or len(ending) > 8:
        return name, ""
    if ending.lower() in COMPRESSED_ENDINGS:
        inner, first = os.path.splitext(stem)
        if first[1:].isalnum() and len(first) <= 8:
            return inner, (first + ending).lower()
    return stem, ending.lower()


def _read(source: Source) -> Iterator[Record | Skipped | Pending]:
    from search.ingest.formats import read

    try:
        for item in read(source):
            yield with_defaults(item, source.defaults) if isinstance(item, Record) else item
    except (OSError, EOFError) as error:
        yield Skipped(source.file, None, _why(error))
    except Exception as error:
        # one file must never stop a run, whatever a format's library makes of it
        yield unforeseen(source.file, error)


def unforeseen(file: str, error: Exception) -> Skipped:
    """What is told of a file in whose bytes something was met that no reader expects."""
    reason = f"unforeseen in its bytes ({type(error).__name__}: {error}); leave the file out, and report it"
    return Skipped(file, None, reason)


def with_defaults(record: Record, defaults: Fields) -> Record:
    """The record with each default put where no record or sidecar states the field."""
    changed: dict[str, Any] = {}
    for name, value in defaults.given().items():
        reading: Reading = getattr(record, name)
        if not (reading.value and reading.evidence and reading.evidence[0].rule == "record"):
            changed[name] = Reading(value, "high", (Evidence("default", f"{name}={value}"),), reading.rejected)
    return replace(record, **changed) if changed else record


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; check the path"
    if isinstance(error, PermissionError):
        return "may not be read; change its permissions or run as another user"
    if isinstance(error, IsADirectoryError):
        return "is a folder; name the folder among the sources"
    if isinstance(error, EOFError):
        return "ends before its end; copy or download it again"
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return f"cannot be read ({reason}); check the file"
