"""Threads that answer requests one after the other, so that short answers do not slow each other down.

In: tasks, as waitress makes them. Out: each of them served by one of some threads. Must not know sockets or requests.

Searching is work for the processor, and one interpreter runs one thread at a time: two answers made together are both
ready when the later one would have been, and switching between them costs a fifth of their time (measured on two
processors, docs/decisions/0050-serving.md). So a thread begins when fewer than `abreast` others are at work; those that
have been at work for longer than `PATIENT_SECONDS` (an export, a hard search) are not waited for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from waitress.task import ThreadedTaskDispatcher

PATIENT_SECONDS = 0.02
"""An answer under way for longer no longer keeps the next from beginning; most take a quarter of this."""


class Turns(ThreadedTaskDispatcher):  # type: ignore[misc]
    """Threads of which `abreast` are at work, and one more for each answer that takes long."""

    def __init__(self, threads: int, abreast: int, changed: Callable[[int], None] = lambda count: None) -> None:
        """`changed` is told how many tasks wait or are at work, whenever that changes, by one thread at a time."""
        super().__init__()
        self._abreast = abreast
        self._changed = changed
        self._began: dict[int, tuple[float, Any]] = {}
        self.set_thread_count(threads)

    @property
    def count(self) -> int:
        """How many tasks wait or are at work."""
        return len(self.queue) + len(self._began)

    @property
    def patience(self) -> float | None:
        """Seconds after which `look` may let another task begin; None where no task waits."""
        return PATIENT_SECONDS if self.queue else None

    @property
    def busy(self) -> bool:
        """Whether a task waits or is at work; one whose requests are all answered only clears up."""
        with self.lock:
            return bool(self.queue) or any(getattr(task, "requests", True) for _, task in self._began.values())

    def look(self) -> None:
        """Let a task begin for which the others have taken too long; called again and again while tasks wait."""
        if not self.queue:
            return
        with self.lock:
            if self._next():
                self.queue_cv.notify()

    def _next(self) -> bool:
        """Whether a task waits that may begin now."""
        if not self.queue:
            return False
        if len(self._began) < self._abreast:
            return True
        recent = time.monotonic() - PATIENT_SECONDS
        return sum(began > recent for began, _ in self._began.values()) < self._abreast

    def add_task(self, task: Any) -> None:
        """Serve a task in its turn."""
        with self.lock:
            self.queue.append(task)
            self._changed(self.count)
            if self._next():
                self.queue_cv.notify()

    def handler_thread(self, thread_no: int) -> None:
        """The life of one thread."""
        while True:
            with self.lock:
                while not (self.stop_count or self._next()):
                    self.active_count -= 1
                    self.queue_cv.wait()
                    self.active_count += 1
                if self.stop_count:
                    self.active_count -= 1
                    self.stop_count -= 1
                    self.threads.discard(thread_no)
                    self.thread_exit_cv.notify()
                    return
                task = self.queue.popleft()
                self._began[thread_no] = time.monotonic(), task
                if self._next():  # of several that are told of at once, the first to wake up tells the next
                    self.queue_cv.notify()
            try:
                task.service()
            except BaseException:
                self.logger.exception("Exception when servicing %r", task)
            finally:
                with self.lock:
                    del self._began[thread_no]
                    self._changed(self.count)
