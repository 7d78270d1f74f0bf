"""Several processes that serve one socket: started, watched, started again when they die, replaced without a pause.

In: a socket and what a worker does with it. Out: answers by workers until stopped. Must not know applications.

SIGTERM and SIGINT end all workers after their answers under way. SIGHUP replaces them one by one: the new one is ready
before the old one retires. A worker that dies is replaced at once, later and later when it keeps dying. Workers end by
themselves when the supervisor is gone.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext, Process
from types import FrameType
from typing import Any, Protocol

from search.errors import SettingError

STARTING_SECONDS = 120.0
"""How long a worker may take until it is ready; the first on a machine compiles kernels."""
STOPPING_SECONDS = 36.0
LONGEST_PAUSE = 10.0
"""Most seconds between the death of a worker that keeps dying and its replacement."""
BETWEEN_SECONDS = 30.0
"""How often the supervisor looks after its own index."""
LIVED = 5.0
"""A worker that lived this long did not die of its start."""

STOP, RETIRE = signal.SIGTERM, signal.SIGUSR1
_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_log = logging.getLogger("timbao.serve")


class Work(Protocol):
    """What a worker does: serve `door` as worker number `number`; calls `ready` once it answers.

    It ends on SIGTERM after its answers under way, and on SIGUSR1 also serves connections kept alive once more.
    """

    def __call__(self, door: socket.socket, number: int, ready: Callable[[], None]) -> None:
        """Serve until told to end."""


@dataclass(eq=False)
class _Worker:
    """A process with its number, which no other living one has."""

    number: int
    process: Process
    answers: Connection
    born: float = field(default_factory=time.monotonic)
    ready: bool = False


class Supervisor:
    """Keeps `count` workers serving a socket."""

    def __init__(
        self,
        door: socket.socket,
        work: Work,
        count: int,
        *,
        between: Callable[[], None] = lambda: None,
        forked: bool | None = None,
    ) -> None:
        """`between` is called before a worker starts and now and then.

        `forked` workers share the memory of this process; by default on Linux, where forking is safe. Elsewhere they
        are new interpreters, and `work` must be picklable.
        """
        self._between = between
        self._door, self._work, self._count = door, work, count
        forked = sys.platform == "linux" if forked is None else forked
        self._context: BaseContext = multiprocessing.get_context("fork" if forked else "spawn")
        self._workers: list[_Worker] = []
        self._retired: list[_Worker] = []
        self._lifeline, self._held = self._context.Pipe(duplex=False)
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._ended = self._replacing = False
        self._deaths = 0
        self._pause_until = 0.0

    def run(self, ready: Callable[[], None]) -> None:
        """Serve until SIGTERM or SIGINT; `ready` is called when all workers answer.

        Raises:
            SettingError: no worker comes up.
        """
        before = {number: signal.signal(number, self._heard) for number in _HEARD}
        try:
            while len(self._workers) < self._count:
                self._workers.append(self._start())
            if self._await(self._workers):
                ready()
            elif not self._ended:
                raise SettingError("the server's processes end before they answer", "see the lines above for why")
            while not self._ended:
                self._watch()
        finally:
            self._stop()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            self._replacing = True
        else:
            self._ended = True
        with contextlib.suppress(BlockingIOError):  # it is awake already
            os.write(self._wake, b"!")

    def _start(self) -> _Worker:
        taken = {worker.number for worker in (*self._workers, *self._retired)}
        number = next(n for n in range(len(taken) + 1) if n not in taken)
        answers, ours = self._context.Pipe(duplex=False)
        closed = (self._held, answers) if self._context.get_start_method() == "fork" else ()
        arguments = (self._work, self._door, number, ours, self._lifeline, closed)
        process: Any = self._context.Process(  # type: ignore[attr-defined]
            target=_serve, args=arguments, name=f"timbao-{number}"
        )
        # the worker decides by itself what its signals mean; until then none may reach it
        signal.pthread_sigmask(signal.SIG_BLOCK, (*_HEARD, RETIRE))
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, (*_HEARD, RETIRE))
        ours.close()
        return _Worker(number, process, answers)

    def _await(self, workers: list[_Worker]) -> bool:
        """Wait until all of some workers are ready; False when one dies, is late, or all shall end."""
        deadline = time.monotonic() + STARTING_SECONDS
        waiting = [worker for worker in workers if not worker.ready]
        while waiting and not self._ended:
            found = wait([self._woken, *(worker.answers for worker in waiting)], max(deadline - time.monotonic(), 0))
            if self._woken in found:
                os.read(self._woken, 4096)
            for worker in waiting:
                if worker.answers in found:
                    try:
                        worker.ready = bool(worker.answers.recv())
                    except EOFError:
                        return False
            waiting = [worker for worker in waiting if not worker.ready]
            if not found:
                return False
        return not waiting

    def _watch(self) -> None:
        """Wait for a signal or a death, and do what it asks for."""
        missing = self._count - len(self._workers)
        pause = max(self._pause_until - time.monotonic(), 0.0) if missing else BETWEEN_SECONDS
        watched = [worker.process.sentinel for worker in (*self._workers, *self._retired)]
        if self._woken in wait([self._woken, *watched], pause):
            os.read(self._woken, 4096)
        self._retired = [worker for worker in self._retired if worker.process.is_alive()]
        for worker in [worker for worker in self._workers if not worker.process.is_alive()]:
            self._workers.remove(worker)
            self._died(worker)
        if self._ended:
            return
        self._between()
        while len(self._workers) < self._count and time.monotonic() >= self._pause_until:
            self._workers.append(self._start())
            if self._deaths:
                break
        if self._replacing:
            self._replacing = False
            self._replace()

    def _died(self, worker: _Worker) -> None:
        lived = time.monotonic() - worker.born
        self._deaths = self._deaths + 1 if lived < LIVED else 0
        pause = min(0.1 * 2**self._deaths, LONGEST_PAUSE) if self._deaths else 0.0
        self._pause_until = time.monotonic() + pause
        _log.error(
            "worker %d (process %s) ended by itself with %s after %.0f s; another one starts in %.1f s",
            worker.number, worker.process.pid, worker.process.exitcode, lived, pause,
        )  # fmt: skip

    def _replace(self) -> None:
        """A new worker for each old one, one after the other; an old one stays where its successor does not come up."""
        for old in list(self._workers):
            new = self._start()
            if not self._await([new]):
                new.process.kill()
                new.process.join()
                if not self._ended:
                    _log.error("worker %d is not replaced: its successor did not come up", old.number)
                return
            self._workers[self._workers.index(old)] = new
            self._retired.append(old)
            self._signal(old, RETIRE)

    def _stop(self) -> None:
        everybody = [*self._workers, *self._retired]
        for worker in everybody:
            self._signal(worker, STOP)
        deadline = time.monotonic() + STOPPING_SECONDS
        for worker in everybody:
            worker.process.join(max(deadline - time.monotonic(), 0.0))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
        self._door.close()

    @staticmethod
    def _signal(worker: _Worker, number: int) -> None:
        if worker.process.pid is not None and worker.process.is_alive():
            os.kill(worker.process.pid, number)


def _serve(
    work: Work,
    door: socket.socket,
    number: int,
    ours: Connection,
    lifeline: Connection,
    closed: tuple[Connection, ...],
) -> None:
    """The life of a worker process."""
    for each in closed:
        each.close()
    for heard in (signal.SIGINT, signal.SIGHUP):
        signal.signal(heard, signal.SIG_IGN)  # the terminal sends these to all; the supervisor decides
    for heard in (STOP, RETIRE):
        signal.signal(heard, _leave)  # until the server takes them over
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (*_HEARD, RETIRE))

    def ready() -> None:
        threading.Thread(target=_outlive_nobody, args=(lifeline,), daemon=True).start()
        ours.send(True)
        ours.close()

    work(door, number, ready)


def _leave(number: int, frame: FrameType | None) -> None:
    os._exit(0)


def _outlive_nobody(lifeline: Connection) -> None:
    """End this process when the supervisor is gone: nobody writes to the line, so reading ends only then."""
    try:
        lifeline.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), STOP)
