"""An analysed article as the terms of each index field: the one place that says what every engine holds.

In: `Prepared`. Out: a `Stream` (terms with positions, and the field's length) for each space and zone. Must not know an
engine, nor how text becomes terms.

Each space makes two fields: one over title and body together, one over the title alone. Title and body share one
numbering of positions with one position left free between them, so nothing is adjacent across the border. Codes are
one more term at the position of their first part, in the exact and folded spaces, and do not count in a field's length.

An article typed wholly without diacritics says nothing about spelling. Its terms of the exact and word spaces are
therefore held as "~" and the folded form ("~nhung"): whoever looks for "nhũng" asks for "nhũng" or "~nhung", and no
accented text is ever taken for such an article.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final, get_args

import numpy as np

from search.analysis.streams import Analysis
from search.engines.base import Prepared
from search.query.tree import Space, Zone

UNMARKED: Final = "~"
"""What the exact and word terms of an article without diacritics begin with."""

SPACES: Final[tuple[Space, ...]] = get_args(Space)
ZONES: Final[tuple[Zone, ...]] = get_args(Zone)


def field_name(space: Space, zone: Zone = "any") -> str:
    """The index field of a space and zone: "exact", "title_exact", ….

    >>> field_name("pair", "title")
    'title_pair'
    """
    return space if zone == "any" else f"title_{space}"


FIELDS: Final[dict[str, tuple[Space, Zone]]] = {
    field_name(space, zone): (space, zone) for zone in ZONES for space in SPACES
}


@dataclass(frozen=True, slots=True)
class Stream:
    """The terms of one field: `terms[i]` stands at `positions[i]`, never descending; `length` is what BM25 counts."""

    terms: list[str]
    positions: list[int]
    length: int


def streams(prepared: Prepared) -> dict[str, Stream]:
    """Every field of an article by name; fields without terms included."""
    plain = prepared.plain
    gap = len(prepared.title) + 1
    fields: dict[str, Stream] = {}
    title_terms, body_terms = _terms(prepared.title, plain), _terms(prepared.body, plain)
    for space in SPACES:
        title, body = title_terms[space], body_terms[space]
        fields[field_name(space, "title")] = title
        fields[field_name(space)] = Stream(
            title.terms + body.terms,
            title.positions + [position + gap for position in body.positions],
            title.length + body.length,
        )
    return fields


def _terms(text: Analysis, plain: bool) -> dict[Space, Stream]:
    folded = text.folded_terms()
    exact = folded if plain else text.exact_terms()
    pairs = [f"{a}_{b}" for a, b in pairwise(folded)]
    mark = UNMARKED if plain else ""
    begins = np.flatnonzero(~text.joined).tolist()
    words = [mark + (exact[a] if b == a + 1 else "_".join(exact[a:b])) for a, b in pairwise([*begins, len(exact)])]
    return {
        "exact": _with_codes(exact, [(c.position, c.folded if plain else c.exact) for c in text.codes], mark),
        "folded": _with_codes(folded, [(c.position, c.folded) for c in text.codes]),
        "pair": Stream(pairs, list(range(len(pairs))), len(pairs)),
        "word": Stream(words, begins, len(words)),
    }


def _with_codes(terms: list[str], codes: list[tuple[int, str]], mark: str = "") -> Stream:
    held, positions = [mark + term for term in terms] if mark else list(terms), list(range(len(terms)))
    # from the end, so that places before stay where they are; codes of one place in the order given
    for position, term in sorted(codes, key=lambda item: item[0])[::-1]:
        held.insert(position + 1, mark + term)
        positions.insert(position + 1, position)
    return Stream(held, positions, len(terms))
