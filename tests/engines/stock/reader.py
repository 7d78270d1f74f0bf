"""A reader of the embedded index: one commit, from first to last hit, whatever writers do meanwhile.

In: a `Snapshot`. Out: what `search.engines.base.Reader` promises. Must not know files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self

import numpy as np

from search.engines.base import IndexStats, Matches, Prepared, Texts, Tokens, texts
from search.engines.fields import SPACES
from search.engines.stored import analyzed
from search.model import Article
from search.query.tree import EVERYTHING, Plan, Sequence, Space, Term, Zone
from tests.engines.stock.evaluate import Evaluation
from tests.engines.stock.snapshot import Snapshot


class WhooshReader:
    """One generation; shareable between threads."""

    def __init__(self, snapshot: Snapshot, location: str) -> None:
        self._snapshot = snapshot
        self._evaluation = Evaluation(snapshot)
        self._location = location
        self.generation = f"{snapshot.folder.name}.{snapshot.commit}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files."""
        self._snapshot.close()

    def __len__(self) -> int:
        return len(self._snapshot)

    def warm(self, seconds: float) -> None:
        """Nothing: what is read often is kept where it lies."""

    def search(self, plan: Plan) -> Matches:
        """Answer a plan."""
        return self._evaluation.search(plan)

    def scores(self, term: Term | Sequence, ids: tuple[str, ...]) -> dict[str, float]:
        """BM25 of one term in each of `ids`; 0 where it is absent."""
        found = self._evaluation.bm25(term)
        by_number = dict(zip(found.articles.tolist(), found.frequencies.tolist(), strict=True))
        return {identifier: by_number.get(self._snapshot.number(identifier), 0.0) for identifier in ids}

    def articles(self, ids: Iterable[str]) -> list[Article]:
        """The stored articles, in the order asked; unknown ids are left out."""
        numbers = map(self._snapshot.number, ids)
        return [self._snapshot.record(number) for number in numbers if number is not None]

    def prepared(self, ids: Iterable[str]) -> list[Prepared]:
        """Stored articles analysed anew."""
        return analyzed(self.articles(ids))

    def texts(self, ids: Iterable[str]) -> list[Texts]:
        """Stored articles analyzed anew, in columns."""
        return texts(self.prepared(ids))

    def copies(self, id: str) -> tuple[str, ...]:
        """None: this engine does not recognize republished articles."""
        return ()

    def tokens(self, ids: Iterable[str], *, joined: bool = False) -> list[Tokens]:
        """None: stock Whoosh keeps no tokens."""
        return []

    def ids(self) -> Iterator[str]:
        """All article ids."""
        columns = self._snapshot.columns
        return (columns.ids[number] for number in np.flatnonzero(columns.live).tolist())

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold the term."""
        return len(self._evaluation.occurrences(term).articles)

    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]:
        """Terms that begin with `prefix`, in order of code points, with document frequencies."""
        return iter(self._evaluation.lexicon(space, prefix, zone))

    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        """Terms within `distance` edits, nearest and most frequent first."""
        return [(term, -count) for _, count, term in self._evaluation.similar(space, text, distance, "any")]

    def stats(self) -> IndexStats:
        """Figures of this generation."""
        snapshot = self._snapshot
        counts = self.search(Plan(EVERYTHING, facets=("city", "year"), limit=0)).facets
        return IndexStats(
            engine="whoosh",
            location=self._location,
            generation=self.generation,
            articles=len(self),
            segments=len(snapshot.segments),
            size_bytes=sum(size for size, _ in snapshot.manifest["files"].values()),
            terms={space: len(snapshot.lexicon(space)) for space in SPACES},
            cities=dict(counts["city"]),
            years=dict(counts["year"]),
            built=snapshot.manifest.get("built"),
        )
