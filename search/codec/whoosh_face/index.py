"""Whoosh indexes over our files: one of articles, for reading; one of any schema, for reading and writing.

In: a folder (and a schema, for an index that is not of articles). Out: `whoosh.index.Index` objects. A table of
contents is JSON in a container; the schema is never stored, only its field names, so that a wrong one is noticed. Must
not know plans.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Final

from search.codec import toc
from search.codec.container import Container, ContainerWriter
from search.codec.segment import Segment
from search.codec.whoosh_face import articles
from search.codec.whoosh_face.codec import ArrayCodec, ArraySegment, ArticleSegment
from search.codec.whoosh_face.stock import filestore, index, reading, writing
from search.errors import IndexBroken, IndexMissing

_NAME: Final = "MAIN"
_TOC: Final = re.compile(r"whoosh-(\d{6,})\.toc")
_FILE: Final = re.compile(r"MAIN_([0-9a-z]+)\.(?:per|trm)")


class ArticleIndex(index.Index):  # type: ignore[misc]
    """The newest generation of an index of articles."""

    def __init__(self, folder: str | Path) -> None:
        self._folder = Path(folder)
        self.schema = articles.schema()
        self.storage = None
        toc.read(self._folder)

    def latest_generation(self) -> int:
        """Number of the newest generation."""
        return toc.newest(self._folder) or 0

    def is_empty(self) -> bool:
        """Whether there is no segment."""
        return not toc.read(self._folder).segments

    def reader(self, reuse: Any = None) -> Any:
        """A reader of the newest generation."""
        listed = toc.read(self._folder)
        readers = []
        for entry in listed.segments:
            deletions = self._folder / entry.deletions if entry.deletions else None
            segment = ArticleSegment(Segment(self._folder / entry.file, deletions))
            readers.append(reading.SegmentReader(None, self.schema, segment, generation=listed.number))
        if not readers:
            return reading.EmptyReader(self.schema)
        return readers[0] if len(readers) == 1 else reading.MultiReader(readers, generation=listed.number)

    def writer(self, **_: Any) -> Any:
        """Refused: articles are written by `search.codec.writing`."""
        raise TypeError("an index of articles is written by timbao, not by Whoosh; use `timbao index --update`")


class ArrayIndex(index.FileIndex):  # type: ignore[misc]
    """An index of any schema, written by Whoosh's writer through `ArrayCodec`."""

    def __init__(self, folder: str | Path, schema: Any) -> None:
        self.storage = filestore.FileStorage(str(folder))
        self.indexname = _NAME
        self._schema = index.ensure_schema(schema)
        self._read_toc()

    def latest_generation(self) -> int:
        """Number of the newest generation, −1 when there is none."""
        numbers = [int(m[1]) for m in map(_TOC.fullmatch, os.listdir(self.storage.folder)) if m]
        return max(numbers, default=-1)

    def last_modified(self) -> float:
        """When the newest generation was committed, in seconds since the epoch."""
        return float(os.path.getmtime(_toc_path(self.storage.folder, self.latest_generation())))

    def _read_toc(self) -> Any:
        number = self.latest_generation()
        if number < 0:
            raise IndexMissing(f"there is no index of Whoosh documents at {self.storage.folder}", "create one first")
        path = _toc_path(self.storage.folder, number)
        meta = Container(path, b"W").meta
        unknown = set(meta["fields"]) - set(self._schema.names())
        if unknown:
            raise IndexBroken(f"{path} has fields that the schema lacks: {', '.join(sorted(unknown))}", "add them")
        found = [ArraySegment.from_description(_NAME, values) for values in meta["segments"]]
        return index.TOC(self._schema, found, number)

    def writer(self, procs: int = 1, **options: Any) -> ArrayWriter:
        """A writer; `procs` is not looked at, everything is written by this process."""
        return ArrayWriter(self, **{"codec": ArrayCodec(), **options})


class ArrayWriter(writing.SegmentWriter):  # type: ignore[misc]
    """Whoosh's segment writer with a table of contents that is not pickled and on the disk before it counts."""

    def _commit_toc(self, segments: list[ArraySegment]) -> None:
        _write_toc(Path(self.storage.folder), self.generation, self.schema, segments)


def _toc_path(folder: str | Path, number: int) -> Path:
    return Path(folder) / f"whoosh-{number:06d}.toc"


def _write_toc(folder: Path, number: int, schema: Any, segments: list[ArraySegment]) -> None:
    path = _toc_path(folder, number)
    fresh = path.with_suffix(".new")
    out = ContainerWriter(fresh, b"W")
    out.close({"fields": list(schema.names()), "segments": [segment.described() for segment in segments]})
    toc.sync(folder)
    os.replace(fresh, path)
    toc.sync(folder)
    kept = {segment.segid for segment in segments}
    for name in os.listdir(folder):
        table, file = _TOC.fullmatch(name), _FILE.fullmatch(name)
        if (table and int(table[1]) != number) or (file and file[1] not in kept):
            (folder / name).unlink(missing_ok=True)


def open_articles(folder: str | Path) -> ArticleIndex:
    """The index of articles in a folder, for any Whoosh query.

    Raises:
        IndexMissing: there is none.
        IndexBroken: its table of contents does not verify.
    """
    return ArticleIndex(folder)


def create_index(folder: str | Path, schema: Any) -> ArrayIndex:
    """A new, empty index of any schema in a folder, which is made when it is not there."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    _write_toc(Path(folder), 0, index.ensure_schema(schema), [])
    return ArrayIndex(folder, schema)


def open_index(folder: str | Path, schema: Any) -> ArrayIndex:
    """The index of a schema in a folder.

    Raises:
        IndexMissing: there is none.
        IndexBroken: it does not verify, or the schema lacks fields of it.
    """
    return ArrayIndex(folder, schema)
