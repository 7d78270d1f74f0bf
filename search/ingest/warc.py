"""Web archives (.warc) → one record a saved page.

In: a stream. Out: `Record` per page of status 200, or `Skipped` with its number. Must not know rules of pages.

A page's id is that of its address: 16 hexadecimal digits of it. The date of the crawl is never the publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from search.ingest.html import MAX_BYTES, read_html
from search.ingest.pending import Pending, put_off
from search.ingest.records import content_id
from search.ingest.sources import Source
from search.model import Evidence, Record, Skipped

_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


def _body(entry: Any) -> bytes:
    """The body of a response, unpacked, at most one byte over `MAX_BYTES`."""
    if "br" not in (entry.http_headers.get_header("Content-Encoding") or "").lower().split(","):
        data: bytes = entry.content_stream().read(MAX_BYTES + 1)
        return data
    import brotli  # type: ignore[import-untyped]
    from warcio.bufferedreaders import ChunkedDataReader

    is_chunked = "chunked" in (entry.http_headers.get_header("Transfer-Encoding") or "").lower()
    packed = ChunkedDataReader(entry.raw_stream, decomp_type=None) if is_chunked else entry.raw_stream
    unpacker = brotli.Decompressor()
    parts: list[bytes] = []
    size = 0
    try:
        while size <= MAX_BYTES and (block := packed.read(1 << 14)):
            parts.append(unpacker.process(block))
            size += len(parts[-1])
    except brotli.error as error:
        raise ValueError(f"broken brotli: {error}") from None
    return b"".join(parts)[: MAX_BYTES + 1]


def read_captured(file: str, data: bytes, charset: str | None, url: str, number: int) -> Record | Skipped:
    """The record of one page as it was captured, its id made of its address."""
    item = read_html(file, content_id(url), data, None, charset, url, number)
    if isinstance(item, Record):
        return replace(item, id_evidence=Evidence("digest of the address", url, number))
    return item


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read the pages of one web archive."""
    from warcio.archiveiterator import ArchiveIterator
    from warcio.exceptions import ArchiveLoadFailed

    number = 0
    try:
        for entry in ArchiveIterator(stream):
            number += 1
            if entry.rec_type != "response" or entry.http_headers is None:
                continue
            kind = entry.http_headers.get_header("Content-Type") or ""
            if entry.http_headers.get_statuscode() != "200" or "html" not in kind.lower():
                continue
            url = entry.rec_headers.get_header("WARC-Target-URI") or ""
            try:
                data = _body(entry)
            except (AttributeError, ValueError, ImportError) as error:
                yield Skipped(source.file, number, f"{url}: its compression is not read ({error}); save it without")
                continue
            if len(data) <= MAX_BYTES and getattr(entry.raw_stream, "limit", 0) > 0:
                yield Skipped(source.file, number, f"{url}: the archive is cut short here; copy or download it again")
                return
            if len(data) > MAX_BYTES:
                yield Skipped(source.file, number, f"{url}: longer than {MAX_BYTES >> 20} MB; leave it out")
                continue
            charset = _CHARSET.search(kind)
            declared = charset[1] if charset else None
            yield put_off(source, content_id(url), number, read_captured, source.file, data, declared, url, number)
    except (ArchiveLoadFailed, ValueError, EOFError, OSError) as error:
        yield Skipped(source.file, number + 1, f"the archive is damaged here ({error}); what came before it was read")
