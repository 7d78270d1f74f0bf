"""Days as people write them in a query: a year, a quarter, a month, a day, a range, or "tháng này".

In: text after `date:`, and today's date. Out: the range of days and where it ends in the text. Must not know operators.

Day comes before month, as Vietnamese writes it; "2021-03" and "2021-03-13" are ISO 8601.

>>> read("12/2021..3/2022 tham nhũng")
Days(start=datetime.date(2021, 12, 1), end=datetime.date(2022, 3, 31), length=15)
>>> read("ngày 1 tháng 5 năm 2017").start, read("quý 3/2020").end
(datetime.date(2017, 5, 1), datetime.date(2020, 9, 30))
>>> read("31/02/2020") is None
True
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Days:
    """First and last day, both inclusive, None meaning open; `length` code points of the text were read."""

    start: dt.date | None
    end: dt.date | None
    length: int


_DATE = re.compile(
    r"(?:(?P<iy>\d{4})-(?P<im>\d{1,2})(?:-(?P<id>\d{1,2}))?"
    r"|(?:ngày |ngay )?(?P<d>\d{1,2})(?P<mark>[/.-])(?P<m>\d{1,2})(?P=mark)(?P<y>\d{4})"
    r"|(?:ngày |ngay )?(?P<sd>\d{1,2}) (?:tháng|thang) (?P<sm>\d{1,2})(?:,? (?:năm|nam) |[ /])(?P<sy>\d{4})"
    r"|(?:tháng |thang )?(?P<mm>\d{1,2})[/.-](?P<my>\d{4})"
    r"|(?:tháng|thang) (?P<tm>\d{1,2}),? (?:(?:năm|nam) )?(?P<ty>\d{4})"
    r"|(?:quý|quí|quy|qui) (?P<q>[1-4]|I{1,3}|IV)(?:/| ?,? (?:năm|nam) | )(?P<qy>\d{4})"
    r"|(?:năm |nam )?(?P<year>\d{4}))(?![\d/]|[.]\d|-(?!\d{4}\b)\d)",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*(?:\.\.\.?|…|–|—|đến|den|to|->|→|(?<=\d{4})-(?=\d{4}\b))\s*", re.IGNORECASE)
_FROM = re.compile(r"(?:từ|tu|from|since|>=)\s*", re.IGNORECASE)
_UNTIL = re.compile(r"(?:\.\.\.?|…|đến|den|to|until|trước|<=)\s*", re.IGNORECASE)
_BETWEEN = re.compile(r"(?:từ|tu)\s*", re.IGNORECASE)
_QUARTERS = {"I": 1, "II": 2, "III": 3, "IV": 4}


def _days(match: re.Match[str]) -> tuple[dt.date, dt.date] | None:
    """The first and last day of a year, a month or a day as matched; None where the calendar has none."""
    part = match.groupdict()
    year = int(next(part[name] for name in ("iy", "y", "sy", "my", "ty", "qy", "year") if part[name]))
    month = part["im"] or part["m"] or part["sm"] or part["mm"] or part["tm"]
    day = part["id"] or part["d"] or part["sd"]
    try:
        if part["q"] is not None:
            last = 3 * (_QUARTERS.get(part["q"].upper()) or int(part["q"]))
            return dt.date(year, last - 2, 1), _month(year, last)[1]
        if month is None:
            return dt.date(year, 1, 1), dt.date(year, 12, 31)
        if day is None:
            return _month(year, int(month))
        whole = dt.date(year, int(month), int(day))
    except ValueError:
        return None
    return whole, whole


def _month(year: int, month: int) -> tuple[dt.date, dt.date]:
    first = dt.date(year, month, 1)
    if (year, month) == (9999, 12):
        return first, dt.date.max
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return first, following - dt.timedelta(days=1)


def _relative(text: str, today: dt.date) -> Days | None:
    """Ranges named by their distance from today."""
    day = dt.timedelta(days=1)
    monday = today - today.weekday() * day
    before = today.replace(day=1) - day
    named: tuple[tuple[str, tuple[dt.date, dt.date]], ...] = (
        (r"hôm nay|hom nay|today", (today, today)),
        (r"hôm qua|hom qua|yesterday", (today - day, today - day)),
        (r"tuần này|tuan nay|this week", (monday, monday + 6 * day)),
        (r"tuần (?:trước|qua)|tuan (?:truoc|qua)|last week", (monday - 7 * day, monday - day)),
        (r"tháng này|thang nay|this month", _month(today.year, today.month)),
        (r"tháng (?:trước|qua)|thang (?:truoc|qua)|last month", _month(before.year, before.month)),
        (r"năm nay|nam nay|this year", (dt.date(today.year, 1, 1), dt.date(today.year, 12, 31))),
        (
            r"năm (?:ngoái|trước)|nam (?:ngoai|truoc)|last year",
            (dt.date(today.year - 1, 1, 1), dt.date(today.year - 1, 12, 31)),
        ),
    )
    for pattern, (start, end) in named:
        if found := re.compile(rf"(?:{pattern})\b", re.IGNORECASE).match(text):
            return Days(start, end, found.end())
    return None


def read(text: str, today: dt.date | None = None) -> Days | None:
    """The range of days that `text` begins with, or None.

    Args:
        text: What follows `date:`; blanks at its beginning are not skipped.
        today: What "hôm nay" is counted from; the computer's date when None.

    Returns:
        The range; a range written backwards is turned round.
    """
    begun = _BETWEEN.match(text)
    at = begun.end() if begun else 0
    first = _DATE.match(text, at)
    if first is None:
        return _half(text) or _relative(text, today or dt.date.today())
    days = _days(first)
    if days is None:
        return None
    between = _TO.match(text, first.end())
    if between is not None:
        second = _DATE.match(text, between.end())
        later = _days(second) if second else None
        if second is not None and later is not None:
            return Days(min(days[0], later[0]), max(days[1], later[1]), second.end())
        if text[between.start() : between.end()].strip().startswith((".", "…")):
            return Days(days[0], None, between.end())
    if begun:
        return Days(days[0], None, first.end())
    return Days(*days, first.end())


def _half(text: str) -> Days | None:
    """A range open at one end: "từ 2019", ">=2019", "..2021", "đến 2021"."""
    for pattern, opening in ((_FROM, True), (_UNTIL, False)):
        sign = pattern.match(text)
        date = _DATE.match(text, sign.end()) if sign else None
        days = _days(date) if date else None
        if date is not None and days is not None:
            return Days(days[0], None, date.end()) if opening else Days(None, days[1], date.end())
    return None
