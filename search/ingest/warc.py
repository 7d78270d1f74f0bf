"""Web archives (.warc) → one record a saved page.

In: a stream. Out: `Record` per page of status 200, or `Skipped` with its number. Must not know rules of pages.

A page's id is that of its address: 16 hexadecimal digits of it. The date of the crawl is never the publication.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

from search.ingest.html import MAX_BYTES, read_html
from search.ingest.records import content_id
from search.ingest.sources import Source
from search.model import Evidence, Record, Skipped

_CHARSET = re.compile(r"charset=\"?([\w-]+)", re.IGNORECASE)


def read(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped]:
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
            data = entry.content_stream().read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                yield Skipped(source.file, number, f"{url}: longer than {MAX_BYTES >> 20} MB; leave it out")
                continue
            charset = _CHARSET.search(kind)
            item = read_html(source.file, content_id(url), data, None, charset[1] if charset else None, url, number)
            if isinstance(item, Record):
                item = replace(item, id_evidence=Evidence("digest of the address", url, number))
            yield item
    except (ArchiveLoadFailed, ValueError, EOFError, OSError) as error:
        yield Skipped(source.file, number + 1, f"the archive is damaged here ({error}); what came before it was read")
