"""A load on a server: requests at a steady rate whatever the server does, or as many as it can answer.

In: an address and the paths to ask for. Out: latencies and statuses. Runs in a process of its own; it competes with the
server for the same processors, and says how much of them it took.

At a steady rate latency counts from the moment a request was due, not from when a connection was free to send it, so
that one slow answer does not hide those that had to wait for it ("coordinated omission", G. Tene 2013).
"""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Any

from tests.conftest import ROOT


@dataclass(frozen=True)
class Measured:
    """What came of a load: latencies in milliseconds, ascending; seconds it lasted; processor time it took itself."""

    latencies_ms: list[float]
    statuses: dict[str, int]
    seconds: float
    own_cpu_s: float

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies_ms) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that `share` of the requests do not exceed."""
        return self.latencies_ms[min(int(share * len(self.latencies_ms)), len(self.latencies_ms) - 1)]


def load(
    port: int, paths: list[str], *, connections: int, seconds: float, rate: float | None = None, encoding: str = ""
) -> Measured:
    """Ask for paths, in turn, over `connections` that are kept alive; `rate` None asks as fast as answers come."""
    wanted = {
        "port": port, "paths": paths, "connections": connections, "seconds": seconds, "rate": rate,
        "encoding": encoding,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.http_load"],
        cwd=ROOT, input=json.dumps(wanted), stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return Measured(**json.loads(done.stdout))


class _Load:
    """Requests that are due, connections that are free, and what came back."""

    def __init__(self, port: int, requests: Iterator[bytes], *, steady: bool) -> None:
        self.port, self.requests, self.steady = port, requests, steady
        self.free: deque[_Connection] = deque()
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.found: list[tuple[float, str]] = []
        self.under_way = 0
        self.until = math.inf
        self.over = asyncio.get_running_loop().create_future()
        self._joining: set[asyncio.Task[object]] = set()

    async def connect(self) -> None:
        """Make one connection, which is free then."""
        await asyncio.get_running_loop().create_connection(lambda: _Connection(self), "127.0.0.1", self.port)

    def ask(self, at: float, request: bytes) -> None:
        """Send a request that is due `at` on the connection that has been free for longest, or when there is one."""
        self.waiting.append((at, request))
        self.go_on()

    def go_on(self) -> None:
        """Send what waits on what is free; as fast as answers come, another request waits until the end."""
        while self.free:
            if not self.steady and not self.waiting and time.perf_counter() < self.until:
                self.waiting.append((time.perf_counter(), next(self.requests)))
            if not self.waiting:
                break
            self.under_way += 1
            self.free.popleft().send(*self.waiting.popleft())
        if not self.under_way and not self.waiting and time.perf_counter() >= self.until and not self.over.done():
            self.over.set_result(None)

    def answered(self, ms: float, status: str) -> None:
        """Note one answer, or what came in its place."""
        self.found.append((ms, status))
        self.under_way -= 1

    def replace(self) -> None:
        """Connect anew."""
        joining = asyncio.get_running_loop().create_task(self.connect())
        self._joining.add(joining)
        joining.add_done_callback(self._joining.discard)


class _Connection(asyncio.Protocol):
    """One connection that is kept alive; protocols rather than streams, whose tasks wake up later."""

    def __init__(self, load: _Load) -> None:
        self.load = load
        self.transport: asyncio.Transport
        self.at: float | None = None
        self.got = bytearray()
        self.size: int | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.load.free.append(self)
        self.load.go_on()

    def send(self, at: float, request: bytes) -> None:
        self.at, self.size = at, None
        self.got.clear()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.got += data
        if self.size is None:
            head, end, _ = self.got.partition(b"\r\n\r\n")
            if not end:
                return
            self.size = len(head) + 4 + int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        if len(self.got) < self.size or self.at is None:
            return
        self.load.answered((time.perf_counter() - self.at) * 1000, self.got[9:12].decode())
        self.at = None
        if b"onnection: close" in self.got[:2000]:
            self.transport.close()
        else:
            self.load.free.append(self)
        self.load.go_on()

    def connection_lost(self, error: Exception | None) -> None:
        if self in self.load.free:
            self.load.free.remove(self)
        if self.at is not None:
            self.load.answered((time.perf_counter() - self.at) * 1000, type(error).__name__)
            self.at = None
        if not self.load.over.done():
            self.load.replace()
            self.load.go_on()


def _pace(loop: asyncio.AbstractEventLoop, load: _Load, requests: Iterator[bytes], begin: float, rate: float) -> None:
    """Ask when it is due, from a thread: asyncio's own sleep wakes up to 1 ms too late."""
    for number, request in enumerate(requests):
        at = begin + number / rate
        if (wait := at - time.perf_counter()) > 0:
            time.sleep(wait)
        loop.call_soon_threadsafe(load.ask, at, request)


async def _run(wanted: dict[str, Any]) -> dict[str, Any]:
    encoding = f"Accept-Encoding: {wanted['encoding']}\r\n" if wanted["encoding"] else ""
    sent = cycle([f"GET {path} HTTP/1.1\r\nHost: bench\r\n{encoding}\r\n".encode() for path in wanted["paths"]])
    rate, seconds, many = wanted["rate"], wanted["seconds"], wanted["connections"]
    loop = asyncio.get_running_loop()
    load = _Load(wanted["port"], sent, steady=True)  # nothing is asked while connections are made
    await asyncio.gather(*(load.connect() for _ in range(many)))
    await asyncio.sleep(0.2)
    load.steady = rate is not None
    cpu, begin = time.process_time(), time.perf_counter()
    if rate:
        await asyncio.to_thread(_pace, loop, load, islice(sent, int(rate * seconds)), begin, rate)
        load.until = 0.0
    else:
        load.until = begin + seconds
    load.go_on()
    await load.over
    statuses: dict[str, int] = {}
    for _, status in load.found:
        statuses[status] = statuses.get(status, 0) + 1
    return {
        "latencies_ms": sorted(ms for ms, _ in load.found),
        "statuses": statuses,
        "seconds": time.perf_counter() - begin,
        "own_cpu_s": time.process_time() - cpu,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(json.load(sys.stdin)))))
