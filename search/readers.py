"""One open generation at a time, shared by all threads, replaced when a newer one is committed.

In: an engine. Out: a `Reader` for the time of one request. Must not know what is asked of it.

A request keeps the generation it began with to its end; the old reader is closed when its last request is done.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from search.engines.base import Engine, Reader

CHECK_SECONDS, DISTANT_CHECK_SECONDS = 0.2, 1.0
"""A newer generation is looked for at most this often: a stat of one small file, or a request to another machine."""


class _Shared:
    """A reader with the number of requests that use it."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.users = 0
        self.retired = False


class CurrentReader:
    """Hands out the reader of the newest generation; any number of threads may ask at once."""

    def __init__(self, engine: Engine, moved: Callable[[Reader, Reader], None] | None = None) -> None:
        """`moved` is told of the old and the new generation before the new one is handed out."""
        self._engine = engine
        self._moved = moved
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._shared = _Shared(engine.reader())
        self._checked = time.monotonic()
        self._rest = CHECK_SECONDS if engine.capabilities.embedded else DISTANT_CHECK_SECONDS

    @contextmanager
    def __call__(self) -> Iterator[Reader]:
        """The newest reader, held open until the block ends."""
        self._follow()
        with self._lock:
            shared = self._shared
            shared.users += 1
        try:
            yield shared.reader
        finally:
            with self._lock:
                shared.users -= 1
                last = shared.retired and shared.users == 0
            if last:
                shared.reader.close()

    def _follow(self) -> None:
        """Open a newer generation if there is one; while one thread opens it the others go on with the old."""
        if time.monotonic() - self._checked < self._rest or not self._opening.acquire(blocking=False):
            return
        try:
            self._checked = time.monotonic()
            if self._engine.generation() != self._shared.reader.generation:
                fresh = _Shared(self._engine.reader())
                if self._moved is not None:
                    self._moved(self._shared.reader, fresh.reader)
                self._replace(fresh)
        finally:
            self._opening.release()

    def _replace(self, fresh: _Shared | None) -> None:
        with self._lock:
            old = self._shared
            old.retired = True
            if fresh is not None:
                self._shared = fresh
            unused = old.users == 0
        if unused:
            old.reader.close()

    def refresh(self) -> None:
        """Look for a newer generation now, without waiting for the next check."""
        self._checked = 0.0
        self._follow()

    def close(self) -> None:
        """Close the reader once its last request is done."""
        self._replace(None)
