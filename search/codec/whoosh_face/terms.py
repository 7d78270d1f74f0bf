"""Terms and posting lists as Whoosh asks for them, over any source of sorted terms.

In: a `Source` for each field. Out: Whoosh's `TermsReader`, `FieldCursor` and `LeafMatcher`. Must not know files.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from search.codec.whoosh_face.stock import base, matching, numeric, reading

Values = Callable[[int], bytes]
"""The posting value of the i-th posting, in the form of the field's format."""


class Source(Protocol):
    """The terms of one field, numbered from 0 in the order of their bytes."""

    def __len__(self) -> int: ...

    def text(self, number: int) -> bytes:
        """The term with a number."""

    def place(self, text: bytes) -> int:
        """Number of the first term not before `text`."""

    def find(self, text: bytes) -> int:
        """Number of a term, −1 where there is none."""

    def info(self, number: int) -> Any:
        """Whoosh's `TermInfo` of a term."""

    def postings(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Values]:
        """Articles (ascending), weights, and the posting values of a term."""


class ArrayMatcher(matching.LeafMatcher):  # type: ignore[misc]
    """A posting list as Whoosh's matchers see it; every instance has a place of its own, the arrays are shared."""

    def __init__(
        self, docs: NDArray[Any], weights: NDArray[Any], values: Values, format_: Any, term: Any, scorer: Any
    ) -> None:
        self._docs = docs
        self._ids = docs.tolist()
        self._weights = weights.tolist()
        self._values = values
        self._count = len(self._ids)
        self._at = 0
        self.format = format_
        self._term = term
        self.scorer = scorer

    def is_active(self) -> bool:
        """Whether there is a current posting."""
        return self._at < self._count

    def id(self) -> int:
        """The current article."""
        return int(self._ids[self._at])

    def weight(self) -> float:
        """Weight of the term in the current article."""
        return float(self._weights[self._at])

    def value(self) -> bytes:
        """Posting value of the current article."""
        return self._values(self._at)

    def next(self) -> bool:
        """Go to the next posting."""
        if self._at >= self._count:
            raise matching.ReadTooFar
        self._at += 1
        return False

    def skip_to(self, id: int) -> bool:
        """Go to the first posting not before an article."""
        if self._at >= self._count:
            raise matching.ReadTooFar
        if id > self._ids[self._at]:
            self._at += int(np.searchsorted(self._docs[self._at :], id))
        return False

    def all_ids(self) -> Iterator[int]:
        """The remaining articles."""
        at, self._at = self._at, self._count
        return iter(self._ids[at:])

    def reset(self) -> None:
        """Go back to the first posting."""
        self._at = 0

    def copy(self) -> ArrayMatcher:
        """The same list with a place of its own."""
        return copy.copy(self)

    def supports_block_quality(self) -> bool:
        """Blocks have no bounds on their scores."""
        return False


class ArrayCursor(base.FieldCursor):  # type: ignore[misc]
    """Walks through the terms of a field."""

    def __init__(self, source: Source | None, fieldobj: Any) -> None:
        self._source = source
        self._fieldobj = fieldobj
        self._number = 0

    def first(self) -> Any:
        """Go to the first term."""
        self._number = 0
        return self.text()

    def find(self, term: Any) -> Any:
        """Go to the first term not before `term`."""
        text = term if isinstance(term, bytes) else self._fieldobj.to_bytes(term)
        self._number = self._source.place(text) if self._source is not None else 0
        return self.text()

    def next(self) -> Any:
        """Go to the next term."""
        self._number += 1
        return self.text()

    def text(self) -> Any:
        """The current term, None at the end."""
        if not self.is_valid():
            return None
        assert self._source is not None
        return self._fieldobj.from_bytes(self._source.text(self._number))

    def term_info(self) -> Any:
        """Figures of the current term."""
        assert self._source is not None
        return self._source.info(self._number) if self.is_valid() else None

    def is_valid(self) -> bool:
        """Whether there is a current term."""
        return self._source is not None and self._number < len(self._source)


