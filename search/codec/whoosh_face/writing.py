"""A Whoosh segment of any schema written as arrays: what Whoosh's own writer calls, document by document, term by term.

In: the calls of `whoosh.writing.SegmentWriter`. Out: two containers beside each other, `.per` (lengths, columns, stored
fields, vectors) and `.trm` (terms and posting lists). Must not know articles.
"""

from __future__ import annotations

import io
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from whoosh.filedb.structfile import StructFile

from search.codec.container import ContainerWriter
from search.codec.tables import write_table
from search.codec.whoosh_face import stored
from search.codec.whoosh_face.stock import base, columns


def path_of(storage: Any, segment: Any, ending: str) -> Path:
    """A file of a segment in a folder's storage."""
    return Path(str(storage.folder), str(segment.make_filename(ending)))


class DocumentWriter(base.PerDocWriterWithColumns):  # type: ignore[misc]
    """Lengths, columns, stored fields and vectors of a new segment."""

    def __init__(self, storage: Any, segment: Any) -> None:
        super().__init__()
        self._storage, self._segment = storage, segment
        self._docnum = -1
        self._lengths: dict[str, dict[int, int]] = {}
        self._columns: dict[str, tuple[io.BytesIO, Any]] = {}
        self._stored: list[bytes] = []
        self._values: dict[str, Any] = {}
        self._vectors: dict[str, list[tuple[int, list[tuple[str, float, bytes]]]]] = {}
        self.is_closed = False

    def start_doc(self, docnum: int) -> None:
        """Begin a document."""
        self._docnum = docnum
        self._values = {}

    def add_field(self, fieldname: str, fieldobj: Any, value: Any, length: int) -> None:
        """Add a field's stored value and length."""
        if value is not None:
            self._values[fieldname] = value
        if length:
            self._lengths.setdefault(fieldname, {})[self._docnum] = length

    def _has_column(self, fieldname: str) -> bool:
        return fieldname in self._columns

    def _create_column(self, fieldname: str, column: Any) -> None:
        if isinstance(column, columns.PickleColumn):
            raise TypeError(f"the column of field {fieldname!r} holds pickles; choose another type of column")
        content = io.BytesIO()
        self._columns[fieldname] = content, column.writer(StructFile(content, name=fieldname))

    def _get_column(self, fieldname: str) -> Any:
        return self._columns[fieldname][1]

    def add_vector_items(self, fieldname: str, fieldobj: Any, items: Iterable[tuple[str, float, bytes]]) -> None:
        """Add the terms of a field of this document, in order."""
        listed = [(text, weight, value or b"") for text, weight, value in items]
        if listed:
            self._vectors.setdefault(fieldname, []).append((self._docnum, listed))

    def finish_doc(self) -> None:
        """End a document."""
        self._stored.append(stored.dumps(self._values))

    def close(self) -> None:
        """Write everything."""
        count = len(self._stored)
        out = ContainerWriter(path_of(self._storage, self._segment, ".per"), b"P")
        for name, lengths in sorted(self._lengths.items()):
            every = np.zeros(count, np.uint32)
            every[list(lengths)] = list(lengths.values())
            out.array(f"length.{name}", every)
        for name, (content, writer) in sorted(self._columns.items()):
            writer.finish(count)
            out.array(f"column.{name}", np.frombuffer(content.getvalue(), np.uint8))
        for name, vectors in sorted(self._vectors.items()):
            starts = np.zeros(count + 1, np.int64)
            starts[[docnum + 1 for docnum, _ in vectors]] = [len(items) for _, items in vectors]
            out.array(f"vector.{name}.starts", np.cumsum(starts))
            items = [item for _, listed in vectors for item in listed]
            write_table(out, f"vector.{name}.terms", (text.encode("utf-8") for text, _, _ in items))
            out.array(f"vector.{name}.weights", np.array([weight for _, weight, _ in items], "<f4"))
            write_table(out, f"vector.{name}.values", (value for _, _, value in items))
        write_table(out, "stored", self._stored)
        out.close({"documents": count})
        self.is_closed = True


class TermWriter(base.FieldWriter):  # type: ignore[misc]
    """Terms and posting lists of a new segment."""

    def __init__(self, storage: Any, segment: Any) -> None:
        self._path = path_of(storage, segment, ".trm")
        self._fields: dict[str, _FieldBuffer] = {}
        self._field = _FieldBuffer()
        self.is_closed = False

    def start_field(self, fieldname: str, fieldobj: Any) -> None:
        """Begin a field."""
        self._field = self._fields.setdefault(fieldname, _FieldBuffer())

    def start_term(self, text: bytes) -> None:
        """Begin a term."""
        self._field.start(text)

    def add(self, docnum: int, weight: float, vbytes: bytes, length: int | None) -> None:
        """Add a posting to the term."""
        self._field.add(docnum, weight, vbytes, length or 0)

    def add_spell_word(self, fieldname: str, text: str) -> None:
        """Words for spelling are the terms themselves."""

    def finish_term(self) -> None:
        """End the term."""
        self._field.ends.append(len(self._field.docs))

    def close(self) -> None:
        """Write everything."""
        out = ContainerWriter(self._path, b"T")
        for name, buffer in sorted(self._fields.items()):
            buffer.write(out, name)
        out.close({"fields": sorted(self._fields)})
        self.is_closed = True


class _FieldBuffer:
    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self.ends = array("q")
        self.docs = array("i")
        self.weights = array("f")
        self.shortest = array("I")
        self.longest = array("I")
        self.values: list[bytes] = []

    def start(self, text: bytes) -> None:
        self.texts.append(text)
        self.shortest.append(0xFFFFFFFF)
        self.longest.append(0)

    def add(self, docnum: int, weight: float, value: bytes, length: int) -> None:
        self.docs.append(docnum)
        self.weights.append(weight)
        self.values.append(value)
        self.shortest[-1] = min(self.shortest[-1], length)
        self.longest[-1] = max(self.longest[-1], length)

    def write(self, out: ContainerWriter, name: str) -> None:
        write_table(out, f"{name}.terms", self.texts)
        out.array(f"{name}.ends", np.array(self.ends, np.int64))
        out.array(f"{name}.docs", np.array(self.docs, np.int32))
        out.array(f"{name}.weights", np.array(self.weights, np.float32))
        out.array(f"{name}.shortest", np.array(self.shortest, np.uint32))
        out.array(f"{name}.longest", np.array(self.longest, np.uint32))
        write_table(out, f"{name}.values", self.values)
