"""What a stated record leaves unsaid, read out of its title, lead and address at little cost.

In: strings. Out: `Reading` values. Must not know files or pages.

>>> date_from_url("https://bao.example/tin/cau-moi-20210408102207037.htm").value
'2021-04-08T10:22:00+07:00'
>>> date_from_url("https://bao.example/2020/11/05/cau-moi").value, date_from_url("https://bao.example/tin-4951234.html").value
('2020-11-05', None)
"""

from __future__ import annotations

import datetime as dt
import re

from search.ingest.layout import Line
from search.ingest.names import LOWER, UPPER
from search.model import Evidence, Reading

_URL_PATH = re.compile(
    r"[/\-](?P<y>(?:19|20)\d\d)[/\-](?P<m>0?[1-9]|1[0-2])[/\-](?P<d>0?[1-9]|[12]\d|3[01])(?=[/\-.]|$)"
)
_URL_DIGITS = re.compile(
    r"(?<!\d)(?P<y>20[012]\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?:(?P<h>[01]\d|2[0-3])(?P<min>[0-5]\d)[0-5]\d\d{0,5})?(?!\d)"
)
_SENTENCE_END = re.compile(rf"(?<=[{LOWER}][.!?…])\s+(?=[{UPPER}“\"])")
TITLE_CHARS = 120
LEAD_CHARS = 700
CITY_CHARS = 1200


def title_of(body: str) -> Reading:
    """A title for an article that states none: the beginning of its lead, flagged as such."""
    first = body.split("\n", 1)[0]
    return Reading(shorten(first), "low", (Evidence("no title: taken from the lead", first[:80], 1),))


def shorten(text: str, limit: int = TITLE_CHARS) -> str:
    """The first sentence of a text, cut at a word when it is longer than `limit` characters.

    >>> shorten("Mưa lớn. Đường ngập."), shorten("một hai ba bốn", 9)
    ('Mưa lớn.', 'một hai…')
    """
    sentence = _SENTENCE_END.split(text, maxsplit=1)[0]
    if len(sentence) <= limit:
        return sentence
    cut = sentence[: limit - 1]
    return cut[: cut.rfind(" ")].rstrip(" ,;:–-") + "…" if " " in cut else cut + "…"


def date_of(title: str, body: str, url: str | None) -> Reading:
    """The publication of an article that states no date: from its address, else from its lead."""
    from search.ingest.published import date_of_text

    if url and (found := date_from_url(url)).value:
        return found
    return date_of_text(_paragraphs(body[:LEAD_CHARS]), body)


def date_from_url(url: str) -> Reading:
    """The day (and minute) that an address holds, as many papers write it."""
    match = _URL_PATH.search(url) or _URL_DIGITS.search(url)
    if match is None:
        return Reading(None)
    try:
        day = dt.date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return Reading(None)
    hour = match.groupdict().get("h")
    value = f"{day.isoformat()}T{hour}:{match['min']}:00+07:00" if hour else day.isoformat()
    return Reading(value, "medium", (Evidence("date in the address", match[0].strip("/-")),))


def city_of(title: str, body: str, published: str | None, source: str | None, url: str | None) -> Reading:
    """The unit of an article that states none."""
    from search.ingest.city import city

    lead = [(number, text) for number, raw in enumerate(body[:CITY_CHARS].split("\n"), 1) if (text := raw.strip())]
    return city(title, lead, published, source, url, quick=True)


def _paragraphs(body: str) -> list[Line]:
    return [Line(n, text, None, None) for n, raw in enumerate(body.split("\n"), 1) if (text := raw.strip())]
