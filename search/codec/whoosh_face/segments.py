"""A Whoosh segment of any schema read from arrays.

In: the two containers of `search.codec.whoosh_face.writing`. Out: sources of terms and a per-document reader. Must not
know articles.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray
from whoosh.filedb.structfile import BufferFile

from search.codec.container import Container
from search.codec.tables import Table
from search.codec.whoosh_face import stored
from search.codec.whoosh_face.stock import base, matching, reading
from search.codec.whoosh_face.terms import Source, Values, rounded
from search.codec.whoosh_face.writing import path_of


class ListedSource:
    """The terms of one field."""

    def __init__(self, container: Container, name: str) -> None:
        self._terms = Table(container, f"{name}.terms")
        self._values = Table(container, f"{name}.values")
        get = container.array
        self._ends, self._docs, self._weights = (get(f"{name}.{part}") for part in ("ends", "docs", "weights"))
        self._shortest, self._longest = get(f"{name}.shortest"), get(f"{name}.longest")

    def __len__(self) -> int:
        return len(self._terms)

    def text(self, number: int) -> bytes:
        """The term with a number."""
        return self._terms.entry(number)

    def place(self, text: bytes) -> int:
        """Number of the first term not before `text`."""
        return self._terms.place(text)

    def find(self, text: bytes) -> int:
        """Number of a term, −1 where there is none."""
        return self._terms.find(text)

    def _range(self, number: int) -> tuple[int, int]:
        return int(self._ends[number - 1]) if number else 0, int(self._ends[number])

    def info(self, number: int) -> Any:
        """Figures of a term."""
        first, stop = self._range(number)
        weights = self._weights[first:stop]
        return reading.TermInfo(
            weight=float(weights.sum(dtype="f8")),
            df=stop - first,
            minlength=int(self._shortest[number]),
            maxlength=int(self._longest[number]),
            maxweight=float(weights.max()),
            minid=int(self._docs[first]),
            maxid=int(self._docs[stop - 1]),
        )

    def postings(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Values]:
        """Documents, weights and values."""
        first, stop = self._range(number)
        return self._docs[first:stop], self._weights[first:stop], lambda i: self._values.entry(first + i)


def sources(storage: Any, segment: Any) -> dict[str, Source]:
    """Every indexed field of a segment."""
    container = Container(path_of(storage, segment, ".trm"), b"T")
    return {name: ListedSource(container, name) for name in container.meta["fields"]}


class DocumentReader(base.PerDocumentReader):  # type: ignore[misc]
    """Lengths, columns, stored fields and vectors of a segment."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._segment = segment
        self._container = Container(path_of(storage, segment, ".per"), b"P")
        self._stored = Table(self._container, "stored")

    def doc_count(self) -> int:
        """Number of live documents."""
        return self.doc_count_all() - int(self._segment.deleted_count())

    def doc_count_all(self) -> int:
        """Number of documents, deleted ones included."""
        return len(self._stored)

    def has_deletions(self) -> bool:
        """Whether a document is deleted."""
        return bool(self._segment.has_deletions())

    def is_deleted(self, docnum: int) -> bool:
        """Whether this document is deleted."""
        return bool(self._segment.is_deleted(docnum))

    def deleted_docs(self) -> Iterator[int]:
        """The deleted documents."""
        return iter(self._segment.deleted_docs())

    def supports_columns(self) -> bool:
        """There are columns."""
        return True

    def has_column(self, fieldname: str) -> bool:
        """Whether a field has a column."""
        return f"column.{fieldname}" in self._container

    def list_columns(self) -> list[str]:
        """Fields with a column."""
        return [name.removeprefix("column.") for name in self._container.sizes() if name.startswith("column.")]

    def column_reader(self, fieldname: str, column: Any) -> Any:
        """The column of a field."""
        content = self._container.array(f"column.{fieldname}").tobytes()
        return column.reader(BufferFile(content), 0, len(content), self.doc_count_all())

    def _lengths(self, fieldname: str) -> NDArray[Any] | None:
        name = f"length.{fieldname}"
        return self._container.array(name) if name in self._container else None

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Length of a field in a document, rounded as Whoosh does."""
        lengths = self._lengths(fieldname)
        return default if lengths is None else rounded(int(lengths[docnum]))

    def field_length(self, fieldname: str) -> int:
        """Sum of the lengths of a field."""
        lengths = self._lengths(fieldname)
        return 0 if lengths is None else int(lengths.sum())

    def min_field_length(self, fieldname: str) -> int:
        """Smallest length of a field."""
        lengths = self._lengths(fieldname)
        return 0 if lengths is None or not len(lengths) else rounded(int(lengths.min()))

    def max_field_length(self, fieldname: str) -> int:
        """Greatest length of a field."""
        lengths = self._lengths(fieldname)
        return 0 if lengths is None or not len(lengths) else rounded(int(lengths.max()))

    def has_vector(self, docnum: int, fieldname: str) -> bool:
        """Whether a document has a vector of a field."""
        if f"vector.{fieldname}.starts" not in self._container:
            return False
        starts = self._container.array(f"vector.{fieldname}.starts")
        return bool(starts[docnum] < starts[docnum + 1])

    def vector(self, docnum: int, fieldname: str, format_: Any) -> Any:
        """The vector of a field in a document."""
        starts = self._container.array(f"vector.{fieldname}.starts")
        first, stop = int(starts[docnum]), int(starts[docnum + 1])
        texts = Table(self._container, f"vector.{fieldname}.terms").entries(first, stop)
        weights = self._container.array(f"vector.{fieldname}.weights")[first:stop].tolist()
        values = Table(self._container, f"vector.{fieldname}.values").entries(first, stop)
        return matching.ListMatcher([t.decode("utf-8") for t in texts], weights, values, format_)

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """Stored values of a document."""
        return stored.loads(self._stored.entry(docnum))
