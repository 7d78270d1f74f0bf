"""One server over a listening socket: connections, threads that answer, and how it ends without a lost answer.

In: a WSGI application and a socket, which other processes may accept from too. Out: answers until told to stop. Must
not know routes, indexes or processes.

The loop is waitress's: it reads requests and sends answers for all connections at once, and only whole requests reach a
thread, so that slow clients hold memory and no thread. Added here: a request must arrive within a time, and two ways to
end. `stop` finishes the answers under way; `retire` also serves connections that are kept alive once more, telling
them to connect anew, so that a client never meets a connection that closes under its request.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

MAX_REQUEST_BYTES = 64 * 1024
"""Larger bodies are refused by the server; what a route takes is less (`web.guards`)."""
IDLE_SECONDS = 30
"""How long a connection may be silent between requests."""
RETIRING_SECONDS = 5.0
"""How long a retiring server waits for the next request of a connection that is kept alive."""
ENDING_SECONDS = 30.0
"""How long answers under way may take when the server ends."""


class _Task(WSGITask):  # type: ignore[misc]
    """One answer; the last of its connection when the server is about to end."""

    def build_response_header(self) -> bytes:
        if self.channel.server.ending:
            self.set_close_on_finish()
        return bytes(super().build_response_header())


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection that remembers since when it waits for the rest of a request."""

    task_class = _Task
    begun: tuple[HTTPRequestParser, float] | None = None

    def received(self, data: bytes) -> bool:
        whole = bool(super().received(data))
        if self.request is None:
            self.begun = None
        elif self.begun is None or self.begun[0] is not self.request:
            self.begun = self.request, time.monotonic()
        return whole

    @property
    def idle(self) -> bool:
        """Whether nothing is being received, answered or sent."""
        return not self.requests and self.request is None and not self.total_outbufs_len


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Serves an application on a socket that listens already."""

    channel_class = _Channel

    def __init__(self, app: Any, door: socket.socket, *, threads: int, request_seconds: float = 15.0) -> None:
        """`threads` answer at a time; a request that is not whole after `request_seconds` ends its connection."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        adjustments = Adjustments(
            sockets=[door],
            threads=threads,
            ident="",
            max_request_body_size=MAX_REQUEST_BYTES,
            channel_timeout=IDLE_SECONDS,
            cleanup_interval=1,
            connection_limit=1000 if limit == resource.RLIM_INFINITY else max(64, min(1000, limit - 64)),
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
            # an export waits in a file, not in a thread, for a client that reads slowly
            outbuf_high_watermark=1 << 30,
        )
        self.ending: float | None = None
        self._idle_until = 0.0
        self._request_seconds = request_seconds
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(threads)
        super().__init__(
            app,
            map={},
            _sock=door,
            dispatcher=dispatcher,
            adj=adjustments,
            bind_socket=False,
            sockinfo=(door.family, door.type, door.proto, door.getsockname()),
        )

    def set_reuse_addr(self) -> None:
        """Leave the socket as it is: it listens already."""

    def accept_connections(self) -> None:
        """Accept from the socket, whose backlog belongs to whoever made it."""
        self.accepting = True

    def stop(self) -> None:
        """End after the answers under way; may be called from a signal handler or another thread."""
        self._end(0.0)

    def retire(self) -> None:
        """End without a lost answer: connections kept alive are answered once more, for a while."""
        self._end(RETIRING_SECONDS)

    def _end(self, idle_seconds: float) -> None:
        now = time.monotonic()
        self._idle_until = now + idle_seconds
        self.ending = now + idle_seconds + ENDING_SECONDS
        self.accepting = False
        with contextlib.suppress(OSError):  # told again when it has ended already
            self.pull_trigger()

    def run(self, done: Callable[[], None] | None = None) -> None:
        """Serve until told to end."""
        try:
            while self.ending is None or self._still_answering(self.ending):
                wasyncore.loop(timeout=1.0 if self.ending is None else 0.05, map=self._map, use_poll=True, count=1)
        finally:
            self.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
            for each in list(self._map.values()):
                each.close()

    def _still_answering(self, ending: float) -> bool:
        now = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.idle and now >= self._idle_until:
                channel.will_close = True
        return bool(self.active_channels) and now < ending

    def maintenance(self, now: float) -> None:
        """Close connections that are silent, or too slow with a request; called once a second."""
        super().maintenance(now)
        late = time.monotonic() - self._request_seconds
        crowded = len(self._map) >= self.adj.connection_limit
        for channel in self.active_channels.values():
            slow = channel.begun is not None and channel.begun[1] < late and not channel.requests
            if slow or (crowded and channel.idle and now - channel.last_activity > 1.0):
                channel.will_close = True
