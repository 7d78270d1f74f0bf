"""An article segment as Whoosh reads it: terms of the eight fields, attributes as terms and columns, stored fields.

In: `Segment`. Out: sources of terms with positions read from the forward index, and a per-document reader. Must not
know folders. Whoosh counts deleted articles in its frequencies and lengths until they are merged away, and so does
this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from search.codec.layout import CATEGORIES, FIELDS, UNMARKED
from search.codec.lists import Field
from search.codec.segment import Segment, day_text
from search.codec.tables import Table
from search.codec.whoosh_face.positions import ArrayPositions
from search.codec.whoosh_face.stock import analysis, base, columns, fields
from search.codec.whoosh_face.terms import Source, Values, rounded, term_info

ATTRIBUTES: Final = ("id", *CATEGORIES, "day")
_STORED: Final = ("title", "body", "published", "url")


def schema() -> Any:
    """The Whoosh schema of an index of articles."""
    made = fields.Schema()
    for name in FIELDS:
        text = fields.TEXT(analyzer=analysis.SpaceSeparatedTokenizer(), phrase=True)
        text.format = ArrayPositions()
        made.add(name, text)
    for name in ATTRIBUTES:
        made.add(name, fields.ID(stored=True, unique=name == "id", sortable=True))
    for name in _STORED:
        made.add(name, fields.STORED())
    return made


class TermSource:
    """The terms of one space over one zone."""

    def __init__(self, segment: Segment, name: str) -> None:
        self._segment = segment
        self._field = segment.field(name)

    def __len__(self) -> int:
        return len(self._field)

    @cached_property
    def _order(self) -> tuple[list[bytes], list[int]]:
        """Pairs in the order of their bytes, with their numbers; text fields are in order already."""
        texts = [self._field.term(number).encode() for number in range(len(self._field))]
        order = sorted(range(len(texts)), key=texts.__getitem__)
        return [texts[i] for i in order], order

    def text(self, number: int) -> bytes:
        """The term with a number."""
        if self._field.terms is not None:
            return self._field.terms.entry(number)
        return self._order[0][number]

    def place(self, text: bytes) -> int:
        """Number of the first term not before `text`."""
        if self._field.terms is not None:
            return self._field.terms.place(text)
        from bisect import bisect_left

        return bisect_left(self._order[0], text)

    def find(self, text: bytes) -> int:
        """Number of a term, −1 where there is none."""
        number = self.place(text)
        return number if number < len(self) and self.text(number) == text else -1

    def info(self, number: int) -> Any:
        """Figures of a term."""
        docs, weights, _ = self.postings(number)
        return term_info(docs, weights, self._segment.lengths(self._field.space, self._field.zone)[docs])

    def postings(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Values]:
        """Articles, frequencies and encoded positions."""
        from search.codec.kernels import postings

        own = number if self._field.terms is not None else self._order[1][number]
        count = np.empty(1, np.int64)
        start = self._field.start(own)
        postings.frequencies(self._field.postings, np.array([start], np.int64), count)
        docs, tfs = np.empty(int(count[0]), np.int32), np.empty(int(count[0]), np.int32)
        postings.get_list(self._field.postings, start, docs, tfs, 0)
        where = places(self._segment, self._field, self.text(number).decode("utf-8"))
        return docs, tfs, lambda i: ArrayPositions().encode(where(int(docs[i])))


class AttributeSource:
    """A facet column or the ids as terms of one word each."""

    def __init__(self, texts: list[bytes], docs: Callable[[int], NDArray[Any]]) -> None:
        self._texts = texts
        self._docs = docs

    def __len__(self) -> int:
        return len(self._texts)

    def text(self, number: int) -> bytes:
        """The value with a number."""
        return self._texts[number]

    def place(self, text: bytes) -> int:
        """Number of the first value not before `text`."""
        from bisect import bisect_left

        return bisect_left(self._texts, text)

    def find(self, text: bytes) -> int:
        """Number of a value, −1 where there is none."""
        number = self.place(text)
        return number if number < len(self) and self._texts[number] == text else -1

    def info(self, number: int) -> Any:
        """Figures of a value."""
        docs, weights, _ = self.postings(number)
        return term_info(docs, weights, None)

    def postings(self, number: int) -> tuple[NDArray[Any], NDArray[Any], Values]:
        """Articles with the value, each with weight 1."""
        docs = self._docs(number)
        return docs, np.ones(len(docs)), lambda i: b""


def sources(segment: Segment) -> dict[str, Source]:
    """Every indexed field of an article segment."""
    found: dict[str, Source] = {name: TermSource(segment, name) for name in FIELDS}
    numbers = segment.columns["ids.docs"]
    found["id"] = AttributeSource(list(segment.ids), lambda i: numbers[i : i + 1])
    for name in (*CATEGORIES, "day"):
        texts = attribute_values(segment, name)
        column = segment.columns[name]
        # code 0 is the empty value: such an article has no term
        found[name] = AttributeSource(texts[1:], lambda i, c=column: np.flatnonzero(c == i + 1))  # type: ignore[misc]
    return found


def attribute_values(segment: Segment, name: str) -> list[bytes]:
    """The distinct values of a facet column, code after code."""
    if name == "day":
        return [day_text(int(ordinal)).encode() for ordinal in segment.days]
    return Table(segment.container, f"{name}.values").entries()


def places(segment: Segment, field: Field, text: str) -> Callable[[int], list[int]]:
    """Positions of a term in an article; the body's come after the title's with one position between."""
    folded_of, code_starts, code_places, code_exact, code_folded = segment.forward[6:]
    titles = segment.columns["title_positions"]
    number = segment.field("exact" if field.space == "exact" else "folded").find(text)
    codes = code_exact if field.space == "exact" else code_folded
    texts = lru_cache(maxsize=None)(segment.forms.__getitem__)
    folded_terms = segment.field("folded").terms
    assert folded_terms is not None

    def in_article(doc: int) -> list[int]:
        tokens = segment.tokens(doc)
        title = int(titles[doc])
        plain = bool(segment.columns["plain"][doc])
        folded = folded_of[tokens]
        if field.space == "word":
            start = int(segment.forward[1][doc])
            packed = segment.container.array("forward.joined")
            joined = np.unpackbits(packed[start >> 3 : (start + len(tokens) + 7) >> 3])[start & 7 :][: len(tokens)]
            firsts = [i for i in range(len(tokens)) if i in (0, title) or not joined[i]]
            found = []
            for first, stop in zip(firsts, [*firsts[1:], len(tokens)], strict=True):
                parts = [folded_terms[int(folded[i])] if plain else texts(int(tokens[i])) for i in range(first, stop)]
                if (UNMARKED if plain else "") + "_".join(parts) == text:
                    found.append(first)
        elif field.space == "pair":
            pairs = [f"{folded_terms[int(a)]}_{folded_terms[int(b)]}" for a, b in pairwise(folded)]
            found = [i for i, pair in enumerate(pairs) if pair == text and i + 1 != title]
        else:
            if field.space == "folded":
                held = folded == number
            elif plain:
                bare = segment.field("folded").find(text.removeprefix(UNMARKED)) if text.startswith(UNMARKED) else -1
                held = folded == bare
            else:
                held = tokens == (segment.form_of_exact[number] if number >= 0 else -1)
            found = np.flatnonzero(held).tolist()
            first, stop = int(code_starts[doc]), int(code_starts[doc + 1])
            found += [int(code_places[i]) for i in range(first, stop) if codes[i] == number]
        return sorted(p + (p >= title) for p in found if field.zone == "any" or p < title)

    return in_article


class ArticleReader(base.PerDocumentReader):  # type: ignore[misc]
    """Columns, lengths and stored fields of an article segment."""

    def __init__(self, segment: Segment) -> None:
        self._segment = segment

    def doc_count(self) -> int:
        """Number of live articles."""
        return self._segment.live_count

    def doc_count_all(self) -> int:
        """Number of articles, deleted ones included."""
        return self._segment.size

    def has_deletions(self) -> bool:
        """Whether an article is deleted."""
        return self._segment.live_count < self._segment.size

    def is_deleted(self, docnum: int) -> bool:
        """Whether this article is deleted."""
        return not self._segment.is_live(docnum)

    def deleted_docs(self) -> Iterator[int]:
        """The deleted articles."""
        live = self._segment.live
        return iter(np.flatnonzero(live == 0).tolist() if len(live) else ())

    def supports_columns(self) -> bool:
        """There are columns."""
        return True

    def has_column(self, fieldname: str) -> bool:
        """Whether a field has a column."""
        return fieldname in ATTRIBUTES

    def list_columns(self) -> list[str]:
        """Fields with a column."""
        return list(ATTRIBUTES)

    def column_reader(self, fieldname: str, column: Any) -> AttributeColumn:
        """The column of a field."""
        if fieldname == "id":
            return AttributeColumn(self._segment.ids.entries(), self._segment.columns["ids.ranks"])
        return AttributeColumn(attribute_values(self._segment, fieldname), self._segment.columns[fieldname])

    def doc_field_length(self, docnum: int, fieldname: str, default: int = 0) -> int:
        """Length of a field in an article, rounded as Whoosh does."""
        if fieldname not in FIELDS:
            return default
        return rounded(int(self._segment.lengths(*FIELDS[fieldname])[docnum]))

    def _lengths(self, fieldname: str) -> NDArray[Any]:
        lengths: NDArray[Any] = self._segment.lengths(*FIELDS[fieldname])
        return lengths

    def field_length(self, fieldname: str) -> int:
        """Sum of the lengths of a field, deleted articles included."""
        return int(self._lengths(fieldname).sum()) if fieldname in FIELDS else 0

    def min_field_length(self, fieldname: str) -> int:
        """Smallest length of a field."""
        if fieldname not in FIELDS or not self._segment.size:
            return 0
        return rounded(int(self._lengths(fieldname).min()))

    def max_field_length(self, fieldname: str) -> int:
        """Greatest length of a field."""
        return rounded(int(self._lengths(fieldname).max(initial=0))) if fieldname in FIELDS else 0

    def stored_fields(self, docnum: int) -> dict[str, Any]:
        """The article's stored fields; those without a value are left out."""
        article = self._segment.records.article(docnum)
        values = {name: value for name, value in asdict(article).items() if name in (*ATTRIBUTES, *_STORED) and value}
        if article.day:
            values["day"] = article.day.isoformat()
        return values


class AttributeColumn(columns.ColumnReader):  # type: ignore[misc]
    """A column of values by code."""

    def __init__(self, values: list[bytes], codes: NDArray[Any]) -> None:
        self._values = values
        self._codes = codes
        self._doccount = len(codes)
        self._reverse = False

    def __getitem__(self, docnum: int) -> bytes:
        return self._values[int(self._codes[docnum])]

    def set_reverse(self) -> None:
        """Make sort keys descend."""
        self._reverse = True

    def sort_key(self, docnum: int) -> Any:
        """What sorts this article."""
        code = int(self._codes[docnum])
        return -code if self._reverse else self._values[code]
