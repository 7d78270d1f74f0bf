"""Saved mail (.eml) and saved web pages (.mht, .mhtml) → one record each.

In: a stream. Out: `Record` or `Skipped`. Must not know rules of pages.

The date of a mail is that of its article; the date of a saved page is that of saving, and is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from typing import BinaryIO

from search.ingest.cleaning import clean_line
from search.ingest.content import article_text
from search.ingest.fields import FieldError, Fields, date_value
from search.ingest.html import parse, read_html, text_of
from search.ingest.page import Page, read_page
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Evidence, Reading, Record, Skipped

MAX_BYTES = 64 << 20
_NAME = re.compile(r"\s*\"?([^\"<]{2,80}?)\"?\s*<[^>]*>\s*")
_REPLY = re.compile(r"^(?:(?:re|fwd?|tr|trả lời|chuyển tiếp)\s*:\s*)+", re.IGNORECASE)


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
    """Read one saved mail or page."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; save it without its pictures")
        return
    message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(data)
    parts = [
        part for part in message.walk() if not part.is_multipart() and part.get_content_disposition() != "attachment"
    ]
    html = next((part for part in parts if part.get_content_type() == "text/html"), None)
    plain = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    is_page = message.get_content_type() == "multipart/related" and message.get("From", "").startswith("<Saved by")
    if (source.ending in (".mht", ".mhtml") or is_page or "Snapshot-Content-Location" in message) and html is not None:
        location = str(html.get("Content-Location") or message.get("Snapshot-Content-Location") or "") or None
        yield read_html(source.file, source.id, _payload(html), fields, html.get_content_charset(), location)
    elif (plain is None and html is None) or not message.keys():
        yield Skipped(source.file, None, "holds no text of a mail; save it again, or give it its right ending")
    else:
        yield _mail(source, message, plain, html, fields)


def _mail(
    source: Source, message: EmailMessage, plain: EmailMessage | None, html: EmailMessage | None, fields: Fields
) -> Record | Skipped:
    if plain is not None and _payload(plain).strip():
        text = text_of(_payload(plain), plain.get_content_charset())
    else:
        tree = parse(text_of(_payload(html), html.get_content_charset())) if html is not None else None
        text = article_text(tree, None) if tree is not None else ""
    readings: dict[str, Reading] = {}
    if subject := _REPLY.sub("", _header(message, "Subject")):
        readings["title"] = Reading(subject, "high", (Evidence("subject of the mail", subject),))
    if match := _NAME.fullmatch(_header(message, "From")):
        readings["byline"] = Reading(match[1], "medium", (Evidence("sender of the mail", match[0].strip()),))
    sent = _header(message, "Date")
    try:
        date = date_value(parsedate_to_datetime(sent)) if sent else None
    except (FieldError, ValueError, OverflowError, TypeError):
        date = None
    if date:
        readings["published"] = Reading(date, "medium", (Evidence("date of the mail", sent),))
    return read_page(Page(source.file, source.id, text, readings, fields))


def _header(message: EmailMessage, name: str) -> str:
    try:
        return clean_line(str(message.get(name) or ""))
    except (ValueError, AttributeError, IndexError, TypeError):
        # the header parser fails on some malformed fields
        return ""


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
