"""One stated record → `Record`: what it states is taken as it is, what it leaves unsaid is read out of its text.

In: a mapping and its place. Out: a `Record`. Must not know files. Only the title, the lead and the address are looked
at for what is unsaid: a stated record is read at thousands a second.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from search.errors import InputError
from search.ingest.fields import FieldError, Fields, missing_body, stated
from search.model import Article, Evidence, Reading, Record

_UNKNOWN = Reading(None)
_STATED = {name: (Evidence("record", name),) for name in Fields.__slots__}


def record(values: Mapping[str, Any], file: str, line: int | None, defaults: Fields | None = None) -> Record:
    """The record that a mapping states.

    Raises:
        FieldError: a value is not of its field's kind, or there is no body.
    """
    fields = stated(values)
    if fields.body is None:
        raise FieldError(missing_body(values))
    return from_fields(fields, file, line, defaults)


def from_fields(fields: Fields, file: str, line: int | None, defaults: Fields | None = None) -> Record:
    """The record of checked fields, whose body is stated."""
    from search.ingest.unsaid import city_of, date_of, title_of

    body = fields.body or ""
    title = reading("title", fields.title) if fields.title else title_of(body)
    published = reading("published", fields.published)
    if not published.value and not (defaults and defaults.published):
        published = date_of(title.value or "", body, fields.url)
    city = reading("city", fields.city)
    if not city.value and not (defaults and defaults.city):
        city = city_of(title.value or "", body, published.value, fields.source, fields.url)
    identifier, why = fields.id, None
    if identifier is None:
        identifier = content_id(fields.title, fields.body, fields.url)
        why = Evidence("digest", "no id is stated: 16 hexadecimal digits of BLAKE2 over title, body and url", line)
    return Record(
        file=file,
        id=identifier,
        title=title,
        body=body,
        published=published,
        city=city,
        byline=reading("byline", fields.byline),
        source=reading("source", fields.source),
        url=reading("url", fields.url),
        line=line,
        id_evidence=why,
    )


def reading(name: str, value: str | None) -> Reading:
    """A stated value as a reading, or not known."""
    return _UNKNOWN if value is None else Reading(value, "high", _STATED[name])


def content_id(*parts: str | None) -> str:
    """An id that the same content always gets: 16 hexadecimal digits."""
    whole = "\x1f".join(part or "" for part in parts).encode("utf-8", "replace")
    return hashlib.blake2b(whole, digest_size=8).hexdigest()


def article_of(values: Mapping[str, Any]) -> Article:
    """The article that a mapping states, with the keys of a JSON line.

    Raises:
        InputError: a value is not of its field's kind, or there is no body.
    """
    try:
        return record(values, "", None).article
    except FieldError as error:
        raise InputError(str(error)) from None
