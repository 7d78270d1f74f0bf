"""What a Whoosh user who wants Vietnamese words does today: pyvi cuts each article, Whoosh indexes the words.

In: articles. Out: an index whose making is timed; it is never asked. Must not know the other engines.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from search.analysis.segmenter import pyvi_itself
from search.bench.corpus import Item
from search.bench.peers.stock_whoosh import StockWhoosh

PYVI_MOST: Final = 1_000
"""Articles: pyvi cuts some hundred a second."""


class WhooshWithPyvi(StockWhoosh):
    """What a Whoosh user who wants Vietnamese words does today: pyvi cuts each article, Whoosh indexes the words."""

    name = "whoosh-pyvi"
    trial_most: int | None = PYVI_MOST
    processes: tuple[int, ...] = (1,)

    def __init__(self) -> None:
        super().__init__()
        self.label += " + pyvi"

    def prepare(self) -> None:
        """Load pyvi's model."""
        pyvi_itself.tokenize("Tin mới")

    def build(self, items: Iterable[Item], folder: Path, processes: int, memory_bytes: int) -> None:
        """Cut and write."""
        cut = (Item(a, f"{pyvi_itself.tokenize(a.title)} {pyvi_itself.tokenize(a.body)}".lower()) for a, _ in items)
        super().build(cut, folder, processes, memory_bytes)
