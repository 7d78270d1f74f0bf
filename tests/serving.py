"""An application served over a real socket for the time of a test, by the server that `timbao serve` uses."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from waitress.server import create_server


@contextmanager
def served(app: Flask, threads: int = 4) -> Iterator[str]:
    """The address of the application.

    The loop is ended from inside, by emptying what it watches: closing its sockets from another thread while it polls
    them fails at random.
    """
    door = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[door], threads=threads)
    loop = threading.Thread(target=server.run, daemon=True)
    loop.start()
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
    finally:
        watched: list[object] = []

        def end() -> None:
            watched.extend(server._map.values())
            server._map.clear()

        server.trigger.pull_trigger(end)
        loop.join(10)
        server.task_dispatcher.shutdown()
        for each in watched:
            each.close()  # type: ignore[attr-defined]
        assert not loop.is_alive()
