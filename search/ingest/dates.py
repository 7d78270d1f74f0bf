"""Dates and times in all the forms of the Vietnamese press, found and read; which one means what is decided elsewhere.

In: a line or a text. Out: `Mention` values with offsets in code points. Must not know where on a page the text stood.

Day comes first. Two-digit years are read in stamps only. A day and month without a year count only after a word that
makes them a date ("sáng 13/7", "ngày 5 tháng 8"): "7/8 huyện" is a fraction.

>>> [(m.text, m.iso) for m in mentions("Thứ Hai, 18 Tháng Mười, 2021; số 5 ngày 29-12-2016; có 7/8 huyện")]
[('Thứ Hai, 18 Tháng Mười, 2021', '2021-10-18'), ('ngày 29-12-2016', '2016-12-29')]
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MONTHS = {
    "một": 1, "hai": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9,
    "mười": 10, "mười một": 11, "mười hai": 12,
    "mot": 1, "tu": 4, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10,
    "muoi mot": 11, "muoi hai": 12,
    "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7, "august": 8,
    "september": 9, "october": 10, "november": 11, "december": 12,
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "sept": 9, "oct": 10, "nov": 11,
    "dec": 12,
}  # fmt: skip
VI_MONTH = r"(?:m[ườuo]+i\s+(?:một|mot|hai)|m[ộo]t|hai|ba|t[ưu]|b[ốo]n|n[ăa]m|s[áa]u|b[ảa]y|t[áa]m|ch[íi]n|m[ườuo]+i|\d{1,2})(?!\w)"  # noqa: E501
_EN_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"  # noqa: E501
WEEKDAY = r"(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|[2-7])|thu\s+(?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|chủ\s+nhật|chu\s+nhat|cn|(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|tue|wed|thu|fri|sat|sun))\b\.?"  # noqa: E501
DAY_PART = r"rạng\s+sáng|sáng\s+sớm|sáng|trưa|chiều\s+tối|chiều|tối|đêm|khuya"
_TRIGGER = re.compile(
    rf"(?<!\w)(?:(?:{DAY_PART})(?:\s+(?:qua|nay|cùng\s+ngày))?(?:\s+ngày)?|ngày|hôm(?:\s+(?:nay|qua|kia))?"
    rf"|{WEEKDAY},?(?:\s+ngày)?)[\s,]*\(?\s*(?:ngày\s+)?$",
    re.IGNORECASE,
)
_TRIGGER_CHARS = 32
_LAST_CHARS = 14
_TRIGGER_ENDS = frozenset(
    re.findall(
        r"\S+",
        "sáng trưa chiều tối đêm khuya qua nay ngày hôm kia hai ba tư năm sáu bảy nhật nhat tu nam sau bay cn"
        " 2 3 4 5 6 7 t2 t3 t4 t5 t6 t7 monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri"
        " sat sun",
    )
)
"""What a trigger can end with."""
_LUNAR = re.compile(r"\)?\s*(?:\(?âm\s+lịch|ÂL\b)", re.IGNORECASE)

_FULL = rf"""
    (?P<iso_y>(?:19|20)\d\d)-(?P<iso_m>\d\d)-(?P<iso_d>\d\d)(?!\d)
  | (?P<d>\d{{1,2}})\s?(?P<sep>[/.\-–])\s?(?P<m>\d{{1,2}})\s?(?P=sep)\s?(?P<y>(?:19|20)\d\d)(?!\d|[/.\-]\d)
  | (?P<wd>\d{{1,2}})\s+th[áa]ng\s+(?P<wm>{VI_MONTH})(?:\s*[,/\-]\s*|\s+n[ăa]m\s+|(?<=\d)\s+)(?P<wy>(?:19|20)\d\d)\b
  | (?P<fd>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<fm>{_EN_MONTH})\.?,?\s+(?P<fy>(?:19|20)\d\d)\b
"""
_ENGLISH = rf"(?P<em>{_EN_MONTH})\.?\s+(?P<ed>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<ey>(?:19|20)\d\d)\b"
_MONTH_FIRST = rf"th[áa]ng\s+(?P<tm>{VI_MONTH})\s+(?P<td>\d{{1,2}}),\s+(?P<ty>(?:19|20)\d\d)\b"
_SHORT_YEAR = r"(?P<sd>\d{1,2})(?P<ssep>[/.\-])(?P<sm>\d{1,2})(?P=ssep)(?P<sy>\d\d)(?![\d/.\-])"
_PARTIAL = rf"""
    (?P<pd>\d{{1,2}})\s?[/.\-–]\s?(?P<pm>\d{{1,2}})(?!\d|\s?[/.\-–]\s?\d|\s*%)(?:\s+năm\s+(?P<py>(?:19|20)\d\d)\b)?
  | (?P<qd>\d{{1,2}})\s+tháng\s+(?P<qm>{VI_MONTH})
