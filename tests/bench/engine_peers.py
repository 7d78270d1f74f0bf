"""The engines that are measured, each with the same four shapes of query over the exact terms of title and body.

In: analyzed articles; the terms of a query. Out: totals. Peers get the same terms, already cut, so that only engines
are compared; a peer that is not installed is left out with its reason.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from search.engines.base import Prepared
from search.engines.fields import streams
from search.engines.whoosh import WhooshEngine
from search.query.tree import All, Plan, Prefix, Sequence, Term, Weighted
from search.query.tree import Any as AnyOf

SHAPES = ("or", "and", "phrase", "prefix")


class Peer(Protocol):
    """An engine with an index in a folder."""

    name: str

    def build(self, items: Iterable[Prepared]) -> None:
        """Index the articles, committed when this returns."""

    def open(self) -> None:
        """Open the index for searching."""

    def search(self, shape: str, terms: list[str], facets: bool) -> int:
        """Ten best articles, the exact total, and (if asked) counts by city and month; returns the total."""


class Timbao:
    """This project's embedded engine."""

    name = "timbao"

    def __init__(self, folder: Path) -> None:
        self._engine = WhooshEngine(str(folder))

    def build(self, items: Iterable[Prepared]) -> None:
        with self._engine.writer(rebuild=True) as writer:
            for item in items:
                writer.add(item)
            writer.commit()

    def open(self) -> None:
        self.reader = self._engine.reader()

    def search(self, shape: str, terms: list[str], facets: bool) -> int:
        return self.reader.search(plan(shape, terms, facets)).total


def plan(shape: str, terms: list[str], facets: bool) -> Plan:
    """The plan of a query over exact terms."""
    nodes = tuple(Term("exact", term) for term in terms)
    weighed = tuple(Weighted(node, 1.0) for node in nodes)
    counted = ("city", "month") if facets else ()
    if shape == "prefix":
        return Plan(Prefix("exact", terms[0][:3]), facets=counted)
    if shape == "phrase":
        sequence = Sequence(tuple((node,) for node in nodes))
        return Plan(sequence, (Weighted(sequence, 1.0),), facets=counted)
    return Plan(AnyOf(nodes) if shape == "or" else All(nodes), weighed, facets=counted)


class Tantivy:
    """tantivy through its Python binding: one text field with positions, city and month as fast fields."""

    def __init__(self, folder: Path) -> None:
        import tantivy

        self.name = tantivy.__version__.split(",")[0]
        self._tantivy = tantivy
        folder.mkdir(exist_ok=True)
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("body", stored=False, tokenizer_name="whitespace", index_option="position")
        for name in ("city", "month"):
            builder.add_text_field(name, stored=False, tokenizer_name="raw", index_option="basic", fast=True)
        self._index = tantivy.Index(builder.build(), path=str(folder))

    def build(self, items: Iterable[Prepared]) -> None:
        writer = self._index.writer(1 << 29, 1)
        for item in items:
            document = self._tantivy.Document()
            document.add_text("body", text(item))
            document.add_text("city", item.article.city or "")
            document.add_text("month", (item.article.published or "")[:7])
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        # one segment, as the best case for searching
        self._index.reload()

    def open(self) -> None:
        self._index.reload()
        self._searcher = self._index.searcher()

    def search(self, shape: str, terms: list[str], facets: bool) -> int:
        made = self._tantivy.Query
        schema = self._index.schema
        occur = self._tantivy.Occur
        if shape == "phrase" and len(terms) > 1:
            query = made.phrase_query(schema, "body", terms)
        elif shape == "prefix":
            query = made.regex_query(schema, "body", f"{terms[0][:3]}.*")
        else:
            must = occur.Should if shape == "or" else occur.Must
            query = made.boolean_query([(must, made.term_query(schema, "body", term)) for term in terms])
        total = int(self._searcher.search(query, 10, count=True).count)
        if facets:
            wanted = {name: {"terms": {"field": name, "size": 1000}} for name in ("city", "month")}
            json.dumps(self._searcher.aggregate(query, wanted))
        return total


