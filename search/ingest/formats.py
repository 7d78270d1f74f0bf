"""Which reader reads which file: by its first bytes where they tell, else by its ending.

In: a `Source`. Out: what its reader yields. Must not know the formats themselves: readers are imported when needed.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, BinaryIO

from search.model import Record, Skipped

if TYPE_CHECKING:
    from search.ingest.pending import Pending
    from search.ingest.sources import Source

READERS = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "jsonl", ".txt": "text", ".text": "text", "": "text",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".shtml": "html", ".php": "html", ".aspx": "html",
    ".csv": "tables", ".tsv": "tables", ".tab": "tables", ".md": "markdown", ".markdown": "markdown", ".docx": "docx",
    ".pdf": "pdf", ".eml": "mail", ".mht": "mail", ".mhtml": "mail", ".rss": "feeds", ".atom": "feeds", ".xml": "feeds",
    ".warc": "warc", ".gz": "archives", ".tgz": "archives", ".bz2": "archives", ".xz": "archives", ".zst": "archives",
    ".zip": "archives", ".tar": "archives",
}  # fmt: skip
"""Ending → module of this package whose `read(source, stream)` reads it."""

_MARKUP = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,400}?-->\s*)?<(?:%s)[\s>]"
_MAGIC = (
    (re.compile(rb"\x1f\x8b|BZh[1-9]|\xfd7zXZ\0|\x28\xb5\x2f\xfd|PK\x03\x04|.{257}ustar", re.DOTALL), "archives"),
    (re.compile(rb"%PDF-"), "pdf"),
    (re.compile(rb"WARC/\d"), "warc"),
    (re.compile(rb"(?:[A-Za-z-]{2,40}:[^\n]*\n(?:[ \t][^\n]*\n)*){1,30}?MIME-Version:\s*1", re.IGNORECASE), "mail"),
    (re.compile(_MARKUP % rb"!doctype\s+html|html", re.IGNORECASE | re.DOTALL), "html"),
    (re.compile(_MARKUP % rb"rss|feed|rdf:RDF", re.IGNORECASE | re.DOTALL), "feeds"),
)
HEAD_BYTES = 1024


def read(source: Source) -> Iterator[Record | Skipped | Pending]:
    """Read one source with the reader that fits it."""
    with source.open() as stream:
        yield from read_stream(source, stream)


def read_stream(source: Source, stream: BinaryIO) -> Iterator[Record | Skipped | Pending]:
    """Read an open stream: its first bytes say more than its name does."""
    buffered = stream if hasattr(stream, "peek") else io.BufferedReader(stream)  # type: ignore[type-var]
    head = buffered.peek(HEAD_BYTES)[:HEAD_BYTES]
    if not head:
        yield Skipped(source.file, None, "empty file; leave it out or give it a text")
        return
    module = next((name for pattern, name in _MAGIC if pattern.match(head)), None)
    if module is None:
        ending = source.ending if source.ending in READERS else "." + source.ending.rpartition(".")[2]
        module = READERS.get(ending)
        if module in ("archives", "pdf", "warc") and head:
            yield Skipped(source.file, None, f'its bytes are not those of a "{ending}" file; give it its right ending')
            return
    if module is None:
        known = ", ".join(sorted(ending for ending in READERS if ending))
        yield Skipped(source.file, None, f'"{source.ending}" is not a format that is read; use one of {known}')
        return
    yield from import_module(f"search.ingest.{module}").read(source, buffered)
