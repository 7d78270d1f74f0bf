"""Lines that carry the time of publication: bare stamps, labelled ones, ones with a name, ones that open a paragraph.

In: one line. Out: `Stamp` or None. Must not know where on the page the line stands.

>>> stamp("Đăng ngày 13-03-2019 03:28").when, stamp("23/07/2022 12:55:00 Thùy Dương").rest
('2019-03-13T03:28:00+07:00', 'Thùy Dương')
>>> stamp("Ngày 5/8/2020, Ban Thường vụ họp phiên thứ mười.") is None
True
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from search.ingest.dates import (
    ISO_ZONE,
    MONTHS,
    TIME,
    VI_MONTH,
    VIETNAM_MINUTES,
    WEEKDAY,
    ZONE,
    clock,
    dated,
    first_date,
    offset,
)
from search.ingest.names import UPPER

_VERB = r"đăng(?:\s+(?:tải|bài|tin))?|xuất\s+bản|cập\s+nhật(?:\s+lần\s+cuối)?|phát\s+hành|đưa\s+tin|viết|gửi|tạo|published|posted|updated|last\s+(?:updated|modified)|created|date|time"  # noqa: E501
_LABEL = re.compile(
    rf"(?<!\w)(?:(?:ngày|thời\s+gian|giờ)\s+(?:{_VERB})|(?:được\s+)?(?:{_VERB})(?:\s+(?:vào|ngày|lúc|hồi|on|at))*"
    r"|thời\s+gian|ngày(?=\s*:)|dang\s+ngay|ngay\s+dang|cap\s+nhat(?:\s+luc)?)(?!\w)\s*:?",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"cập\s+nhật|updated|modified|cap\s+nhat", re.IGNORECASE)
_WEEKDAY_FIRST = re.compile(rf"^[\s,;|(–-]*{WEEKDAY}", re.IGNORECASE)
_WEEKDAY_LAST = re.compile(rf"(?<!\w){WEEKDAY}[\s,;|)–-]*(?:ngày)?[\s,;|–-]*$", re.IGNORECASE)
_BY = re.compile(r"^(?:by|bởi)\s+(?=\S+(?:\s+\S+){0,4}$)", re.IGNORECASE)
_COUNTS = re.compile(
    r"(?:lượt\s+(?:xem|đọc|truy\s+cập)|bình\s+luận|views?|comments?|đã\s+xem)\s*:?\s*[\d.,]*(?!\w)|"
    r"[\d.,]+\s*(?:lượt\s+(?:xem|đọc)|lượt|bình\s+luận|views?|comments?)(?!\w)",
    re.IGNORECASE,
)
_JOINTS = re.compile(
    r"^(?:[\s,;:|/•·–—\-()\[\]*]|(?:lúc|vào|ngày|hồi|on|at)\b)+|(?:[\s,;:|/•·–—\-()\[\]*]|\b(?:lúc|vào|ngày))+$", re.I
)
_OPENS_PROSE = re.compile(rf"[{UPPER}“\"(\[]")
_ISSUE = re.compile(
    rf"(?P<label>.{{0,50}}?(?<!\w)(?:số|kỳ)\s*:?\s*\d+[\w\s()./-]{{0,16}}?[\s,–|-]+)?\(?(?:phát\s+hành\s+|ra\s+)?"
    rf"th[áa]ng\s+(?P<month>{VI_MONTH})(?:\s*[/-]\s*|\s*,\s*|\s+năm\s+|\s+)(?P<year>(?:19|20)\d\d)\)?\.?",
    re.IGNORECASE,
)
_NUMBERS = re.compile(r"\d{1,4}\s?[/.-]\s?\d{1,4}")
MAX_STAMP_CHARS = 140
MAX_NAME_CHARS = 60
MAX_ISSUE_CHARS = 90


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date and perhaps a time as stamped on a page.

    `rest` is what else the line says (a name, a rubric, or the paragraph that it opens); `end` where the stamp ends in
    the line, for one that opens a paragraph, else the line's length.
    """

    date: dt.date
    time: dt.time | None
    text: str
    label: str
    rest: str
    end: int
    opens: bool = False
    bad_time: bool = False
    month_only: bool = False
    """Only the month is told: `date` is its last day, by which all of it had happened."""

    @property
    def when(self) -> str:
        """ISO 8601, in Vietnam's time when the hour is known."""
        if self.month_only:
            return self.date.isoformat()[:7]
        if self.time is None:
            return self.date.isoformat()
        return f"{self.date.isoformat()}T{self.time.isoformat(timespec='seconds')}+07:00"

    @property
    def updated(self) -> bool:
        """Whether it is the time of the last change rather than of publication."""
        return bool(_UPDATED.search(self.label))


