"""A load on a server: requests at a steady rate whatever the server does, or as many as it can answer.

In: an address and the paths to ask for. Out: latencies and statuses. Runs in a process of its own; it competes with the
server for the same processors, and says how much of them it took.

At a steady rate latency counts from the moment a request was due, not from when a connection was free to send it, so
that one slow answer does not hide those that had to wait for it ("coordinated omission", G. Tene 2013).
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
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


async def _connection(
    port: int, due: asyncio.Queue[tuple[float, bytes] | None], found: list[tuple[float, str]]
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (request := await due.get()) is not None:
        at, sent = request
        at = at or time.perf_counter()
        try:
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
            await reader.readexactly(length)
            status, closes = head[9:12].decode(), b"onnection: close" in head
        except (OSError, asyncio.IncompleteReadError) as error:
            status, closes = type(error).__name__, True
        found.append(((time.perf_counter() - at) * 1000, status))
        if closes:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


def _pace(
    loop: asyncio.AbstractEventLoop,
    due: asyncio.Queue[tuple[float, bytes] | None],
    requests: Iterator[bytes],
    begin: float,
    rate: float,
) -> None:
    """Put requests on the queue when they are due, in a thread: asyncio's own sleep wakes up to 1 ms too late."""
    for number, request in enumerate(requests):
        at = begin + number / rate
        if (wait := at - time.perf_counter()) > 0:
            time.sleep(wait)
        loop.call_soon_threadsafe(due.put_nowait, (at, request))


async def _run(wanted: dict[str, Any]) -> dict[str, Any]:
    encoding = f"Accept-Encoding: {wanted['encoding']}\r\n" if wanted["encoding"] else ""
    sent = cycle([f"GET {path} HTTP/1.1\r\nHost: bench\r\n{encoding}\r\n".encode() for path in wanted["paths"]])
    rate, seconds, many = wanted["rate"], wanted["seconds"], wanted["connections"]
    due: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue(0 if rate else many)
    found: list[tuple[float, str]] = []
    tasks = [asyncio.create_task(_connection(wanted["port"], due, found)) for _ in range(many)]
    await asyncio.sleep(0.2)
    cpu, begin = time.process_time(), time.perf_counter()
    if rate:
        await asyncio.to_thread(_pace, asyncio.get_running_loop(), due, islice(sent, int(rate * seconds)), begin, rate)
    else:
        while time.perf_counter() - begin < seconds:
            await due.put((0.0, next(sent)))
    for _ in tasks:
        await due.put(None)
    await asyncio.gather(*tasks)
    statuses: dict[str, int] = {}
    for _, status in found:
        statuses[status] = statuses.get(status, 0) + 1
    return {
        "latencies_ms": sorted(ms for ms, _ in found),
        "statuses": statuses,
        "seconds": time.perf_counter() - begin,
        "own_cpu_s": time.process_time() - cpu,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_run(json.load(sys.stdin)))))
