"""Whoosh 2.7.4 as it comes, with its own codec.

In: the exact terms of articles, questions. Out: its answers. Terms are already cut (SpaceSeparatedTokenizer), city and
month are sortable columns that its own facets count, all segments are merged to one. Searchers may not be shared
between threads: each takes its own. Must not know the other engines.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, NamedTuple

from search.bench.corpus import Item
from search.bench.peers.base import LIMIT, Answer, Ask, file_sizes
from search.bench.questions import Depth, Question
from search.codec.whoosh_face import stock

MOST: Final = 30_000
"""Articles: it writes some hundred a second, and answers a query on these in about a tenth of a second."""
TRIAL_MOST: Final = 2_000


class Raw(NamedTuple):
    """Its results, and the exact total where asked."""

    results: Any
    total: int | None = None
    counted: bool = False


class StockWhooshSession:
    """The opened index."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._searchers: list[Any] = []
        self.segments = len(index._segments())

    def asker(self) -> Ask:
        """A searcher of its own."""
        searcher = self._index.searcher()
        self._searchers.append(searcher)
        facets = stock.sorting.Facets()
        for name in ("city", "month"):
            facets.add_field(name, maptype=stock.sorting.Count)

        def ask(question: Question, depth: Depth) -> Raw:
            if depth == "facets":
                found = searcher.search(_query(question), limit=LIMIT, groupedby=facets)
                return Raw(found, len(found), counted=True)
            found = searcher.search(_query(question), limit=LIMIT)
            return Raw(found, len(found) if depth == "total" else None)

        return ask

    def answer(self, raw: Raw) -> Answer:
        """Its groups are the counts."""
        groups = {name: dict(raw.results.groups(name)) for name in ("city", "month")} if raw.counted else {}
        return Answer(
            min(LIMIT, raw.results.scored_length()), raw.total, groups.get("city", {}), groups.get("month", {})
        )

    def close(self) -> None:
        """Close every searcher."""
        for searcher in self._searchers:
            searcher.close()
        self._index.close()


def _query(question: Question) -> Any:
    make = stock.query
    if question.shape == "phrase":
        return make.Phrase("terms", list(question.terms))
    if question.shape == "prefix":
        return make.Prefix("terms", question.prefix)
    return (make.Or if question.shape == "or" else make.And)([make.Term("terms", term) for term in question.terms])


class StockWhoosh:
    """Whoosh with its own codec."""

    name = "whoosh"
    most: int | None = MOST
    trial_most: int | None = TRIAL_MOST
    processes: tuple[int, ...] = (1, 2)

    def __init__(self) -> None:
        self.label = f"Whoosh {stock.VERSION}"
        self.version = stock.VERSION

    def prepare(self) -> None:
        """Nothing beyond the import."""

    def build(self, items: Iterable[Item], folder: Path, processes: int, memory_bytes: int) -> None:
        """Write with its own processes where two are allowed; one segment at the end."""
        folder.mkdir(parents=True, exist_ok=True)
        terms_field = stock.fields.TEXT(analyzer=stock.analysis.SpaceSeparatedTokenizer())
        schema = stock.fields.Schema(terms=terms_field)
        for name in ("city", "month"):
            schema.add(name, stock.fields.ID(sortable=True))
        writer = stock.index.create_in(str(folder), schema).writer(procs=processes, limitmb=memory_bytes >> 20)
        for article, terms in items:
            writer.add_document(terms=terms, city=article.city, month=(article.published or "")[:7])
        writer.commit(optimize=True)

    def exists(self, folder: Path) -> bool:
        """Whether its folder is there."""
        return folder.is_dir()

    def sizes(self, folder: Path) -> dict[str, int]:
        """Bytes by ending: seg holds all but the table of contents."""
        return file_sizes(folder)

    def open(self, folder: Path) -> StockWhooshSession:
        """Open the last commit."""
        return StockWhooshSession(stock.index.open_dir(str(folder)))
