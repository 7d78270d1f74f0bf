"""The embedded engine: an index in a folder, nothing to run beside it.

In: a folder. Out: `WhooshEngine`. It writes with Whoosh's own codec and evaluates plans on arrays decoded from it. That
codec pickles its table of contents, postings and stored fields, so only open an index from a source you trust.
Must not know a cluster, Flask or click.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Final, TypeVar

from search.engines.base import Capabilities, Problem
from search.errors import IndexBroken, TimBaoError
from tests.engines.stock import _import as _import  # before any other import of Whoosh
from tests.engines.stock.reader import WhooshReader
from tests.engines.stock.snapshot import open_snapshot
from tests.engines.stock.storage import REINDEX, Folder, digest, manifest
from tests.engines.stock.writer import WhooshWriter

OPEN_ATTEMPTS: Final = 5
"""How often opening starts over when a writer replaces the generation meanwhile; 20 ms apart."""

T = TypeVar("T")


class WhooshEngine:
    """An index in the folder `location`."""

    name = "whoosh"
    capabilities = Capabilities(copies=False)

    def __init__(self, location: str) -> None:
        self.location = location
        self._folder = Folder(location)

    def exists(self) -> bool:
        """Whether an index was committed here."""
        return self._folder.exists()

    def generation(self) -> str:
        """Name of the newest committed generation."""
        return self._retried(self._folder.generation)

    def reader(self) -> WhooshReader:
        """Open the newest generation.

        Raises:
            IndexMissing: there is none.
            IndexBroken: its files do not verify.
        """
        snapshot = self._retried(lambda: open_snapshot(self._folder.current()))
        return WhooshReader(snapshot, self.location)

    def writer(self, *, rebuild: bool) -> WhooshWriter:
        """Start writing; `rebuild` (or nothing here yet) builds beside the live index.

        Raises:
            IndexLocked: another writer is at work.
        """
        return WhooshWriter(self._folder, rebuild=rebuild)

    def check(self) -> list[Problem]:
        """Everything wrong with the index: missing or changed files, articles that do not read back."""
        try:
            folder = self._folder.current()
            with open_snapshot(folder) as snapshot:
                commit = snapshot.commit
                changed = [
                    Problem(str(folder / name), "its bytes are not those that were committed", REINDEX)
                    for name, (_, committed) in manifest(folder, commit)["files"].items()
                    if digest(folder / name) != committed
                ]
                if changed:
                    return changed
                return [
                    Problem(f"article {identifier!r}", "it does not read back as it was stored", REINDEX)
                    for identifier, (number, committed) in snapshot.stored_digests().items()
                    if snapshot.record(number).digest != committed
                ]
        except TimBaoError as error:
            return [Problem(self.location, error.what, error.next_step)]
        except OSError as error:
            return [Problem(str(error.filename or self.location), f"cannot be read: {error.strerror}", REINDEX)]

    def _retried(self, attempt: Callable[[], T]) -> T:
        for _ in range(OPEN_ATTEMPTS - 1):
            # a commit may replace files between reading the pointer and opening what it names
            with contextlib.suppress(FileNotFoundError, IndexBroken):
                return attempt()
            time.sleep(0.02)
        try:
            return attempt()
        except FileNotFoundError as error:
            raise IndexBroken(f"{error.filename} is missing", REINDEX) from error
