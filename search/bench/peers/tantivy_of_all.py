"""tantivy holding all that this engine holds: indexed for its size and speed, never asked.

In: articles. Out: an index whose making is timed. Each field is in the least form that answers what this engine
answers. Must not know the other engines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from search.bench.corpus import Item
from search.bench.peers.base import batches
from search.bench.peers.tantivy_engine import Tantivy, library
from search.engines.fields import FIELDS, streams
from search.model import Article
from search.workers import prepared

POSITIONED: Final = frozenset({"exact", "folded", "title_exact", "title_folded"})
"""Fields that phrases may be asked of; the others hold frequencies only, as this engine's do."""


class TantivyOfAll(Tantivy):
    """tantivy behind this project's analysis: four spaces over two zones, originals stored, facets as columns."""

    name = "tantivy-all"

    def __init__(self) -> None:
        super().__init__()
        self.label += ", mọi trường / all fields"

    def prepare(self) -> None:
        """Load the analysis."""
        list(prepared([[Article("0", "Tin mới", "Một cửa công khai.")]]))

    def _schema(self) -> Any:
        builder = library.SchemaBuilder()
        for name in FIELDS:
            option = "position" if name in POSITIONED else "freq"
            builder.add_text_field(name, tokenizer_name="whitespace", index_option=option)
        builder.add_bytes_field("original", stored=True)
        self.numbers.fields(builder)
        return builder.build()

    def _documents(self, items: Iterable[Item], processes: int) -> Iterator[Any]:
        for one in prepared(batches(items), processes):
            document = library.Document()
            for name, stream in streams(one).items():
                document.add_text(name, " ".join(stream.terms))
            document.add_bytes("original", f"{one.article.title}\n{one.article.body}".encode())
            self.numbers.add(document, one.article)
            yield document
