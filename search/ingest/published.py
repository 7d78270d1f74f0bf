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
from dataclasses import replace

from search.ingest.dates import mentions
from search.ingest.events import (
    EVENT_LINES,
    NEAR_DAYS,
    RECKONING,
    Event,
    bounds,
    event_day,
    find_event,
    infer_year,
    is_of_document,
)
from search.ingest.layout import Layout, Line
from search.model import Candidate, Confidence, Evidence, Reading

_RELATIVE = re.compile(
    r"(?<!\w)(?:(?P<today>(?:sáng|trưa|chiều|tối|hôm|ngày)\s+nay)|(?P<yesterday>(?:sáng|trưa|chiều|tối|đêm|hôm|ngày)\s+qua))(?!\w)",
    re.IGNORECASE,
)
_FORECAST = re.compile(r"(?:dự\s+báo|bản\s+tin\s+dự\s+báo|lịch|thời\s+tiết)(?!\w)", re.IGNORECASE)
"""How headlines begin that tell of days to come."""
_FOUR_DIGITS = re.compile(r"(?:19|20)\d\d")
MAX_TOLD_CHARS = 200_000
VISIT_DAYS = 45
FORECAST_DAYS = 10
SLACK_DAYS = 40
"""How far ahead of the day of reading a stamp may lie: a magazine's issue is of the month to come."""


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
    event = _forecast(page, find_event(page.article))
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
    latest = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=SLACK_DAYS)
    chosen: Line | None = None
    for line in stamps:
        assert line.stamp is not None
        evidence = Evidence("stamp", line.stamp.text, line.number)
        if chosen is not None:
            rejected.append(Candidate(line.stamp.when, evidence, "another date stands nearer to the title"))
        elif line.stamp.date > latest:
            rejected.append(Candidate(line.stamp.when, evidence, "lies ahead of the day of reading"))
        elif event and _before_event(line.stamp.date, event):
            rejected.append(
                Candidate(
                    line.stamp.when, evidence, f"earlier than the event it tells of ({event.mention.text.strip()})"
                )
            )
        elif _is_visit(line, page.title, event) or _is_far_from_event(line, stamps, page.title, event):
            page.crawl.append(line)
            rejected.append(Candidate(line.stamp.when, evidence, "above the title, long after the event: the crawl"))
        else:
            chosen = line
    if chosen is not None and chosen.stamp is not None and event is not None and event.mention.date is not None:
        event = _forecast(page, find_event(page.article, chosen.stamp.date))
    rejected += _in_text(page.article, event)
    if chosen is None:
        return _inferred(page, event, tuple(rejected))
    return _stamped(page, chosen, event, tuple(rejected))


def _forecast(page: Layout, event: Event | None) -> Event | None:
    """The event, as one to come where a forecast was published shortly before it: its day is that of the weather."""
    if event is None or event.future or page.title is None or not _FORECAST.match(page.title.text):
        return event
    days = [line.stamp.date for line in page.head if line.stamp]
    told = ((event.mention.date or event.mention.in_year(day.year), day) for day in days)
    if any(one is not None and 0 < (one - day).days <= FORECAST_DAYS for one, day in told):
        return replace(event, future=True)
    return event


def date_of_text(lead: list[Line], text: str) -> Reading:
    """The publication of a text without any stamp: the day its opening tells of, with the year its text allows."""
    event = find_event(lead)
    return _from_event(event, text, None) if event is not None and _is_told_at_once(event) else Reading(None)


def _rank(line: Line, title: Line | None) -> int:
    """Which stamp counts first: labelled, below the title, above it, that of a change."""
    assert line.stamp is not None
    if line.stamp.updated:
        return 3
    if line.stamp.label:
        return 0
    return 2 if title is not None and line.number < title.number else 1


def _is_visit(line: Line, title: Line | None, event: Event | None) -> bool:
    """Whether a bare date above the title is the day of the visit: news of a day is not told months after it."""
    if event is None or event.future or not event.opens or event.first_hour is None:
        return False
    assert line.stamp is not None
    day = event_day(event, line.stamp.date)
    return _rank(line, title) == 2 and day is not None and (line.stamp.date - day).days > VISIT_DAYS


def _is_far_from_event(line: Line, stamps: list[Line], title: Line | None, event: Event | None) -> bool:
    """Whether a bare date above the title is months after the event while another stamp is near it."""
    if event is None or event.future or not event.opens or event.mention.date is None:
        return False
    day = event.mention.date

    def near(other: Line) -> bool:
        assert other.stamp is not None
        return 0 <= (other.stamp.date - day).days <= VISIT_DAYS

    return _rank(line, title) == 2 and not near(line) and any(near(other) for other in stamps if other is not line)


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
    if found.month_only:
        rule = "issue of a month"
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
    is_weak = found.updated or line in page.tail or (found.month_only and not found.label)
    confidence: Confidence = "medium" if is_weak else "high"
    published = Reading(value, confidence, tuple(evidence), rejected)
    if event and day:
        told = Evidence("day in the opening paragraphs", event.mention.text.strip(), event.line)
        sure: Confidence = "high" if abs((found.date - day).days) <= 31 else "medium"
        return published, Reading(day.isoformat(), sure, (told,))
    return published, _relative(page, found.date)


def _relative(page: Layout, published: dt.date) -> Reading:
    for line in page.article[:EVENT_LINES]:
        opening = line.text[:400]
        told = " nay" in opening or " qua" in opening
        if line.is_prose and told and (match := _RELATIVE.search(opening)):
            day = published - dt.timedelta(days=1 if match["yesterday"] else 0)
            return Reading(
                day.isoformat(), "medium", (Evidence("counted from the publication", match[0], line.number),)
            )
    return Reading(None)


def _inferred(page: Layout, event: Event | None, rejected: tuple[Candidate, ...]) -> tuple[Reading, Reading]:
    latest = min((line.stamp.date for line in page.crawl if line.stamp), default=None)
    text = "\n".join(line.text for line in page.article)[:MAX_TOLD_CHARS]
    found = Reading(None) if event is None else _from_event(event, text, latest)
    sure = found.confidence if event is None or not found.value or _is_told_at_once(event) else "low"
    return Reading(found.value, sure, found.evidence, rejected), found


def _is_told_at_once(event: Event) -> bool:
    """Whether a day is told as news of it is ("Chiều 9/1", "hôm nay"); one with its year alone is often days past."""
    return event.mention.date is None or event.first_hour is not None or event.mention.text.lower().startswith("hôm")


def _from_event(event: Event, text: str, latest: dt.date | None) -> Reading:
    if event.future or not event.opens:
        return Reading(None)
    evidence = Evidence("day of the event", event.mention.text.strip(), event.line)
    if event.mention.date is not None:
        past, _, _ = bounds(text)
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
        told = line.text[:MAX_TOLD_CHARS]
        for mention in mentions(told) if len(found) < 8 and _FOUR_DIGITS.search(told) else ():
            if mention.iso is None or (event and mention is event.mention) or len(found) >= 8:
                continue
            before = line.text[max(0, mention.start - 60) : mention.start]
            if is_of_document(before):
                reason = "date of a document"
            elif RECKONING.search(before):
                reason = "reckoning up to a day"
            else:
                reason = "day told in the text"
            found.append(Candidate(mention.iso, Evidence("date in the text", mention.text, line.number), reason))
    return found
