"""Text pages, as scrapers dump them → one record each.

In: a `Source`. Out: `Record` or `Skipped`. Must not know what a page's parts are (`search.ingest.page`).
"""

from __future__ import annotations

from collections.abc import Iterator

from search.ingest.encodings import decode
from search.ingest.page import Page, read_page
from search.ingest.sidecars import sidecar
from search.ingest.sources import Source
from search.model import Record, Skipped

MAX_BYTES = 32 << 20


def read(source: Source) -> Iterator[Record | Skipped]:
    """Read one text page."""
    fields = sidecar(source)
    if isinstance(fields, Skipped):
        yield fields
        return
    with source.open() as stream:
        data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        yield Skipped(source.file, None, f"longer than {MAX_BYTES >> 20} MB; split it into one file an article")
        return
    if not data.strip():
        yield Skipped(source.file, None, "empty file; leave it out or give it a text")
        return
    if data[:2] not in (b"\xff\xfe", b"\xfe\xff") and data[:4096].count(0) > 8:
        yield Skipped(source.file, None, "binary data, not text; give the file the ending of its format")
        return
    yield read_page(Page(source.file, source.id, decode(data).text, sidecar=fields))
