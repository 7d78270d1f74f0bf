"""One server over a listening socket: connections, threads that answer, and how it ends without a lost answer.

In: a WSGI application and a socket, which other processes may accept from too. Out: answers until told to stop. Must
not know routes, indexes or processes.

Connections are waitress's: one loop reads requests and sends answers for all of them at once, and only whole requests
reach a thread, so that slow clients hold memory and no thread. Added here: a loop that asks only those connections
anew to which something has happened (`web.watching`), answers that take turns (`web.turns`) and leave in one piece
(`web.sending`), requests that go to another process with less to do (`web.neighbors`) and must arrive within a time,
and two ways to end. `stop`
finishes the answers under way; `retire` also serves connections that are kept alive once more, telling them to connect
anew, so that a client never meets a connection that closes under its request.
"""

from __future__ import annotations

import contextlib
import logging
import resource
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer

from web.neighbors import Neighbors
from web.receiving import Parser
from web.sending import Task
from web.turns import Turns
from web.watching import Watch

MAX_REQUEST_BYTES = 64 * 1024
"""Larger bodies are refused by the server; what a route takes is less (`web.guards`)."""
IDLE_SECONDS = 30
"""How long a connection may be silent between requests."""
RETIRING_SECONDS = 5.0
"""How long a retiring server waits for the next request of a connection that is kept alive."""
ENDING_SECONDS = 30.0
"""How long answers under way may take when the server ends."""
HANDING_SECONDS = 0.1
"""How long after its end a server waits for connections that other processes have just handed over."""


class _Channel(HTTPChannel):  # type: ignore[misc]
    """One connection that remembers since when it waits for the rest of a request."""

    task_class = Task
    parser_class = Parser
    requests: list[HTTPRequestParser]
    begun: tuple[HTTPRequestParser, float] | None = None
    handed = False
    """Whether another process has handed over the request that is being received: it is answered here."""
    receiving = waiting = False
    """Whether data are being received, and whether a whole request of them waits to be given to a thread."""
    unwatched = False
    """Whether the loop may be waiting for others without looking at what comes by this connection."""
    served = stuck = False
    """Whether a thread answers and sends, and whether it could not send all: then the loop sends for it."""

    def add_channel(self, map: dict[int, Any] | None = None) -> None:
        super().add_channel(map)
        self.server.watch.changed(self._fileno)

    def del_channel(self, map: dict[int, Any] | None = None) -> None:
        self.server.watch.forget(self._fileno)
        super().del_channel(map)

    def readable(self) -> bool:
        self.unwatched = True  # before it is found out, so that a thread that has just finished wakes the loop
        found = bool(super().readable())
        if found:
            self.unwatched = False
        return found

    def writable(self) -> bool:
        sent_here = self.stuck or not self.served
        return bool((self.total_outbufs_len and sent_here) or self.will_close or self.close_when_flushed)

    def service(self) -> None:
        self.served, self.stuck = True, False
        self.server.serving.channel = self
        try:
            super().service()
        finally:
            self.server.serving.channel = None
            self.served = False

    @property
    def wants_loop(self) -> bool:
        """Whether the loop has something to do for it after an answer; most have been sent, and the next may come."""
        return bool(self.unwatched or self.total_outbufs_len or self.close_when_flushed or self.will_close)

    def received(self, data: bytes) -> bool:
        fresh = self.idle
        self.receiving = True
        try:
            whole = bool(super().received(data))
        finally:
            self.receiving = False
        if self.waiting:
            self.waiting = False
            alone = fresh and self.request is None and len(self.requests) == 1 and not self.requests[0].error
            if not (alone and not self.handed and self.server.hand_over(self, data)):
                self.server.task_dispatcher.add_task(self)
        if self.request is None:
            self.begun = None
        elif self.begun is None or self.begun[0] is not self.request:
            self.begun = self.request, time.monotonic()
        return whole

    def leave(self) -> None:
        """Let go of a connection that another process has now."""
        for request in self.requests:
            request.close()
        self.requests = []
        self.handle_close()

    @property
    def idle(self) -> bool:
        """Whether nothing is being received, answered or sent."""
        return not self.requests and self.request is None and not self.total_outbufs_len


class _Entrance(wasyncore.dispatcher):  # type: ignore[misc]
    """Where connections arrive that other processes hand over."""

    def __init__(self, server: Server, neighbors: Neighbors) -> None:
        super().__init__(neighbors.door, map=server._map)
        self._server, self._neighbors = server, neighbors

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        while taken := self._neighbors.take():
            self._server.take_over(*taken)


