"""What people search for, kept only where a setting asks for it: one JSON line a search, no addresses, no cookies.

In: answered searches. Out: lines of a file, and from them the most frequent queries and those that found nothing.
Must not know who asked.

A line is `{"time": "2026-01-31T09:00Z", "q": …, "filters": 1, "total": 12, "took_ms": 3.1}`, the time to the minute.
Lines that cannot be read (cut short by a full disk, edited by hand) are counted, never a failure.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from search.errors import InputError
from search.model import Result
from search.state import State


class QueryLog:
    """A file that queries are appended to; safe for several threads and processes, for a line is one write."""

    def __init__(self, path: Path) -> None:
        """Open the file, making its folder. Raises InputError where it cannot be written."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise InputError(
                f"{path}: {error.strerror}", "name a file that can be written in TIMBAO_QUERY_LOG"
            ) from None

    def write(self, state: State, result: Result) -> None:
        """Add one search; later pages of the same search are not counted again."""
        if state.cursor is not None:
            return
        filters = len(state.cities) + len(state.sources) + len(state.bylines) + bool(state.start or state.end)
        entry = {
            "time": dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%MZ"),
            "q": state.q,
            "filters": filters,
            "total": result.total,
            "took_ms": round(result.took_ms, 1),
        }
        os.write(self._file, (json.dumps(entry, ensure_ascii=False) + "\n").encode("utf-8", "replace"))

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


@dataclass(frozen=True, slots=True)
class Queries:
    """A query log in short: how many searches, the most frequent queries, those that found nothing, median time."""

    searches: int
    unreadable: int
    top: tuple[tuple[str, int], ...]
    nothing: tuple[tuple[str, int], ...]
    median_ms: float | None


def summary(path: Path, limit: int = 20) -> Queries:
    """The log in short, with at most `limit` queries in each list. Raises InputError where it cannot be read."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return summarized(file, limit)
    except OSError as error:
        raise InputError(
            f"{path}: {error.strerror}", "set TIMBAO_QUERY_LOG and serve; the file comes by itself"
        ) from None


def summarized(lines: Iterable[str], limit: int = 20) -> Queries:
    """The same of lines. Queries that differ in case and blanks only are one.

    >>> summarized(['{"q": "Đê  điều", "total": 0, "took_ms": 2}', '{"q": "đê điều", "total": 0, "took_ms": 4}', "x"])
    Queries(searches=2, unreadable=1, top=(('đê điều', 2),), nothing=(('đê điều', 2),), median_ms=3.0)
    """
    top: Counter[str] = Counter()
    nothing: Counter[str] = Counter()
    times: list[float] = []
    unreadable = 0
    for entry in _entries(lines):
        if entry is None:
            unreadable += 1
            continue
        query = " ".join(str(entry["q"]).casefold().split())
        top[query] += 1
        times.append(float(entry.get("took_ms", 0)))
        if not entry["total"]:
            nothing[query] += 1
    times.sort()
    middle = len(times) // 2
    median = (times[middle] + times[~middle]) / 2 if times else None
    return Queries(len(times), unreadable, _first(top, limit), _first(nothing, limit), median)


def _entries(lines: Iterable[str]) -> Iterator[dict[str, Any] | None]:
    for line in lines:
        try:
            entry = json.loads(line)
            float(entry.get("took_ms", 0))
            yield entry if "q" in entry and "total" in entry else None
        except (ValueError, AttributeError, TypeError):
            yield None


def _first(counts: Counter[str], limit: int) -> tuple[tuple[str, int], ...]:
    ordered = sorted((item for item in counts.items() if item[0]), key=lambda item: (-item[1], item[0]))
    return tuple(ordered[:limit])
