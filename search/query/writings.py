"""Other writings of one thing: a number with or without its marks, a day with other marks, an abbreviation closed up.

In: a code's exact form and its parts, or a number's digits. Out: the terms, or runs of terms, that mean the same. The
index holds digits in groups of three and abbreviations closed up as well as written (`search.analysis.codes`); what
stands there without marks from the first is found from here. Must not know the index.

>>> days("2/9/2021")
('2-9-2021', '2.9.2021', '02/09/2021', '02-09-2021', '02.09.2021')
>>> groups("102614"), groups("2021"), groups("0912345678")
(('102', '614'), (), ())
"""

from __future__ import annotations

import datetime as dt
import re

_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_YEAR = re.compile(r"(?:19|20)\d\d")
MAX_DIGITS = 15
"""Longer runs of digits are no numbers that anybody groups."""


def days(code: str) -> tuple[str, ...]:
    """A day as other people write it, () where the code is no day of the calendar."""
    found = _DAY.fullmatch(code)
    if found is None:
        return ()
    day, month, year = int(found[1]), int(found[3]), int(found[4])
    try:
        dt.date(year, month, day)
    except ValueError:
        return ()
    made = [mark.join((f"{day:{width}}", f"{month:{width}}", f"{year:04}")) for width in ("", "02") for mark in "/-."]
    return tuple(writing for writing in dict.fromkeys(made) if writing != code)


def is_year(digits: str) -> bool:
    """Whether digits are rather a year of our time than a number."""
    return _YEAR.fullmatch(digits) is not None


def groups(digits: str) -> tuple[str, ...]:
    """The digits of a number in groups of three; () where nobody groups them: years, numbers that begin with 0."""
    if not digits.isascii() or not digits.isdigit() or not 4 <= len(digits) <= MAX_DIGITS:
        return ()
    if digits[0] == "0" or is_year(digits):
        return ()
    head = len(digits) % 3 or 3
    return (digits[:head], *(digits[i : i + 3] for i in range(head, len(digits), 3)))
