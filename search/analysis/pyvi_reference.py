"""pyvi itself as the source of words: the reference the fast segmenter is compared with, and its stand-in.

In: any text. Out: pyvi's words with their place among the text's visible characters. The only module that imports pyvi
(and with it scikit-learn: 1.5 s, 115 MB), and only when it is called.
"""

from __future__ import annotations

import re
import unicodedata
import warnings

_SURROGATE = re.compile("[\ud800-\udfff]")


def tokenize(text: str) -> str:
    """What `pyvi.ViTokenizer.tokenize` answers; an unpaired surrogate, which it cannot take, goes in as U+FFFD."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pyvi import ViTokenizer
    return str(ViTokenizer.tokenize(_SURROGATE.sub("\ufffd", text)))


def spans(text: str) -> list[tuple[int, int]]:
    """Each word as `[start, end)` among the visible characters (all but blanks; newlines count) of the NFC text.

    pyvi's tokens tile every visible character in order, so the answer comes from a walk along both strings: a "_" of
    the output that the text does not have at that place is a join made by pyvi.
    """
    visible = re.sub(r"[^\S\n]+", "", unicodedata.normalize("NFC", _SURROGATE.sub("\ufffd", text)))
    if not visible:
        return []
    output, words, place, start, i = tokenize(text), [], 0, 0, 0
    while i < len(output):
        letter = output[i]
        if letter == " ":
            words.append((start, place))
            start = place
        elif place < len(visible) and letter == visible[place] and not _joint(output, i, visible, place):
            place += 1
        i += 1
    words.append((start, place))
    return words


def _joint(output: str, i: int, visible: str, place: int) -> bool:
    """Whether the "_" at output[i] is a join although the text has a "_" next: then the output has one more of them."""
    if output[i] != "_":
        return False
    run = len(output[i:]) - len(output[i:].lstrip("_")) if output.startswith("__", i) else 1
    mine = len(visible[place:]) - len(visible[place:].lstrip("_")) if visible.startswith("__", place) else 1
    return run > mine
