"""Processes that serve one address hand requests to each other, so that none waits where another process is free.

In: a connection with the request that has just come by it. Out: the same at a process with less to do, which answers it
and keeps the connection. Must not know what is asked.

Which process accepts a connection is chance, and often always the same one: of 32 connections made at once 30 to 32
went to one of two workers. A table of one byte for each process tells how much it has to do; connections go through a
socket of the file system (`SCM_RIGHTS`, Unix only). Nothing of it is locked: who reads an old figure hands a request to
a process that is busy after all, where it waits as it would have here.
"""

from __future__ import annotations

import array
import mmap
import os
import socket
from pathlib import Path
from typing import Final

LARGEST_BYTES: Final = 16 * 1024
"""A request larger than this stays where it is."""
SLOTS: Final = 128
_AWAY: Final = 0
_FREE: Final = 1
"""What the table holds for a process is one more than the requests it has, and `_AWAY` where it takes none."""
_MOST: Final = 255


class Neighbors:
    """What process `number` knows of the others; its figure is written by one thread at a time."""

    def __init__(self, folder: Path, number: int) -> None:
        """Processes that share `folder` share their work; the number is that of no other living one.

        Raises:
            OSError: the folder can hold no socket, or its name is too long for one.
        """
        self.number = number
        self._folder = folder
        table = os.open(folder / "work", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.truncate(table, SLOTS)
            self._table = mmap.mmap(table, SLOTS)
        finally:
            os.close(table)
        self._mine = _FREE
        self._open = True
        path = self._path(number)
        path.unlink(missing_ok=True)
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.door.setblocking(False)
        try:
            self.door.bind(str(path))
        except OSError:
            self.door.close()
            raise
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        self._table[number] = _FREE

    def _path(self, number: int) -> Path:
        return self._folder / f"door-{number}"

    def working(self, requests: int) -> None:
        """Tell the others how many requests wait or are answered here."""
        self._mine = min(_FREE + requests, _MOST)
        if self._open:
            self._table[self.number] = self._mine

    def leave(self) -> None:
        """Take no more requests of others; those on their way can still be had with `take`."""
        self._open = False
        self._table[self.number] = _AWAY

    def less_busy(self) -> int | None:
        """The process that has least to do, where a request is better off there than here."""
        if self._mine == _FREE:
            return None
        least, found = self._mine, None
        for number, work in enumerate(self._table[:]):
            if work != _AWAY and work < least and number != self.number:
                least, found = work, number
        # a free one at once; between busy ones only where it is worth the way
        return found if least == _FREE or least + 1 < self._mine else None

    def give(self, number: int, connection: socket.socket, request: bytes) -> bool:
        """Hand a connection to another process; False where it cannot be, and all is as before."""
        if len(request) > LARGEST_BYTES:
            return False
        self._table[number] = min(self._table[number] + 1, _MOST)  # until it tells itself
        # socket.send_fds forgets the address it is given (CPython 3.11)
        right = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [connection.fileno()]))
        try:
            self._sender.sendmsg([request], [right], 0, str(self._path(number)))
        except BlockingIOError:  # it has many on their way to it
            return False
        except OSError:  # it has died; its successor will tell of itself
            self._table[number] = _AWAY
            return False
        return True

    def take(self) -> tuple[socket.socket, bytes] | None:
        """A connection that another process handed over, with its request; None where there is no more."""
        while True:
            try:
                request, handed, _, _ = socket.recv_fds(self.door, LARGEST_BYTES, 1)
            except OSError:
                return None
            for number in handed:
                os.set_inheritable(number, False)
                return socket.socket(fileno=number), request

    def close(self) -> None:
        """Leave, and forget the others; once more does nothing."""
        if self._table.closed:
            return
        self.leave()
        self.door.close()
        self._sender.close()
        self._path(self.number).unlink(missing_ok=True)
        self._table.close()
