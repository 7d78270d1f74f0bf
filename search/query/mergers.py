"""Places that are part of another one since July 2025: what a reader who asks for one should know.

In: the canonical name of a place, and how the query asked for it. Out: a `Note`. Articles keep the place as of their
publication, so nothing is merged by itself. Must not know tokens or engines.

>>> note("Hải Dương").query
'"Hải Dương" HOẶC "Hải Phòng"'
>>> note("Hải Phòng") is None
True
"""

from __future__ import annotations

from search import gazetteer
from search.model import Note


def note(unit: str, *, field: bool = False) -> Note | None:
    """The note for a unit that was merged into another; None for those that still stand.

    Args:
        unit: Canonical name of before July 2025.
        field: Whether it was asked for as `city:`, so that the offered query asks the same way.
    """
    now = gazetteer.today(unit)
    if now == unit:
        return None
    both = f'"{unit}" HOẶC "{now}"'
    return Note(
        "merger",
        f"Từ tháng 7/2025, {unit} là một phần của {gazetteer.label(now)}.",
        f"Since July 2025, {unit} is part of {gazetteer.label(now)}.",
        f"tỉnh:({both})" if field else both,
    )
