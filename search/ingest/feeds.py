"""RSS and Atom files → one record an entry.

In: a stream. Out: `Record` per entry, or `Skipped` with its number. Must not know rules of pages.

An entry's id is that of its guid, id or link: 16 hexadecimal digits of it, so that two feeds with the same entry meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email.utils import parsedate_to_datetime
from html import unescape
from typing import Any, BinaryIO

from search.ingest.content import block_lines
from search.ingest.fields import FieldError, Fields, date_value, stated
from search.ingest.html import parse
from search.ingest.records import content_id, from_fields
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Evidence, Record, Skipped

MAX_BYTES = 64 << 20
_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("pubDate", "published", "date", "issued", "created", "updated")


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
    """Read the entries of one feed."""
    from lxml import etree

    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; split the feed")
        return
    override = sidecar(source)
    if isinstance(override, Skipped):
        yield override
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        yield Skipped(source.file, None, f"broken XML ({error}); save the feed again")
        return
    entries = [] if root is None else [element for element in root.iter() if _name(element) in ("item", "entry")]
    if not entries:
        yield Skipped(source.file, None, "holds no entry of a feed; XML is read as RSS or Atom only")
        return
    channel = next((element for element in root.iter() if _name(element) == "title"), None)
    site = "".join(channel.itertext()).strip() if channel is not None and _name(channel.getparent()) != "item" else None
    for number, entry in enumerate(entries, 1):
        yield _entry(source, number, entry, site, override)


def _entry(source: Source, number: int, entry: Any, site: str | None, override: Fields) -> Record | Skipped:
    values = {_name(child): child for child in reversed(list(entry)) if isinstance(child.tag, str)}
    link = _link(entry)
    body = next((text for name in _BODIES if name in values and (text := _markup(values[name]))), None)
    author = values.get("creator") if "creator" in values else values.get("author")
    name = next((child for child in author if _name(child) == "name"), author) if author is not None else None
    guid = _text(values.get("guid")) or _text(values.get("id")) or link
    try:
        fields = stated(
            {
                "id": content_id(guid) if guid else None,
                "title": _title(values.get("title")),
                "body": body,
                "published": _date(values),
                "url": link,
                "byline": _text(name),
                "source": _text(values.get("source")) or site,
            }
            | {name: value for name, value in override.given().items() if name not in ("id", "title", "body")}
        )
    except FieldError as error:
        return Skipped(source.file, number, f"entry {number}: {error}")
    if fields.body is None:
        return Skipped(source.file, number, f"entry {number} has no text; a feed with full texts is needed")
    record = from_fields(fields, source.file, number, source.defaults)
    if guid is None:
        return record
    return replace(record, id_evidence=Evidence("digest of the entry's guid or link", guid, number))


def _date(values: dict[str, Any]) -> str | None:
    for name in _DATES:
        text = _text(values.get(name))
        if not text:
            continue
        try:
            return date_value(parsedate_to_datetime(text))
        except (ValueError, TypeError, OverflowError):
            pass
        try:
            return date_value(text)
        except FieldError:
            continue
    return None


def _link(entry: Any) -> str | None:
    for child in entry:
        if _name(child) == "link":
            if child.get("href") and child.get("rel", "alternate") == "alternate":
                return str(child.get("href"))
            if child.text and child.text.strip().startswith("http"):
                return str(child.text.strip())
    return None


def _markup(element: Any) -> str:
    """The text of an element that holds markup, escaped or not, as lines."""
    if len(element):
        return "\n".join(block_lines(element))
    text = (element.text or "").strip()
    if "<" not in text:
        return text
    tree = parse(f"<div>{text}</div>")
    return "\n".join(block_lines(tree)) if tree is not None else ""


def _title(element: Any) -> str | None:
    """The title as one line; Atom's type "html" escapes its markup and letters once more."""
    if element is None:
        return None
    text = " ".join(_markup(element).split())
    return unescape(text) if element.get("type") in ("html", "text/html") else text


def _text(element: Any) -> str | None:
    text = "".join(element.itertext()).strip() if element is not None else ""
    return text or None


def _name(element: Any) -> str:
    tag = getattr(element, "tag", None)
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
