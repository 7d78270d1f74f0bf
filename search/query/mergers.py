"""Places that are part of another one since July 2025: what a reader who asks for one should know.

In: the canonical name of a place, and how the query asked for it. Out: a `Note`. Articles keep the place as of their
publication, so nothing is merged by itself. Must not know the index or engines.

>>> note("Hải Dương").query
'"Hải Dương" HOẶC "Hải Phòng"'
>>> note("Hải Phòng") is None
True
"""

from __future__ import annotations

from collections.abc import Sequence

from search import gazetteer
from search.model import Note
from search.query.tokens import Token

_WORDS = frozenset({"Hòa Bình"})
"""Names of units that are words of the language too: "hòa bình" is peace."""
_UNITS = frozenset({"tinh", "pho", "tp"})


def note(unit: str, *, field: bool = False) -> Note | None:
    """The note for a unit that was merged into another; None for those that still stand.

    Args:
        unit: Canonical name of before July 2025.
        field: Whether it was asked for as `city:`, so that the offered query asks the same way.
    """
    now = gazetteer.today(unit)
    if now == unit:
        return None
    whole = gazetteer.label(now)
    # of "TP. Hồ Chí Minh" every name of the city is meant, of "Hồ Chí Minh" also the person
    both = f'"{unit}" HOẶC ' + (f'"{now}"' if field or whole == now else whole)
    return Note(
        "merger",
        f"Từ tháng 7/2025, {unit} là một phần của {gazetteer.label(now)}.",
        f"Since July 2025, {unit} is part of {gazetteer.label(now)}.",
        f"tỉnh:({both})" if field else both,
    )


def is_word(unit: str, run: Sequence[Token], before: Sequence[Token]) -> bool:
    """Whether a unit's name, typed so behind these tokens, is rather the word of the language that it also is."""
    bare = unit in _WORDS and len(run) == len(unit.split()) and not run[0].text[:1].isupper()
    return bare and not (before and before[-1].folded in _UNITS)
