"""A typed query → what it asks of an index: conditions to try in turn, scored terms, marks, and notes for the reader.

In: a string and an index's lexicon. Out: an `Interpretation`. Must not know engines or the web. Names are loaded when
first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search.query.interpret import Attempt, Interpretation
    from search.query.lexicon import Lexicon

_HOMES = {"Attempt": "interpret", "Interpretation": "interpret", "Lexicon": "lexicon"}
__all__ = ["Attempt", "Interpretation", "Lexicon"]


def __getattr__(name: str) -> Any:
    """Load the module that holds a name when the name is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
