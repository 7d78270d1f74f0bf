"""A page's text, with what its format states beside it → `Record`: every reader of documents ends here.

In: `Page`. Out: `Record`, or `Skipped` when nothing is left to index. Must not know formats.

>>> page = Page("a.txt", "a", "Mưa lớn ở Huế\\n\\nHuế - Sáng 5/10/2020, mưa lớn làm ngập nhiều tuyến phố trung tâm.")
>>> record = read_page(page)
>>> record.title.value, record.published.value, record.city.value
('Mưa lớn ở Huế', '2020-10-05', 'Huế')
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from search.gazetteer import canonical
from search.ingest.byline import UNDER_TITLE, byline
from search.ingest.city import city
from search.ingest.cleaning import clean_lines
from search.ingest.fields import Fields
from search.ingest.language import language
from search.ingest.layout import Layout, Line, layout, lines_of
from search.ingest.published import dates
from search.ingest.unsaid import date_from_url, shorten
from search.model import Candidate, Confidence, Evidence, Reading, Record, Removed, Skipped

_AGENCY = re.compile(
    r"\s*\(?(?P<name>ĐCSVN|TTXVN|Vietnam\+|VietnamPlus|Dân trí|PLO|NLĐO?|TNO|TTO|TPO|HNMO|NDO|NDĐT|SGGPO?"
    r"|VOV(?:\.VN|\d)?|VTV(?:\.vn|\d)?|VTC|VnExpress|Chinhphu\.vn|QĐND(?: Online)?|BVPL|KTĐT|ANTĐ|Báo [^()\n–-]{3,30}"
    r"|[\w.]{3,20}\.(?:vn|com)|[A-ZĐ]{2,6}(?=\)?\s*[-–—]))\)?\s*[-–—]\s+(?=\S)"
)
_SOURCE_LINE = re.compile(
    r"\(?\s*(?:nguồn|theo|source)\s*:?\s+(?P<name>(?:báo|đài|tạp chí|cổng|ttxvn|vov|vtv|[\w.]+\.vn|\w).{1,50}?)"
    r"\s*\)?\.?",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?:link gốc|nguồn gốc|bài gốc|xem bài gốc)\s*:?\s*(?P<url>https?://\S+)", re.IGNORECASE)
_CAPTION = re.compile(
    r"(?:ảnh(?: minh họa)?\s*[:.]|\(ảnh|ảnh minh họa|quang cảnh|toàn cảnh"
    r"|.{0,60}(?:phát biểu|báo cáo|trao|kiểm tra|thăm).{0,50}(?:tại|hội nghị|buổi))",
    re.IGNORECASE,
)
_PLACE_AND_DAY = re.compile(r"(?P<place>[^\d,]{3,30}),\s+ngày\s+\d", re.IGNORECASE)
MAX_HEADING_CHARS = 140
MAX_TOLD_CHARS = 200_000
WINDOW_TITLE = "window title"
MIGRATED_DAYS = 60
NEAR_EVENT_DAYS = 7


@dataclass(frozen=True, slots=True)
class Page:
    """A document as its format gives it: its text, readings the format states, the record that overrides.

    `stated` holds readings with the format's own evidence (a meta tag, a document property), by field.
    """

    file: str
    id: str
    text: str
    stated: Mapping[str, Reading] = field(default_factory=dict)
    sidecar: Fields = field(default_factory=Fields)
    line: int | None = None
    id_evidence: Evidence | None = None


def read_page(page: Page) -> Record | Skipped:
    """The record of a page."""
    text = clean_lines(page.text)
    stated = dict(page.stated)
    given = page.sidecar.given()
    known_title = given.get("title") or (stated["title"].value if "title" in stated else None)
    parts = layout(lines_of(text), known_title)
    published, event = dates(parts)
    title = _title(parts, stated.get("title"))
    author = byline(parts)
    _take_out_byline(parts, author)
    body = page.sidecar.body or "\n".join(line.text for line in parts.article)
    if not body.strip():
        return Skipped(page.file, page.line, "holds no text of an article; leave it out or give it a text")
    if "published" in stated:
        published = _stated_date(stated["published"], published, event)
    url = stated.get("url") or _url(text, parts)
    if published.value is None and url.value and (found := date_from_url(url.value)).value:
        published = replace(found, rejected=published.rejected)
    source = stated.get("source") or _source(parts)
    readings = {
        "title": title,
        "published": published,
        "event_date": event,
        "byline": stated.get("byline") or author,
        "source": source,
        "url": url,
        "language": stated.get("language") or language(body),
        "lead": _lead(parts),
    }
    for name, value in given.items():
        if name in readings or name == "city":
            readings[name] = Reading(value, "high", (Evidence("record", f"{name} of the sidecar"),))
    if "city" not in readings:
        readings["city"] = stated.get("city") or city(
            readings["title"].value or "" if parts.title or "title" in stated or "title" in given else "",
            _told(parts.article),
            readings["published"].value or readings["event_date"].value,
            readings["source"].value,
            readings["url"].value,
            written_at=_written_at(parts),
        )
    return Record(
        file=page.file,
        id=given.get("id") or page.id,
        body=body,
        removed=_removed(text, parts),
        headings=_headings(parts),
        captions=tuple(line.text for line in parts.article if _is_caption(line)),
        line=page.line,
        id_evidence=None if "id" in given else page.id_evidence,
        **readings,
    )


def _take_out_byline(parts: Layout, author: Reading) -> None:
    """A name that stands alone under the title is no paragraph; a signature below the last one stays."""
    if author.value and author.evidence[0].rule == UNDER_TITLE:
        numbers = {evidence.line for evidence in author.evidence}
        for line in [line for line in parts.names if line.number in numbers]:
            parts.article.remove(line)
            parts.remove(line, "byline under the title")


def _title(parts: Layout, stated: Reading | None) -> Reading:
    if stated is not None and stated.value and not (parts.title is not None and _is_of_window(stated, parts)):
        return stated
    if parts.title is not None:
        confidence: Confidence = "high" if parts.title.number <= 12 else "medium"
        return Reading(
            parts.title.text, confidence, (Evidence(parts.title_rule, parts.title.text, parts.title.number),)
        )
    first = next((line for line in parts.article if line.is_prose), parts.article[0] if parts.article else None)
    if first is None:
        return Reading(None)
    return Reading(
        shorten(first.text), "low", (Evidence("no title: taken from the lead", first.text[:80], first.number),)
    )


def _is_of_window(stated: Reading, parts: Layout) -> bool:
    """Whether a title stands in the window's bar alone ("Tin tức"), while a headline stands over the text."""
    if not stated.evidence or stated.evidence[0].rule != WINDOW_TITLE:
        return False
    return not any(stated.value == line.text for line in (*parts.names, parts.title) if line is not None)


