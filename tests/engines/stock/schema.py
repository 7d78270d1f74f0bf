"""The Whoosh schema: term fields that take finished terms, and columns for what is filtered, counted and stored.

In: `Prepared`. Out: the keyword arguments of one `add_document`. Whoosh never analyzes: a `TermField` takes the
streams of `search.engines.fields` as they are. Must not know queries.

The classes here are stored by module path inside an index: moving or renaming one makes older indexes unreadable.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from whoosh import columns, fields, formats

from search.engines.base import Prepared
from search.engines.fields import FIELDS, Stream, streams
from search.engines.stored import stored

POSITIONAL: Final = frozenset({"exact", "folded", "title_exact", "title_folded"})
"""The fields that sequences are looked up in; the others hold frequencies only."""

LENGTHS: Final = ("title_positions", "body_positions", "title_words", "body_words")
ATTRIBUTES: Final = ("id", "city", "source", "byline")


class PositionBytes(formats.Format):  # type: ignore[misc]
    """Posting values: the positions of a term in one article as little-endian int32."""

    posting_size = -1


class FrequencyOnly(formats.Format):  # type: ignore[misc]
    """No posting values: the weight of a posting is its term frequency."""

    posting_size = 0


class TermField(fields.FieldType):  # type: ignore[misc]
    """A field whose value is a `Stream`: finished terms, with or without their positions."""

    def __init__(self, *, positions: bool) -> None:
        super().__init__(format=PositionBytes() if positions else FrequencyOnly(), analyzer=None)
        self.positions = positions

    def index(self, value: Stream, **_: Any) -> Iterator[tuple[bytes, int, float, bytes]]:
        """(term as UTF-8, frequency, weight, posting value) for each term of one article."""
        places: dict[str, list[int]] = {}
        for term, position in zip(value.terms, value.positions, strict=True):
            places.setdefault(term, []).append(position)
        for term, found in places.items():
            encoded = np.array(found, "<i4").tobytes() if self.positions else b""
            yield term.encode("utf-8"), len(found), float(len(found)), encoded


def schema() -> fields.Schema:
    """A new schema: eight term fields, the columns, the stored record."""
    made = fields.Schema(digest=fields.COLUMN(columns.VarBytesColumn()), record=fields.STORED())
    for name in FIELDS:
        made.add(name, TermField(positions=name in POSITIONAL))
    for name in ATTRIBUTES:
        made.add(name, fields.COLUMN(columns.VarBytesColumn()))
    for name in (*LENGTHS, "day"):
        made.add(name, fields.COLUMN(columns.NumericColumn("I")))
    return made


def document(prepared: Prepared) -> dict[str, Any]:
    """The values of every field for one article.

    Raises:
        UnicodeEncodeError: a text holds a lone surrogate.
        ValueError: the date of publication is not a date.
    """
    article = prepared.article
    day = article.day
    values: dict[str, Any] = dict(streams(prepared))
    values["record"] = stored(article)
    values["digest"] = article.digest.encode()
    for name in ATTRIBUTES:
        values[name] = (getattr(article, name) or "").encode("utf-8")
    values["day"] = day.toordinal() if day else 0
    values["title_positions"] = len(prepared.title)
    values["body_positions"] = len(prepared.body)
    values["title_words"] = values["title_word"].length
    values["body_words"] = values["word"].length - values["title_word"].length
    return values
