"""The production server: one process, several threads, stopped by SIGINT or SIGTERM after the answers under way.

In: settings. Out: answers until stopped. Must not know routes.
"""

from __future__ import annotations

import logging
import signal
import socket
import sys
from types import FrameType
from typing import TYPE_CHECKING

from flask import Flask

from search.errors import SettingError
from search.settings import Settings

if TYPE_CHECKING:
    from search.service import Index


def serve(chosen: Settings) -> None:
    """Serve the index that the settings name until stopped.

    Raises:
        IndexMissing, IndexBroken, EngineUnavailable: there is nothing to serve.
        SettingError: nothing can listen at that address (taken, or not of this machine).
    """
    from search.service import open_index
    from web.app import create_app

    place = str(chosen.index) if chosen.engine == "whoosh" else chosen.url
    with open_index(place, engine=chosen.engine) as index:
        app = create_app(index, chosen)
        warm(app, index)
        listen(app, chosen.host, chosen.port, chosen.threads)


def warm(app: Flask, index: Index) -> None:
    """Do once what the first visitor would wait for: load models and compiled loops, compile templates."""
    index.search("tìm báo", limit=1)
    index.suggest("ti", limit=1)
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def listen(app: Flask, host: str, port: int, threads: int) -> None:
    """Answer requests at an address with `threads` threads until stopped; prints the address when ready."""
    from waitress.server import create_server

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise SettingError(
            f"cannot listen at {host}:{port}: {error.strerror or error}", "choose another --host or --port"
        ) from None
    server = create_server(
        app,
        sockets=[door],
        threads=threads,
        ident="",
        max_request_body_size=64 * 1024,
        channel_timeout=30,
        connection_limit=1000,
        clear_untrusted_proxy_headers=False,
    )
    signal.signal(signal.SIGTERM, _stop)
    shown = f"[{host}]" if ":" in host else host
    at = door.getsockname()[1]
    sys.stdout.write(f"Tìm Báo: http://{shown}:{at}/  (Ctrl+C để dừng / to stop)\n")
    sys.stdout.flush()
    try:
        server.run()
    finally:
        server.close()


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
