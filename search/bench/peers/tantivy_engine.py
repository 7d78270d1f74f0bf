"""tantivy, a search library in Rust, through its Python package.

In: the exact terms of articles, questions. Out: its answers. Set up for speed: terms already cut (tokenizer
"whitespace"), a text field with positions and nothing stored; city and month as small numbers in fast fields, which
terms aggregations count faster than text, with no more buckets than there are values. Ten best with counts are asked as
two searches, one for the ten best without a count (so that whole blocks can be passed over) and one aggregation, whose
buckets add up to the total: the package cannot hand both to one collector, and this is faster than counting in the
first. Must not know the other engines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
import tantivy as imported

from search.bench.corpus import Item
from search.bench.peers.base import LIMIT, Answer, Ask, file_sizes
from search.bench.questions import Depth, Question
from search.model import Article

library: Any = imported
COUNTED: Final = ("city", "month")
SETUP: Final = 2
"""Of fields; an index of another setup is made anew."""
VALUES: Final = "values"
LEAST_MEMORY = 15_000_000
MOST_MEMORY = 4_000_000_000
"""Bytes that one thread of its writer takes: between these."""


class Raw(NamedTuple):
    """What one question brought: its result and, where asked, its aggregations."""

    result: Any
    counts: Any = None


class TantivySession:
    """A searcher, shared by threads."""

    def __init__(self, index: Any, values: dict[str, list[str]]) -> None:
        self._values = values
        self._counts = {name: {"terms": {"field": name, "size": len(values[name])}} for name in COUNTED}
        self._schema = index.schema
        self._searcher = index.searcher()
        self.segments = int(self._searcher.num_segments)

    def asker(self) -> Ask:
        """Questions as tantivy's own query objects: nothing is parsed."""
        query, searcher, counts = self._query, self._searcher, self._counts

        def ask(question: Question, depth: Depth) -> Raw:
            asked = query(question)
            if depth == "facets":
                return Raw(searcher.search(asked, LIMIT, count=False), searcher.aggregate(asked, counts))
            return Raw(searcher.search(asked, LIMIT, count=depth == "total"))

        return ask

    def _query(self, question: Question) -> Any:
        make, schema = library.Query, self._schema
        if question.shape == "phrase":
            return make.phrase_query(schema, "terms", list(question.terms))
        if question.shape == "prefix":
            return make.regex_query(schema, "terms", re.escape(question.prefix) + ".*")
        occur = library.Occur.Should if question.shape == "or" else library.Occur.Must
        return make.boolean_query([(occur, make.term_query(schema, "terms", term)) for term in question.terms])

    def answer(self, raw: Raw) -> Answer:
        """Counts from the aggregation's buckets."""
        if raw.counts is None:
            return Answer(len(raw.result.hits), raw.result.count)
        cities, months = (
            {self._values[name][int(b["key"])]: b["doc_count"] for b in raw.counts[name]["buckets"]} for name in COUNTED
        )
        return Answer(len(raw.result.hits), sum(cities.values()), cities, months)

    def close(self) -> None:
        """Nothing to do."""


class Numbers:
    """City and month as numbers in the order they are met, with their values for a file beside the index."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {name: {} for name in COUNTED}

    def fields(self, builder: Any) -> None:
        """Declare both columns."""
        for name in COUNTED:
            builder.add_unsigned_field(name, fast=True)

    def add(self, document: Any, article: Article) -> None:
        """Put an article's city and month into its document."""
        for name, value in zip(COUNTED, (article.city or "", (article.published or "")[:7]), strict=True):
            known = self._numbers[name]
            document.add_unsigned(name, known.setdefault(value, len(known)))

    def write(self, folder: Path) -> None:
        """Write the values."""
        (folder / VALUES).write_bytes(orjson.dumps({name: list(known) for name, known in self._numbers.items()}))


class Tantivy:
    """tantivy with one writing thread for each process allowed."""

    name = "tantivy"
    most: int | None = None
    trial_most: int | None = None
    processes: tuple[int, ...] = (1, 2)

    def __init__(self) -> None:
        self.label = "tantivy " + library.__version__.split(",")[0].removeprefix("tantivy v")
        self.version = f"{library.__version__} {SETUP}"
        self.numbers = Numbers()

    def prepare(self) -> None:
        """Nothing beyond the import."""

    def build(self, items: Iterable[Item], folder: Path, processes: int, memory_bytes: int) -> None:
        """Add, commit, and wait for the merges that tantivy's own policy begins."""
        folder.mkdir(parents=True, exist_ok=True)
        self.numbers = Numbers()
        index = library.Index(self._schema(), path=str(folder), reuse=False)
        heap = min(MOST_MEMORY, max(LEAST_MEMORY, memory_bytes // processes)) * processes
        writer = index.writer(heap, processes)
        for document in self._documents(items, processes):
            writer.add_document(document)
        writer.commit()
        writer.wait_merging_threads()
        self.numbers.write(folder)

    def _schema(self) -> Any:
        builder = library.SchemaBuilder()
        builder.add_text_field("terms", tokenizer_name="whitespace", index_option="position")
        self.numbers.fields(builder)
        return builder.build()

    def _documents(self, items: Iterable[Item], processes: int) -> Iterator[Any]:
        for article, terms in items:
            document = library.Document()
            document.add_text("terms", terms)
            self.numbers.add(document, article)
            yield document

    def exists(self, folder: Path) -> bool:
        """Whether its folder is there."""
        return folder.is_dir()

    def sizes(self, folder: Path) -> dict[str, int]:
        """Bytes by ending: idx postings, pos positions, term lexicon, fast columns, store stored fields."""
        return file_sizes(folder)

    def open(self, folder: Path) -> TantivySession:
        """Open the last commit."""
        return TantivySession(library.Index.open(str(folder)), orjson.loads((folder / VALUES).read_bytes()))
