"""Which sockets a loop waits for, and for what: told to the system once, not before each wait.

In: waitress's dispatchers by the numbers of their files. Out: the same told of what has come. Must not know requests.

waitress asks every connection before each wait what it waits for, and builds the list for the system anew: with 16
connections a third of what its loop costs, with 500 nearly all. Here a dispatcher is asked again only after something
has happened to it (`changed`), and the system keeps the list (`epoll`; where there is none, `poll`).

>>> import os
>>> class Pipe:
...     accepting = False
...     def readable(self): return True
...     def writable(self): return False
...     def handle_read_event(self): print("came:", os.read(here, 9))
>>> here, there = os.pipe()
>>> watch = Watch({here: Pipe()})
>>> watch.changed(here)
>>> os.write(there, b"news")
4
>>> watch.wait(1.0)
came: b'news'
>>> watch.forget(here); watch.close()
>>> os.close(here); os.close(there)
"""

from __future__ import annotations

import select
from collections import deque
from typing import Any, Final

from waitress import wasyncore

_READ: Final = select.POLLIN | select.POLLPRI
_WRITE: Final = select.POLLOUT
_KEPT: Final = hasattr(select, "epoll")
"""Whether the list is the system's, whose flags are those of `poll`."""


class Watch:
    """What one loop waits for. `changed` may be called by any thread, everything else by the loop's own."""

    def __init__(self, dispatchers: dict[int, Any]) -> None:
        """`dispatchers` is looked at, never changed; who joins it calls `changed`, who leaves it `forget`."""
        self._dispatchers = dispatchers
        self._poll: Any = select.epoll() if _KEPT else select.poll()
        self._flags: dict[int, int] = {}
        self._changed: deque[int] = deque(dispatchers)

    def changed(self, number: int | None) -> None:
        """Ask a dispatcher again what it waits for, before the next wait; None is one that is closed already."""
        if number is not None:
            self._changed.append(number)

    def forget(self, number: int | None) -> None:
        """Wait no more for a file that is about to be closed.

        Closing alone would not do: of a connection that another process holds too the system would go on to tell.
        """
        if number is not None and self._flags.pop(number, 0):
            self._poll.unregister(number)

    def wait(self, seconds: float) -> None:
        """Wait until something comes, at most so long, and tell the dispatchers of it."""
        changed = self._changed
        while changed:
            self._ask(changed.popleft())
        for number, flags in self._poll.poll(seconds if _KEPT else seconds * 1000):
            dispatcher = self._dispatchers.get(number)
            if dispatcher is not None:
                wasyncore.readwrite(dispatcher, flags)
            changed.append(number)

    def close(self) -> None:
        """Let go of the list."""
        if _KEPT:
            self._poll.close()

    def _ask(self, number: int) -> None:
        """Tell the system what a dispatcher waits for, where that is something else than before."""
        dispatcher = self._dispatchers.get(number)
        if dispatcher is None:
            self.forget(number)
            return
        flags = _READ if dispatcher.readable() else 0
        if dispatcher.writable() and not dispatcher.accepting:
            flags |= _WRITE
        before = self._flags.get(number, 0)
        if flags == before:
            return
        if not flags:
            self.forget(number)
            return
        self._flags[number] = flags
        if before:
            self._poll.modify(number, flags)
        else:
            self._poll.register(number, flags)
