"""What an engine must offer to be measured, and the answer all of them owe.

In: nothing. Out: protocols. Must not know any engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from search.bench.corpus import Item
from search.bench.questions import Depth, Question
from search.indexing import BATCH
from search.model import Article

LIMIT: Final = 10
"""Best articles asked for."""

Ask = Callable[[Question, Depth], Any]
"""Answers one question; what it returns is the engine's own value, made comparable by `Session.answer` untimed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An engine's answer in common words: how many articles came back, how many match, counts of city and month."""

    found: int
    total: int | None = None
    cities: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[str, int] = field(default_factory=dict)


class Session(Protocol):
    """An index open for questions."""

    @property
    def segments(self) -> int:
        """Parts that the index consists of."""

    def asker(self) -> Ask:
        """What one thread asks with; each thread takes its own."""

    def answer(self, raw: Any) -> Answer:
        """An engine's own value in common words."""

    def close(self) -> None:
        """Let go of files and connections."""


class Peer(Protocol):
    """An engine as it is measured. `name` is the key of reports, `label` what people read.

    `version` tells when an index must be made anew. `processes` are the numbers of processes (or threads of its own)
    that its writer can use; `most` is the largest corpus it is asked on and `trial_most` the most articles it indexes
    for speed alone, None for any.
    """

    name: str
    label: str
    version: str
    processes: tuple[int, ...]
    most: int | None
    trial_most: int | None

    def prepare(self) -> None:
        """Import and compile whatever is not to be timed."""

    def build(self, items: Iterable[Item], folder: Path, processes: int, memory_bytes: int) -> None:
        """Index the articles; durable and searchable when this returns."""

    def exists(self, folder: Path) -> bool:
        """Whether what `build` made is still there."""

    def sizes(self, folder: Path) -> dict[str, int]:
        """Bytes on disk by kind of file."""

    def open(self, folder: Path) -> Session:
        """Open what `build` made."""


def batches(items: Iterable[Item]) -> Iterator[list[Article]]:
    """The articles in the batches that `timbao index` analyzes them in."""
    batch: list[Article] = []
    for item in items:
        batch.append(item.article)
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def file_sizes(folder: Path) -> dict[str, int]:
    """Bytes of the files below a folder by ending; those without one by name."""
    found: dict[str, int] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            kind = path.suffix.lstrip(".") or path.name
            found[kind] = found.get(kind, 0) + path.stat().st_size
    return found
