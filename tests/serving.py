"""Applications and indexes served over a real socket for the time of a test, as `timbao serve` serves them."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask

from tests.conftest import ROOT
from web.connections import Server

COMMAND = "from search.cli import main; main()"


@contextmanager
def served(app: Flask, threads: int = 4, **more: Any) -> Iterator[str]:
    """The address of an application that a thread of this process serves."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(app, door, threads=threads, **more)
        loop = threading.Thread(target=server.run, daemon=True)
        loop.start()
        try:
            yield f"http://127.0.0.1:{door.getsockname()[1]}"
        finally:
            server.stop()
            loop.join(10)
            assert not loop.is_alive()


@dataclass
class Command:
    """A running `timbao serve`."""

    process: subprocess.Popen[str]
    host: str
    port: int

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        """Status and body of one request on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        try:
            connection.request("GET", path, headers=headers)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def workers(self) -> list[int]:
        """Process ids of the workers."""
        return sorted(pid for pid, parent in _processes() if parent == self.process.pid)

    def signal(self, number: int) -> None:
        """Send a signal to the supervisor."""
        os.kill(self.process.pid, number)

    def wait_for(self, what: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)


def _processes() -> Iterator[tuple[int, int]]:
    """Process ids and their parents', without `ps` where the system tells itself: small images lack it."""
    if not Path("/proc/self/stat").exists():
        found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        for line in found.splitlines():
            pid, parent = line.split()
            yield int(pid), int(parent)
        return
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            yield int(entry.parent.name), int(entry.read_text().rpartition(")")[2].split()[1])


@contextmanager
def serving(index: Path | None, *options: str, code: int = 0, **settings: str) -> Iterator[Command]:
    """`timbao serve` on an index; ended by SIGTERM, if it has not ended before, with exit code `code`.

    Without a folder the options say where the articles are.
    """
    place = () if index is None else ("--index", str(index))
    environment = os.environ | {f"TIMBAO_{name.upper()}": value for name, value in settings.items()}
    host = settings.get("host", "127.0.0.1")
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, "serve", *place, "--port", "0", *options],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        lines: list[str] = []
        reading = threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True)
        reading.start()
        try:
            found = re.search(r"http://.*:(\d+)/", process.stdout.readline())
            assert found, "".join(lines)
            yield Command(process, host, int(found[1]))
        finally:
            process.terminate()
            assert process.wait(40) == code, "".join(lines)
            reading.join(10)


@dataclass
class Load:
    """Threads that ask again and again on connections kept alive, and what came of it."""

    command: Command
    paths: list[str]
    connections: int = 4
    pause: float = 0.002
    answered: int = 0
    failures: list[str] = field(default_factory=list)
    _ended: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Load:
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(self.connections)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(30)

    def _ask(self, number: int) -> None:
        connection = http.client.HTTPConnection(self.command.host, self.command.port, timeout=20)
        at = number
        while not self._ended.is_set():
            path = self.paths[at % len(self.paths)]
            at += self.connections
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                if response.status != 200:
                    self.failures.append(f"{path}: {response.status}")
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{path}: {error!r}")
                connection.close()
            time.sleep(self.pause)
        connection.close()
