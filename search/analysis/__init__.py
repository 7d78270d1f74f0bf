"""Vietnamese text → the four term spaces, with positions and offsets; the same code for documents and queries.

In: text (or the bytes of a text). Out: `Analysis` values and the forms of single tokens. Must not know engines or the
web. Names are loaded when first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from search.analysis.chain import analyze, analyze_batch, segment, segment_batch
    from search.analysis.forms import exact_form, fold, normalize
    from search.analysis.legacy import Decoded, convert_text, decode
    from search.analysis.streams import Analysis, Code, Plainness, Vocabulary, Word
    from search.analysis.syllables import has_marks, is_syllable

VERSION = 2
"""Raised whenever a text gives other terms than before; an index notes which one made its terms."""
_HOMES = {
    "Analysis": "streams",
    "Code": "streams",
    "Decoded": "legacy",
    "Plainness": "streams",
    "Vocabulary": "streams",
    "Word": "streams",
    "analyze": "chain",
    "analyze_batch": "chain",
    "convert_text": "legacy",
    "decode": "legacy",
    "exact_form": "forms",
    "fold": "forms",
    "has_marks": "syllables",
    "is_syllable": "syllables",
    "normalize": "forms",
    "segment": "chain",
    "segment_batch": "chain",
}
__all__ = [
    "VERSION",
    "Analysis",
    "Code",
    "Decoded",
    "Plainness",
    "Vocabulary",
    "Word",
    "analyze",
    "analyze_batch",
    "convert_text",
    "decode",
    "exact_form",
    "fold",
    "has_marks",
    "is_syllable",
    "normalize",
    "segment",
    "segment_batch",
]


def __getattr__(name: str) -> Any:
    """Load the module that holds a name when the name is first asked for."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
