"""Days written out in words: "Ngày hai mươi lăm tháng chín năm hai nghìn không trăm mười chín".

In: a text. Out: `Mention` values. Must not know what a day means. Days of the lunar calendar ("mùng ba tháng Giêng",
"rằm tháng Bảy") have other months' names or none of these days, and are not found.

>>> [m.iso for m in spelled("Ngày mùng hai tháng Chín năm một nghìn chín trăm bốn mươi lăm")]
['1945-09-02']
>>> [(m.day, m.month, m.year) for m in spelled("Sáng ngày mười lăm tháng tám, xã họp.")]
[(15, 8, None)]
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from search.ingest.dates import DAY_PART, MONTHS, Mention

_ONES = {
    "không": 0, "linh": 0, "lẻ": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5,
    "nhăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_DIGIT = "một|mốt|hai|ba|bốn|tư|năm|lăm|nhăm|sáu|bảy|bẩy|tám|chín"
_DAY = rf"(?:(?:hai|ba)\s+mươi(?:\s+(?:{_DIGIT}))?|mười(?:\s+(?:{_DIGIT}))?|{_DIGIT})"
_MONTH = r"(?:mười\s+một|mười\s+hai|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười|\d{1,2})"
_YEAR = rf"(?:(?:19|20)\d\d|(?:một|hai)\s+(?:nghìn|ngàn)(?:\s+(?:{_DIGIT}|không|linh|lẻ|trăm|mười|mươi))*)"
_SPELLED = re.compile(
    rf"[Nn]gày\s+(?:m[ùồ]ng\s+)?(?P<day>{_DAY})\s+tháng\s+(?P<month>(?i:{_MONTH}))(?!\w)"
    rf"(?:\s*,?\s*năm\s+(?P<year>{_YEAR})(?!\w))?"
)
_PART = re.compile(rf"(?<!\w)(?:{DAY_PART})\s+$", re.IGNORECASE)


def spelled(text: str) -> Iterator[Mention]:
    """The days that a text writes out in words, in order; impossible ones are passed over."""
    if " tháng " not in text or "gày " not in text:
        return
    for match in _SPELLED.finditer(text):
        day = number(match["day"])
        month = int(match["month"]) if match["month"].isdigit() else MONTHS[" ".join(match["month"].lower().split())]
        written = match["year"]
        year = None if written is None else int(written) if written.isdigit() else number(written)
        try:
            dt.date(year or 2000, month, day)
        except ValueError:
            continue
        part = _PART.search(text, max(0, match.start() - 12), match.start())
        start = part.start() if part else match.start()
        yield Mention(text[start : match.end()], start, match.end(), day, month, year)


def number(words: str) -> int:
    """The number that Vietnamese words say, below 10,000.

    >>> number("hai mươi lăm"), number("hai nghìn không trăm linh chín"), number("hai nghìn hai mươi mốt")
    (25, 2009, 2021)
    """
    total = held = 0
    for word in words.lower().split():
        if word in ("nghìn", "ngàn", "trăm"):
            total += held * (100 if word == "trăm" else 1000)
            held = 0
        elif word == "mươi":
            held *= 10
        elif word == "mười":
            held = 10
        else:
            held += _ONES[word]
    return total + held