class Fts5:
    """SQLite's FTS5 over the same terms, city and month in a table beside it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.name = f"SQLite {sqlite3.sqlite_version} FTS5"
        self._path = folder / "fts.db"

    def build(self, items: Iterable[Prepared]) -> None:
        base = sqlite3.connect(self._path)
        base.execute("PRAGMA journal_mode=off")
        base.execute("CREATE VIRTUAL TABLE t USING fts5(body, content='', tokenize=\"unicode61 remove_diacritics 0\")")
        base.execute("CREATE TABLE a(id INTEGER PRIMARY KEY, city TEXT, month TEXT)")
        for number, item in enumerate(items, 1):
            base.execute("INSERT INTO t(rowid, body) VALUES (?, ?)", (number, text(item)))
            month = (item.article.published or "")[:7]
            base.execute("INSERT INTO a VALUES (?, ?, ?)", (number, item.article.city, month))
        base.execute("INSERT INTO t(t) VALUES ('optimize')")
        base.commit()
        base.close()

    def open(self) -> None:
        self._base = sqlite3.connect(self._path)

    def search(self, shape: str, terms: list[str], facets: bool) -> int:
        quoted = [f'"{term}"' for term in terms]
        match = {
            "or": " OR ".join(quoted),
            "and": " AND ".join(quoted),
            "phrase": '"' + " ".join(terms) + '"',
            "prefix": f'"{terms[0][:3]}"*',
        }[shape]
        run = self._base.execute
        run("SELECT rowid, rank FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10", (match,)).fetchall()
        if not facets:
            return int(run("SELECT count(*) FROM t WHERE t MATCH ?", (match,)).fetchone()[0])
        total = 0
        for name in ("city", "month"):
            sql = f"SELECT {name}, count(*) FROM a WHERE id IN (SELECT rowid FROM t WHERE t MATCH ?) GROUP BY {name}"
            total = sum(count for _, count in run(sql, (match,)).fetchall())
        return total


class StockWhoosh:
    """Whoosh 2.7.4 with its own codec, one text field."""

    name = "Whoosh 2.7.4"

    def __init__(self, folder: Path) -> None:
        from search.codec.whoosh_face import stock

        folder.mkdir(exist_ok=True)
        self._stock = stock
        self._folder = folder

    def build(self, items: Iterable[Prepared]) -> None:
        fields, analysis = self._stock.fields, self._stock.analysis
        schema = fields.Schema(body=fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer()))
        for name in ("city", "month"):
            schema.add(name, fields.ID(sortable=True))
        writer = self._stock.index.create_in(str(self._folder), schema).writer(limitmb=512)
        for item in items:
            month = (item.article.published or "")[:7]
            writer.add_document(body=text(item), city=item.article.city, month=month)
        writer.commit()

    def open(self) -> None:
        self._searcher = self._stock.index.open_dir(str(self._folder)).searcher()

    def search(self, shape: str, terms: list[str], facets: bool) -> int:
        from whoosh import query, sorting

        parts = [query.Term("body", term) for term in terms]
        asked: Any = {
            "or": query.Or(parts),
            "and": query.And(parts),
            "phrase": query.Phrase("body", terms),
            "prefix": query.Prefix("body", terms[0][:3]),
        }[shape]
        grouped = sorting.Facets()
        if facets:
            for name in ("city", "month"):
                grouped.add_field(name, maptype=sorting.Count)
        found = self._searcher.search(asked, limit=10, groupedby=grouped if facets else None)
        return len(found)


def text(item: Prepared) -> str:
    """The exact terms of title and body, one blank between."""
    return " ".join(streams_of(item))


def streams_of(item: Prepared) -> list[str]:
    """The exact terms without codes and without the mark of articles that have no diacritics."""
    return item.title.exact_terms() + item.body.exact_terms()


def all_spaces(item: Prepared) -> dict[str, str]:
    """Each space's terms as one text, for comparing sizes."""
    found = streams(item)
    return {name: " ".join(found[name].terms) for name in ("exact", "folded", "pair", "word")}


def peers(folder: Path, wanted: list[str]) -> tuple[list[Peer], list[str]]:
    """The engines asked for, and why others are missing."""
    known: dict[str, Any] = {"timbao": Timbao, "tantivy": Tantivy, "fts5": Fts5, "whoosh": StockWhoosh}
    found: list[Peer] = []
    missing = []
    for name in wanted:
        try:
            found.append(known[name](folder / name))
        except ImportError as error:
            missing.append(f"{name}: {error}")
    return found, missing
