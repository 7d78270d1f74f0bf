"""One writing run on the embedded index, as the protocol of engines has it.

In: `Prepared` articles and ids. Out: a new generation at `commit`, nothing otherwise. Must not know queries.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from search.codec.writing import IndexWriter


class WhooshWriter(IndexWriter):
    """A writing run; leaving the block without `commit` leaves the index as it was."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()
