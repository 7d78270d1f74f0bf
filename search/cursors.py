"""Opaque cursors: where the next page of an answer begins, safe to put into a URL.

In: the query it belongs to and the last hit shown. Out: a short URL-safe string, and back. Must not know engines.

A cursor names its query by a digest, so that one pasted into another search is refused rather than misread.

>>> place = Place(attempt=0, rank=10, after=After(1.5, "a"))
>>> decode(encode(place, "key"), "key") == place
True
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from dataclasses import dataclass

from search.errors import QueryError
from search.query.tree import After


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: which attempt at the query, how many hits came before, and the last one in sort order."""

    attempt: int
    rank: int
    after: After


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def encode(place: Place, key: str) -> str:
    """The cursor of a place in the search that `key` describes."""
    fields = (_digest(key), str(place.attempt), str(place.rank), place.after.value.hex(), place.after.id)
    return base64.urlsafe_b64encode("|".join(fields).encode("utf-8", "surrogatepass")).decode().rstrip("=")


def decode(cursor: str, key: str) -> Place:
    """The place a cursor names. Raises QueryError for a cursor of another search, or one that is not ours."""
    try:
        raw = base64.b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, attempt, rank, value, identifier = raw.decode("utf-8", "surrogatepass").split("|", 4)
        place = Place(int(attempt), int(rank), After(float.fromhex(value), identifier))
    except (ValueError, binascii.Error, OverflowError):
        raise QueryError("cursor cannot be read", "start again without it", "cursor") from None
    if digest != _digest(key) or place.attempt < 0 or place.rank < 0 or not math.isfinite(place.after.value):
        raise QueryError("cursor belongs to another search", "start again without it", "cursor")
    return place
