"""The codec and the two kinds of segments it serves: articles, and documents of any Whoosh schema.

In: Whoosh's calls. Out: our readers and writers. Must not know folders' tables of contents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from search.codec.segment import Segment
from search.codec.whoosh_face import articles, segments
from search.codec.whoosh_face.stock import base, whoosh3
from search.codec.whoosh_face.terms import ArrayTermsReader
from search.codec.whoosh_face.writing import DocumentWriter, TermWriter


class ArrayCodec(base.Codec):  # type: ignore[misc]
    """Segments as containers of arrays; nothing in them is pickled."""

    def per_document_writer(self, storage: Any, segment: Any) -> DocumentWriter:
        """Writer of lengths, columns, stored fields and vectors."""
        return DocumentWriter(storage, segment)

    def field_writer(self, storage: Any, segment: Any) -> TermWriter:
        """Writer of terms and posting lists."""
        return TermWriter(storage, segment)

    def terms_reader(self, storage: Any, segment: Any) -> ArrayTermsReader:
        """Reader of terms and posting lists."""
        if isinstance(segment, ArticleSegment):
            return ArrayTermsReader(articles.sources(segment.opened))
        return ArrayTermsReader(segments.sources(storage, segment))

    def per_document_reader(self, storage: Any, segment: Any) -> Any:
        """Reader of lengths, columns, stored fields and vectors."""
        if isinstance(segment, ArticleSegment):
            return articles.ArticleReader(segment.opened)
        return segments.DocumentReader(storage, segment)

    def supports_columns(self) -> bool:
        """There are columns."""
        return True

    def new_segment(self, storage: Any, indexname: str) -> ArraySegment:
        """A segment about to be written."""
        return ArraySegment(self, indexname)


class ArraySegment(whoosh3.W3Segment):  # type: ignore[misc]
    """A segment of any schema; its files are never assembled into one, for they are mapped as they are."""

    def is_compound(self) -> bool:
        """Never."""
        return False

    def create_compound_file(self, storage: Any) -> None:
        """Leave the files as they are."""

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Delete a document, or take its deletion back."""
        if delete:
            super().delete_document(docnum)
        elif self._deleted is not None:
            self._deleted.discard(docnum)

    def described(self) -> dict[str, Any]:
        """The segment as JSON values."""
        return {"id": self.segid, "documents": self._doccount, "deleted": sorted(self._deleted or ())}

    @classmethod
    def from_description(cls, indexname: str, values: dict[str, Any]) -> ArraySegment:
        """The segment of JSON values."""
        deleted = set(map(int, values["deleted"])) or None
        return cls(ArrayCodec(), indexname, int(values["documents"]), str(values["id"]), deleted)


class ArticleSegment(base.Segment):  # type: ignore[misc]
    """A segment of articles, for reading."""

    def __init__(self, opened: Segment) -> None:
        self.indexname, self.segid = opened.name.rsplit("_", 1)
        self.compound = False
        self.opened = opened

    def codec(self, **_: Any) -> ArrayCodec:
        """The codec that reads it."""
        return ArrayCodec()

    def doc_count_all(self) -> int:
        """Number of articles, deleted ones included."""
        return self.opened.size

    def deleted_count(self) -> int:
        """Number of deleted articles."""
        return self.opened.size - self.opened.live_count

    def deleted_docs(self) -> Iterator[int]:
        """The deleted articles."""
        return articles.ArticleReader(self.opened).deleted_docs()

    def is_deleted(self, docnum: int) -> bool:
        """Whether an article is deleted."""
        return not self.opened.is_live(docnum)

    def delete_document(self, docnum: int, delete: bool = True) -> None:
        """Refused: articles are deleted by `search.codec.writing`."""
        raise TypeError("an index of articles is written by timbao, not by Whoosh; use `timbao delete ID`")

    def list_files(self, storage: Any) -> Iterable[str]:
        """Names of its files."""
        return [self.opened.container.path.name]
