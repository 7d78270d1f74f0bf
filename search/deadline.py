"""The time a search may take: set by whoever asks, looked at by whoever computes.

In: seconds. Out: `SearchTooLong` from `check` once they are over. Must not know what is computed.

The deadline belongs to the thread, as a search does. It is looked at before each costly step (a phrase of frequent
words, an expansion), none of which takes more than a fraction of a second in a hundred thousand articles: a search ends
soon after its time, not at it.

>>> with within(60.0):
...     check()
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from search.errors import SearchTooLong


class _Mine(threading.local):
    """When the time of this thread is over (by the monotonic clock), and how much it was; None for no end."""

    until: tuple[float, float] | None = None


_mine = _Mine()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let what this thread computes in the block take at most `seconds`, or less where it has less left already."""
    before = _mine.until
    ours = time.monotonic() + seconds, seconds
    _mine.until = ours if before is None else min(before, ours)
    try:
        yield
    finally:
        _mine.until = before


def left() -> float | None:
    """Seconds that this thread may still take, 0 when its time is over; None where nothing limits it.

    >>> left() is None
    True
    """
    until = _mine.until
    return None if until is None else max(0.0, until[0] - time.monotonic())


def check() -> None:
    """Go on while there is time.

    Raises:
        SearchTooLong: there is none left.
    """
    until = _mine.until
    if until is not None and time.monotonic() > until[0]:
        raise SearchTooLong(
            f"the search took more than {until[1]:g} s",
            "ask for fewer phrases of frequent words, or try again later when the server is less busy",
        )
