"""Sorted tables of strings in a container: two sections, the UTF-8 bytes end to end and where each entry ends.

In: strings. Out: look-ups by number, by string and by prefix. UTF-8 sorts as code points do. Must not know what the
strings mean.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.codec.container import Container, ContainerWriter


def write_table(out: ContainerWriter, name: str, entries: Iterable[bytes]) -> None:
    """Write entries (sorted by the caller where look-ups need it) as sections `name.text` and `name.ends`."""
    listed = list(entries)
    ends = np.cumsum(np.fromiter(map(len, listed), np.int64, len(listed)), dtype=np.int64)
    Strings(np.frombuffer(b"".join(listed), np.uint8), ends).write(out, name)


class Strings:
    """Entries on their way into a table: bytes end to end, and where each ends (int64)."""

    def __init__(self, text: NDArray[np.uint8], ends: NDArray[np.int64]) -> None:
        self.text, self.ends = text, ends

    def __len__(self) -> int:
        return len(self.ends)

    def entry(self, number: int) -> bytes:
        """The bytes of one entry."""
        return self.text[int(self.ends[number - 1]) if number else 0 : int(self.ends[number])].tobytes()

    def find(self, key: bytes) -> int:
        """Number of the entry `key` of sorted ones, −1 where there is none."""
        number = bisect_left(range(len(self)), key, key=self.entry)
        return number if number < len(self) and self.entry(number) == key else -1

    def write(self, out: ContainerWriter, name: str) -> None:
        """Write sections `name.text` and `name.ends`."""
        wide = len(self.ends) > 0 and self.ends[-1] > 0xFFFFFFFF
        out.array(f"{name}.text", self.text)
        out.array(f"{name}.ends", self.ends.astype("<i8" if wide else "<u4"))


def merge_tables(tables: list[Table], kept: list[NDArray[np.int64]]) -> tuple[Strings, list[NDArray[np.int32]]]:
    """Sorted tables as one, of the entries with the numbers `kept`.

    Returns:
        The different entries, sorted, and for each table the number of each entry among them, −1 where not kept.
    """
    from search.codec.kernels import merging

    firsts = np.cumsum([0, *map(len, tables)]).astype(np.int64)
    keep = np.zeros(int(firsts[-1]), np.uint8)
    ends = np.empty(len(keep), np.int64)
    at = 0
    for first, table, numbers in zip(firsts[:-1].tolist(), tables, kept, strict=True):
        keep[first + numbers] = 1
        ends[first : first + len(table)] = table.ends.astype(np.int64) + at
        at += len(table.text)
    text = np.concatenate([np.empty(0, np.uint8), *(table.text for table in tables)])
    ranks = np.full(len(keep), -1, np.int32)
    joined, joined_ends = np.empty(len(text), np.uint8), np.empty(len(keep), np.int64)
    count = merging.merge_tables(text, ends, firsts, keep, ranks, joined, joined_ends)
    found = Strings(joined[: int(joined_ends[count - 1]) if count else 0], joined_ends[:count])
    return found, np.split(ranks, firsts[1:-1])


class Table:
    """A table opened for reading; entries are numbered from 0 in their order."""

    __slots__ = ("_begin", "_ends", "_file", "_view", "ends", "text")

    def __init__(self, container: Container, name: str) -> None:
        self.text: NDArray[np.uint8] = container.array(f"{name}.text")
        self.ends: NDArray[Any] = container.array(f"{name}.ends")
        self._view, self._ends = self.text.data, self.ends.data
        # bytes are taken from the map itself faster than by a view
        self._file, self._begin = container.file(), container.begin(f"{name}.text")

    def __len__(self) -> int:
        return len(self.ends)

    def entry(self, number: int) -> bytes:
        """The bytes of one entry."""
        start = int(self.ends[number - 1]) if number else 0
        return bytes(self._view[start : int(self.ends[number])])

    def __getitem__(self, number: int) -> str:
        return self.entry(number).decode("utf-8")

    def some(self, numbers: Iterable[int]) -> list[str]:
        """Some entries, decoded."""
        ends, file, begin = self._ends, self._file, self._begin
        return [file[begin + (ends[number - 1] if number else 0) : begin + ends[number]].decode() for number in numbers]

    def entries(self, first: int = 0, stop: int | None = None) -> list[bytes]:
        """The entries `[first, stop)`."""
        stop = len(self) if stop is None else stop
        if stop <= first:
            return []
        start = int(self.ends[first - 1]) if first else 0
        ends = (self.ends[first:stop].astype(np.int64) - start).tolist()
        whole = bytes(self._view[start : start + ends[-1]])
        return [whole[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]

    def place(self, key: bytes) -> int:
        """Number of the first entry that is not before `key`."""
        return int(_kernels().place(self.text, self.ends, np.frombuffer(key, np.uint8)))

    def find(self, key: bytes) -> int:
        """Number of the entry `key`, −1 where there is none."""
        return int(_kernels().find(self.text, self.ends, np.frombuffer(key, np.uint8)))

    def range(self, prefix: bytes) -> tuple[int, int]:
        """Numbers `[first, stop)` of the entries that begin with `prefix`."""
        first = self.place(prefix)
        following = prefix.rstrip(b"\xff")
        if not following:
            return first, len(self)
        return first, self.place(following[:-1] + bytes([following[-1] + 1]))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.entries())


@cache
def _kernels() -> Any:
    from search.codec.kernels import strings

    return strings
