"""When an article was published, and the day of what it tells: chosen among all dates of a page, each with its reason.

In: a `Layout`. Out: two `Reading` values. Must not know files. There is no default: without evidence both are unknown.

Rules: a labelled date or one beside the title wins; a date over a masthead is the crawl's; bare time-stamps below the
article are not it; nor are dates of documents ("số … ngày …"), reckonings ("Tính đến ngày …") or fractions; publication
before the event is an error; an hour that cannot be drops the time. Without a stamp, the day of the event is taken and
its year bounded by the years in the text.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from search.ingest.dates import Mention, mentions
from search.ingest.layout import Layout, Line
from search.model import Candidate, Confidence, Evidence, Reading

_DOCUMENT = re.compile(
    r"(?:số\s+[^\s,]+|[\d]+[-/][A-ZĐ][\w\-/Đ]*|(?:nghị quyết|chỉ thị|quyết định|kế hoạch|công văn|thông báo|kết luận"
    r"|quy định|nghị định|thông tư|luật|hướng dẫn|tờ trình|chương trình|công điện|văn bản)"
    r"(?:\s+(?!\d{1,2}[/.-]\d)\S+){0,4}),?\s*"
    r"(?:ký\s+|ban hành\s+)?$",
    re.IGNORECASE,
)
_RECKONING = re.compile(
    r"(?:tính\s+(?:đến|tới|từ)(?:\s+hết)?|đến\s+(?:hết\s+)?|trước|sau|hết|kể\s+từ|từ|từ\s+hôm|chậm\s+nhất(?:\s+vào)?|hạn|lúc\s+\d+.*"
    r"|hiệu\s+lực(?:\s+từ)?|sinh|mất|thành\s+lập|kỷ\s+niệm.{0,40}|hôm|cách\s+đây.*|năm\s+ngoái)\s*$",
    re.IGNORECASE,
)
_FUTURE = re.compile(r"(?:sẽ|dự\s+kiến|tới\s+đây|sắp\s+tới|sắp)(?!\w)", re.IGNORECASE)
_FUTURE_AFTER = re.compile(
    r"[)\s,]*(?:tới(?!\s+(?:dự|tham|thăm))|sắp\s+tới|.{0,40}(?<!\w)(?:sẽ|dự\s+kiến)(?!\w))", re.IGNORECASE
)
_SENTENCE_START = re.compile(r"(?:^|[.!?…:;)”\"–-])\s*[“\"(]*\s*(?:vào\s+|trong\s+|trước đó,\s*)?$", re.IGNORECASE)
_PARTS = (
    (re.compile(r"rạng\s+sáng|đêm|khuya", re.I), 0),
    (re.compile(r"sáng\s+sớm", re.I), 4),
    (re.compile(r"sáng", re.I), 6),
    (re.compile(r"trưa", re.I), 10),
    (re.compile(r"chiều", re.I), 12),
    (re.compile(r"tối", re.I), 17),
)
_RELATIVE = re.compile(
    r"(?<!\w)(?:(?P<today>(?:sáng|trưa|chiều|tối|hôm|ngày)\s+nay)|(?P<yesterday>(?:sáng|trưa|chiều|tối|đêm|hôm|ngày)\s+qua))(?!\w)",
    re.IGNORECASE,
)
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
_QUARTERS = {"I": 1, "II": 2, "III": 3, "IV": 4}
EVENT_LINES = 6
NEAR_DAYS = 20
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


def dates(page: Layout) -> tuple[Reading, Reading]:
    """The readings of the publication and of the event."""
    rejected = [
        Candidate(
            line.stamp.when,
            Evidence("stamp", line.text, line.number),
            "stands over the masthead: the date of the crawl",
        )
        for line in page.crawl
        if line.stamp
    ]
    event = find_event(page.article)
    stamps = sorted((line for line in page.head if line.stamp), key=lambda line: _rank(line, page.title))
    for line in page.tail:
        assert line.stamp is not None
        if line.stamp.label:
            stamps.append(line)
        else:
            rejected.append(
                Candidate(
                    line.stamp.when, Evidence("stamp", line.text, line.number), "bare time-stamp below the article"
                )
            )
    chosen: Line | None = None
    for line in stamps:
        assert line.stamp is not None
        evidence = Evidence("stamp", line.stamp.text, line.number)
        if chosen is not None:
            rejected.append(Candidate(line.stamp.when, evidence, "another date stands nearer to the title"))
        elif event and _before_event(line.stamp.date, event):
            rejected.append(
                Candidate(
                    line.stamp.when, evidence, f"earlier than the event it tells of ({event.mention.text.strip()})"
                )
            )
        else:
            chosen = line
    rejected += _in_text(page.article, event)
    if chosen is None:
        return _inferred(page, event, tuple(rejected))
    return _stamped(page, chosen, event, tuple(rejected))


def date_of_text(lead: list[Line], text: str) -> Reading:
    """The publication of a text without any stamp: the day its opening tells of, with the year its text allows."""
    event = find_event(lead)
    return Reading(None) if event is None else _from_event(event, text, None)


def find_event(article: list[Line]) -> Event | None:
    """The first day that the opening paragraphs tell of; dates of documents and reckonings are passed over."""
    fallback: Event | None = None
    first = next((line.number for line in article if line.is_prose), 0)
    for line in article[:EVENT_LINES]:
        found_here = list(mentions(line.text))
        if not found_here or not line.is_prose:
            continue
        for mention in found_here:
            before = line.text[max(0, mention.start - 60) : mention.start]
            if _DOCUMENT.search(before) or _RECKONING.search(before) or _is_anniversary(line.text, mention.start):
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
    past, why, planned = _bounds(text)
    if past is None:
        return None
    ends = [dt.date(year, 12, 31) for year, _ in planned if year >= past.year] + ([crawl] if crawl else [])
    # what reports on months just gone was written within the year after them
    is_report = past.month > 1 or past.day > 1
    if not ends and _REPORT.match(why):
        ends = [past.replace(year=past.year + 1, day=1) - dt.timedelta(days=1)]
    if not ends:
        return None
    end = min(ends)
    years = range(past.year, end.year + 1)
    days = [day for year in years if (day := event.mention.in_year(year)) and past <= day <= end]
    if not days or (len(days) > 1 and not (is_report and end.year - past.year <= 1)):
        return None
    until = next((words for year, words in planned if year == end.year), "the day of the crawl")
    return days[0], f"after “{why}”, before the end of “{until}”"


def _bounds(text: str) -> tuple[dt.date | None, str, list[tuple[int, str]]]:
    """The latest day that the text knows as past, the words that say so, and the years it plans for with theirs."""
    past: dt.date | None = None
    why = ""
    planned: list[tuple[int, str]] = []
    known = [
        (mention.date, mention.text)
        for mention in mentions(text)
        if mention.date is not None and not _PLANNED.search(text, max(0, mention.start - 60), mention.start)
    ]
    for match in _YEAR.finditer(text):
        year, start = int(match["plain"]), match.start()
        if match["last"]:
            planned.append((int(match["last"]), match[0]))
            known.append((dt.date(year, 1, 1), match[0]))
        elif _PLANNED.search(text, max(0, start - 50), start):
            planned.append((year, text[max(0, start - 20) : match.end()].split("\n")[-1]))
        elif part := _PART_OF_YEAR.search(text, max(0, start - 30), start):
            quarter = part["quarter"]
            months = int(part["months"]) if part["months"] else 3 * (_QUARTERS.get(quarter.upper()) or int(quarter))
            known.append((_month_start(year, months), part[0] + match[0]))
        else:
            known.append((dt.date(year, 1, 1), match[0]))
    years_planned = {year for year, _ in planned}
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


def _rank(line: Line, title: Line | None) -> int:
    """Which stamp counts first: labelled, below the title, above it, that of a change."""
    assert line.stamp is not None
    if line.stamp.updated:
        return 3
    if line.stamp.label:
        return 0
    return 2 if title is not None and line.number < title.number else 1


def _before_event(day: dt.date, event: Event) -> bool:
    """Whether a stamp is earlier than what the article tells as past."""
    if event.future or not event.opens:
        return False
    if event.mention.date is not None:
        return day < event.mention.date
    near = event.mention.in_year(day.year) or day
    across = event.mention.in_year(day.year + 1) or day
    return any(0 < (late - day).days <= NEAR_DAYS for late in (near, across))


def _stamped(page: Layout, line: Line, event: Event | None, rejected: tuple[Candidate, ...]) -> tuple[Reading, Reading]:
    found = line.stamp
    assert found is not None
    rule = "labelled date" if found.label else "date that opens the text" if found.opens else "date beside the title"
    if line in page.tail:
        rule = "labelled date below the article"
    evidence = [Evidence(rule, found.text, line.number)]
    value = found.when
    day = event_day(event, found.date) if event else None
    if found.bad_time:
        evidence.append(Evidence("time dropped: no such hour", found.text, line.number))
    elif event and found.time and day == found.date and event.first_hour and found.time.hour < event.first_hour:
        value = found.date.isoformat()
        words = f"{found.time.isoformat(timespec='minutes')} is earlier than “{event.mention.text.strip()}”"
        evidence.append(Evidence("time dropped: before the event", words, event.line))
    confidence: Confidence = "medium" if found.updated or line in page.tail else "high"
    published = Reading(value, confidence, tuple(evidence), rejected)
    if event and day:
        told = Evidence("day in the opening paragraphs", event.mention.text.strip(), event.line)
        sure: Confidence = "high" if abs((found.date - day).days) <= 31 else "medium"
        return published, Reading(day.isoformat(), sure, (told,))
    return published, _relative(page, found.date)


def _relative(page: Layout, published: dt.date) -> Reading:
    for line in page.article[:EVENT_LINES]:
        if line.is_prose and (match := _RELATIVE.search(line.text[:400])):
            day = published - dt.timedelta(days=1 if match["yesterday"] else 0)
            return Reading(
                day.isoformat(), "medium", (Evidence("counted from the publication", match[0], line.number),)
            )
    return Reading(None)


def _inferred(page: Layout, event: Event | None, rejected: tuple[Candidate, ...]) -> tuple[Reading, Reading]:
    latest = min((line.stamp.date for line in page.crawl if line.stamp), default=None)
    text = "\n".join(line.text for line in page.article)
    found = Reading(None) if event is None else _from_event(event, text, latest)
    return Reading(found.value, found.confidence, found.evidence, rejected), found


def _from_event(event: Event, text: str, latest: dt.date | None) -> Reading:
    if event.future or not event.opens:
        return Reading(None)
    evidence = Evidence("day of the event", event.mention.text.strip(), event.line)
    if event.mention.date is not None:
        past, _, _ = _bounds(text)
        if past is not None and past > event.mention.date:
            return Reading(None)
        return Reading(event.mention.date.isoformat(), "medium", (evidence,))
    found = infer_year(event, text, latest)
    if found is None:
        return Reading(None)
    return Reading(found[0].isoformat(), "medium", (evidence, Evidence("year bounded by the text", found[1])))


def _in_text(article: list[Line], event: Event | None) -> list[Candidate]:
    """Full dates of the text that are not the publication, with what they are; at most eight."""
    found: list[Candidate] = []
    for line in article:
        for mention in mentions(line.text):
            if mention.iso is None or (event and mention is event.mention) or len(found) >= 8:
                continue
            before = line.text[max(0, mention.start - 60) : mention.start]
            if _DOCUMENT.search(before):
                reason = "date of a document"
            elif _RECKONING.search(before):
                reason = "reckoning up to a day"
            else:
                reason = "day told in the text"
            found.append(Candidate(mention.iso, Evidence("date in the text", mention.text, line.number), reason))
    return found
