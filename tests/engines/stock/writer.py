"""One writing run on the embedded index: add, replace, delete, then commit everything at once or nothing.

In: `Prepared` articles and ids. Out: a new generation (rebuild) or a new commit of the live one (update). Must not know
queries.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from whoosh.codec.whoosh3 import W3Codec

from search.engines.base import Prepared
from search.errors import InputError
from tests.engines.stock import storage
from tests.engines.stock.schema import document, schema
from tests.engines.stock.snapshot import open_snapshot

POOL_MB = 128
"""Memory for postings before a sorted run goes to the disk."""


class WhooshWriter:
    """A writing run; the lock is held until commit or abort."""

    def __init__(self, folder: storage.Folder, *, rebuild: bool) -> None:
        self._folder = folder
        self._lock = folder.lock()
        self._writer: Any = None
        self._before: dict[str, tuple[int, str]] = {}
        self._added: dict[str, int] = {}
        self._deleted: set[str] = set()
        self._changed = False
        self._beside: Path | None = None
        try:
            folder.clean_unfinished()
            if rebuild or not folder.exists():
                self._beside = folder.new_generation()
                index = storage.create(self._beside, schema())
            else:
                live = folder.current()
                with open_snapshot(live) as snapshot:
                    self._before = snapshot.stored_digests()
                index = storage.open_index(live)
            codec = W3Codec(compression=0)  # blocks of one posting, as most are, only grow by compression
            codec.length_stats = False  # lengths are columns; Whoosh would ask the file system for each posting's
            self._writer = storage.DurableWriter(index, limitmb=POOL_MB, codec=codec)
        except BaseException:
            self.abort()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def digest(self, id: str) -> str | None:
        """The digest of the article as stored before this run."""
        found = self._before.get(id)
        return found[1] if found else None

    def add(self, prepared: Prepared) -> None:
        """Add an article, replacing the one with the same id.

        Raises:
            InputError: the article cannot be stored; the run goes on.
        """
        identifier = prepared.article.id
        if not identifier:
            raise InputError("an article has an empty id", "give every article an id of its own")
        try:
            values = document(prepared)
            # encoded here, because Whoosh's writer is dead after one document that fails half-way
            for name in ("exact", "folded", "pair", "word"):
                "".join(values[name].terms).encode("utf-8")
        except UnicodeEncodeError as error:
            raise InputError(
                f"article {identifier!a} holds a lone surrogate at character {error.start}",
                "write the text as valid Unicode",
            ) from error
        except (TypeError, ValueError) as error:
            raise InputError(f"article {identifier!r} cannot be stored: {error}", "mend its fields") from error
        self._forget(identifier)
        number = self._writer.docnum
        self._writer.add_document(**values)
        self._added[identifier] = number
        self._changed = True

    def delete(self, id: str) -> bool:
        """Remove an article; False when it is not there."""
        return self._forget(id)

    def _forget(self, identifier: str) -> bool:
        added = self._added.pop(identifier, None)
        if added is not None:
            # not committed yet: Whoosh itself can only delete what earlier commits hold
            self._writer.newsegment.delete_document(added)
            return True
        if identifier in self._before and identifier not in self._deleted:
            self._writer.delete_document(self._before[identifier][0])
            self._deleted.add(identifier)
            self._changed = True
            return True
        return False

    def commit(self) -> None:
        """Make everything durable and visible at once."""
        if self._changed or self._beside is not None:
            self._writer.commit()
            self._writer = None
            if self._beside is not None:
                self._folder.point_to(self._beside)
                self._beside = None
        self.abort()

    def abort(self) -> None:
        """Leave the index as it was; after a commit this only lets go of the lock."""
        writer, self._writer = self._writer, None
        try:
            if writer is not None and not writer.is_closed:
                writer.cancel()
        finally:
            if self._beside is not None:
                shutil.rmtree(self._beside, ignore_errors=True)
                self._beside = None
            self._lock.release()
