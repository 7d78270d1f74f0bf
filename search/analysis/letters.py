"""The usual characters as codes of one byte each, so that eight of them fill a key.

In: nothing. Out: the codes, and the table that gives them by code point. Must not know texts.

>>> CODES[[ord("\\n"), ord("!"), ord("ǎ")]].tolist() == [BREAK_CODE, FIRST_CODE + USUAL.index("!"), OTHER_CODE]
True
"""

from __future__ import annotations

import unicodedata

import numpy as np
from numpy.typing import NDArray

from search.analysis.syllables import TONES, VOWELS

BLANK_CODE, BREAK_CODE, BETWEEN_CODE, OTHER_CODE = 0, 1, 2, 255
"""White space, the line break, the border between two texts, any unusual character."""
FIRST_CODE = 3
_MARKS = "“”‘’–—…•°"


def _alphabet() -> str:
    """The usual characters: visible ASCII, the letters of Vietnamese, the commonest marks of the press."""
    small = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in ("", *TONES)]
    letters = [letter for letter in [*small, "đ"] if not letter.isascii()]
    return "".join([*map(chr, range(33, 127)), *letters, *map(str.upper, letters), _MARKS])


USUAL = _alphabet()
"""By code less `FIRST_CODE`."""


def codes_of(unusual_blank: int = BLANK_CODE) -> NDArray[np.uint8]:
    """Codes by code point; whatever lies beyond shares the last one. Every blank lies below it.

    Args:
        unusual_blank: the code of blanks other than the usual one.
    """
    codes = np.full(0x3002, OTHER_CODE, np.uint8)
    codes[[point for point in range(0x3001) if chr(point).isspace()]] = unusual_blank
    codes[ord(" ")], codes[ord("\n")] = BLANK_CODE, BREAK_CODE
    for code, letter in enumerate(USUAL, FIRST_CODE):
        codes[ord(letter)] = code
    return codes


CODES = codes_of()
