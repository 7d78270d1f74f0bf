"""What a record states about its article, checked: the one place that says which fields there are and what they hold.

In: a mapping as found in JSON lines, a table or a sidecar. Out: `Fields`, or `FieldError` whose text says what to do.
Must not know files, formats or how a field is inferred when it is not stated.

>>> stated({"title": "Tin", "body": "Một hai.", "date": "29/12/2021", "city": "haiphong"}).published
'2021-12-29'
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from search.errors import InputError
from search.gazetteer import canonical
from search.ingest.cleaning import clean_line, clean_text

VIETNAM = dt.timezone(dt.timedelta(hours=7))
FIRST_YEAR, LAST_YEAR = 1800, 2100
FIRST_EPOCH_S, LAST_EPOCH_S = 100_000_000, 4_102_444_800
"""Numbers from 1973 to 2100 are moments; from 1800 to 2100 a year; any other may be a day written as a number."""
_ISO = re.compile(
    r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2})"
    r"(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)? ?(Z|[+-]\d{2}:?\d{2})?)?)?)?"
)
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:,? +(\d{1,2})[:h](\d{2})(?::(\d{2}))?)?")
_PROSE = re.compile(r"(?:ngày +)?(?:(\d{1,2}) +)?tháng +(\d{1,2})(?:,? +năm|,)? +(\d{4})", re.IGNORECASE)
_UNKNOWN = frozenset(["", "không rõ", "unknown"])
_BODY_NAMES = ("text", "content", "noi_dung", "nội dung", "html")


class FieldError(ValueError):
    """A stated value that cannot be used; the text names the field and the next step."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The stated fields; None where nothing is stated."""

    id: str | None = None
    title: str | None = None
    body: str | None = None
    city: str | None = None
    published: str | None = None
    url: str | None = None
    source: str | None = None
    byline: str | None = None

    def given(self) -> dict[str, str]:
        """The fields that are stated, by name."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


def stated(values: Mapping[str, Any]) -> Fields:
    """The fields that a mapping states; names that mean nothing here are passed over.

    Raises:
        FieldError: a value is not of its field's kind.
    """
    published = values.get("published")
    name = "published"
    if _unknown(published):
        published, name = values.get("date"), "date"
    city = _line(values, "city")
    return Fields(
        _id(values.get("id")),
        _line(values, "title"),
        _body(values.get("body")),
        None if city is None or _unknown(city) else canonical(city) or city,
        None if _unknown(published) else date_value(published, name),
        _line(values, "url"),
        _line(values, "source"),
        _line(values, "byline"),
    )


def stated_id(values: Mapping[str, Any]) -> str | None:
    """The id that a mapping states, None where it states none.

    Raises:
        FieldError: it is no id.
    """
    return _id(values.get("id"))


def stated_defaults(values: Mapping[str, str]) -> Fields:
    """Defaults as fields.

    Raises:
        InputError: a value is not of its field's kind.
    """
    try:
        return stated(values)
    except FieldError as error:
        raise InputError(f"default {error}") from None


def missing_body(values: Mapping[str, Any]) -> str:
    """Why a record without a body is skipped, with the field that was perhaps meant."""
    if values.get("body") is not None:
        return '"body" is empty; give the article its text or leave the record out'
    lower = {str(name).lower(): str(name) for name in values}
    for candidate in _BODY_NAMES:
        if candidate in lower:
            return f'no "body"; rename "{lower[candidate]}" to "body"'
    return 'no "body"; records need "id", "title" and "body"'


def date_value(value: Any, name: str = "published") -> str:
    """A stated date in ISO 8601, as precise as it was stated; times in Vietnam's time.

    >>> date_value("2019"), date_value("2021-12-29T02:43Z"), date_value("29/12/2021 9:43")
    ('2019', '2021-12-29T09:43:00+07:00', '2021-12-29T09:43:00+07:00')

    Raises:
        FieldError: it is not a date.
    """
    if isinstance(value, dt.datetime):
        return _local(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if FIRST_YEAR <= value <= LAST_YEAR and value == int(value):
            return str(int(value))
        if moment := _of_epoch(value):
            return moment
    found = _parsed(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise FieldError(f'"{name}" is not a date: {_quoted(value)}; use YYYY-MM-DD')
    return found


def _unknown(value: Any) -> bool:
    """Whether a stated value says that it is not known, as the pages and exports of this project write it."""
    return value is None or (isinstance(value, str) and unicodedata.normalize("NFC", value).strip().lower() in _UNKNOWN)


def _of_epoch(value: float) -> str | None:
    """A moment counted in seconds or milliseconds since 1970, as programs store it; None for any other number."""
    seconds = value / 1000 if abs(value) >= LAST_EPOCH_S else value
    if not FIRST_EPOCH_S <= seconds < LAST_EPOCH_S:
        return None
    return dt.datetime.fromtimestamp(seconds, VIETNAM).isoformat(timespec="seconds")


@lru_cache(maxsize=8192)
def _parsed(text: str) -> str | None:
    if match := _ISO.fullmatch(text):
        year, month, day, hour, minute, second, zone = match.groups()
    elif match := _DAY_FIRST.fullmatch(text):
        day, month, year, hour, minute, second = match.groups()
        zone = None
    elif match := _PROSE.fullmatch(unicodedata.normalize("NFC", text)):
        day, month, year = match.groups()
        hour = minute = second = zone = None
    else:
        return None
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        return None
    try:
        if month is None:
            return year
        if day is None:
            return dt.date(int(year), int(month), 1).isoformat()[:7]
        date = dt.date(int(year), int(month), int(day))
        if hour is None:
            return date.isoformat()
        time = dt.time(int(hour), int(minute), int(second or 0))
        return _local(dt.datetime.combine(date, time, _zone(zone)))
    except (ValueError, OverflowError):
        return None


def _zone(text: str | None) -> dt.tzinfo:
    if text is None:
        return VIETNAM
    if text == "Z":
        return dt.UTC
    sign = -1 if text[0] == "-" else 1
    return dt.timezone(sign * dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:])))


def _local(value: dt.datetime) -> str:
    aware = value if value.tzinfo else value.replace(tzinfo=VIETNAM)
    return aware.astimezone(VIETNAM).isoformat(timespec="seconds")


def _id(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise FieldError(f'"id" is not text: {_quoted(value)}; write it between quotes')
    if not value.isprintable() and any(ord(c) < 32 or ord(c) == 127 for c in value):
        raise FieldError(f'"id" holds control characters: {_quoted(value)}; use letters, digits and marks')
    return clean_line(value) or None


def _body(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise FieldError(f'"body" is not text: {_quoted(value)}; write it between quotes')
    return clean_text(value) or None


def _line(values: Mapping[str, Any], name: str) -> str | None:
    value = values.get(name)
    if value is None:
        return None
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        value = ", ".join(value)
    if not isinstance(value, str):
        raise FieldError(f'"{name}" is not text: {_quoted(value)}; write it between quotes')
    return clean_line(value) or None


def _quoted(value: Any) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…" + ('"' if isinstance(value, str) else "")
