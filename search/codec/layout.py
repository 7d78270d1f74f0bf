"""The names in a segment: its fields, columns and how a field of pairs is keyed.

In: nothing. Out: constants and small rules that the writing and the reading side share. A field is one space over one
zone; "any" looks at title and body together, "title" at the title alone.
"""

from __future__ import annotations

from typing import Final

from search.query.tree import Space, Zone

UNMARKED: Final = "~"
"""What exact and word terms of an article typed wholly without diacritics begin with."""

SPACES: Final[tuple[Space, ...]] = ("exact", "folded", "pair", "word")
ZONES: Final[tuple[Zone, ...]] = ("any", "title")
FIELDS: Final[dict[str, tuple[Space, Zone]]] = {
    (space if zone == "any" else f"title_{space}"): (space, zone) for zone in ZONES for space in SPACES
}
"""Field name → its space and zone; "exact", "title_exact", …"""

LENGTHS: Final = ("title_positions", "body_positions", "title_words", "body_words")
CATEGORIES: Final = ("city", "source", "byline")
DIGEST_BYTES: Final = 16
GROUP_BITS: Final = 4
GROUP: Final = 1 << GROUP_BITS
"""So many posting lists begin at places counted from one base."""
STRIDE: Final = 256
"""Columns that whole blocks of articles are read of are longer than there are articles, by at least this much."""
RARE: Final = 65535
"""In the forward index: the form is the next entry of the article's rare forms."""


def field_name(space: Space, zone: Zone) -> str:
    """The field that holds a space over a zone."""
    return space if zone == "any" else f"title_{space}"