class Server(TcpWSGIServer):  # type: ignore[misc]
    """Serves an application on a socket that listens already."""

    channel_class = _Channel

    def __init__(
        self,
        app: Any,
        door: socket.socket,
        *,
        threads: int,
        abreast: int | None = None,
        request_seconds: float = 15.0,
        neighbors: Neighbors | None = None,
    ) -> None:
        """Prepare; `run` serves.

        Args:
            app: answers requests.
            door: a socket that listens.
            threads: that answer.
            abreast: how many of them are at work at a time, but for answers that take long; by default all.
            request_seconds: a request that is not whole after so long ends its connection.
            neighbors: other processes at the same address; closed at the end.
        """
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
            # a connection is watched while it is answered: the loop need not be woken to watch it again
            channel_request_lookahead=1,
            # an export waits in a file, not in a thread, for a client that reads slowly
            outbuf_high_watermark=1 << 30,
        )
        self.ending: float | None = None
        self._idle_until = self._handed_until = 0.0
        self._request_seconds = request_seconds
        self.serving = threading.local()
        self._neighbors = neighbors
        self._loop: int | None = None
        dispatcher = Turns(threads, abreast or threads, neighbors.working if neighbors else lambda count: None)
        super().__init__(
            app,
            map={},
            _sock=door,
            dispatcher=dispatcher,
            adj=adjustments,
            bind_socket=False,
            sockinfo=(door.family, door.type, door.proto, door.getsockname()),
        )
        if neighbors is not None:
            _Entrance(self, neighbors)
        self.watch = Watch(self._map)

    def set_reuse_addr(self) -> None:
        """Leave the socket as it is: it listens already."""

    def accept_connections(self) -> None:
        """Accept from the socket, whose backlog belongs to whoever made it."""
        self.accepting = True

    def add_task(self, channel: _Channel) -> None:
        """Have a request answered: called where one has been received, and where one more waits after an answer."""
        if channel.receiving and threading.get_ident() == self._loop:
            channel.waiting = True
        else:
            self.task_dispatcher.add_task(channel)
            self.trigger.pull_trigger()

    def pull_trigger(self) -> None:
        """Wake the loop, where there is something for it to do."""
        channel: _Channel | None = getattr(self.serving, "channel", None)
        if channel is not None:
            channel.stuck = channel.total_outbufs_len > 0
        if channel is None or channel.wants_loop:
            if channel is not None:
                self.watch.changed(channel._fileno)
            super().pull_trigger()

    def hand_over(self, channel: _Channel, request: bytes) -> bool:
        """Hand a connection, and the one request that came by it, to a process with less to do, if there is one."""
        if self._neighbors is None or self.ending is not None:
            return False
        other = self._neighbors.less_busy()
        if other is None or not self.task_dispatcher.busy or not self._neighbors.give(other, channel.socket, request):
            return False
        channel.leave()
        return True

    def take_over(self, connection: socket.socket, request: bytes) -> None:
        """Go on with a connection that another process has accepted."""
        try:
            address = connection.getpeername()
        except OSError:  # its client has gone
            connection.close()
            return
        channel = self.channel_class(self, connection, address, self.adj, map=self._map)
        channel.handed = True
        channel.received(request)
        channel.handed = False

    def stop(self) -> None:
        """End after the answers under way; may be called from a signal handler or another thread."""
        self._end(0.0)

    def retire(self) -> None:
        """End without a lost answer: connections kept alive are answered once more, for a while."""
        self._end(RETIRING_SECONDS)

    def _end(self, idle_seconds: float) -> None:
        now = time.monotonic()
        self._idle_until = now + idle_seconds
        self._handed_until = now + HANDING_SECONDS
        self.ending = now + idle_seconds + ENDING_SECONDS
        self.accepting = False
        if self._neighbors is not None:
            self._neighbors.leave()
        with contextlib.suppress(OSError):  # told again when it has ended already
            self.pull_trigger()

    def run(self, done: Callable[[], None] | None = None) -> None:
        """Serve until told to end."""
        turns = self.task_dispatcher
        self._loop = threading.get_ident()
        try:
            while self.ending is None or self._still_answering(self.ending):
                patience = turns.patience or (1.0 if self.ending is None else 0.05)
                self.watch.changed(self._fileno)  # it looks after connections when it is asked
                self.watch.wait(patience)
                turns.look()
        finally:
            self.task_dispatcher.shutdown(cancel_pending=True, timeout=1)
            for each in list(self._map.values()):
                each.close()
            if self._neighbors is not None:
                self._neighbors.close()
            self.watch.close()

    def _still_answering(self, ending: float) -> bool:
        now = time.monotonic()
        for channel in list(self.active_channels.values()):
            if channel.idle and now >= self._idle_until:
                channel.will_close = True
            self.watch.changed(channel._fileno)
        handed = self._neighbors is not None and now < self._handed_until
        return (handed or bool(self.active_channels)) and now < ending

    def maintenance(self, now: float) -> None:
        """Close connections that are silent, or too slow with a request; called once a second."""
        super().maintenance(now)
        late = time.monotonic() - self._request_seconds
        crowded = len(self._map) >= self.adj.connection_limit
        for channel in self.active_channels.values():
            slow = channel.begun is not None and channel.begun[1] < late and not channel.requests
            if slow or (crowded and channel.idle and now - channel.last_activity > 1.0):
                channel.will_close = True
            if channel.will_close:
                self.watch.changed(channel._fileno)
