"""The folder of an index: generations beside each other, one named as current, one writer at a time.

In: a folder. Out: paths of generations, a lock, and writes that are on the disk before they count. Must not know fields
or queries.

    INDEX/CURRENT                    name of the live generation, replaced atomically
    INDEX/gen-000002/                one full build, and the updates made to it since
    INDEX/gen-000002/MANIFEST_3.json format version, sizes and hashes of the files of its third commit

A commit is: write, fsync, rename, fsync of the folder. A writer that is killed leaves the generation before it whole.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import os
import re
import shutil
from pathlib import Path
from typing import Any, Final

import orjson
from whoosh.filedb.filestore import FileStorage
from whoosh.index import TOC, FileIndex, clean_files
from whoosh.writing import SegmentWriter

from search.errors import IndexBroken, IndexLocked, IndexMissing

FORMAT: Final = 1
"""Version of the layout; an index of another version is refused with advice."""

REINDEX: Final = "build it again with `timbao index SOURCE`"
_GENERATION = re.compile(r"gen-(\d{6,})")
_TOC = re.compile(r"_MAIN_(\d+)\.toc")


class Folder:
    """The folder of an index and the names in it."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def pointer(self) -> Path:
        """The file that names the live generation."""
        return self.path / "CURRENT"

    def exists(self) -> bool:
        """Whether an index was ever committed here."""
        return self.pointer.is_file()

    def current(self) -> Path:
        """The folder of the live generation.

        Raises:
            IndexMissing: nothing was committed here.
            IndexBroken: the pointer names no generation.
        """
        try:
            name = self.pointer.read_text("ascii").strip()
        except FileNotFoundError:
            raise IndexMissing(f"there is no index at {self.path}", f"{REINDEX} --index {self.path}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexBroken(f"{self.pointer} cannot be read: {error}", REINDEX) from error
        folder = self.path / name
        if not _GENERATION.fullmatch(name) or not folder.is_dir():
            raise IndexBroken(f"{self.pointer} names {name!r}, which is not there", REINDEX)
        return folder

    def generation(self) -> str:
        """Name of the newest commit: generation folder and number of the commit in it."""
        folder = self.current()
        return f"{folder.name}.{latest_commit(folder)}"

    def new_generation(self) -> Path:
        """Make the folder of the next generation; the caller holds the lock."""
        numbers = [int(m[1]) for m in map(_GENERATION.fullmatch, self._names()) if m]
        folder = self.path / f"gen-{max(numbers, default=0) + 1:06d}"
        folder.mkdir()
        return folder

    def point_to(self, folder: Path) -> None:
        """Make a generation the live one, durably, and remove those before the previous."""
        previous = self.pointer.read_text("ascii", "replace").strip() if self.exists() else None
        sync(folder)
        replace(self.pointer, f"{folder.name}\n".encode("ascii"))
        self.clean(keep={folder.name, previous})

    def clean(self, keep: set[str | None]) -> None:
        """Remove generation folders that are not to be kept; whatever else is in the folder stays."""
        for name in self._names():
            if _GENERATION.fullmatch(name) and name not in keep:
                shutil.rmtree(self.path / name, ignore_errors=True)

    def clean_unfinished(self) -> None:
        """Remove what a killed writer left: generations newer than the live one. The caller holds the lock."""
        try:
            live = self.current().name if self.exists() else ""
        except IndexBroken:
            return  # no telling what is newer; the next good generation cleans up
        self.clean(keep={name for name in self._names() if name <= live})

    def lock(self) -> Lock:
        """Take the writer's lock, which the system releases when the process ends.

        Raises:
            IndexLocked: another writer holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        return Lock(self.path / ".lock")

    def _names(self) -> list[str]:
        return sorted(entry.name for entry in os.scandir(self.path) if entry.is_dir())


class Lock:
    """An advisory lock on a file, held from construction to `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise IndexLocked(
                f"another process is writing the index at {path.parent}", "wait until it has finished, then try again"
            ) from error

    def release(self) -> None:
        """Let the next writer in; more than once does no harm."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class DurableStorage(FileStorage):  # type: ignore[misc]
    """Whoosh's folder storage, whose table of contents appears only after everything it names is on the disk."""

    described: dict[str, Any] | None = None
    """The manifest of the commit under way, but for the table of contents."""

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        """Rename durably; before a table of contents goes live, its manifest is written."""
        folder = Path(self.folder)
        if newname.endswith(".toc"):
            _sync_file(folder / oldname)
            if self.described is not None:
                self.described["files"][newname] = _measured(folder / oldname)
                content = orjson.dumps(self.described, option=orjson.OPT_INDENT_2)
                replace(folder / f"MANIFEST_{self.described['commit']}.json", content)
        super().rename_file(oldname, newname, safe)
        sync(folder)


class DurableWriter(SegmentWriter):  # type: ignore[misc]
    """Whoosh's segment writer with a manifest and fsync before each commit."""

    def _commit_toc(self, segments: list[Any]) -> None:
        folder = Path(self.storage.folder)
        names = [name for segment in segments for name in segment.list_files(self.storage)]
        before = manifest(folder, self.generation - 1)["files"] if self.generation > 1 else {}
        for name in names:
            _sync_file(folder / name)
        # segment files never change once written, so the hash of an earlier commit still holds
        files = {name: before.get(name) or _measured(folder / name) for name in names}
        built = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
        self.storage.described = {"format": FORMAT, "commit": self.generation, "built": built, "files": files}
        TOC(self.schema, segments, self.generation).write(self.storage, self.indexname)
        clean_files(self.storage, self.indexname, self.generation, segments)
        for old in folder.glob("MANIFEST_*.json"):
            if old.name != f"MANIFEST_{self.generation}.json":
                old.unlink(missing_ok=True)


def latest_commit(folder: Path) -> int:
    """Number of the newest commit of a generation.

    Raises:
        IndexBroken: there is none.
    """
    commits = [int(m[1]) for m in map(_TOC.fullmatch, os.listdir(folder)) if m]
    if not commits:
        raise IndexBroken(f"{folder} holds no table of contents", REINDEX)
    return max(commits)


def manifest(folder: Path, commit: int) -> dict[str, Any]:
    """The manifest of a commit, its format verified.

    Raises:
        IndexBroken: it is missing, unreadable or of another format.
    """
    path = folder / f"MANIFEST_{commit}.json"
    try:
        described: dict[str, Any] = orjson.loads(path.read_bytes())
        version, _ = described["format"], described["files"]
    except FileNotFoundError:
        raise IndexBroken(f"{path} is missing", REINDEX) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexBroken(f"{path} cannot be read: {error}", REINDEX) from error
    if version != FORMAT:
        raise IndexBroken(f"{path} has format {version}; this version reads format {FORMAT}", REINDEX)
    return described


def create(folder: Path, schema: Any) -> Any:
    """An empty Whoosh index in a generation's folder."""
    return FileIndex.create(DurableStorage(str(folder)), schema, "MAIN")


def open_index(folder: Path) -> Any:
    """The Whoosh index of a generation's folder."""
    return FileIndex(DurableStorage(str(folder)), indexname="MAIN")


def digest(path: Path) -> str:
    """Hash of a file's bytes, 32 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _measured(path: Path) -> tuple[int, str]:
    return path.stat().st_size, digest(path)


def replace(path: Path, content: bytes) -> None:
    """Give a file new content so that a crash leaves the old or the new, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Make the names in a folder durable."""
    _sync_file(folder)


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
