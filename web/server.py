"""`timbao serve`: an index served by one process for each processor, until stopped.

In: settings. Out: answers until stopped by SIGINT or SIGTERM. Must not know routes.

The index is opened and warmed once, before the workers fork from this process, so that they share its memory and the
files it maps; where forking is not safe (macOS) each worker opens it anew. Why so: docs/decisions/0050-serving.md.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Flask

from search.errors import SettingError, TimBaoError
from search.settings import Settings

if TYPE_CHECKING:
    from search.service import Index
    from web.neighbors import Neighbors

_log = logging.getLogger("timbao.serve")
BACKLOG = 1024
"""Connections that wait to be accepted."""
WARMING_SECONDS = 5.0
"""How long files are read before the first answer: enough for some gigabytes that the system holds in memory."""
FIRST_SEARCHES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("", {"sort": "oldest"}),
    ("ha noi", {"related": 6, "copies": "all", "sort": "newest"}),
    ("thanhf phoos", {"marks": "ignore"}),
    ('"thành phố" -mưa', {"marks": "strict", "units": "today"}),
    ("thành phố", {"cities": ("Hà Nội", "Hải Phòng"), "start": "2019", "end": "2030"}),
    ("lũ OR ngập", {"cities": ("",)}),
    ("title:thành phố h*", {}),
    ('"tp hà nội" 2021 29/12/2021', {}),
    ("khongcotunaynhe", {}),
)
"""One search of each kind, so that what it loads is there before the workers fork: not in each of them while a visitor
waits."""
COLLECTED_AFTER = 20_000
"""So many objects more than before, and a worker looks for circles among them. A search makes some thousands and leaves
no circles; looking after each 700, as Python does by default, is a hundredth of its time."""
SWITCH_SECONDS = 0.001
"""How long a thread may hold the interpreter while another waits, such as the one that reads requests."""


def serve(chosen: Settings) -> None:
    """Serve the index that the settings name until stopped.

    Raises:
        IndexMissing, IndexBroken, EngineUnavailable: there is nothing to serve.
        SettingError: nothing can listen at that address (taken, or not of this machine).
    """
    from web.supervisor import Supervisor

    # nothing here multiplies matrices, and threads of its own would not outlive a fork
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    count = chosen.workers or processors()
    door = listen(chosen.host, chosen.port)
    with tempfile.TemporaryDirectory(prefix="timbao-serve-") as folder, door:
        work = Work(chosen, Path(folder))
        if sys.platform == "linux" and chosen.engine == "whoosh":
            work.prepare()
            gc.freeze()  # collecting must not copy the memory that workers share
        else:  # connections to a cluster cannot be shared: each worker opens its own
            _open(chosen).close()
        Supervisor(door, work, count, between=work.follow).run(lambda: _announce(chosen.host, door))


def processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def abreast(chosen: Settings) -> int:
    """How many answers one worker makes at a time: its share of the processors, or any that wait for a cluster."""
    if chosen.engine != "whoosh":
        return chosen.threads
    return max(1, processors() // (chosen.workers or processors()))


def neighbors(folder: Path, number: int) -> Neighbors | None:
    """The other workers, as worker `number` sees them; None where there is no way to them."""
    from web.neighbors import Neighbors

    try:
        return Neighbors(folder, number)
    except OSError as error:  # a temporary folder with a name too long for a socket, or on a file system without them
        _log.warning("workers cannot hand requests to each other in %s: %s", folder, error)
        return None


@dataclass
class Work:
    """What each worker does: the application of one index, served on a socket."""

    settings: Settings
    folder: Path
    """Where workers keep what they share: figures and the counts of the rate limit."""
    _app: Flask | None = field(default=None, repr=False)
    _index: Index | None = field(default=None, repr=False)

    def prepare(self) -> Flask:
        """Open the index and do once what the first visitor would wait for."""
        if self._app is None:
            from search.engines import prepare
            from web import metrics
            from web.app import create_app

            index = self._index = _open(self.settings)
            # loops are brought in when first called: here, so that workers share them
            prepare(self.settings.engine)
            metrics.share(self.folder)
            self._app = create_app(index, self.settings, shared=self.folder)
            warm(self._app, index)
        return self._app

    def follow(self) -> None:
        """Move to the newest generation, so that workers to come begin with it and files of old ones are let go."""
        if self._index is None:
            return
        try:
            before = self._index.generation
            self._index.refresh()
            if self._index.generation != before:
                self._index.warm(WARMING_SECONDS)
                self._index.search("tìm báo", limit=1)
        except TimBaoError as error:
            _log.warning("the index cannot be followed: %s", error)

    def __call__(self, door: socket.socket, number: int, ready: Callable[[], None]) -> None:
        """Serve as worker `number`."""
        from web import metrics
        from web.connections import Server

        metrics.count_as(number)
        app = self.prepare()
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.set_threshold(COLLECTED_AFTER, *gc.get_threshold()[1:])
        server = Server(
            app,
            door,
            threads=self.settings.threads,
            abreast=abreast(self.settings),
            request_seconds=self.settings.request_timeout_s,
            neighbors=neighbors(self.folder, number),
        )
        signal.signal(signal.SIGTERM, lambda *_: server.stop())
        signal.signal(signal.SIGUSR1, lambda *_: server.retire())
        ready()
        server.run()


def _open(chosen: Settings) -> Index:
    from search.service import open_index

    return open_index(str(chosen.index) if chosen.engine == "whoosh" else chosen.url, engine=chosen.engine)


def warm(app: Flask, index: Index) -> None:
    """Do once what the first visitor would wait for: read files, load models and compiled loops, compile templates.

    Raises:
        TimBaoError: the index answers nothing; damage in a part of it is left to the searches that meet it.
    """
    index.warm(WARMING_SECONDS)
    index.search("tìm báo", limit=1)
    try:
        for query, more in FIRST_SEARCHES:
            index.search(query, **more)
        for hit in index.search(limit=1).hits:
            index.marked(hit.id, hit.title)
            index.similar(hit.id, limit=1)
            index.copies(hit.id, limit=1)
        index.suggest("ti", limit=1)
        index.stats()
    except TimBaoError as error:
        _log.warning("not all of the index answers: %s", error)
    for name in app.jinja_env.list_templates():
        app.jinja_env.get_template(name)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens at an address, IPv4 or IPv6.

    Raises:
        SettingError: it is taken, or not of this machine.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        door = socket.create_server((host, port), family=family, backlog=BACKLOG)
        door.setblocking(False)
        return door
    except OSError as error:
        raise SettingError(
            f"cannot listen at {host}:{port}: {error.strerror or error}", "choose another --host or --port"
        ) from None


def _announce(host: str, door: socket.socket) -> None:
    shown = f"[{host}]" if ":" in host else host
    sys.stdout.write(f"Tìm Báo: http://{shown}:{door.getsockname()[1]}/  (Ctrl+C để dừng / to stop)\n")
    sys.stdout.flush()
