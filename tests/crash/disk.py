"""A disk that remembers every call of a writer, and can show what a kill or a loss of power at any call leaves behind.

In: a folder and a block of code that writes in it. Out: events, and the files as they may be found after the first k
of them. A kill leaves all of them. A loss of power keeps what was synced, and of the rest any part: bytes written to a
file since its last fsync, page by page, and names made, moved or removed since the last fsync of the folder, each for
itself (POSIX promises no order between them; a rename is whole or not at all).
"""

from __future__ import annotations

import errno
import io
import os
import pathlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PAGE = 4096


@dataclass(frozen=True, slots=True)
class Event:
    """One call: "create", "write", "sync", "sync folder", "replace" or "unlink"."""

    kind: str
    name: str = ""
    inode: int = 0
    offset: int = 0
    content: bytes = b""
    target: str = ""


class Fault:
    """Lets the call with number `at` fail with `number`; of a write, half arrives."""

    def __init__(self, at: int, number: int) -> None:
        self.at, self.number = at, number

    def check(self, number: int) -> None:
        if number == self.at:
            raise OSError(self.number, os.strerror(self.number))


@dataclass
class Disk:
    """The files of a folder before, and what was called since."""

    folder: Path
    before: dict[str, bytes]
    events: list[Event] = field(default_factory=list)

    def after(self, count: int, draw: random.Random | None, share: float = 0.5) -> dict[str, bytes]:
        """Files after `count` events: of a kill without `draw`; else of a loss of power that keeps some of the rest."""
        durable = {number: bytearray(content) for number, content in enumerate(self.before.values(), -len(self.before))}
        names = dict(zip(self.before, durable, strict=True))
        writes: dict[int, list[Event]] = {}
        changes: list[Event] = []
        for event in self.events[:count]:
            match event.kind:
                case "write":
                    writes.setdefault(event.inode, []).append(event)
                case "sync":
                    _apply(durable.setdefault(event.inode, bytearray()), writes.pop(event.inode, []))
                case "sync folder":
                    _rename(names, changes)
                    changes = []
                case _:
                    changes.append(event)
        kept = [change for change in changes if draw is None or draw.random() < share]
        _rename(names, kept)
        for inode, pending in writes.items():
            pages = [piece for write in pending for piece in _pages(write)]
            _apply(durable.setdefault(inode, bytearray()), [p for p in pages if draw is None or draw.random() < share])
        return {name: bytes(durable.get(inode, b"")) for name, inode in names.items()}


def _pages(write: Event) -> Iterator[Event]:
    at = 0
    while at < len(write.content):
        size = PAGE - (write.offset + at) % PAGE
        yield Event("write", write.name, write.inode, write.offset + at, write.content[at : at + size])
        at += size


def _apply(content: bytearray, writes: list[Event]) -> None:
    for write in writes:
        end = write.offset + len(write.content)
        content.extend(bytes(max(0, end - len(content))))
        content[write.offset : end] = write.content


def _rename(names: dict[str, int], changes: list[Event]) -> None:
    for change in changes:
        if change.kind == "create":
            names[change.name] = change.inode
        elif change.kind == "replace":
            names.pop(change.name, None)
            names[change.target] = change.inode
        else:
            names.pop(change.name, None)


def files(folder: Path) -> dict[str, bytes]:
    """The files of a folder but for the lock."""
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.name != ".lock"} if folder.is_dir() else {}


def restore(folder: Path, content: dict[str, bytes]) -> Path:
    """A folder with these files."""
    folder.mkdir(parents=True)
    for name, found in content.items():
        (folder / name).write_bytes(found)
    return folder


@contextmanager
def recorded(folder: Path, fault: Fault | None = None) -> Iterator[Disk]:
    """Remember what is called until the block ends."""
    disk = Disk(folder, files(folder))
    inodes: dict[str, int] = {}
    open_files: dict[int, str] = {}
    real_open, real_sync, real_replace, real_unlink = pathlib.Path.open, os.fsync, os.replace, os.unlink

    def add(event: Event, call: Callable[[], Any]) -> Any:
        if fault is not None:
            fault.check(len(disk.events))
        result = call()
        disk.events.append(event)
        return result

    class Raw(io.FileIO):
        def __init__(self, path: Path) -> None:
            self.label = path.name
            inode = len(disk.events) + 1
            add(Event("create", self.label, inode), lambda: super(Raw, self).__init__(path, "wb"))
            inodes[self.label] = self.inode = inode
            open_files[self.fileno()] = self.label

        def write(self, content: Any) -> int:
            piece = bytes(content)
            event = Event("write", self.label, self.inode, self.tell(), piece)
            try:
                return int(add(event, lambda: super(Raw, self).write(piece)))
            except OSError:
                super().write(piece[: len(piece) // 2])
                raise

        def close(self) -> None:
            if not self.closed:
                open_files.pop(self.fileno(), None)
            super().close()

    def opened(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if path.parent == folder and "w" in mode:
            return io.BufferedWriter(Raw(path))
        return real_open(path, mode, *args, **kwargs)

    def synced(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path == folder:
            add(Event("sync folder"), lambda: real_sync(descriptor))
        else:
            add(Event("sync", path.name, inodes[path.name]), lambda: real_sync(descriptor))

    def replaced(source: Any, target: Any) -> None:
        old, new = Path(source).name, Path(target).name
        inodes[new] = inodes[old]
        add(Event("replace", old, inodes[old], target=new), lambda: real_replace(source, target))

    def unlinked(path: Any, *args: Any, **kwargs: Any) -> None:
        if not os.path.lexists(path):
            return real_unlink(path, *args, **kwargs)
        return add(Event("unlink", Path(path).name), lambda: real_unlink(path, *args, **kwargs))  # type: ignore[no-any-return]

    patched = (
        (pathlib.Path, "open", opened),
        (os, "fsync", synced),
        (os, "replace", replaced),
        (os, "unlink", unlinked),
    )
    real = [(owner, name, getattr(owner, name)) for owner, name, _ in patched]
    for owner, name, function in patched:
        setattr(owner, name, function)
    try:
        yield disk
    finally:
        for owner, name, function in real:
            setattr(owner, name, function)


FULL, BROKEN, READ_ONLY = errno.ENOSPC, errno.EIO, errno.EROFS
