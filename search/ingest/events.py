"""The day that an article tells of, and the years that its text leaves open for it.

In: the lines of an article. Out: `Event`, days. Must not know stamps or what was published when.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from search.ingest.dates import Mention, mentions
from search.ingest.layout import Line
from search.ingest.spelled import spelled

DOCUMENT = re.compile(
    r"(?:số\s+[^\s,]+|[\d]+[-/][A-ZĐ][\w\-/Đ]*|(?:nghị quyết|chỉ thị|quyết định|kế hoạch|công văn|thông báo|kết luận"
    r"|quy định|nghị định|thông tư|luật|hướng dẫn|tờ trình|chương trình|công điện|văn bản)"
    r"(?:\s+(?!\d{1,2}[/.-]\d)\S+){0,4}),?\s*"
    r"(?:ký\s+|ban hành\s+)?$",
    re.IGNORECASE,
)
RECKONING = re.compile(
    r"(?:tính\s+(?:đến|tới|từ)(?:\s+hết)?|đến\s+(?:hết\s+)?|trước|sau|hết|kể\s+từ|từ|từ\s+hôm|chậm\s+nhất(?:\s+vào)?|hạn|lúc\s+\d+.*"
    r"|hiệu\s+lực(?:\s+từ)?|sinh|mất|thành\s+lập|kỷ\s+niệm.{0,40}|hôm|cách\s+đây.*|năm\s+ngoái)\s*$",
    re.IGNORECASE,
)
_FUTURE = re.compile(r"(?:sẽ|dự\s+kiến|tới\s+đây|sắp\s+tới|sắp)(?!\w)", re.IGNORECASE)
_FUTURE_AFTER = re.compile(
    r"[)\s,]*(?:tới(?!\s+(?:dự|tham|thăm))|sắp\s+tới|.{0,40}(?<!\w)(?:sẽ|dự\s+kiến)(?!\w))", re.IGNORECASE
)
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;)”\"–-])\s*[“\"(]*\s*(?:vào\s+|trong\s+|trước đó,\s*)?$", re.IGNORECASE)
_DOCUMENT_WORDS = re.compile(
    r"[SsNnCcQqKkTtLlHhVv](?:ố|ghị|hỉ thị|uyết|ế hoạch|ông|hông|ết luận|uy định|uật|ướng dẫn|ờ trình|hương trình"
    r"|ăn bản)|\d[-/][A-ZĐ]"
)
"""Found fast where `DOCUMENT` may be."""
_PARTS = (
    (re.compile(r"rạng\s+sáng|đêm|khuya", re.I), 0),
    (re.compile(r"sáng\s+sớm", re.I), 4),
    (re.compile(r"sáng", re.I), 6),
    (re.compile(r"trưa", re.I), 10),
    (re.compile(r"chiều", re.I), 12),
    (re.compile(r"tối", re.I), 17),
)
_PARTS_START = re.compile(r"rạng|sáng|trưa|chiều|tối|đêm", re.IGNORECASE)
_YEAR = re.compile(
    r"(?P<plain>(?:19|20)\d\d)(?<![\d/.\-,]\d{4})(?:\s?[-–]\s?(?P<last>(?:19|20)\d\d))?"
    r"(?![\d/]|[.,]\d|\s*(?:đồng|m²|m2|người|tỷ|triệu))"
)
_PART_OF_YEAR = re.compile(
    r"(?:(?P<months>\d{1,2})\s+tháng(?:\s+đầu)?(?:\s+năm)?\s+"
    r"|qu[ýí]\s+(?P<quarter>IV|I{1,3}|[1-4])\s*(?:/|năm\s+|-)?\s*)$",
    re.IGNORECASE,
)
_REPORT = re.compile(r"\d{1,2}\s+tháng\s+đầu|qu[ýí]\s", re.IGNORECASE)
_PLANNED = re.compile(
    r"(?:dự\s+kiến|đến\s+(?:hết\s+|cuối\s+|đầu\s+)?năm|phấn\s+đấu|mục\s+tiêu|tầm\s+nhìn|giai\s+đoạn|nhiệm\s+kỳ|sẽ|năm\s+tới|phương\s+hướng"
    r"|nhiệm\s+vụ(?:,\s+giải\s+pháp)?(?:\s+trọng\s+tâm)?|dự\s+toán|hướng\s+tới|định\s+hướng|kế\s+hoạch|chuẩn\s+bị|trước\s+năm|từ\s+nay\s+đến)[^.;]{0,28}$",
    re.IGNORECASE,
)
_SCHOOL_YEAR = re.compile(r"(?:năm\s+học|niên\s+học|niên\s+khóa)\s*$", re.IGNORECASE)
_QUARTERS = {"I": 1, "II": 2, "III": 3, "IV": 4}
EVENT_LINES, EVENT_CHARS = 6, 1000
"""In how many lines, and how far into each, the day of the event is looked for."""
NEAR_DAYS = 20
HISTORY_DAYS = 366
ANNIVERSARY_CHARS = 160
OPENING_CHARS = 120
"""Within how many characters a day that may stand for the publication comes."""


@dataclass(frozen=True, slots=True)
class Event:
    """A day the text tells of: its mention, the line, and the hour before which it cannot have happened.

    `opens` says that the article begins with it, so that it may stand for the day of publication.
    """

    mention: Mention
    line: int
    first_hour: int | None
    future: bool
    opens: bool


def find_event(article: list[Line], near: dt.date | None = None) -> Event | None:
    """The first day that the opening paragraphs tell of; dates of documents and reckonings are passed over.

    Args:
        article: its lines.
        near: the day of publication, if known: a day that the text itself puts over a year before it is history.
    """
    fallback: Event | None = None
    first = next((line.number for line in article if line.is_prose), 0)
    for line in article[:EVENT_LINES]:
        if not line.is_prose:
            continue
        opening = line.text[:EVENT_CHARS]
        found_here = sorted([*mentions(opening), *spelled(opening)], key=lambda mention: mention.start)
        for mention in found_here:
            before = line.text[max(0, mention.start - 60) : mention.start]
            if before == "Từ " and _PARTS_START.match(mention.text):
                before = ""
            if is_of_document(before) or RECKONING.search(before) or _is_anniversary(line.text, mention.start):
                continue
            if near and mention.date and (near - mention.date).days > HISTORY_DAYS:
                continue
            part = next((hour for pattern, hour in _PARTS if pattern.match(mention.text)), None)
            after = line.text[mention.end : mention.end + 60]
            future = bool(_FUTURE_AFTER.match(after.split(".")[0]) or _FUTURE.search(before[-25:]))
            named = part is not None or mention.text.lower().startswith("hôm")
            at_start = _SENTENCE_START.search(before) is not None
            is_first = line.number == first and mention.start <= OPENING_CHARS
            found = Event(mention, line.number, part, future, is_first and (at_start or named))
            if at_start or named:
                return found
            if fallback is None and mention.year is None:
                fallback = found
    return fallback


def is_of_document(before: str) -> bool:
    """Whether the words before a day name a document of which it is the date."""
    return _DOCUMENT_WORDS.search(before) is not None and DOCUMENT.search(before) is not None


def _is_anniversary(text: str, start: int) -> bool:
    """Whether a day stands in brackets after "Kỷ niệm …": "(30/4/1975 - 30/4/2020)"."""
    before = text[max(0, start - ANNIVERSARY_CHARS) : start]
    return "ỷ niệm" in before and before.rfind("(") > before.rfind(")")


def event_day(event: Event, published: dt.date) -> dt.date | None:
    """The day of the event, its year taken from the day of publication."""
    if event.mention.date is not None:
        return event.mention.date
    days = [day for year in (-1, 0, 1) if (day := event.mention.in_year(published.year + year))]
    ahead = min((day for day in days if day >= published), default=None)
    behind = max((day for day in days if day <= published), default=None)
    is_near = ahead is not None and (ahead - published).days <= NEAR_DAYS
    if event.future or (is_near and not event.opens and (behind is None or (published - behind).days > NEAR_DAYS)):
        return ahead
    return behind


def infer_year(event: Event, text: str, crawl: dt.date | None) -> tuple[dt.date, str] | None:
    """The day that the years of a text leave open, and the words that bound it; None where they leave none or several.

    Args:
        event: the day without its year.
        text: the article: what it knows as past is earlier, the years it plans for are not over.
        crawl: a day by which the page existed, if known.
    """
    past, why, planned = bounds(text)
    if past is None:
        return None
    ends = [day for day, _ in planned if day >= past] + ([crawl] if crawl else [])
    # what reports on months just gone was written within the year after them
    is_report = past.month > 1 or past.day > 1
    if _REPORT.match(why):
        ends.append(past.replace(year=past.year + 1, day=1) - dt.timedelta(days=1))
    if not ends:
        return None
    end = min(ends)
    years = range(past.year, end.year + 1)
    days = [day for year in years if (day := event.mention.in_year(year)) and past <= day <= end]
    if not days or (len(days) > 1 and not (is_report and end.year - past.year <= 1)):
        return None
    until = next((words for day, words in planned if day.year == end.year), why if _REPORT.match(why) else "the crawl")
    return days[0], f"after “{why}”, before the end of “{until}”"


def bounds(text: str) -> tuple[dt.date | None, str, list[tuple[dt.date, str]]]:
    """The latest day that the text knows as past, the words that say so, and the days it plans up to with theirs."""
    past: dt.date | None = None
    why = ""
    planned: list[tuple[dt.date, str]] = []
    known = [
        (mention.date, mention.text)
        for mention in mentions(text)
        if mention.date is not None and not _PLANNED.search(text, max(0, mention.start - 60), mention.start)
    ]
    for match in _YEAR.finditer(text):
        year, start = int(match["plain"]), match.start()
        if match["last"] and _SCHOOL_YEAR.search(text, max(0, start - 20), start):
            planned.append((dt.date(int(match["last"]), 8, 31), match[0]))
            known.append((dt.date(year, 6, 1), match[0]))
        elif match["last"]:
            planned.append((dt.date(int(match["last"]), 12, 31), match[0]))
            known.append((dt.date(year, 1, 1), match[0]))
        elif _PLANNED.search(text, max(0, start - 50), start):
            planned.append((dt.date(year, 12, 31), text[max(0, start - 20) : match.end()].split("\n")[-1]))
        elif part := _PART_OF_YEAR.search(text, max(0, start - 30), start):
            quarter = part["quarter"]
            months = int(part["months"]) if part["months"] else 3 * (_QUARTERS.get(quarter.upper()) or int(quarter))
            known.append((_month_start(year, months), part[0] + match[0]))
        else:
            known.append((dt.date(year, 1, 1), match[0]))
    years_planned = {day.year for day, _ in planned}
    for day, words in known:
        # a year that is planned for elsewhere is not over, whatever is said of it here
        if day.year in years_planned and day.month == day.day == 1:
            continue
        if past is None or day > past:
            past, why = day, words
    return past, why, planned


def _month_start(year: int, month: int) -> dt.date:
    """The first day of a month: reports on months are made as the last of them ends."""
    return dt.date(year, min(max(month, 1), 12), 1)
