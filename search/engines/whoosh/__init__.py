"""The embedded engine: an index in a folder, nothing to run beside it.

In: a folder. Out: `WhooshEngine`, the protocol of `search.engines.base` over `search.codec`. The files are those of a
Whoosh codec (`search.codec.whoosh_face` opens them for any Whoosh query); opening one reads no pickle. Must not know a
cluster, Flask or click.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from search.codec import toc
from search.codec.backup import back_up
from search.codec.checking import problems
from search.codec.container import REINDEX
from search.codec.writing import MEMORY_BYTES
from search.engines.analyzed import tell_of_older_terms
from search.engines.base import Capabilities, Problem
from search.engines.whoosh.reader import WhooshReader
from search.engines.whoosh.writer import WhooshWriter
from search.errors import IndexBroken

OPEN_ATTEMPTS: Final = 10
"""How often opening starts over when a writer replaces the generation meanwhile; 10 ms apart."""

T = TypeVar("T")


class WhooshEngine:
    """An index in the folder `location`; a writer holds at most `memory_bytes` before it spills to the disk."""

    name = "whoosh"
    capabilities = Capabilities()

    def __init__(self, location: str, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self.location = location
        self._folder = Path(location)
        self.memory_bytes = memory_bytes

    def exists(self) -> bool:
        """Whether an index was committed here."""
        return toc.newest(self._folder) is not None

    def generation(self) -> str:
        """Name of the newest committed generation."""
        return self._retried(lambda: toc.read(self._folder)).name

    def reader(self) -> WhooshReader:
        """Open the newest generation.

        Raises:
            IndexMissing: there is none.
            IndexBroken: its files do not verify.
            EngineUnavailable: this user may not read them, or the system has no room for more open files.
        """
        return self._retried(lambda: WhooshReader(self._folder, self._known()))

    def _known(self) -> toc.Toc:
        """The newest table of contents; tells once when an older analysis made its terms."""
        found = toc.read(self._folder)
        tell_of_older_terms(self.location, found.analysis)
        return found

    def writer(self, *, rebuild: bool) -> WhooshWriter:
        """Start writing; `rebuild` (or nothing here yet) builds beside the live index.

        Raises:
            IndexLocked: another writer is at work.
            IndexBroken: the live index, which is to be updated, does not verify.
        """
        return WhooshWriter(self._folder, rebuild=rebuild, memory_bytes=self.memory_bytes)

    def check(self) -> list[Problem]:
        """Everything wrong with the index: missing or changed files, articles that do not read back."""
        return [Problem(where, what, step) for where, what, step in problems(self._folder)]

    def back_up(self, target: str) -> str:
        """Make the folder `target` a verified backup of the newest generation; returns its name.

        Raises:
            IndexMissing, IndexBroken, IndexLocked, EngineUnavailable: as `search.codec.backup.back_up` says.
        """
        return back_up(self._folder, Path(target)).name

    def _retried(self, attempt: Callable[[], T]) -> T:
        for number in range(OPEN_ATTEMPTS):
            try:
                return attempt()
            except FileNotFoundError as error:
                # a commit may replace files between reading the table of contents and opening what it names
                if number + 1 == OPEN_ATTEMPTS:
                    raise IndexBroken(f"{error.filename} is missing", REINDEX) from error
                time.sleep(0.01)
            except OSError as error:
                raise toc.unreadable(self._folder, error) from error
        raise AssertionError("the last attempt returns or raises")
