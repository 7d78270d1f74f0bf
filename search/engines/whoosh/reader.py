"""A reader of the embedded index: one generation, from first to last hit, whatever writers do meanwhile.

In: a table of contents. Out: what `search.engines.base.Reader` promises. Must not know how postings are coded.
"""

from __future__ import annotations

import contextlib
import heapq
import time
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from search import deadline
from search.codec.copies import read_groups
from search.codec.layout import FIELDS, SPACES, field_name
from search.codec.lists import Field
from search.codec.once import Copies
from search.codec.restoring import Restorer
from search.codec.searching import SegmentSearcher
from search.codec.segment import Segment
from search.codec.toc import Toc
from search.engines.base import IndexStats, Matches, Prepared, Texts, Tokens
from search.errors import IndexBroken
from search.model import Article
from search.query.found import SEPARATOR
from search.query.tree import EVERYTHING, Plan, Sequence, Space, Term, Zone

_AT_ONCE = 1 << 24
"""Bytes verified without a look at the time."""


class WhooshReader:
    """One generation; shareable between threads."""

    def __init__(self, folder: Path, toc: Toc) -> None:
        self._folder = folder
        self._toc = toc
        self.segments = tuple(
            Segment(folder / entry.file, folder / entry.deletions if entry.deletions else None)
            for entry in toc.segments
        )
        self._copies = Copies(self.segments, read_groups(folder / toc.groups, self.segments)) if toc.groups else None
        self._searcher = SegmentSearcher(self.segments, self._copies)
        self._restorers: dict[Segment, Restorer] = {}
        self._openings: dict[Space, frozenset[str]] = {}
        self.generation = toc.name

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the files: their maps close with the last array that looks into them."""
        for segment in self.segments:
            segment.close()

    def __len__(self) -> int:
        return self._searcher.statistics.articles

    def warm(self, seconds: float) -> None:
        """Read and verify the files, section by section: a block is verified when it is first read."""
        until = time.monotonic() + seconds
        for container in [segment.container for segment in self.segments]:
            for name, size in container.sizes().items():
                for low in range(0, size, _AT_ONCE):
                    if time.monotonic() > until:
                        return
                    with contextlib.suppress(IndexBroken):  # whoever needs it will be told
                        container.trust(name, low, min(low + _AT_ONCE, size))
                with contextlib.suppress(IndexBroken):
                    container.array(name)  # nobody asks for its blocks any more

    def search(self, plan: Plan) -> Matches:
        """Answer a plan."""
        return self._searcher.search(plan)

    def scores(self, term: Term | Sequence, ids: tuple[str, ...]) -> dict[str, float]:
        """BM25 of one term in each of `ids`; 0 where it is absent."""
        return self._searcher.scores(term, ids)

    def articles(self, ids: Iterable[str]) -> list[Article]:
        """The stored articles, in the order asked; unknown ids are left out."""
        return [segment.records.article(number) for segment, number in self._places(ids)]

    def prepared(self, ids: Iterable[str]) -> list[Prepared]:
        """Stored articles with their analyses, read back from the forward index."""
        return [self._restorer(segment).prepared(number) for segment, number in self._places(ids)]

    def texts(self, ids: Iterable[str]) -> list[Texts]:
        """Titles and bodies of stored articles with their tokens, from the forward index."""
        groups: dict[Segment, list[int]] = {}
        for segment, number in self._places(ids):
            groups.setdefault(segment, []).append(number)
        return [self._restorer(segment).texts(numbers) for segment, numbers in groups.items()]

    def tokens(self, ids: Iterable[str], *, joined: bool = False) -> list[Tokens]:
        """The tokens of stored articles, from the forward index."""
        groups: dict[Segment, dict[str, int]] = {}
        for id in ids:
            for segment in self.segments:
                number = segment.number(id)
                if number >= 0:
                    groups.setdefault(segment, {})[id] = number
                    break
        return [self._restorer(segment).tokens(numbers, joined=joined) for segment, numbers in groups.items()]

    def _restorer(self, segment: Segment) -> Restorer:
        found = self._restorers.get(segment)
        return self._restorers.setdefault(segment, Restorer(segment)) if found is None else found

    def copies(self, id: str) -> tuple[str, ...]:
        """Ids of the other articles with the text of this one."""
        for number, segment in enumerate(self.segments if self._copies else ()):
            doc = segment.number(id)
            if doc >= 0 and self._copies is not None:
                return tuple(self._copies.others(number, doc))
        return ()

    def _places(self, ids: Iterable[str]) -> Iterator[tuple[Segment, int]]:
        for identifier in ids:
            for segment in self.segments:
                number = segment.number(identifier)
                if number >= 0:
                    yield segment, number
                    break

    def ids(self) -> Iterator[str]:
        """All article ids."""
        for segment in self.segments:
            numbers = segment.columns["ids.docs"].tolist()
            for identifier, number in zip(segment.ids, numbers, strict=True):
                if segment.is_live(number):
                    yield identifier.decode("utf-8")

    def frequency(self, term: Term | Sequence) -> int:
        """Number of articles that hold the term."""
        return self._searcher.frequency(term)

    def terms(self, space: Space, prefix: str = "", zone: Zone = "any") -> Iterator[tuple[str, int]]:
        """Terms that begin with `prefix`, in order of code points, with document frequencies."""
        found = [_listed(segment.field(field_name(space, zone)), prefix) for segment in self.segments]
        if len(found) == 1:
            yield from ((term, count) for term, count in found[0] if count)
            return
        for term, group in groupby(heapq.merge(*found), key=lambda item: item[0]):
            count = sum(df for _, df in group)
            if count:
                yield term, count

    def openings(self, space: Space) -> frozenset[str]:
        """The first two words, joined by a blank, of all terms of a space that hold a blank: few do."""
        found = self._openings.get(space)
        if found is None:
            spaced = (text for segment in self.segments for text in segment.field(space).spaced())
            words = (text.partition(SEPARATOR)[0].split(" ", 2) for text in spaced)
            found = self._openings[space] = frozenset(" ".join(pair[:2]) for pair in words if len(pair) > 1)
        return found

    def similar_terms(self, space: Space, text: str, distance: int = 1) -> list[tuple[str, int]]:
        """Terms within `distance` edits, first letter kept, nearest and most frequent first."""
        edits: dict[str, int] = {}
        counts: dict[str, int] = {}
        deadline.check()
        for segment in self.segments:
            field = segment.field(field_name(space, "any"))
            numbers, away = field.similar(text, distance, same_letter=True)
            dfs = field.frequencies(numbers).tolist()
            for number, near, df in zip(numbers.tolist(), away.tolist(), dfs, strict=True):
                term = field.term(number)
                edits[term] = near
                counts[term] = counts.get(term, 0) + df
        order = sorted((edits[t], -n, t) for t, n in counts.items() if n)
        return [(term, -count) for _, count, term in order]

    def stats(self) -> IndexStats:
        """Figures of this generation."""
        counts = self.search(Plan(EVERYTHING, facets=("city", "year"), limit=0)).facets
        names = {space: name for name, (space, zone) in FIELDS.items() if zone == "any"}
        if len(self.segments) == 1 and not len(self.segments[0].live):
            terms = {space: len(self.segments[0].field(names[space])) for space in SPACES}
        else:
            terms = {space: sum(1 for _ in self.terms(space)) for space in SPACES}
        sizes = [(self._folder / name) for name in self._toc.files]
        return IndexStats(
            engine="whoosh",
            location=str(self._folder),
            generation=self.generation,
            articles=len(self),
            segments=len(self.segments),
            size_bytes=sum(path.stat().st_size for path in sizes if path.exists()),
            terms={str(space): count for space, count in terms.items()},
            cities=dict(counts["city"]),
            years=dict(counts["year"]),
            built=self._toc.built,
        )


def _listed(field: Field, prefix: str) -> Iterator[tuple[str, int]]:
    """Terms of one segment that begin with `prefix`, in order, a thousand read at a time as they are asked for."""
    numbers = field.numbers(prefix)
    if field.terms is None:  # pairs are in order of their first terms, which is not that of what they spell
        yield from sorted(zip(map(field.term, numbers.tolist()), field.frequencies(numbers).tolist(), strict=True))
        return
    for at in range(0, len(numbers), 1024):
        some = numbers[at : at + 1024]
        texts = field.terms.entries(int(some[0]), int(some[-1]) + 1)
        yield from zip((text.decode() for text in texts), field.frequencies(some).tolist(), strict=True)
