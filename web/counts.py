"""Counts with an expiry in a file that several processes map: how often an address asked, whoever answered it.

In: keys as Flask-Limiter makes them. Out: counts. Nothing of a key is kept but a hash. Must not know requests.

The file is a table of fixed size, `SLOTS` entries of hash, count and expiry. A key lives in one of the `PROBED` entries
from its hash on; where all are taken, the one that expires first gives way.
"""

from __future__ import annotations

import fcntl
import hashlib
import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from limits.storage import Storage

SLOTS: Final = 1 << 15
PROBED: Final = 16
_ENTRY: Final = struct.Struct("<QQd")
_SIZE: Final = SLOTS * _ENTRY.size


class SharedCounts(Storage):
    """A storage for `limits` at `timbao-counts://FILE`; safe for threads and processes."""

    STORAGE_SCHEME: Final = ["timbao-counts"]  # type: ignore[misc]

    def __init__(self, uri: str, wrap_exceptions: bool = False, **options: float | str | bool) -> None:
        super().__init__(uri, wrap_exceptions=wrap_exceptions)
        self._file = os.open(unquote(uri.partition("://")[2]), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if os.fstat(self._file).st_size < _SIZE:
            os.truncate(self._file, _SIZE)
        self._table = mmap.mmap(self._file, _SIZE)
        self._lock = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """What a broken storage raises."""
        return OSError

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._lock:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def _find(self, key: str) -> tuple[int, int, int, float]:
        """Where a key is or may be put, its hash, its count and its expiry (0 where it is not counted now)."""
        digest = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=8).digest(), "little")
        now = time.time()
        best, soonest = 0, float("inf")
        for step in range(PROBED):
            at = (digest + step) % SLOTS * _ENTRY.size
            held, count, expiry = _ENTRY.unpack_from(self._table, at)
            if expiry <= now:
                expiry = 0.0
            elif held == digest:
                return at, digest, count, expiry
            if expiry < soonest:
                best, soonest = at, expiry
        return best, digest, 0, 0.0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count a key and return its count; a first one is forgotten after `expiry` seconds."""
        with self._alone():
            at, digest, count, until = self._find(key)
            _ENTRY.pack_into(self._table, at, digest, count + amount, until or time.time() + expiry)
        return count + amount

    def get(self, key: str) -> int:
        """The count of a key, 0 where it is not counted now."""
        with self._alone():
            return self._find(key)[2]

    def get_expiry(self, key: str) -> float:
        """When the count of a key is forgotten, in seconds since 1970; now where it is not counted."""
        with self._alone():
            return self._find(key)[3] or time.time()

    def check(self) -> bool:
        """Whether counts can be kept."""
        return not self._table.closed

    def reset(self) -> int | None:
        """Forget all counts."""
        with self._alone():
            self._table[:] = bytes(_SIZE)
        return None

    def clear(self, key: str) -> None:
        """Forget the count of a key."""
        with self._alone():
            at = self._find(key)[0]
            _ENTRY.pack_into(self._table, at, 0, 0, 0.0)


def counted_in(path: Path) -> str:
    """The address of the counts in a file, as `limits` takes it."""
    return f"{SharedCounts.STORAGE_SCHEME[0]}://{path}"