"""
_NUMBER = re.compile(r"[0-9]+")
"""What every date begins with: looked for first, because everything else is passed over at full speed."""
_AFTER_DAY = frozenset("/.-–tTsSnNrRjJfFmMaAoOdD")
"""What can follow the day: a separator, "tháng", an English ordinal or month."""
_MENTION = re.compile(rf"(?:{_FULL}|{_PARTIAL})", re.IGNORECASE | re.VERBOSE)
DATE = re.compile(rf"(?<!\d)(?:{_FULL}|{_ENGLISH}|{_MONTH_FIRST}|{_SHORT_YEAR})", re.IGNORECASE | re.VERBOSE)
_DATE_START = re.compile(
    r"[0-9]+|(?:[Tt]h[áa]ng|[JFMASOND][a-z]{2}|[JFMASOND][A-Z]{2}|[jfmasond][a-z]{2})(?=[a-z.]{0,7}\s)"
)
TIME = re.compile(
    r"(?<![\d:/.\-])(?P<hour>\d{1,2})\s?(?:(?P<colon>:)\s?(?P<minute>\d{2})(?::(?P<second>\d{2})|[’'])?"
    r"|(?:h|g|giờ)\s?(?P<after>\d{2})?(?:\s?(?:phút|’|'))?)(?![^\WZ]|:)(?:\s?(?P<half>[AP]\.?M\b\.?|SA\b|CH\b))?",
    re.IGNORECASE,
)
ZONE = re.compile(
    r"\(?\s*(?<!\w)(?:GMT|UTC)(?:\s*(?P<sign>[+-])\s*(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?)?(?!\w)\s*\)?"
    r"|\(?\s*(?:giờ\s+(?:Việt\s+Nam|Hà\s+Nội)|(?<!\w)ICT(?!\w))\s*\)?",
    re.IGNORECASE,
)
ISO_ZONE = re.compile(r"Z(?!\w)|(?:\s(?=[+-]0\d00))?(?P<sign>[+-])(?P<hours>\d{2}):?(?P<minutes>\d{2})(?!\d)")
"""A zone glued to the time, as machines write it."""
VIETNAM_MINUTES = 420


@dataclass(frozen=True, slots=True)
class Mention:
    """One date in a text: its words (with "sáng", "ngày" … before it), where they stand, what they say.

    No year where none is written.
    """

    text: str
    start: int
    end: int
    day: int
    month: int
    year: int | None

    @property
    def iso(self) -> str | None:
        """ISO 8601 date, or None when the year is not written."""
        return None if self.year is None else f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    @property
    def date(self) -> dt.date | None:
        """The date, or None when the year is not written."""
        return None if self.year is None else dt.date(self.year, self.month, self.day)

    def in_year(self, year: int) -> dt.date | None:
        """This day in `year`; None for 29 February of a common year."""
        try:
            return dt.date(year, self.month, self.day)
        except ValueError:
            return None


def mentions(text: str) -> Iterator[Mention]:
    """Every date of a text, in order; impossible ones (31/02) and those of the lunar calendar are passed over."""
    done = 0
    for digits in _NUMBER.finditer(text):
        start = digits.start()
        if start < done or text[start - 1 : start] in ("/", ".", "-", "–") or digits.end() - start > 4:
            continue
        if text[digits.end() : digits.end() + 2].lstrip()[:1] not in _AFTER_DAY:
            continue
        match = _MENTION.match(text, start)
        if match is None:
            continue
        done = match.end()
        if (found := _mention(match)) is None:
            continue
        if _LUNAR.match(text, found.end):
            continue
        trigger = _trigger(text, start)
        if trigger:
            yield replace(found, text=text[trigger.start() : found.end], start=trigger.start())
        elif found.year is not None:
            yield found


def _trigger(text: str, start: int) -> re.Match[str] | None:
    """The words before `start` that make a day and month a date; few words can be the last of them."""
    last = text[max(0, start - _LAST_CHARS) : start].rstrip(" ,(\u00a0").rpartition(" ")[2].lower().rstrip(".")
    return _TRIGGER.search(text, max(0, start - _TRIGGER_CHARS), start) if last in _TRIGGER_ENDS else None


def first_date(text: str, end: int) -> re.Match[str] | None:
    """The first match of `DATE` before `end`."""
    for start in _DATE_START.finditer(text, 0, end):
        at = start.start()
        if text[at].isdigit() and (
            start.end() - at > 4 or text[start.end() : start.end() + 2].lstrip()[:1] not in _AFTER_DAY
        ):
            continue
        if (match := DATE.match(text, at, end)) is not None:
            return match
    return None


def dated(match: re.Match[str]) -> Mention | None:
    """The mention of a match of `DATE`; None for an impossible date."""
    return _mention(match)


def clock(match: re.Match[str]) -> dt.time | None:
    """The time of a match of `TIME`; None for an impossible hour."""
    hour, minute = int(match["hour"]), int(match["minute"] or match["after"] or 0)
    # "14:30 PM" and "0:30 AM" are twenty-four hours with a mark that says nothing more
    if (half := match["half"]) and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half[0] in "PpCc" else 0)
    try:
        return dt.time(hour, minute, int(match["second"] or 0))
    except ValueError:
        return None


def offset(match: re.Match[str]) -> int:
    """Minutes east of Greenwich that a match of `ZONE` or `ISO_ZONE` says."""
    if match["sign"]:
        minutes = int(match["hours"]) * 60 + int(match["minutes"] or 0)
        return minutes if match["sign"] == "+" else -minutes
    return VIETNAM_MINUTES if "i" in match[0].lower() else 0


def _mention(match: re.Match[str]) -> Mention | None:
    group = match.groupdict()
    start, end = match.span()
    for names in (("iso_d", "iso_m", "iso_y"), ("d", "m", "y"), ("wd", "wm", "wy"), ("ed", "em", "ey"),
                  ("td", "tm", "ty"),
                  ("fd", "fm", "fy"), ("sd", "sm", "sy"), ("pd", "pm", "py"), ("qd", "qm", "")):  # fmt: skip
        if group.get(names[0]) is not None:
            day, month = int(group[names[0]]), _month(group[names[1]])
            written = group.get(names[2])
            year = int(written) if written else None
            if year is not None and year < 100:
                year += 2000 if year < 70 else 1900
            break
    else:
        return None
    try:
        dt.date(year or 2000, month, day)
    except ValueError:
        return None
    return Mention(match.string[start:end], start, end, day, month, year)


def _month(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS.get(" ".join(text.lower().split()), 0)
