"""Text pages, as scrapers dump them → one record each.

In: a `Source`. Out: `Record` or `Skipped`. Must not know what a page's parts are (`search.ingest.page`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from search.analysis.legacy import decode
from search.ingest.fields import Fields
from search.ingest.page import Page, read_page
from search.ingest.pending import Pending, put_off
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Record, Skipped

MAX_BYTES = 32 << 20
LEAST_CONFIDENCE = 0.25
"""Below this confidence of its decoding, a file is taken for binary data."""


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read one text page."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; split it into one file an article")
        return
    if not data.strip():
        yield Skipped(source.file, None, "empty file; leave it out or give it a text")
        return
    yield put_off(source, fields.id or source.id, None, read_text, source.file, source.id, data, fields)


def read_text(file: str, identifier: str, data: bytes, fields: Fields) -> Record | Skipped:
    """The record of a text page's bytes."""
    decoded = decode(data)
    if decoded.confidence < LEAST_CONFIDENCE or decoded.text.count("\0") > 8:
        return Skipped(file, None, "not text in any encoding known; give the file the ending of its format")
    return read_page(Page(file, identifier, decoded.text, sidecar=fields))
