"""Which reader reads which file: by its first bytes where they tell, else by its ending.

In: a `Source`. Out: what its reader yields. Must not know the formats themselves: readers are imported when needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING

from search.model import Record, Skipped

if TYPE_CHECKING:
    from search.ingest.sources import Source

READERS = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".txt": "text",
    ".text": "text",
    "": "text",
}
"""Ending → module of this package whose `read(source)` reads it."""


def read(source: Source) -> Iterator[Record | Skipped]:
    """Read one source with the reader that fits it."""
    module = READERS.get(source.ending)
    if module is None:
        known = ", ".join(sorted(ending for ending in READERS if ending))
        yield Skipped(source.file, None, f'"{source.ending}" is not a format that is read; use one of {known}')
        return
    yield from import_module(f"search.ingest.{module}").read(source)
