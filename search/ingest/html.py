"""Saved web pages → one record each: the article's text by its layout, what the markup states by its metadata.

In: HTML. Out: `Page` for `search.ingest.page`, or `Record`. Must not know rules of dates or cities.

Its article is found by `search.ingest.content`; its lines are then read by the same rules as a text page. What JSON-LD,
OpenGraph or meta tags state (`search.ingest.metadata`) wins over what the text says; both are kept as evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from search.analysis.legacy import decode
from search.ingest.content import article_text
from search.ingest.fields import Fields
from search.ingest.metadata import metadata
from search.ingest.page import Page, read_page
from search.ingest.pending import Pending, put_off
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Record, Skipped

MAX_BYTES = 16 << 20
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{3,20})|<\?xml[^>]{0,100}encoding=[\"']([\w-]{3,20})", re.I
)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read one saved page."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; save the article without its pictures")
        return
    yield put_off(source, fields.id or source.id, None, read_html, source.file, source.id, data, fields)


def read_html(
    file: str,
    identifier: str,
    data: bytes,
    fields: Fields | None = None,
    charset: str | None = None,
    url: str | None = None,
    line: int | None = None,
) -> Record | Skipped:
    """The record of a page's bytes; `charset` and `url` as the transport states them, if it does."""
    tree = parse(text_of(data, charset))
    if tree is None:
        return Skipped(file, line, "holds no HTML that can be read; save the page again")
    stated = metadata(tree, url)
    title = stated["title"].value if "title" in stated else None
    text = article_text(tree, title)
    return read_page(Page(file, identifier, text, stated, fields or Fields(), line))


def text_of(data: bytes, charset: str | None = None) -> str:
    """The markup as text: UTF-8 where it is valid, else as declared, else as the letters tell."""
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
        match = _CHARSET.search(data[:4096])
        declared = charset or (next(group for group in match.groups() if group).decode("ascii") if match else None)
        if declared and declared.lower() not in ("utf-8", "utf8", "iso-8859-1", "windows-1252", "us-ascii"):
            try:
                return data.decode(declared)
            except (UnicodeDecodeError, LookupError):
                pass
    return decode(data).text


def parse(markup: str) -> Any:
    """The element tree of a page; None where there is none."""
    from lxml import etree

    markup = _DECLARATION.sub("", markup.replace("\0", ""))
    if not markup.strip():
        return None
    try:
        # plain elements: those of lxml.html cost a call of Python each time one is touched
        return etree.fromstring(markup, etree.HTMLParser(recover=True, remove_comments=True, remove_pis=True))
    except (etree.LxmlError, ValueError, AssertionError):
        return None