def _stated_date(stated: Reading, read: Reading, event: Reading) -> Reading:
    """The stated date; what the page's text says beside it is kept as rejected when it is another day.

    A stated date long after the one that readers see is that of a new site, when the event agrees with the latter.
    """
    if (
        (late := _days_after(stated.value, read.value)) is not None
        and late > MIGRATED_DAYS
        and read.confidence == "high"
    ):
        told = _days_after(read.value, event.value)
        if told is not None and 0 <= told <= NEAR_EVENT_DAYS:
            other = Candidate(stated.value or "", stated.evidence[0], "long after the date shown: the page was moved")
            return replace(read, rejected=(other, *stated.rejected, *read.rejected))
    if read.value is None or (stated.value or "")[:10] == read.value[:10]:
        return replace(stated, rejected=stated.rejected + read.rejected)
    other = Candidate(read.value, read.evidence[0], "the page states another date in its markup")
    return replace(stated, rejected=(*stated.rejected, other, *read.rejected))


def _days_after(later: str | None, earlier: str | None) -> int | None:
    if not later or not earlier or len(later) < 10 or len(earlier) < 10:
        return None
    return (dt.date.fromisoformat(later[:10]) - dt.date.fromisoformat(earlier[:10])).days


def _source(parts: Layout) -> Reading:
    for line in parts.article[-4:]:
        if not line.is_prose and (match := _SOURCE_LINE.fullmatch(line.text)):
            name = match["name"].rpartition("/")[2].strip()
            return Reading(name, "high", (Evidence("source line", line.text, line.number),))
    for line in parts.article[:3]:
        if match := _AGENCY.match(line.text):
            return Reading(
                match["name"], "medium", (Evidence("agency before the lead", match[0].strip(), line.number),)
            )
    return Reading(None)


def _url(text: str, parts: Layout) -> Reading:
    for removed in parts.removed:
        if match := _LINK.search(removed.text):
            return Reading(match["url"], "high", (Evidence("link to the original", removed.text, removed.line),))
    return Reading(None)


def _told(article: list[Line]) -> list[tuple[int | None, str]]:
    """The paragraphs that are asked for places: a book in one file tells enough in its first hundred pages."""
    found: list[tuple[int | None, str]] = []
    left = MAX_TOLD_CHARS
    for line in article:
        if left <= 0:
            break
        found.append((line.number, line.text[:left]))
        left -= len(line.text)
    return found


def _written_at(parts: Layout) -> tuple[str, str, int | None] | None:
    """The unit that a letter's date line names: "Bắc Kạn, ngày 17 tháng 5 năm 2021"; a weekday is a site's."""
    for line in parts.head:
        if line.stamp and (match := _PLACE_AND_DAY.match(line.text)) and (unit := canonical(match["place"])):
            return unit, line.text, line.number
    return None


def _lead(parts: Layout) -> Reading:
    for line in parts.article:
        if line.is_prose:
            return Reading(line.text, "high", (Evidence("first paragraph", line.text[:60], line.number),))
    return Reading(None)


def _headings(parts: Layout) -> tuple[str, ...]:
    """The headings between paragraphs; what stands above the first of them is the page's."""
    names = {line.number for line in parts.names}
    inner = (line for line in parts.article[:-1] if line.number not in names)
    return tuple(line.text for line in inner if _is_heading(line))


def _is_heading(line: Line) -> bool:
    return (
        not line.is_prose
        and not _is_caption(line)
        and len(line.text.split()) >= 3
        and len(line.text) <= MAX_HEADING_CHARS
        and not line.text.endswith((".", ";", ","))
    )


def _is_caption(line: Line) -> bool:
    return len(line.text) <= 200 and bool(_CAPTION.match(line.text)) and not line.text.startswith(("Phát biểu", "Theo"))


def _removed(text: str, parts: Layout) -> tuple[Removed, ...]:
    """What was taken out, with lines of nothing but U+00A0 among it."""
    blank = [
        Removed(number, line, "blank line")
        for number, line in enumerate(text.split("\n"), 1)
        if line and not line.strip() and "\u00a0" in line
    ]
    return tuple(sorted([*parts.removed, *blank], key=lambda removed: removed.line))
