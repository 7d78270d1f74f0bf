"""pyvi itself: what the fast segmenter is compared with, and its stand-in where another version is installed.

In: text. Out: pyvi's answer, and its tokens with their joins. The only module that imports pyvi (and with it
scikit-learn: 1.5 s, 115 MB), and only when it is called.
"""

from __future__ import annotations

import unicodedata
import warnings


def tokenize(text: str) -> str:
    """What `pyvi.ViTokenizer.tokenize` answers. Fails, as pyvi does, on unpaired surrogates."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyvi import ViTokenizer
    return str(ViTokenizer.tokenize(text))


def tokens(text: str) -> tuple[list[str], list[bool]]:
    """pyvi's tokens, and whether each is joined to the one before.

    pyvi's tokens tile every visible character in order, so they come from a walk along its answer and the text: a "_"
    of the answer that the text does not have at that place is a join. Where the text has one there too, the longer run
    of them decides.
    """
    visible = "".join(c for c in unicodedata.normalize("NFC", text) if c == "\n" or not c.isspace())
    found: list[str] = []
    joins: list[bool] = []
    if not visible:
        return found, joins
    answer, place, start, join, i = tokenize(text), 0, 0, False, 0
    while i < len(answer):
        if answer[i] == " " or (answer[i] == "_" and _is_join(answer, i, visible, place)):
            found.append(visible[start:place])
            joins.append(join)
            start, join = place, answer[i] == "_"
        else:
            place += 1
        i += 1
    return [*found, visible[start:place]], [*joins, join]


def _run(text: str, place: int) -> int:
    end = place
    while end < len(text) and text[end] == "_":
        end += 1
    return end - place


def _is_join(answer: str, i: int, visible: str, place: int) -> bool:
    return _run(answer, i) > _run(visible, place)
