"""The posting lists of one field: found by their terms, counted, and verified before they are read.

In: an opened container. Out: numbers of terms, where their lists lie, document frequencies. Must not know queries.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.layout import FIELDS, GROUP_BITS
from search.codec.tables import Table

if TYPE_CHECKING:
    from search.codec.segment import Segment

_NO_U8: Final = np.empty(0, np.uint8)
_HEAD_BYTES: Final = 10
"""At most the bytes of a varint, which a posting list begins with."""


def code_point_ends(table: Table) -> NDArray[np.int64]:
    """Where each entry of a table ends, counted in code points from its beginning."""
    first_bytes = (table.text & 0xC0) != 0x80
    counted = np.concatenate([[0], np.cumsum(first_bytes, dtype=np.int64)]).astype(np.int64)
    ends: NDArray[np.int64] = counted[table.ends.astype(np.int64)]
    return ends


def places(bases: NDArray[Any], starts: NDArray[Any], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Some entries of `starts`, counted from the first list and not from the entry's base."""
    found: NDArray[np.int64] = starts[numbers].astype(np.int64)
    return found + bases[numbers >> GROUP_BITS] if len(bases) else found


class Field:
    """The posting lists of one space over one zone."""

    def __init__(self, segment: Segment, name: str) -> None:
        self.space, self.zone = FIELDS[name]
        self.name = name
        self._segment = segment
        container = self._container = segment.container
        self._names = f"{name}.postings", f"{name}.starts", f"{name}.seconds"
        self.postings: NDArray[np.uint8] = container.unverified(self._names[0])
        """The lists; one is verified when its start is asked for."""
        self.begin = container.begin(self._names[0])
        """Where `postings` begins in the segment's file."""
        # pairs are so many that theirs are verified where they are read
        self._ranged = self.space == "pair"
        self.starts: NDArray[Any] = (container.unverified if self._ranged else container.array)(self._names[1])
        """Where each list begins in `postings`, and where the last ends; of its base, if there are any."""
        self.bases: NDArray[np.uint32] = container.array(f"{name}.bases")
        """What is to be added to each group of `starts`; empty where nothing is."""
        self.terms = None if self.space == "pair" else Table(container, f"{name}.terms")
        empty = np.empty(0, np.uint32)
        self.firsts = container.array(f"{name}.firsts") if self.space == "pair" else empty
        self.seconds = container.unverified(self._names[2]) if self.space == "pair" else empty
        # single numbers are read faster from these
        self._bytes, self._places, self._seconds = self.postings.data, self.starts.data, self.seconds.data
        self._bases = self.bases.data if len(self.bases) else None

    def __len__(self) -> int:
        return len(self.starts) - 1

    def find(self, text: str) -> int:
        """Number of a term, −1 where no article of this segment holds it."""
        if self.terms is not None:
            return self.terms.find(text.encode("utf-8", "replace"))
        first, _, second = text.partition("_")
        a, b = self._segment.folded_number(first), self._segment.folded_number(second)
        return self.find_pair(a, b) if a >= 0 and b >= 0 else -1

    def find_pair(self, a: int, b: int) -> int:
        """Number of the pair of two folded terms (numbers in the field "folded"), −1 where there is none."""
        first, stop = self._pairs_of(a)
        number = bisect_left(self._seconds, b, first, stop)
        return number if number < stop and self._seconds[number] == b else -1

    def _pairs_of(self, a: int) -> tuple[int, int]:
        """Numbers `[first, stop)` of the pairs of a first term, their second terms verified."""
        first, stop = int(self.firsts[a]), int(self.firsts[a + 1])
        if first < stop:
            size = self.seconds.itemsize
            self._container.trust(self._names[2], size * first, size * stop)
        return first, stop

    def term(self, number: int) -> str:
        """The term with a number."""
        if self.terms is not None:
            return self.terms[number]
        folded = self._segment.field("folded").terms
        assert folded is not None
        first = int(np.searchsorted(self.firsts, number, side="right")) - 1
        size = self.seconds.itemsize
        self._container.trust(self._names[2], size * number, size * number + size)
        return f"{folded[first]}_{folded[int(self.seconds[number])]}"

    def spaced(self) -> list[str]:
        """The terms that hold a blank."""
        if self.terms is None:
            return []
        blanks = np.flatnonzero(self.terms.text == ord(" "))
        numbers = np.unique(np.searchsorted(self.terms.ends, blanks, side="right"))
        return self.terms.some(numbers.tolist())

    def numbers(self, prefix: str) -> NDArray[np.int64]:
        """Numbers of the terms that begin with `prefix`, ascending."""
        if self.terms is not None:
            first, stop = self.terms.range(prefix.encode("utf-8", "replace"))
            return np.arange(first, stop, dtype=np.int64)
        folded = self._segment.field("folded").terms
        assert folded is not None
        first_term, joined, second = prefix.partition("_")
        if joined:
            a = folded.find(first_term.encode("utf-8", "replace"))
            if a < 0:
                return np.empty(0, np.int64)
            bounds = np.array(folded.range(second.encode("utf-8", "replace")), np.uint32)
            first, stop = self._pairs_of(a)
            low, high = (first + np.searchsorted(self.seconds[first:stop], bounds)).tolist()
        else:
            low, high = (int(self.firsts[i]) for i in folded.range(prefix.encode("utf-8", "replace")))
        return np.arange(low, high, dtype=np.int64)

    def start(self, number: int) -> int:
        """Where the list of a term begins in `postings`; the list is verified."""
        begin, end = self._edges_of(number)
        self._container.trust(self._names[0], begin, end)
        return begin

    def _edges_of(self, number: int) -> tuple[int, int]:
        if self._ranged:
            size = self.starts.itemsize
            self._container.trust(self._names[1], size * number, size * (number + 2))
        begin, end = self._places[number], self._places[number + 1]
        if self._bases is not None:
            return self._bases[number >> GROUP_BITS] + begin, self._bases[(number + 1) >> GROUP_BITS] + end
        return begin, end

    def starts_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the lists of some terms begin in `postings`; the lists are verified."""
        begins, ends = self.edges(numbers)
        self._container.trust_ranges(self._names[0], begins, ends)
        return begins

    def edges(self, numbers: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where the lists of some terms begin and end in `postings`; the lists are not verified."""
        if self._ranged:
            size = self.starts.itemsize
            self._container.trust_ranges(self._names[1], size * numbers, size * (numbers + 2))
        return places(self.bases, self.starts, numbers), places(self.bases, self.starts, numbers + 1)

    def frequencies(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Number of live articles of each of these terms."""
        from search.codec.kernels import lookups, postings

        out = np.empty(len(numbers), np.int64)
        live = self._segment.live
        if len(live):
            for i, start in enumerate(self.starts_of(numbers).tolist()):
                out[i] = lookups.live_frequency(self.postings, start, live)
        else:
            starts, ends = self.edges(numbers)  # only the head of a list is read
            self._container.trust_ranges(self._names[0], starts, np.minimum(ends, starts + _HEAD_BYTES))
            postings.frequencies(self.postings, starts, out)
        return out

    def frequency(self, number: int) -> int:
        """Number of live articles that hold the term."""
        if len(self._segment.live):
            return int(self.frequencies(np.array([number], np.int64))[0])
        return self.count(number)

    def count(self, number: int) -> int:
        """Number of articles that hold the term, deleted ones too."""
        begin, end = self._edges_of(number)
        self._container.trust(self._names[0], begin, min(end, begin + _HEAD_BYTES))
        value = shift = 0
        for byte in self._bytes[begin : begin + _HEAD_BYTES]:
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        return value >> 2

    @cached_property
    def points(self) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
        """Code points of all terms end to end, and where each ends."""
        if self.terms is None:
            texts = [self.term(i) for i in range(len(self))]
            ends = np.cumsum([len(t) for t in texts], dtype=np.int64) if texts else np.empty(0, np.int64)
            return np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32), ends
        decoded = self.terms.text.tobytes().decode("utf-8")
        return np.frombuffer(decoded.encode("utf-32-le"), np.uint32), code_point_ends(self.terms)

    def similar(self, text: str, most: int, *, same_letter: bool) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Numbers of the terms within `most` edits of `text`, and the edits of each."""
        from search.codec.kernels import edits

        points, ends = self.points
        wanted = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
        first = int(wanted[0]) if same_letter and len(wanted) else -1
        if same_letter and not len(wanted):
            return np.empty(0, np.int64), _NO_U8
        low, high = 0, len(ends)
        if first >= 0 and self.terms is not None:
            low, high = self.terms.range(chr(first).encode("utf-8", "replace"))
            begin = int(ends[low - 1]) if low else 0
            points, ends = points[begin:], ends[low:high] - begin
        out = np.empty(high - low, np.uint8)
        edits.within(points, ends, wanted, first, most, out)
        near = np.flatnonzero(out != 255)
        return near.astype(np.int64) + low, out[near]
