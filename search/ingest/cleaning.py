"""Text as it is stored: NFC, line ends as "\\n", no control characters; every word as written.

In: decoded text. Out: the same text, storable. Must not know what a line means.

>>> clean_text("Ha\\u0309i\\r\\nPhòng\\x00 ")
'Hải\\nPhòng'
"""

from __future__ import annotations

import re

from search.analysis.forms import normalize

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_NEEDS_WORK = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_BLANKS = re.compile(r"\s+")


def clean_text(text: str) -> str:
    """The text of several lines as stored: outer blanks gone, controls replaced by blanks, otherwise as written."""
    return clean_lines(text).strip()


def clean_lines(text: str) -> str:
    """The same with every line kept, so that lines keep their numbers."""
    if _NEEDS_WORK.search(text):
        text = _CONTROL.sub(" ", _LINE_END.sub("\n", text))
    return normalize(text).removeprefix("\ufeff")


def clean_line(text: str) -> str:
    """The text of a one-line field: every run of blanks and controls is one blank."""
    if not text.isprintable() or "  " in text:
        text = _BLANKS.sub(" ", _CONTROL.sub(" ", text))
    return normalize(text).removeprefix("\ufeff").strip()
