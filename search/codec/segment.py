"""One segment opened for reading: views on its sections, shared by any number of threads, never changed.

In: a segment file and, for a segment with deletions, its file of live articles. Out: posting lists of terms, columns,
lexicons, the forward index, stored originals. Must not know plans.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property, lru_cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.container import REINDEX, Container
from search.codec.layout import CATEGORIES, DIGEST_BYTES, LENGTHS, RARE, STRIDE
from search.codec.lists import Field, code_point_ends
from search.codec.records import Records
from search.codec.tables import Table
from search.errors import IndexBroken
from search.query.tree import Space, Zone

_NO_U8: Final = np.empty(0, np.uint8)
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()
_UNITS: Final = {4: "Y", 7: "M", 10: "D"}
"""Numpy's names of the periods that so many characters of an ISO date tell."""
_KEPT: Final = 50_000
"""Terms whose numbers are kept; beyond that the table starts anew."""
_LINES: Final[dict[Space, int]] = {"exact": 0, "folded": 0, "word": 1, "pair": 2}

_REMEMBERED: Final = 20_000
"""Ids of answers whose numbers are remembered; beyond that the table starts anew."""
_PAGE: Final = 200
"""Of one answer at most so many are."""
_PAGES: Final = 50
"""Answers whose ids wait to be remembered."""


@lru_cache(maxsize=65_536)
def day_text(ordinal: int) -> str:
    """ISO date of a day; empty for 0, undated."""
    return dt.date.fromordinal(ordinal).isoformat() if ordinal else ""


def line(space: Space, zone: Zone) -> int:
    """The line of `Segment.length_lines` that holds the lengths of a field."""
    return 2 * _LINES[space] + (zone == "title")


