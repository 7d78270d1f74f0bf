"""SQLite's FTS5.

In: the exact terms of articles, questions. Out: its answers. Set up for speed: a contentless table with an index of
prefixes of two and three letters, merged to one b-tree ("optimize"); city and month as numbers in a table beside it;
the file read through a memory map; both facets of one scan, grouped by the pair. Prefixes are asked without rank, as
every engine gives all of them one score. Must not know the other engines.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from search.bench.corpus import Item
from search.bench.peers.base import LIMIT, Answer, Ask, file_sizes
from search.bench.questions import Depth, Question

TABLE = """CREATE VIRTUAL TABLE texts USING
fts5(terms, content='', tokenize="unicode61 remove_diacritics 0 tokenchars '~'", prefix='2 3')"""
GROUPED = """SELECT city, month, count(*) FROM texts JOIN articles ON articles.id = texts.rowid
WHERE texts MATCH ? GROUP BY city, month"""
CACHE_KIB = 256 << 10
MAP_BYTES = 16 << 30


class Raw(NamedTuple):
    """Rows of the ten best; the total; counts of each pair of city and month, as numbers."""

    best: list[Any]
    total: int | None = None
    counts: list[Any] | None = None


def expression(question: Question) -> str:
    """The question in FTS5's language."""
    quoted = [f'"{term}"' for term in question.terms]
    match question.shape:
        case "or":
            return " OR ".join(quoted)
        case "and":
            return " AND ".join(quoted)
        case "phrase":
            return '"' + " ".join(question.terms) + '"'
        case "prefix":
            return f'"{question.prefix}"*'


class Fts5Session:
    """Connections to the file, one a thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connections: list[sqlite3.Connection] = []
        base = self._connection()
        self._values = {
            name: dict(base.execute(f"SELECT number, value FROM {name}").fetchall()) for name in ("cities", "months")
        }
        self.segments = 1

    def _connection(self) -> sqlite3.Connection:
        base = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, check_same_thread=False)
        base.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        base.execute(f"PRAGMA mmap_size = {MAP_BYTES}")
        self._connections.append(base)
        return base

    def asker(self) -> Ask:
        """A connection of its own."""
        run = self._connection().execute

        def ask(question: Question, depth: Depth) -> Raw:
            asked = (expression(question),)
            order = "" if question.shape == "prefix" else "ORDER BY rank"
            best = run(f"SELECT rowid, rank FROM texts WHERE texts MATCH ? {order} LIMIT {LIMIT}", asked).fetchall()
            if depth == "facets":
                return Raw(best, counts=run(GROUPED, asked).fetchall())
            if depth == "total":
                return Raw(best, run("SELECT count(*) FROM texts WHERE texts MATCH ?", asked).fetchone()[0])
            return Raw(best)

        return ask

    def answer(self, raw: Raw) -> Answer:
        """Sums over the pairs."""
        if raw.counts is None:
            return Answer(len(raw.best), raw.total)
        cities: dict[str, int] = {}
        months: dict[str, int] = {}
        for city, month, count in raw.counts:
            city, month = self._values["cities"][city], self._values["months"][month]
            cities[city] = cities.get(city, 0) + count
            months[month] = months.get(month, 0) + count
        return Answer(len(raw.best), sum(cities.values()), cities, months)

    def close(self) -> None:
        """Close every connection."""
        for base in self._connections:
            base.close()


class Fts5:
    """FTS5; one process writes."""

    name = "fts5"
    most: int | None = None
    trial_most: int | None = None
    processes: tuple[int, ...] = (1,)

    def __init__(self) -> None:
        self.label = f"SQLite {sqlite3.sqlite_version} FTS5"
        self.version = f"{sqlite3.sqlite_version} vacuumed"
        try:
            with sqlite3.connect(":memory:") as base:
                base.execute(TABLE)
        except sqlite3.OperationalError as error:
            raise ImportError(f"this SQLite has no FTS5: {error}") from error
        finally:
            base.close()

    def prepare(self) -> None:
        """Nothing beyond the import."""

    def build(self, items: Iterable[Item], folder: Path, processes: int, memory_bytes: int) -> None:
        """Insert all in one transaction, merge, commit, and give back the pages that merging left."""
        folder.mkdir(parents=True, exist_ok=True)
        base = sqlite3.connect(folder / "texts.db")
        base.execute("PRAGMA journal_mode = off")
        base.execute(f"PRAGMA cache_size = -{memory_bytes >> 10}")
        base.execute(TABLE)
        base.execute("CREATE TABLE articles(id INTEGER PRIMARY KEY, city INTEGER, month INTEGER)")
        cities: dict[str, int] = {}
        months: dict[str, int] = {}
        for number, (article, terms) in enumerate(items, 1):
            base.execute("INSERT INTO texts(rowid, terms) VALUES (?, ?)", (number, terms))
            city = cities.setdefault(article.city or "", len(cities))
            month = months.setdefault((article.published or "")[:7], len(months))
            base.execute("INSERT INTO articles VALUES (?, ?, ?)", (number, city, month))
        for name, values in (("cities", cities), ("months", months)):
            base.execute(f"CREATE TABLE {name}(number INTEGER PRIMARY KEY, value TEXT)")
            base.executemany(f"INSERT INTO {name} VALUES (?, ?)", [(n, v) for v, n in values.items()])
        base.execute("INSERT INTO texts(texts) VALUES ('optimize')")
        base.commit()
        base.execute("VACUUM")
        base.close()

    def exists(self, folder: Path) -> bool:
        """Whether its folder is there."""
        return folder.is_dir()

    def sizes(self, folder: Path) -> dict[str, int]:
        """Bytes of the one file."""
        return file_sizes(folder)

    def open(self, folder: Path) -> Fts5Session:
        """Open the file for reading."""
        return Fts5Session(folder / "texts.db")
