"""Answers kept in memory, for requests that come again before the index changes.

In: answers under names that hold all they depend on. Out: the same answers. Must not know requests.

The name of an answer holds the generation it was made from, so that none is ever out of date; those of old generations
are pushed out by new ones. Each process keeps its own.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from search.model import Result
from search.state import State

_BESIDE_BYTES = 2000
"""What keeping an answer costs beside its body, about: name, headers, search, and their places."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body with the headers that describe it, and the search it answers, for the log of queries."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    search: tuple[State, Result] | None = None


class Answers:
    """The answers asked for last, of at most `most_bytes` together; safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self.size_bytes = 0
        self._kept: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, name: str) -> Answer | None:
        """The answer of a name, None where it is not kept."""
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def put(self, name: str, answer: Answer) -> None:
        """Keep an answer; those not asked for longest give way. One larger than a tenth of the room is not kept."""
        size = len(answer.body) + _BESIDE_BYTES
        if 10 * size > self.most_bytes:
            return
        # orjson leaves bytes in the buffer it wrote them to, up to twenty times as large; a copy takes what it needs
        answer = replace(answer, body=bytes(memoryview(answer.body)))
        with self._lock:
            before = self._kept.pop(name, None)
            self._kept[name] = answer
            self.size_bytes += size - (len(before.body) + _BESIDE_BYTES if before else 0)
            while self.size_bytes > self.most_bytes:
                _, oldest = self._kept.popitem(last=False)
                self.size_bytes -= len(oldest.body) + _BESIDE_BYTES
