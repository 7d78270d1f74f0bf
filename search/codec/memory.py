"""How much memory this process holds, and giving back what it does not need.

In: nothing. Out: bytes. Must not know what the memory is for.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from functools import lru_cache
from typing import Any


def resident_bytes() -> int:
    """Memory of this process that is in use at this moment; 0 where the system does not tell (only Linux does)."""
    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """Give freed memory back to the system, where the C library can."""
    trim = _trim()
    if trim is not None:
        trim(0)


@lru_cache(maxsize=1)
def _trim() -> Any:
    with contextlib.suppress(OSError, AttributeError):
        return ctypes.CDLL(None).malloc_trim
    return None
