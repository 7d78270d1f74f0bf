"""One measurement in a process of its own, so that its memory and its first query are its own.

In: a task as JSON on standard input. Out: figures as JSON on standard output. `run` starts such a process; this module
is also its program. Times begin after imports and compiling; files are in the system's cache.
"""

from __future__ import annotations

import gc
import json
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from search.bench.corpus import Item
from search.errors import TimBaoError

PEAK_UNIT: Final = 1 if sys.platform == "darwin" else 1024
"""Bytes in one unit of `ru_maxrss`."""
LOOK_EVERY_S: Final = 0.05


def run(task: dict[str, Any]) -> dict[str, Any]:
    """The figures of a task, measured in a new process.

    Raises:
        TimBaoError: the process failed.
    """
    command = [sys.executable, "-W", "ignore", "-m", "search.bench.child"]
    done = subprocess.run(command, input=json.dumps(task), capture_output=True, text=True, check=False)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise TimBaoError(
            f"{task['do']} of {task['peer']} failed: {last[0]}", "see memory and disk space, or leave it out"
        )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


class Memory:
    """Watches what this process and those it starts hold, twenty times a second.

    Linux tells of each process the most it held (`VmHWM`, pages of mapped files included) and what of it is its own
    (`RssAnon`); elsewhere `ru_maxrss` has to do, which a parent may have left behind.
    """

    def __init__(self) -> None:
        self._most: dict[str, int] = {}
        self._own = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def peak_bytes(self) -> int:
        """Highest marks of this process and of every process below it, added up."""
        mark = _told("self", "VmHWM") or PEAK_UNIT * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return mark + sum(self._most.values())

    def own_bytes(self) -> int:
        """The most that all of them held at a time without mapped files; 0 where the system does not tell."""
        return max(self._own, _told("self", "RssAnon"))

    def close(self) -> None:
        """Stop watching."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(LOOK_EVERY_S):
            below = _below("self")
            for process in below:
                self._most[process] = max(self._most.get(process, 0), _told(process, "VmHWM"))
            self._own = max(self._own, sum(_told(process, "RssAnon") for process in ("self", *below)))


def _told(process: str, name: str) -> int:
    """Bytes that Linux tells of a process under this name; 0 where it does not."""
    try:
        for line in Path(f"/proc/{process}/status").read_text("ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    return 0


def _below(process: str) -> list[str]:
    """Processes that a process started, and those that they started."""
    found: list[str] = []
    try:
        for task in Path(f"/proc/{process}/task").iterdir():
            found += (task / "children").read_text("ascii").split()
    except OSError:
        pass
    return found + [deeper for child in found for deeper in _below(child)]


def counted(items: Iterable[Item], told: dict[str, int]) -> Iterator[Item]:
    """The articles, counted on their way with the bytes of their text."""
    for item in items:
        told["articles"] += 1
        told["text_bytes"] += len(item.article.title.encode()) + len(item.article.body.encode())
        yield item


def build(task: dict[str, Any]) -> dict[str, Any]:
    """Index a corpus, the first `most` articles of it."""
    from search.bench.corpus import opened
    from search.bench.peers import named

    corpus = opened(Path(task["corpus"]))
    assert corpus is not None
    peer = named(task["peer"], task["url"])
    peer.prepare()
    processes = task["processes"]
    told = {"text_bytes": 0, "articles": 0}
    memory = Memory()
    before = memory.peak_bytes()
    began, cpu = time.perf_counter(), time.process_time()
    peer.build(counted(corpus.items(task["most"]), told), Path(task["folder"]), processes, task["memory_bytes"])
    seconds = time.perf_counter() - began
    memory.close()
    return {
        **told,
        "processes": processes,
        "seconds": round(seconds, 3),
        "cpu_seconds": round(time.process_time() - cpu, 3),
        "peak_bytes": memory.peak_bytes(),
        "own_bytes": memory.own_bytes(),
        "start_bytes": before,
        "sizes": peer.sizes(Path(task["folder"])),
    }


def opening(task: dict[str, Any]) -> dict[str, Any]:
    """Open an index and ask a first question, ten best with both facets; milliseconds."""
    from search.bench.peers import named
    from search.bench.questions import Question

    peer = named(task["peer"], task["url"])
    peer.prepare()
    question = Question("or", tuple(task["terms"]))
    gc.collect()
    began = time.perf_counter()
    session = peer.open(Path(task["folder"]))
    ask = session.asker()
    opened = time.perf_counter()
    ask(question, "facets")
    asked = time.perf_counter()
    session.close()
    return {
        "open_ms": 1000 * (opened - began),
        "first_ms": 1000 * (asked - opened),
        "resident_bytes": _told("self", "VmHWM"),
    }


def main() -> None:
    """Do the task on standard input."""
    task = json.load(sys.stdin)
    try:
        found = {"build": build, "open": opening}[task["do"]](task)
    except TimBaoError as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
