"""This project's engine through its own protocol: analysis, all four spaces, originals and the forward index included.

In: articles, plans. Out: matches. The writing part is what `timbao index` does after reading its sources; the asking
part gives the engine plans over exact terms, as peers are asked. Must not know how an engine answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from search.analysis import VERSION
from search.bench.corpus import Item
from search.bench.peers.base import LIMIT, Answer, Ask, batches
from search.bench.questions import Depth, Question
from search.engines import engine as engine_named
from search.engines import prepare
from search.engines.base import Engine, Matches, Reader
from search.engines.whoosh import WhooshEngine
from search.model import Article
from search.query.tree import All, FacetField, Node, Plan, Prefix, Sequence, Term, Weighted
from search.query.tree import Any as AnyOf
from search.workers import prepared

NAMES = {"whoosh": "timbao", "opensearch": "opensearch"}
COUNTED: tuple[FacetField, ...] = ("city", "month")


def plan(question: Question, depth: Depth) -> Plan:
    """The plan of a question over exact terms of title and body."""
    terms = tuple([Term("exact", term) for term in question.terms])
    weighed: tuple[Weighted, ...] = tuple([Weighted(term, 1.0) for term in terms])
    match: Node
    match question.shape:
        case "or":
            match = AnyOf(terms)
        case "and":
            match = All(terms)
        case "phrase":
            match = Sequence(tuple((term,) for term in terms))
            weighed = (Weighted(match, 1.0),)
        case "prefix":
            match, weighed = Prefix("exact", question.prefix), ()
    return Plan(match, weighed, facets=COUNTED if depth == "facets" else (), limit=LIMIT)


class ProductSession:
    """A reader of the engine."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    @property
    def segments(self) -> int:
        """Segments of the generation."""
        return self.reader.stats().segments

    def asker(self) -> Ask:
        """One reader serves all threads."""
        search = self.reader.search
        return lambda question, depth: search(plan(question, depth))

    def answer(self, raw: Matches) -> Answer:
        """Matches are the common words already."""
        return Answer(len(raw.matches), raw.total, raw.facets.get("city", {}), raw.facets.get("month", {}))

    def close(self) -> None:
        """Close the reader."""
        self.reader.close()


class Product:
    """An engine of this project."""

    most: int | None = None
    trial_most: int | None = None
    processes: tuple[int, ...] = (1, 2)

    def __init__(self, engine: str = "whoosh", url: str | None = None) -> None:
        from search.codec.container import FORMAT

        self._engine = engine
        self._url = url
        self.name = NAMES[engine]
        self.label = "Tìm Báo" if engine == "whoosh" else "Tìm Báo · OpenSearch"
        self.version = f"{engine} {FORMAT}, analysis {VERSION}"

    def prepare(self) -> None:
        """Compile the kernels, or load them, and the analysis."""
        prepare(self._engine)
        list(prepared([[Article("0", "Tin mới", "Một cửa công khai.")]]))

    def _held(self, folder: Path, memory_bytes: int = 1 << 30) -> Engine:
        # never the index that people search: its name on the cluster is one of this corpus
        place = f"{self._url}-bench-{folder.parent.name}" if self._url else str(folder)
        return engine_named(self._engine, place, memory_bytes=memory_bytes)

    def build(self, items: Iterable[Item], folder: Path, processes: int, memory_bytes: int) -> None:
        """Analyze and write, with this many processes for analysis."""
        with self._held(folder, memory_bytes).writer(rebuild=True) as writer:
            for one in prepared(batches(items), processes):
                writer.add(one)
            writer.commit()

    def exists(self, folder: Path) -> bool:
        """Whether there is an index."""
        return self._held(folder).exists()

    def sizes(self, folder: Path) -> dict[str, int]:
        """Bytes by what a section of the files holds; a cluster tells one number."""
        with self._held(folder).reader() as reader:
            whole = reader.stats().size_bytes
            kinds = _kinds(folder) if self._engine == "whoosh" else {}
        rest = whole - sum(kinds.values())
        return {**kinds, "rest" if kinds else "index": rest}

    def pages(self, folder: Path) -> tuple[Callable[[str], Any], Callable[[], None]]:
        """What answers a typed query as people get it (best page with snippets, all facets), and what closes it."""
        from search.service import Index

        index = Index(self._held(folder))
        return index.search, index.close

    def open(self, folder: Path) -> ProductSession:
        """Open the newest generation."""
        return ProductSession(self._held(folder).reader())


SPACES = ("exact", "folded", "pair", "word")


def _kinds(folder: Path) -> dict[str, int]:
    found: dict[str, int] = {}
    reader: Any = WhooshEngine(str(folder)).reader()
    for segment in reader.segments:
        for section, size in segment.container.sizes().items():
            first = section.split(".")[0]
            kind = first.removeprefix("title_")
            kind = kind if kind in {*SPACES, "records", "forward", "forms"} else "columns"
            found[kind] = found.get(kind, 0) + size
    reader.close()
    return found