def stamp(line: str) -> Stamp | None:
    """The stamp that a line carries; None for prose, even prose that begins with a date."""
    match = first_date(line, MAX_STAMP_CHARS)
    if match is None:
        return _issue(line)
    if (found := dated(match)) is None or found.date is None:
        return None
    before, after = line[: match.start()], line[match.end() :]
    if match["iso_y"] and after[:1] in "Tt":
        after = " " + after[1:]
    label = " ".join(one[0].strip(" :") for one in _LABEL.finditer(before))
    before, early, zone = _take_time(_LABEL.sub(" ", before))
    before = _clean(_WEEKDAY_LAST.sub(" ", before))
    if label:
        before = re.sub(r"^(?:bởi|by)\s+", "", before)
    after_time, late, late_zone = _take_time(after[:40])
    time_match = early or late
    has_time = time_match is not None
    time = clock(time_match) if time_match else None
    after = after_time + after[40:]
    named = ZONE.search(after, 0, 60)
    if named:
        after = after[: named.start()] + " " + after[named.end() :]
        late_zone = offset(named) if late_zone is None else late_zone
    date, time = _in_vietnam(found.date, time, late_zone if zone is None else zone)
    rest = _clean(_COUNTS.sub(" ", _WEEKDAY_FIRST.sub(" ", after)))
    rest, by = _BY.subn("", rest)
    if len(line) <= MAX_STAMP_CHARS and not (before and rest) and (by or _is_short(before or rest)):
        return Stamp(date, time, line, label, before or rest, len(line), bad_time=has_time and time is None)
    if not before and (has_time or label) and _OPENS_PROSE.match(rest):
        end = line.rindex(rest) if rest in line else match.end()
        opening = line[:end].strip()
        if len(opening) <= MAX_STAMP_CHARS // 2:
            return Stamp(date, time, opening, label, rest, end, True, has_time and time is None)
    return None


def is_broken(line: str) -> bool:
    """Whether a line labels a date that cannot be: "Ngày đăng: 45/13/2021"."""
    label = _LABEL.match(line)
    if label is None or len(line) > MAX_NAME_CHARS:
        return False
    rest, numbers = _NUMBERS.subn(" ", line[label.end() :])
    return numbers > 0 and not any(c.isalpha() for c in rest)


def _issue(line: str) -> Stamp | None:
    """The month that a magazine's issue states: "Số 12 - Tháng 9/2017"."""
    match = _ISSUE.fullmatch(line) if len(line) <= MAX_ISSUE_CHARS else None
    if match is None:
        return None
    named = match["month"]
    month = int(named) if named.isdigit() else MONTHS.get(" ".join(named.lower().split()), 0)
    if not 1 <= month <= 12:
        return None
    year = int(match["year"])
    last = dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    return Stamp(last, None, line, (match["label"] or "").strip(" ,–|-"), "", len(line), month_only=True)


def _take_time(text: str) -> tuple[str, re.Match[str] | None, int | None]:
    """The text without its time, the time, and the zone glued to it in minutes east of Greenwich."""
    match = TIME.search(text)
    if match is None:
        return text, None, None
    zone = ISO_ZONE.match(text, match.end())
    end = zone.end() if zone else match.end()
    return text[: match.start()] + " " + text[end:], match, offset(zone) if zone else None


def _in_vietnam(day: dt.date, time: dt.time | None, zone: int | None) -> tuple[dt.date, dt.time | None]:
    """Day and time in Vietnam of a stamp in another zone."""
    if time is None or zone is None or zone == VIETNAM_MINUTES or not -720 <= zone <= 840:
        return day, time
    moved = dt.datetime.combine(day, time) + dt.timedelta(minutes=VIETNAM_MINUTES - zone)
    return moved.date(), moved.time()


def _clean(text: str) -> str:
    text = " ".join(text.split())
    while (shorter := _JOINTS.sub("", text)) != text:
        text = shorter
    return text


def _is_short(text: str) -> bool:
    """Whether what stands beside a date may be a name or rubric rather than the rest of a sentence."""
    return not text or (
        text[0].isupper()
        and len(text) <= MAX_NAME_CHARS
        and len(text.split()) <= 8
        and not text.endswith((".", ":", "!", "?"))
        and not (any(c.isdigit() for c in text))
    )
