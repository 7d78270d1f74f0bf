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
from collections.abc import Iterator, Sequence

from search.analysis import is_syllable

_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})")
_SHORT_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})")
_DECIMALS = re.compile(r"(\d+)([.,])(\d{1,2})")
_DAY_CUES = frozenset(["ngay", "dip", "le", "khanh", "hom", "sang", "trua", "chieu", "toi", "dem"])
_UNITS = frozenset(
    [
        *("trieu", "ty", "nghin", "ngan", "usd", "phan", "diem", "lan", "do", "gio"),
        *("ha", "km", "m", "met", "cm", "mm", "kg", "g", "tan", "ta", "lit"),
    ]
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_PLATE = re.compile(r"(\d\d)([a-zđ]{1,2})(\d{4,6})")
FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4"}
"""Fractions of one letter, which the index holds as such, and as they are typed."""
MAX_GLUED = 8
"""Letters between or beside digits that may be two abbreviations, at most."""
MAX_RUNS = 6
"""Longer codes are not taken apart."""
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


def short_days(code: str, before: str) -> tuple[str, ...]:
    """A day without its year as other people write it, where the folded word before tells that it is one.

    >>> short_days("2-9", "ngay"), short_days("2-9", "thang"), short_days("31/2", "ngay")
    (('2/9', '2.9', '02/09', '02-09', '02.09'), (), ())
    """
    found = _SHORT_DAY.fullmatch(code) if before in _DAY_CUES else None
    if found is None:
        return ()
    return tuple([day[: -len("/2000")] for day in days(f"{code}{found[2]}2000")])


def decimals(code: str, behind: str) -> tuple[str, ...]:
    """A number with its other decimal mark, where a sign or the folded unit behind tells that it is one.

    >>> decimals("58.42", "%"), decimals("2,5", "trieu"), decimals("2.9", ""), decimals("1.234", "km")
    (('58,42',), ('2.5',), (), ())
    """
    found = _DECIMALS.fullmatch(code) if behind in ("%", "°") or behind in _UNITS else None
    return () if found is None else (f"{found[1]}{',' if found[2] == '.' else '.'}{found[3]}",)


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


def fraction(exact: str) -> str:
    """A fraction in its other writing, "" where the term is none.

    >>> fraction("½"), fraction("3/4"), fraction("1/3")
    ('1/2', '¾', '')
    """
    return FRACTIONS.get(exact) or next((letter for letter, typed in FRACTIONS.items() if typed == exact), "")


def layouts(runs: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The runs of letters and digits of a code as they stand where others put its marks.

    Number plates (51F12345: 51F-123.45), telephone numbers (0912345678: 0912 345 678), and two abbreviations typed as
    one beside digits (17KHTU: 17-KH/TU).

    >>> layouts(["51", "f", "12345"]), layouts(["17", "khtu"])[1], layouts(["2021"])
    ((('51', 'f', '123', '45'), ('51', 'f', '1', '2345')), ('17', 'kh', 'tu'), ())
    >>> layouts(["0912345678"])
    (('0912', '345', '678'), ('091', '234', '5678'), ('0912', '345678'))
    """
    whole = "".join(runs)
    found = [layout for layout in dict.fromkeys([*_plates(whole), *_apart(runs)]) if layout != tuple(runs)]
    return (*found, *[layout for layout in _telephones(whole) if layout != (whole,) or len(runs) > 1])


def _plates(code: str) -> Iterator[tuple[str, ...]]:
    found = _PLATE.fullmatch(code)
    if found is None:
        return
    place, letters, digits = found.groups()
    for series, number in ((), digits), (digits[:1], digits[1:]):
        if 4 <= len(number) <= 5:
            yield place, letters, *series, number
            if series:
                yield place, letters, digits
            if len(number) == 5:
                yield place, letters, *series, number[:3], number[3:]
                if series:
                    yield place, letters, digits[:4], digits[4:]


def _telephones(code: str) -> Iterator[tuple[str, ...]]:
    if len(code) == 10 and code[0] == "0" and code.isdecimal():
        yield code[:4], code[4:7], code[7:]
        yield code[:3], code[3:6], code[6:]
        yield code[:4], code[4:]
        yield (code,)


def _apart(runs: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """One run of letters beside digits as two, where it is no syllable."""
    letters = [i for i, run in enumerate(runs) if run.isalpha()]
    if len(letters) == len(runs) or len(runs) > MAX_RUNS:
        return
    for i in letters:
        if (4 if i else 2) <= len(runs[i]) <= MAX_GLUED and not is_syllable(runs[i]):
            for cut in range(1, len(runs[i])):
                yield *runs[:i], runs[i][:cut], runs[i][cut:], *runs[i + 1 :]