class _Columns(dict[str, NDArray[Any]]):
    """The columns of a segment, each verified when it is first asked for."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def __missing__(self, name: str) -> NDArray[Any]:
        found = self[name] = self._container.array(name)
        return found


class Segment:
    """One segment of one generation."""

    def __init__(self, path: Path, live_path: Path | None = None) -> None:
        self.container = Container(path)
        self.name = path.stem
        self.meta: dict[str, Any] = self.container.meta
        self.size = int(self.meta["articles"])
        self.live: NDArray[np.uint8] = _NO_U8
        """1 for every article that is not deleted; empty where none is."""
        self.deletions_bytes = 0
        if live_path is not None:
            deletions = Container(live_path, b"D")
            self.live = deletions.array("live")
            if len(self.live) != self.size:
                raise IndexBroken(f"{live_path} is not of the {self.size} articles of {path}", REINDEX)
            self.deletions_bytes = deletions.size
        self._fields: dict[str, Field] = {}
        self._numbers: dict[str, int] = {}
        self._shown: list[tuple[list[str], list[int]]] = []
        """Ids and numbers of pages that were answered, not in the table of numbers yet."""
        self._pages: list[tuple[tuple[tuple[str, float, int], ...], NDArray[np.int64]]] = []
        self._folded: dict[str, int] = {}
        self._periods: dict[int, tuple[list[str], NDArray[np.int64]]] = {}
        self._orders: dict[int, NDArray[np.int32]] = {}
        self._filled: set[int] = set()
        self._codes: dict[int, tuple[list[str], NDArray[np.int32]]] = {}

    @cached_property
    def whole(self) -> NDArray[np.uint8]:
        """The bytes of the file; what is read of them is verified by whoever hands out its place."""
        return self.container.content()

    @cached_property
    def live_count(self) -> int:
        """Number of articles that are not deleted."""
        return int(self.live.sum()) if len(self.live) else self.size

    def close(self) -> None:
        """Part from the fields, which know the segment: so it ends with its last user, not with a collection."""
        self._fields.clear()

    def field(self, name: str) -> Field:
        """A field by name."""
        found = self._fields.get(name)
        if found is None:
            found = self._fields.setdefault(name, Field(self, name))
        return found

    def folded_number(self, text: str) -> int:
        """Number of a term in the field "folded", −1 where it is absent; kept, as pairs are made of few terms."""
        found = self._folded.get(text)
        if found is None:
            if len(self._folded) >= _KEPT:
                self._folded.clear()
            found = self._folded[text] = self.field("folded").find(text)
        return found

    def is_live(self, number: int) -> bool:
        """Whether an article is not deleted."""
        return not len(self.live) or bool(self.live[number])

    @cached_property
    def columns(self) -> dict[str, NDArray[Any]]:
        """Codes of categories and days, lengths, ranks and plainness by name, each of shape (size,)."""
        return _Columns(self.container)

    @cached_property
    def values(self) -> dict[str, list[str]]:
        """Sorted values of each category; code 0 is the empty one."""
        return {name: [v.decode() for v in Table(self.container, f"{name}.values")] for name in CATEGORIES}

    @cached_property
    def days(self) -> NDArray[np.int32]:
        """Ordinals of the days that occur, ascending; code 0 is ordinal 0, undated."""
        return self.container.array("day.values")

    def periods(self, characters: int) -> tuple[list[str], NDArray[np.int64]]:
        """The years (4 characters of an ISO date), months (7) or days (10) that occur, and the first code of each."""
        found = self._periods.get(characters)
        if found is None:
            # all days at once: one by one they take longer than the whole of a first search
            days = (self.days.astype(np.int64) - _EPOCH).astype("datetime64[D]")
            days = days.astype(f"datetime64[{_UNITS[characters]}]")
            changed = np.ones(len(days), bool)
            changed[1:] = (days[1:] != days[:-1]) | (self.days[:-1] == 0)
            firsts = np.flatnonzero(changed)
            texts = np.datetime_as_string(days[firsts]).tolist()
            texts = [text if self.days[first] else "" for text, first in zip(texts, firsts.tolist(), strict=True)]
            found = self._periods[characters] = texts, firsts
        return found

    def period_codes(self, characters: int) -> tuple[list[str], NDArray[np.int32]]:
        """The same periods, and the number of its own for each article."""
        found = self._codes.get(characters)
        if found is None:
            values, firsts = self.periods(characters)
            number_of = np.repeat(np.arange(len(values), dtype=np.int32), np.diff(firsts, append=len(self.days)))
            found = self._codes[characters] = values, number_of[self.columns["day"]]
        return found

    def places(self, column: int) -> NDArray[np.int32]:
        """Where each article is by city (1), source (2), byline (3) or day (4), those of one value by number."""
        found = self._orders.get(column)
        if found is None:
            codes = self.columns[(*CATEGORIES, "day")[column - 1]][: self.size]
            found = np.empty(self.size, np.int32)
            found[np.argsort(codes, kind="stable")] = np.arange(self.size, dtype=np.int32)
            self._orders[column] = found
        return found

    @cached_property
    def ids(self) -> Table:
        """Sorted ids."""
        return Table(self.container, "ids")

    @cached_property
    def records(self) -> Records:
        """Stored originals."""
        return Records(self.container)

    def number(self, identifier: str) -> int:
        """Number of the live article with this id, −1 where there is none."""
        if self._shown or self._pages:
            self._remember()
        known = self._numbers.get(identifier)
        if known is not None:
            return known
        rank = self.ids.find(identifier.encode("utf-8", "replace"))
        if rank < 0:
            return -1
        number = int(self.columns["ids.docs"][rank])
        return number if self.is_live(number) else -1

    def identifiers(self, numbers: NDArray[np.int32]) -> list[str]:
        """Ids of some live articles, whose numbers are asked for next."""
        return self.ranked(numbers.tolist(), self.columns["ids.ranks"][numbers].tolist())

    def ranked(self, numbers: list[int], ranks: list[int]) -> list[str]:
        """The same where the ranks of their ids are known."""
        found = self.ids.some(ranks)
        # many searches are never asked for more than ids
        self._shown.append((found, numbers) if len(found) <= _PAGE else (found[:_PAGE], numbers[:_PAGE]))
        if len(self._shown) > _PAGES:
            self._remember()
        return found

    def shown(self, page: tuple[tuple[str, float, int], ...], numbers: NDArray[np.int64]) -> None:
        """Note the ids of a page, which come first in each of its hits, and their numbers."""
        self._pages.append((page, numbers) if len(page) <= _PAGE else (page[:_PAGE], numbers[:_PAGE]))
        if len(self._pages) > _PAGES:
            self._remember()

    def _remember(self) -> None:
        """Take the pages that were answered into the table of numbers."""
        shown, self._shown = self._shown, []
        pages, self._pages = self._pages, []
        if len(self._numbers) > _REMEMBERED:
            self._numbers.clear()
        for found, numbers in shown:
            self._numbers.update(zip(found, numbers, strict=True))
        for page, docs in pages:
            self._numbers.update(zip(map(itemgetter(0), page), docs.tolist(), strict=True))

    def identifier(self, number: int) -> str:
        """Id of an article."""
        return self.ids[int(self.columns["ids.ranks"][number])]

    def digest(self, number: int) -> str:
        """Digest of an article as stored."""
        digests = self.container.array("digests")
        return bytes(digests[number * DIGEST_BYTES : (number + 1) * DIGEST_BYTES]).hex()

    def lengths(self, space: Space, zone: Zone) -> NDArray[np.uint32]:
        """Length of a field in every article."""
        number = line(space, zone)
        found: NDArray[np.uint32] = self.length_lines[number, : self.size]
        if number not in self._filled:  # threads that come here at once write the same
            title, body = (self.columns[name] for name in (LENGTHS[2:] if space == "word" else LENGTHS[:2]))
            if space == "pair":
                title, body = (column - (column > 0) for column in (title, body))
            found[:] = title if zone == "title" else title + body
            self._filled.add(number)
        return found

    @cached_property
    def length_lines(self) -> NDArray[np.uint32]:
        """Lengths by `line`, shape (6, more than the articles), 0 behind the last; `lengths` fills a line."""
        return np.zeros((6, self.size - self.size % STRIDE + 2 * STRIDE), np.uint32)

    def total_length(self, space: Space, zone: Zone) -> int:
        """Sum of the lengths over live articles."""
        lengths = self.lengths(space, zone)
        return int(lengths[self.live != 0].sum()) if len(self.live) else int(lengths.sum())

    @cached_property
    def forward(self) -> tuple[NDArray[Any], ...]:
        """The forward index as `count_sequences` takes it, from `forms` on; `trust_tokens` verifies these."""
        get = self.container.array
        return (
            self.container.unverified("forward.forms"),
            get("forward.starts"),
            get("forward.rare"),
            get("forward.rare_starts"),
            self.columns["title_positions"],
            self.columns["plain"],
            get("forms.folded"),
            get("codes.starts"),
            get("codes.places"),
            get("codes.exact"),
            get("codes.folded"),
        )

    @cached_property
    def forms(self) -> Table:
        """The distinct exact tokens, most frequent first."""
        return Table(self.container, "forms")

    @cached_property
    def form_widths(self) -> NDArray[np.int32]:
        """Length of each form in code points."""
        return np.diff(code_point_ends(self.forms), prepend=0).astype(np.int32)

    @cached_property
    def form_of_exact(self) -> NDArray[np.int32]:
        """Form of each term of the field "exact", −1 for codes and terms of articles without diacritics."""
        found = np.full(len(self.field("exact")), -1, np.int32)
        ranks = self.container.array("forms.exact")
        known = np.flatnonzero(ranks >= 0)
        found[ranks[known]] = known
        return found

    @cached_property
    def code_terms(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """For each exact and each folded term, whether some code is it."""
        found = np.zeros(len(self.field("exact")), bool), np.zeros(len(self.field("folded")), bool)
        for flags, numbers in zip(found, self.forward[9:], strict=True):
            flags[numbers] = True
        return found

    def trust_tokens(self, numbers: NDArray[np.int32]) -> None:
        """Verify the tokens of some articles in `forward`."""
        starts = self.forward[1]
        size = self.forward[0].itemsize
        self.container.trust_ranges("forward.forms", size * starts[numbers], size * starts[numbers + 1])

    def tokens(self, number: int) -> NDArray[np.int32]:
        """Forms of an article, title then body."""
        self.trust_tokens(np.array([number], np.int32))
        forms, starts, rare, rare_starts = self.forward[:4]
        found = forms[int(starts[number]) : int(starts[number + 1])].astype(np.int32)
        found[found == RARE] = rare[int(rare_starts[number]) : int(rare_starts[number + 1])]
        return found