class ArrayTermsReader(base.TermsReader):  # type: ignore[misc]
    """The terms of a segment."""

    def __init__(self, sources: Mapping[str, Source]) -> None:
        self._sources = dict(sorted(sources.items()))

    def __contains__(self, term: tuple[str, bytes]) -> bool:
        source = self._sources.get(term[0])
        return source is not None and source.find(term[1]) >= 0

    def cursor(self, fieldname: str, fieldobj: Any) -> ArrayCursor:
        """A cursor on a field."""
        return ArrayCursor(self._sources.get(fieldname), fieldobj)

    def terms(self) -> Iterator[tuple[str, bytes]]:
        """All (field, term), in order."""
        return (term for term, _ in self._walk(self._sources, None, b""))

    def terms_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[str, bytes]]:
        """All (field, term) from a place on."""
        return (term for term, _ in self._walk(self._from(fieldname), fieldname, prefix))

    def items(self) -> Iterator[tuple[tuple[str, bytes], Any]]:
        """All ((field, term), info), in order."""
        return ((term, info()) for term, info in self._walk(self._sources, None, b""))

    def items_from(self, fieldname: str, prefix: bytes) -> Iterator[tuple[tuple[str, bytes], Any]]:
        """All ((field, term), info) from a place on."""
        return ((term, info()) for term, info in self._walk(self._from(fieldname), fieldname, prefix))

    def _from(self, fieldname: str) -> list[str]:
        return [name for name in self._sources if name >= fieldname]

    def _walk(
        self, names: Iterable[str], first: str | None, prefix: bytes
    ) -> Iterator[tuple[tuple[str, bytes], Callable[[], Any]]]:
        for name in names:
            source = self._sources[name]
            for number in range(source.place(prefix) if name == first else 0, len(source)):
                yield (name, source.text(number)), lambda s=source, n=number: s.info(n)  # type: ignore[misc]

    def _found(self, fieldname: str, text: bytes) -> tuple[Source, int]:
        source = self._sources.get(fieldname)
        number = source.find(text) if source is not None else -1
        if source is None or number < 0:
            raise reading.TermNotFound(f"No term {fieldname}:{text!r}")
        return source, number

    def term_info(self, fieldname: str, text: bytes) -> Any:
        """Figures of a term."""
        source, number = self._found(fieldname, text)
        return source.info(number)

    def frequency(self, fieldname: str, text: bytes) -> float:
        """Sum of the weights of a term."""
        try:
            return float(self.term_info(fieldname, text).weight())
        except reading.TermNotFound:
            return 0

    def doc_frequency(self, fieldname: str, text: bytes) -> int:
        """Number of articles with a term, deleted ones included, as Whoosh counts."""
        try:
            return int(self.term_info(fieldname, text).doc_frequency())
        except reading.TermNotFound:
            return 0

    def matcher(self, fieldname: str, text: bytes, format_: Any, scorer: Any = None) -> ArrayMatcher:
        """The posting list of a term."""
        source, number = self._found(fieldname, text)
        return ArrayMatcher(*source.postings(number), format_, (fieldname, text), scorer)

    def indexed_field_names(self) -> list[str]:
        """Fields with terms."""
        return list(self._sources)


def rounded(length: int) -> int:
    """A length as Whoosh's own codec keeps it, in one byte: its scorers then give the scores they give there."""
    return int(numeric.byte_to_length(numeric.length_to_byte(length))) if length else 0


def term_info(docs: NDArray[Any], weights: NDArray[Any], lengths: NDArray[Any] | None) -> Any:
    """Whoosh's figures of a posting list; `lengths` of its articles' fields, if the field is scored by length."""
    return reading.TermInfo(
        weight=float(weights.sum()),
        df=len(docs),
        minlength=rounded(int(lengths.min())) if lengths is not None and len(lengths) else None,
        maxlength=rounded(int(lengths.max())) if lengths is not None and len(lengths) else 0,
        maxweight=float(weights.max()) if len(weights) else 0,
        minid=int(docs[0]) if len(docs) else None,
        maxid=int(docs[-1]) if len(docs) else 0,
    )
